"""Which of two versions is the older one, by their names: numbers as in https://semver.org, with any count of parts. Pure."""

from __future__ import annotations

import re

_NUMBERED = re.compile(r"[vV]?([0-9]{1,9}(?:\.[0-9]{1,9})+)(?:-([0-9A-Za-z.-]{1,64}))?(?:\+.*)?", re.ASCII)

_Part = tuple[int, int, str]


def older(one: str, other: str) -> bool | None:
    """Whether `one` comes before `other`; None where their names do not tell."""
    first, second = _order(one), _order(other)
    return None if first is None or second is None else first < second


def _order(version: str) -> tuple[list[int], bool, list[_Part]] | None:
    """Compares as the versions do: what has a pre-release comes before the same without one."""
    found = _NUMBERED.fullmatch(version)
    if found is None:
        return None
    numbers = [int(one) for one in found[1].split(".")]
    while numbers and not numbers[-1]:
        numbers.pop()
    before = found[2] or ""
    parts = [(0, int(one), "") if one.isdecimal() else (1, 0, one) for one in before.split(".")]
    return numbers, not before, parts if before else []
