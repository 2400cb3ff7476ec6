"""Versions to choose."""

from __future__ import annotations

from typing import Literal

import msgspec

Kind = Literal["builds", "tags", "branches"]


class VersionChoice(msgspec.Struct, frozen=True, kw_only=True):
    """A version that can be asked for.

    `detail` is one plain line about it, `at` when it came to be (epoch seconds, 0 when unknown), `digest` its commit when
    that is known.
    """

    version: str
    kind: Kind
    detail: str = ""
    at: float = 0.0
    digest: str = ""
