"""What holds at one place: windows, planned freezes, calendars, and what people declared, one after another."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import msgspec

from bot.calendars import windows
from bot.calendars.ics import Occasion
from bot.calendars.planned import holding
from bot.calendars.spells import Spell, chain
from config.freezes import CalendarSource, PlannedFreeze, Scoped
from config.models import OPEN_POLICY, Policy, Settings

CLOSED = "outside of {windows}"
NEVER_OPEN = "outside of {windows}, which never comes"
PLANNED = "frozen by {name}"
EVENT = "frozen by “{title}” in the calendar {name}"
UNREAD = "the calendar {name} can't be read, so nobody knows what it freezes"
LOOKED_AT_AGAIN = 60.0
"""Seconds until it is asked again whether a calendar can be read, at least."""


class CalendarRead(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a calendar. `read_at` is when it could last be read, 0 for never; `problem` is why it can't be now.

    `next_at` is when it is read again. Times are epoch seconds.
    """

    occasions: tuple[Occasion, ...] = ()
    read_at: float = 0.0
    next_at: float = 0.0
    problem: str = ""

    def good(self, source: CalendarSource, at: float) -> bool:
        """Whether the last reading still counts."""
        return bool(self.read_at) and at - self.read_at <= source.good_for


Read = Callable[[str], CalendarRead]
"""What is known of the calendar of that name."""


def spells(
    settings: Settings,
    read: Read,
    service: str,
    environment: str,
    *,
    at: float,
    declared: Iterable[Spell] = (),
) -> tuple[Spell, ...]:
    """What holds there at a moment, and what follows on it; `declared` is what people said. See `chain`."""
    policy_name, policy = settings.policy_for(service, environment)
    here = _Place(service, environment, policy_name == OPEN_POLICY)
    freezes = {name: one for name, one in settings.freezes.items() if here.within(one)}
    calendars = {name: one for name, one in settings.calendars.items() if here.within(one)}
    unread = [
        _unread(name, read(name), at)
        for name, one in calendars.items()
        if one.unavailable == "freeze" and not read(name).good(one, at)
    ]
    good = {name: one for name, one in calendars.items() if read(name).good(one, at)}

    def others(moment: float) -> Iterator[Spell]:
        yield from closed(policy, moment)
        yield from planned(freezes, moment)
        for name, source in good.items():
            yield from _events(name, source, read(name), moment)

    return chain(at, [*declared, *unread], others)


def closed(policy: Policy, at: float) -> Iterator[Spell]:
    """Outside of every window."""
    opens = windows.opening(policy.windows, at) if policy.windows else None
    if opens is not None:
        what = (CLOSED if opens else NEVER_OPEN).format(windows=windows.said(policy.windows))
        yield Spell(id=f"windows/{opens:.0f}", what=what, begins=at, ends=opens)


def planned(freezes: dict[str, PlannedFreeze], at: float) -> Iterator[Spell]:
    for name, freeze in freezes.items():
        times = holding(freeze, at)
        if times is not None:
            yield Spell(
                id=f"freeze/{name}/{times[0]:.0f}",
                what=PLANNED.format(name=name),
                reason=freeze.reason,
                begins=times[0],
                ends=times[1],
                override=overriding(freeze),
            )


def overriding(scoped: Scoped) -> tuple[tuple[int, tuple[str, ...]], ...] | None:
    """Its own clauses as plain values: how many, of whom."""
    if scoped.override is None:
        return None
    return tuple((one.count, tuple(one.of)) for one in scoped.override)


def _events(name: str, source: CalendarSource, known: CalendarRead, at: float) -> Iterator[Spell]:
    """Of events side by side, the one that ends last."""
    lasting = [one for one in known.occasions if one.begins <= at < one.ends]
    if lasting:
        one = max(lasting, key=lambda each: each.ends)
        yield Spell(
            id=f"calendar/{name}/{one.begins:.0f}/{one.title}",
            what=EVENT.format(title=one.title, name=name),
            begins=one.begins,
            ends=one.ends,
            override=overriding(source),
        )


def _unread(name: str, known: CalendarRead, at: float) -> Spell:
    return Spell(
        id=f"calendar/{name}/unread/{known.read_at:.0f}",
        what=UNREAD.format(name=name),
        reason=known.problem,
        begins=at,
        ends=max(known.next_at, at + LOOKED_AT_AGAIN),
    )


class _Place(msgspec.Struct, frozen=True):
    service: str
    environment: str
    open: bool

    def within(self, scoped: Scoped) -> bool:
        """Whether that holds here; without named environments it holds where there is a policy."""
        if scoped.services and self.service not in scoped.services:
            return False
        return self.environment in scoped.environments if scoped.environments else not self.open
