"""Clocks: what is done again and again, each tick exactly once, over kills and changes of the hour.

Fire times live in our own table. A tick is a message whose id is made from the schedule and the scheduled time, and
one transaction inserts it and moves the schedule on: a crash leaves both or neither. APScheduler only computes
times. Waking up is a sleep on the house's clock, which tests can move and which misses nothing: whoever wakes late
finds the time in the table.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Self
from zoneinfo import ZoneInfo

from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from bot.errors import Conflict
from bot.events import Event, Prune
from bot.journal import Journal, insert, message
from bot.ports import Clock

log = logging.getLogger(__name__)

LONGEST_SLEEP = 60.0
"""Seconds; the machine's clock may be set while we sleep by another."""
DISK_PAUSE = 2.0

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_A_MOMENT = timedelta(microseconds=1)


class Timetable:
    """When something is due. `text` says it in one line, so that a changed timetable is noticed."""

    def __init__(self, text: str, trigger: Any, zone: ZoneInfo, *, once_in_autumn: bool) -> None:
        self.text = text
        self._trigger = trigger
        self._zone = zone
        self._once = once_in_autumn

    @classmethod
    def every(cls, seconds: float) -> Timetable:
        """Each multiple of that many seconds since 1970, so that a restart does not move it."""
        trigger = IntervalTrigger(seconds=seconds, start_date=_EPOCH, timezone=UTC)
        return cls(f"every {seconds:g} s", trigger, ZoneInfo("UTC"), once_in_autumn=False)

    @classmethod
    def cron(cls, timezone: str, **fields: str | int) -> Timetable:
        """APScheduler's fields (`hour=3, minute=20, day_of_week="mon"`) on the clocks of that zone.

        In autumn, what names its hour fires once, the first time; in spring, what would fall into the missing hour
        fires an hour later. Names of days, not numbers: APScheduler counts them from Monday = 0, cron from Sunday.
        https://apscheduler.readthedocs.io/en/3.x/modules/triggers/cron.html
        """
        if any(map(str.isdigit, str(fields.get("day_of_week", "")))):
            raise ValueError('name the day ("mon"): its number means different days to different programs')
        zone = ZoneInfo(timezone)
        text = " ".join(f"{name}={value}" for name, value in sorted(fields.items()))
        hour = fields.get("hour", "*" if "minute" in fields or "second" in fields else 0)
        return cls(
            f"{text} in {timezone}",
            CronTrigger(timezone=zone, **fields),
            zone,
            once_in_autumn=hour != "*",
        )

    def after(self, moment: float) -> float:
        """The next time beyond a moment; epoch seconds. Raises `ValueError` when there is none."""
        at: datetime = datetime.fromtimestamp(moment, UTC)
        while True:
            # Added in UTC: arithmetic in a zone forgets which of the two autumn hours it is in.
            found = self._trigger.get_next_fire_time(None, (at + _A_MOMENT).astimezone(self._zone))
            if found is None:
                raise ValueError(f"{self.text} never comes")
            at = found.astimezone(UTC)
            again = self._once and at.astimezone(self._zone).fold
            if at.timestamp() > moment and not again:
                return float(at.timestamp())


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """What is done when. `event` makes the tick's message from its scheduled time."""

    id: str
    timetable: Timetable
    event: Callable[[float], Event]


PRUNING = Schedule(
    id="prune", timetable=Timetable.every(3_600), event=lambda scheduled: Prune(scheduled=scheduled)
)


class Schedules:
    """`async with Schedules(journal, clock, […])`: every tick is published once, also those of the past.

    However many ticks of one schedule were missed while nobody was there, one is published at the start, under the
    time of the first.
    """

    def __init__(self, journal: Journal, clock: Clock, schedules: Iterable[Schedule]) -> None:
        self._journal = journal
        self._clock = clock
        self._schedules = {one.id: one for one in schedules}
        self._next: dict[str, float] = {}
        self.ticking: asyncio.Task[None]

    async def __aenter__(self) -> Self:
        self._next = await self._settle()
        self.ticking = asyncio.create_task(self._tick(), name="schedules ticking")
        return self

    async def __aexit__(self, *_: object) -> None:
        self.ticking.cancel()
        await asyncio.gather(self.ticking, return_exceptions=True)

    async def _tick(self) -> None:
        while self._next:
            due, id_ = min((at, id_) for id_, at in self._next.items())
            wait = due - self._clock.now()
            if wait > 0:
                await self._clock.sleep(min(wait, LONGEST_SLEEP))
                continue
            try:
                self._next[id_] = await self._fire(self._schedules[id_], due)
            except Conflict:
                log.warning("The table of schedules was changed by somebody else; it is read again")
                self._next = await self._settle()
            except sqlite3.Error:
                log.exception("The tick of %s can't be written; it is tried again", id_)
                await self._clock.sleep(DISK_PAUSE)

    async def _fire(self, schedule: Schedule, scheduled: float) -> float:
        """Publish one tick and move the schedule on, in one transaction. Returns when the next is due."""
        now = self._clock.now()
        following = schedule.timetable.after(max(now, scheduled))
        tick = message(schedule.event(scheduled), id=tick_id(schedule.id, scheduled), at=now)

        def change(connection: sqlite3.Connection) -> None:
            tick.seq = 0
            moved = connection.execute(
                "UPDATE schedules SET next_at = ? WHERE id = ? AND next_at = ?",
                (following, schedule.id, scheduled),
            )
            if moved.rowcount != 1:
                raise Conflict(f"{schedule.id} is not due at {scheduled}")
            insert(connection, tick)

        await self._journal.submit(change, [tick])
        return following

    async def _settle(self) -> dict[str, float]:
        """Make the table hold exactly these schedules; when each is due. One that is due already stays so."""
        now = self._clock.now()

        def change(connection: sqlite3.Connection) -> dict[str, float]:
            due: dict[str, float] = {}
            known = {
                id_: (at, text)
                for id_, at, text in connection.execute("SELECT id, next_at, trigger FROM schedules")
            }
            for id_ in known.keys() - self._schedules.keys():
                connection.execute("DELETE FROM schedules WHERE id = ?", (id_,))
            for id_, schedule in self._schedules.items():
                at, text = known.get(id_, (None, ""))
                same = text == schedule.timetable.text
                due[id_] = at if at is not None and (same or at <= now) else schedule.timetable.after(now)
                connection.execute(
                    "INSERT INTO schedules(id, next_at, trigger) VALUES (?, ?, ?) "
                    "ON CONFLICT(id) DO UPDATE SET next_at = excluded.next_at, trigger = excluded.trigger",
                    (id_, due[id_], schedule.timetable.text),
                )
            return due

        return await self._journal.submit(change, ())


def tick_id(schedule: str, scheduled: float) -> str:
    """`tick/prune/2026-03-01T09:00:00+00:00`: the same tick has the same id, whoever publishes it."""
    return f"tick/{schedule}/{datetime.fromtimestamp(scheduled, UTC).isoformat()}"
