"""What a version may look like, matched in linear time: no pattern and no text can make the server stand still.

RE2 (https://github.com/google/re2/wiki/Syntax) knows neither look-around nor back-references, which is why.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import re2

DEFAULT_VERSION_PATTERN = r"[A-Za-z0-9]\.?([A-Za-z0-9_+:@/-]\.?)*"
LONGEST_VERSION = 128

NOT_RE2 = "is not a regular expression of RE2 (which has no look-around and no back-references): {why}"


def checked(pattern: str) -> str:
    """The pattern itself. Raises `ValueError` for one that RE2 does not take."""
    _compiled(pattern)
    return pattern


def fits(pattern: str, version: str) -> bool:
    """Whether the whole of the version matches. One that is longer than `LONGEST_VERSION` or unprintable never does."""
    if len(version) > LONGEST_VERSION or not version.isprintable():
        return False
    return _compiled(pattern).fullmatch(version) is not None


def occurrences(pattern: str, text: str) -> tuple[str, ...]:
    """Everything in the text that matches, in order, each once. Empty matches don't count."""
    found = (match.group() for match in _compiled(pattern).finditer(text))
    return tuple(dict.fromkeys(one for one in found if one))


def found_in(pattern: str, text: str) -> bool:
    """Whether the pattern matches somewhere in the text."""
    return _compiled(pattern).search(text) is not None


@lru_cache(maxsize=1_000)
def _compiled(pattern: str) -> Any:
    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(pattern, options)
    except re2.error as error:
        why = error.args[0]
        raise ValueError(NOT_RE2.format(why=why.decode() if isinstance(why, bytes) else why)) from error
