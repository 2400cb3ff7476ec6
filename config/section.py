"""What every part of the file has in common, and the forms of single values that several parts use."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict

from config.versions import checked


class Section(BaseModel):
    """A part of the file. Frozen, and a key that it does not know is a fault."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


def _http_url(url: str) -> str:
    if not re.match(r"https?://[^\s/]", url):
        raise ValueError("must be an address that begins with http:// or https://")
    return url


HttpUrl = Annotated[str, AfterValidator(_http_url)]
Pattern = Annotated[str, AfterValidator(checked)]
"""A regular expression of RE2."""
