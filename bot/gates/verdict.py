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


class Obstacle(msgspec.Struct, frozen=True, kw_only=True):
    """Another thing of the same kind that stands there, besides the first; `who` can lift that one.

    What does not hold it up (a warning, one's own lock) is said to who asks, and is not why it waits.
    """

    sentence: str
    who: tuple[str, ...] = ()
    holds: bool = True


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """One gate's answer. `sentence` may say something about a pass, too.

    `who` can lift it: groups of the configuration, user ids, the chat's own groups. Where several things of the kind stand in the
    way, `sentence` and `who` are of the first, which lasts longest, and `also` are the others. `until` is the earliest possible
    time for all of them (epoch seconds), 0 when that can't be known. `way_out` holds the nearest right commands between back-ticks.
    """

    gate: str
    outcome: Outcome = Outcome.PASS
    reason: Reason | None = None
    sentence: str = ""
    who: tuple[str, ...] = ()
    until: float = 0.0
    way_out: str = ""
    also: tuple[Obstacle, ...] = ()

    @property
    def said(self) -> str:
        """Everything that holds it up, in one sentence."""
        others = [one.sentence for one in self.also if one.holds]
        if not others:
            return self.sentence
        return "; ".join(one.removesuffix(".") for one in (self.sentence, *others))


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
