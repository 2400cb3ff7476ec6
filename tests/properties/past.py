"""What ran where, and how it ended, by Jenkins' own records; and what follows from that for whoever promotes or goes back."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

NEVER = math.inf


@dataclass(frozen=True)
class Ran:
    """One that had its turn. `started` and `ended` are rows of the audit log; `left` is what a rollback left.

    `built` says that Jenkins has a run of it, `good` that this succeeded, `failed` that it failed.
    """

    number: int
    service: str
    environment: str
    version: str
    kind: str
    started: float
    ended: float
    built: bool
    good: bool
    left: str = ""
    failed: bool = False


def last_good(past: Sequence[Ran], service: str, environment: str, at: float) -> str:
    """The version that runs there at that row: what succeeded there last; "" for nothing."""
    return next((one.version for one in _ended(past, service, environment, at) if one.good), "")


def goes_back_from(past: Sequence[Ran], service: str, environment: str, at: float) -> Ran | None:
    """What runs there now, else what ran there last; a rollback that did not succeed has not left what it was to leave."""
    now = next((one for one in _here(past, service, environment) if one.started < at <= one.ended), None)
    ran = _ended(past, service, environment, at)
    return now or next((one for one in ran if one.good or one.kind != "rollback"), None)


def goes_back_to(past: Sequence[Ran], service: str, environment: str, at: float) -> list[str]:
    """The versions that can be gone back to, the usual one first: another one, that succeeded, and that nobody left since."""
    away = goes_back_from(past, service, environment, at)
    if away is None:
        return []
    not_these, found = {away.version}, []
    for one in _ended(past, service, environment, at):
        if not one.good:
            continue
        if one.kind == "rollback":
            not_these.add(one.left)
        if one.version not in not_these:
            found.append(one.version)
            not_these.add(one.version)
    return found


def has_been(past: Sequence[Ran], service: str, environment: str, version: str, at: float) -> bool:
    """Whether it succeeded there, and neither failed there nor was rolled back there since."""
    for one in _ended(past, service, environment, at):
        if one.good and one.left == version:
            return False
        if one.version == version and (one.good or one.failed):
            return one.good
    return False


def _here(past: Sequence[Ran], service: str, environment: str) -> list[Ran]:
    return [one for one in past if (one.service, one.environment) == (service, environment)]


def _ended(past: Sequence[Ran], service: str, environment: str, at: float) -> list[Ran]:
    """What had ended there before that row, the newest first."""
    ended = [one for one in _here(past, service, environment) if one.built and one.ended < at]
    return sorted(ended, key=lambda one: one.ended, reverse=True)
