"""All deployments since a moment, judged by two configurations, page by page."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import msgspec

from bot.deployments import Deployment
from bot.reader import Reader
from bot.replay.judging import Decided, Then, decided, groups_known, people_of
from bot.replay.past import Clock, PastCalendars, PastPeople, PastStore, Standings
from bot.store import Store
from config.models import Settings

PAGE = 500


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """A deployment, and how it is decided by the old configuration and by the new one.

    `sure` is false when that rests on who was in the chat's groups then, which is not known.
    """

    found: Deployment
    old: Decided
    new: Decided
    sure: bool = True

    @property
    def differs(self) -> bool:
        return self.old.differs(self.new)


class Replay:
    """`async for outcome in Replay(reader, old, new).since(at)`: every deployment, oldest first, in bounded memory.

    `told` is called after each page; `done` and `total` say how far it is then.
    """

    def __init__(self, reader: Reader, old: Settings, new: Settings) -> None:
        self._reader = reader
        self._old, self._new = old, new
        self._clock = Clock()
        self._standings = Standings(reader)
        store = PastStore(reader, self._clock, self._standings)
        self._then = Then(clock=self._clock, store=store, calendars=PastCalendars(self._clock))
        self.told: Callable[[], None] = _nobody
        self.total = 0
        self.done = 0

    async def since(self, at: float) -> AsyncIterator[Outcome]:
        first, last = await self._range(at)
        self.total = max(0, last - first + 1)
        while first <= last:
            page = await _page(self._reader, first, min(last, first + PAGE - 1))
            for found in page:
                if found.requested_at >= at:
                    yield await self._outcome(found)
            first += PAGE
            self.done = min(self.total, self.done + PAGE)
            if first <= last:
                self.told()

    async def _outcome(self, found: Deployment) -> Outcome:
        self._clock.at = found.requested_at
        await self._standings.move_to(found.requested_at)
        known, groups = people_of(found), groups_known(found, self._old)
        generous, strict = (PastPeople(known, groups, generous=one) for one in (True, False))
        old = await decided(self._then, self._old, found, generous)
        new = await decided(self._then, self._new, found, generous)
        other = await decided(self._then, self._new, found, strict)
        return Outcome(found=found, old=old, new=new, sure=not new.differs(other))

    async def _range(self, at: float) -> tuple[int, int]:
        """The numbers of the first deployment since then and of the last there is; numbers are given in order of time."""
        newest = await Store(self._reader).recent(1)
        low, high = 1, newest[0].number if newest else 0
        last = high
        while low <= high:
            middle = (low + high) // 2
            rows = await self._reader.rows(
                "SELECT requested_at FROM deployments WHERE number >= ? ORDER BY number LIMIT 1", middle
            )
            if rows and rows[0][0] < at:
                low = middle + 1
            else:
                high = middle - 1
        return low, last


async def _page(reader: Reader, first: int, last: int) -> list[Deployment]:
    rows = await reader.rows(
        "SELECT body, number, revision FROM deployments WHERE number BETWEEN ? AND ? ORDER BY number",
        first,
        last,
    )
    return [
        msgspec.structs.replace(_decoder.decode(body), number=number, revision=revision)
        for body, number, revision in rows
    ]


def _nobody() -> None:
    """Nobody wants to know how far it is."""


_decoder = msgspec.json.Decoder(Deployment)
