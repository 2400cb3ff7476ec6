"""Calendars that others keep, read in the background: bounded, the last good reading kept on disk and in memory.

Nobody who asks what is frozen waits for a calendar. What can't be read is said once, and once that it can be read again.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import os
import sqlite3
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Self

import aiohttp
import msgspec

from bot.calendars.fetching import occasions_of, text_of
from bot.calendars.frozen import CalendarRead
from bot.calendars.ics import UnreadableCalendar
from bot.events.freezing import CalendarChanged
from bot.journal import Journal
from bot.messages import message
from bot.ports import Clock
from config.freezes import CalendarSource

log = logging.getLogger(__name__)

AGAIN_AFTER = 60.0
LONGEST_SLEEP = 60.0
LEAST_SLEEP = 0.05
SET_BACK = 1.0

NOT_YET = "it has not been read yet"


class Readings:
    """`async with Readings(sources, clock, journal, kept=…)`; `read(name)` is answered from memory.

    `sources` gives the calendars as they are configured now. The last good readings are kept beside the database `kept`.
    """

    def __init__(
        self,
        sources: Callable[[], Mapping[str, CalendarSource]],
        clock: Clock,
        journal: Journal,
        *,
        kept: str,
    ) -> None:
        self._sources = sources
        self._clock = clock
        self._journal = journal
        self._kept = Path(f"{kept}.calendars")
        self._known: dict[str, CalendarRead] = {}
        self._read_from: dict[str, CalendarSource] = {}
        self.reading: asyncio.Task[None]

    async def __aenter__(self) -> Self:
        for name, source in self._sources().items():
            await self._remember(name, source)
        self._session = aiohttp.ClientSession()
        self.reading = asyncio.create_task(self._go_on(), name="calendars being read")
        return self

    async def __aexit__(self, *_: object) -> None:
        self.reading.cancel()
        await asyncio.gather(self.reading, return_exceptions=True)
        await self._session.close()

    def read(self, name: str) -> CalendarRead:
        """What is known of a calendar."""
        return self._known.get(name) or CalendarRead(problem=NOT_YET)

    async def _go_on(self) -> None:
        while True:
            sources = self._sources()
            now = self._clock.now()
            due = [name for name in sources if self._due(name, sources[name]) <= now]
            await asyncio.gather(*(self._look(name, sources[name]) for name in due))
            next_at = min(
                (self._due(name, one) for name, one in sources.items()), default=now + LONGEST_SLEEP
            )
            await self._clock.sleep(min(max(next_at - self._clock.now(), LEAST_SLEEP), LONGEST_SLEEP))

    def _due(self, name: str, source: CalendarSource) -> float:
        """When it is read again: at once when it is configured differently, or the clock was set back since."""
        next_at = self.read(name).next_at
        set_back = next_at > self._clock.now() + source.refresh + SET_BACK
        return 0.0 if set_back or self._read_from.get(name) != source else next_at

    async def _look(self, name: str, source: CalendarSource) -> None:
        """Read it once; what is different from before is published."""
        before, now = self.read(name), self._clock.now()
        if name in self._read_from and self._read_from[name] != source:
            before = CalendarRead(problem=before.problem)
        try:
            text = await text_of(source, self._session)
            occasions = await occasions_of(text, source, now)
        except UnreadableCalendar as unreadable:
            log.warning("The calendar %s can't be read: %s", name, unreadable, extra={"action": "calendar"})
            after = msgspec.structs.replace(
                before, problem=str(unreadable), next_at=now + min(source.refresh, AGAIN_AFTER)
            )
        else:
            after = CalendarRead(occasions=occasions, read_at=now, next_at=now + source.refresh)
            await asyncio.to_thread(_keep, self._path(name, source), text, now)
        self._known[name], self._read_from[name] = after, source
        await self._say(name, source, before, after)

    async def _say(
        self, name: str, source: CalendarSource, before: CalendarRead, after: CalendarRead
    ) -> None:
        news = bool(after.problem) and before.problem in {"", NOT_YET}
        back = not after.problem and before.problem not in {"", NOT_YET}
        first = bool(after.read_at) and not before.read_at
        if news or back or first or before.occasions != after.occasions:
            changed = CalendarChanged(
                calendar=name,
                problem=after.problem if news else "",
                back=back,
                counts_until=after.read_at + source.good_for if after.read_at else 0.0,
            )
            now = self._clock.now()
            try:
                await self._journal.publish(message(changed, id=f"calendar/{name}/{now:.6f}", at=now))
            except sqlite3.Error:
                log.exception("That the calendar %s changed can't be written down", name)

    async def _remember(self, name: str, source: CalendarSource) -> None:
        """What an earlier process read of it, as long as that still counts."""
        try:
            text, read_at = await asyncio.to_thread(_recall, self._path(name, source))
            occasions = await occasions_of(text, source, self._clock.now())
        except (OSError, UnicodeDecodeError, UnreadableCalendar):
            return
        self._known[name] = CalendarRead(occasions=occasions, read_at=read_at, problem=NOT_YET)

    def _path(self, name: str, source: CalendarSource) -> Path:
        """Where its last good reading is kept; what was read elsewhere under this name is another calendar."""
        address = source.address.get_secret_value() if source.address else ""
        where = hashlib.blake2s(f"{source.file}\n{address}".encode(), digest_size=8).hexdigest()
        return self._kept / f"{name}-{where}.ics"


def _keep(path: Path, text: str, read_at: float) -> None:
    """For the next process; its owner's alone, since calendars are somebody's own. Not being able to is no harm now."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        new = path.with_suffix(".new")
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(text.encode())
        os.utime(new, (read_at, read_at))
        new.replace(path)
    except OSError as error:
        log.warning("A calendar could not be kept: %s", error, extra={"action": "calendar"})


def _recall(path: Path) -> tuple[str, float]:
    return path.read_bytes().decode(), path.stat().st_mtime
