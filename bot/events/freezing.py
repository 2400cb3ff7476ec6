"""Freezes: what people ask about them, and what is so."""

from __future__ import annotations

from bot.events.base import Asked, Command, Fact

FREEZES = "freezes"
"""The subject on which everything is decided that makes, changes or ends one."""


LONGER = {"1h": 3_600.0, "4h": 4 * 3_600.0, "1d": 86_400.0}
"""By how much a button lets a freeze end later, in seconds."""


class FreezePlaces(Asked, frozen=True, kw_only=True):
    """Let nothing start in a scope (empty: every service, every environment). `when` is until when, as typed."""

    service: str = ""
    environment: str = ""
    when: str = ""
    why: str = ""
    incident: bool = False

    @property
    def subject(self) -> str:
        return FREEZES


class LiftFreeze(Asked, frozen=True, kw_only=True):
    """End a freeze by its id (from a button), or by exactly its scope."""

    freeze: str = ""
    service: str = ""
    environment: str = ""
    why: str = ""

    @property
    def subject(self) -> str:
        return FREEZES


class ExtendFreeze(Asked, frozen=True, kw_only=True):
    """Let a freeze end later: by one of `LONGER`."""

    freeze: str
    longer: str

    @property
    def subject(self) -> str:
        return FREEZES


class ShowFreezes(Asked, frozen=True, kw_only=True):
    """What is frozen and what will be, of one service or one environment when they are named."""

    service: str = ""
    environment: str = ""

    @property
    def subject(self) -> str:
        return f"person/{self.by.id}"


class EndFreeze(Command, frozen=True, kw_only=True):
    """Note that a freeze has run out, when it has: what counts is its own `until`."""

    freeze: str

    @property
    def subject(self) -> str:
        return FREEZES


class FreezeDeclared(Fact, frozen=True, kw_only=True):
    """Somebody declared a freeze, or moved its end (`extended`)."""

    freeze: str
    extended: bool = False


class FreezeEnded(Fact, frozen=True, kw_only=True):
    """It was lifted by somebody, or ran out (`by` is empty)."""

    freeze: str
    by: str = ""


class CalendarChanged(Fact, frozen=True, kw_only=True):
    """A calendar holds other events than before, can't be read any more (`problem`), or can again (`back`).

    `counts_until` is when its last good reading stops to count, 0 when there is none.
    """

    calendar: str
    problem: str = ""
    back: bool = False
    counts_until: float = 0.0

    @property
    def subject(self) -> str:
        return f"calendar/{self.calendar}"
