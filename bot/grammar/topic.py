"""What a page of help is made of."""

from __future__ import annotations

from typing import Literal

import msgspec

Need = Literal["", "deploy", "delegate", "break_glass", "freeze", "lock", "administer"]
"""What somebody must be allowed somewhere, so that a topic or a form is of any use to him; "" is of use to everybody."""


class Form(msgspec.Struct, frozen=True):
    """One way to say something. `<…>` is to be filled in, `[…]` may be left out."""

    form: str
    says: str
    needs: Need = ""


class Topic(msgspec.Struct, frozen=True, kw_only=True):
    """One page of help."""

    title: str
    says: str
    needs: Need = ""
    forms: tuple[Form, ...] = ()
    examples: tuple[str, ...] = ()
