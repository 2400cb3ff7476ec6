"""What a gate says."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from bot.reasons import Reason


class Outcome(StrEnum):
    """`PASS`: nothing in the way. `WAIT`: it goes on by itself, or as soon as somebody lifts it. `BLOCK`: no."""

    PASS = "pass"  # noqa: S105 - a verdict, not a password
    WAIT = "wait"
    BLOCK = "block"


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """One gate's answer. `sentence` may say something about a pass, too.

    `who` can lift it: groups of the configuration, user ids, the chat's own groups. `until` is the earliest possible time
    (epoch seconds), 0 when that can't be known. `way_out` holds the nearest right command between back-ticks.
    """

    gate: str
    outcome: Outcome = Outcome.PASS
    reason: Reason | None = None
    sentence: str = ""
    who: tuple[str, ...] = ()
    until: float = 0.0
    way_out: str = ""


def blocking(verdicts: tuple[Verdict, ...]) -> Verdict | None:
    """The first that says no."""
    return next((one for one in verdicts if one.outcome is Outcome.BLOCK), None)


def waiting(verdicts: tuple[Verdict, ...]) -> Verdict | None:
    """The first that says wait."""
    return next((one for one in verdicts if one.outcome is Outcome.WAIT), None)


def outcome(verdicts: tuple[Verdict, ...]) -> Outcome:
    """What all of them say together."""
    if blocking(verdicts):
        return Outcome.BLOCK
    return Outcome.WAIT if waiting(verdicts) else Outcome.PASS


def earliest(verdicts: tuple[Verdict, ...]) -> float:
    """When it can go on at the earliest; 0 when nothing waits, or one of those that wait can't know."""
    times = [one.until for one in verdicts if one.outcome is not Outcome.PASS]
    return max(times) if times and all(times) else 0.0
