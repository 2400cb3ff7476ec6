"""A tick is never lost and never doubled: not by a kill, not by a change of the hour, not by being away."""

from __future__ import annotations

import random
import signal
import sqlite3
import subprocess
import sys
import time
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import pytest

from bot.events import Prune
from bot.journal import Journal
from bot.reader import Reader
from bot.schedules import PRUNING, Schedule, Schedules, Timetable, tick_id
from bot.writer import Writer
from tests.clock import ShiftableClock
from tests.waiting import until

HOURLY = Schedule(id="hourly", timetable=Timetable.every(3_600), event=lambda at: Prune(scheduled=at))
START = 1_700_000_100.0
NEXT = 1_700_002_800.0


def ticks(path: Path) -> list[tuple[str, float, float]]:
    """(id, scheduled, inserted at) of every tick, in order."""
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        rows = connection.execute("SELECT id, body, at FROM messages ORDER BY seq").fetchall()
    finally:
        connection.close()
    return [(id_, msgspec.json.decode(body)["scheduled"], at) for id_, body, at in rows]


class Open:
    """Schedules over a real journal, as long as the block lasts."""

    def __init__(self, path: Path, clock: ShiftableClock, *schedules: Schedule) -> None:
        self.writer, self.reader = Writer(path), Reader(path)
        self.schedules = Schedules(Journal(self.writer, self.reader), clock, schedules)

    async def __aenter__(self) -> Schedules:
        await self.writer.__aenter__()
        return await self.schedules.__aenter__()

    async def __aexit__(self, *_: object) -> None:
        await self.schedules.__aexit__()
        await self.reader.__aexit__()
        await self.writer.__aexit__()


async def test_a_tick_is_published_when_its_time_has_come(tmp_path: Path):
    clock, path = ShiftableClock(START, frozen=True), tmp_path / "p.db"
    async with Open(path, clock, HOURLY):
        assert ticks(path) == []
        for hour in range(3):
            while clock.now() < NEXT + hour * 3_600:
                await until(lambda: clock.sleepers)
                clock.advance(30.0)
            await until(lambda wanted=hour + 1: len(ticks(path)) == wanted)

    assert [at for _, at, _ in ticks(path)] == [NEXT, NEXT + 3_600, NEXT + 7_200]
    assert ticks(path)[0][0] == "tick/hourly/2023-11-14T23:00:00+00:00" == tick_id("hourly", NEXT)


async def test_ticks_missed_while_nobody_was_there_fire_once_at_the_start(tmp_path: Path):
    path = tmp_path / "p.db"
    async with Open(path, ShiftableClock(START, frozen=True), HOURLY):
        pass
    back = ShiftableClock(NEXT + 10 * 3_600 + 5, frozen=True)
    async with Open(path, back, HOURLY):
        await until(lambda: len(ticks(path)) == 1)
        await until(lambda: back.sleepers)

    assert [(at, when) for _, at, when in ticks(path)] == [(NEXT, back.now())]
    async with Open(path, ShiftableClock(NEXT + 11 * 3_600, frozen=True), HOURLY):
        await until(lambda: len(ticks(path)) == 2)
    assert ticks(path)[1][1] == NEXT + 11 * 3_600


async def test_a_changed_timetable_counts_from_now_and_a_removed_schedule_is_forgotten(tmp_path: Path):
    path, clock = tmp_path / "p.db", ShiftableClock(START, frozen=True)
    daily = Schedule(id="hourly", timetable=Timetable.cron("UTC", hour=3, minute=20), event=HOURLY.event)
    async with Open(path, clock, HOURLY, PRUNING):
        pass
    async with Open(path, clock, daily) as schedules:
        assert schedules._next == {"hourly": datetime(2023, 11, 15, 3, 20, tzinfo=UTC).timestamp()}
    connection = sqlite3.connect(path)
    assert connection.execute("SELECT id, trigger FROM schedules").fetchall() == [
        ("hourly", "hour=3 minute=20 in UTC")
    ]
    connection.close()


async def test_a_tick_that_was_due_is_not_lost_by_a_changed_timetable(tmp_path: Path):
    path = tmp_path / "p.db"
    daily = Schedule(id="hourly", timetable=Timetable.cron("UTC", hour=3, minute=20), event=HOURLY.event)
    async with Open(path, ShiftableClock(START, frozen=True), HOURLY):
        pass
    async with Open(path, ShiftableClock(NEXT + 60, frozen=True), daily):
        await until(lambda: len(ticks(path)) == 1)
    assert ticks(path)[0][1] == NEXT


async def test_a_clock_set_back_publishes_no_tick_twice(tmp_path: Path):
    path, clock = tmp_path / "p.db", ShiftableClock(NEXT, frozen=True)
    async with Open(path, clock, HOURLY):
        while clock.now() < NEXT + 3_600:
            await until(lambda: clock.sleepers)
            clock.advance(60.0)
        await until(lambda: len(ticks(path)) == 1)
        clock.set(NEXT)
        while clock.now() < NEXT + 7_200:
            await until(lambda: clock.sleepers)
            clock.advance(60.0)
        await until(lambda: len(ticks(path)) == 2)

    assert [at for _, at, _ in ticks(path)] == [NEXT + 3_600, NEXT + 7_200]


