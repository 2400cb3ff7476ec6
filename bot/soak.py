"""The time after a deployment in which somebody should watch it. It holds nothing up."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Verdict(StrEnum):
    """How a soak ended: somebody said so, its time was over, or something newer came."""

    GOOD = "good"
    WRONG = "wrong"
    OVER = "over"
    REPLACED = "replaced"


class Watcher(msgspec.Struct, frozen=True, kw_only=True):
    """Who said that he is watching, and when."""

    by: str
    at: float


class Soak(msgspec.Struct, frozen=True, kw_only=True):
    """`until` is when it is over by itself; `ended_by` is a user's id, or empty. Times are epoch seconds."""

    began_at: float
    until: float
    watchers: tuple[Watcher, ...] = ()
    reminded: bool = False
    ended_at: float = 0.0
    verdict: Verdict | None = None
    ended_by: str = ""
    why: str = ""
