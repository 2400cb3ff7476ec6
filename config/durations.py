"""A length of time as people write it: `30s`, `10m`, `2h`, `14d`, `1h30m`, `250ms`; kept as seconds."""

from __future__ import annotations

import math
import re
from typing import Annotated

from pydantic import BeforeValidator, ValidationInfo, WithJsonSchema

UNITS = {"d": 86_400.0, "h": 3_600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
LONGEST = 3_650 * UNITS["d"]

PATTERN = r"^(?=[0-9])([0-9]{1,6}d)?([0-9]{1,6}h)?([0-9]{1,6}m)?([0-9]{1,9}s)?([0-9]{1,9}ms)?$"
_WRITTEN = re.compile(PATTERN)
_PART = re.compile(r"([0-9]+)(ms|[dhms])")

HOW_TO_WRITE = "write a length of time with its unit, such as 30s, 10m, 2h, 14d or 1h30m"

WRITTEN = {"written": True}
"""Validation context of values that people wrote: a bare number is refused then, because its unit is a guess."""


def seconds(value: object, info: ValidationInfo) -> float:
    """Text to seconds. A number passes as seconds, except under the context `WRITTEN`. Raises `ValueError`."""
    if isinstance(value, str):
        return parse(value)
    bare = isinstance(value, int | float) and not isinstance(value, bool)
    if not bare or (info.context or {}).get("written"):
        raise ValueError(HOW_TO_WRITE)
    return _bounded(float(value))  # type: ignore[arg-type]  # narrowed by `bare`


def parse(text: str) -> float:
    """`1h30m` to 5400.0. The units come from the longest to the shortest, each at most once; else `ValueError`."""
    written = text.strip()
    if not _WRITTEN.match(written):
        raise ValueError(HOW_TO_WRITE)
    return _bounded(sum(int(count) * UNITS[unit] for count, unit in _PART.findall(written)))


def written(seconds_: float) -> str:
    """5400.0 to `1h30m`: what `parse` reads back, to the millisecond."""
    left = round(seconds_ * 1000)
    parts = []
    for unit, size in UNITS.items():
        count, left = divmod(left, round(size * 1000))
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0s"


def _bounded(value: float) -> float:
    if not math.isfinite(value) or not 0 <= value <= LONGEST:
        raise ValueError(f"must lie between 0s and {written(LONGEST)}")
    return value


Duration = Annotated[
    float,
    BeforeValidator(seconds),
    WithJsonSchema({"type": "string", "pattern": PATTERN, "examples": ["30s", "10m", "2h", "14d", "1h30m"]}),
]
"""Seconds, written as above."""