async def test_a_disk_that_says_no_delays_a_tick_and_loses_none(tmp_path: Path, caplog):
    path, clock = tmp_path / "p.db", ShiftableClock(NEXT - 1, frozen=True)
    opened = Open(path, clock, HOURLY)
    async with opened:
        await opened.writer.submit(lambda connection: connection.execute("PRAGMA busy_timeout = 20"))
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        await until(lambda: clock.sleepers)
        clock.advance(1.0)
        await until(lambda: "is tried again" in caplog.text)
        other.execute("ROLLBACK")
        other.close()
        await until(lambda: clock.sleepers)
        clock.advance(5.0)
        await until(lambda: len(ticks(path)) == 1)
    assert ticks(path)[0][1] == NEXT


async def test_a_table_changed_by_somebody_else_is_read_again(tmp_path: Path):
    path, clock = tmp_path / "p.db", ShiftableClock(START, frozen=True)
    opened = Open(path, clock, HOURLY)
    async with opened as schedules:
        await opened.writer.submit(
            lambda connection: connection.execute("UPDATE schedules SET next_at = ?", (NEXT + 3_600,))
        )
        while clock.now() < NEXT:
            await until(lambda: clock.sleepers)
            clock.advance(60.0)
        await until(lambda: schedules._next == {"hourly": NEXT + 3_600})
    assert ticks(path) == []


def local(zone: str, *moment: int) -> float:
    return datetime(*moment, tzinfo=ZoneInfo(zone)).timestamp()


def times(timetable: Timetable, start: float, count: int) -> list[str]:
    found = []
    for _ in range(count):
        start = timetable.after(start)
        found.append(datetime.fromtimestamp(start, UTC).strftime("%d %H:%M"))
    return found


def test_in_autumn_what_names_its_hour_fires_once():
    night = Timetable.cron("Europe/Berlin", hour=2, minute=30)

    assert times(night, local("Europe/Berlin", 2026, 10, 23, 12), 4) == [
        "24 00:30",
        "25 00:30",
        "26 01:30",
        "27 01:30",
    ]


def test_in_autumn_what_comes_every_hour_comes_in_both():
    hourly = Timetable.cron("Europe/Berlin", minute=30)

    assert times(hourly, local("Europe/Berlin", 2026, 10, 25, 1), 4) == [
        "24 23:30",
        "25 00:30",
        "25 01:30",
        "25 02:30",
    ]


def test_in_spring_what_falls_into_the_missing_hour_fires_once_all_the_same():
    night = Timetable.cron("Europe/Berlin", hour=2, minute=30)

    assert times(night, local("Europe/Berlin", 2026, 3, 27, 12), 4) == [
        "28 01:30",
        "29 01:30",
        "30 00:30",
        "31 00:30",
    ]


def test_monday_is_monday():
    weekly = Timetable.cron("UTC", day_of_week="mon", hour=9)

    assert datetime.fromtimestamp(weekly.after(START), UTC).strftime("%A %H:%M") == "Monday 09:00"
    with pytest.raises(ValueError, match="name the day"):
        Timetable.cron("UTC", day_of_week=1, hour=9)


def test_a_time_that_never_comes_is_a_fault():
    with pytest.raises(ValueError, match="never comes"):
        Timetable.cron("UTC", year=2001).after(START)


CHILD = """
import asyncio, sys
from bot.clock import SystemClock
from bot.events import Prune
from bot.journal import Journal
from bot.reader import Reader
from bot.schedules import Schedule, Schedules, Timetable
from bot.writer import Writer

async def main(path):
    often = Schedule(id="often", timetable=Timetable.every(0.02), event=lambda at: Prune(scheduled=at))
    async with Writer(path) as writer, Reader(path) as reader:
        async with Schedules(Journal(writer, reader), SystemClock(), [often]):
            print("ticking", flush=True)
            await asyncio.sleep(60)

asyncio.run(main(sys.argv[1]))
"""


@pytest.mark.slow
def test_no_tick_is_lost_or_doubled_however_often_the_process_is_killed(tmp_path: Path):
    path, timetable, kills = tmp_path / "p.db", Timetable.every(0.02), random.Random(11)
    for _ in range(8):
        with subprocess.Popen([sys.executable, "-c", CHILD, str(path)], stdout=subprocess.PIPE) as child:
            assert child.stdout.readline() == b"ticking\n"
            time.sleep(kills.uniform(0.01, 0.25))
            child.send_signal(signal.SIGKILL)
    found = ticks(path)

    assert len(found) > 20
    assert len({id_ for id_, _, _ in found}) == len(found)
    # Each tick is exactly the one that follows from the one before: from its time, or from when it came late.
    for (_, scheduled, came), (_, following, _) in pairwise(found):
        assert following == timetable.after(max(scheduled, came))
