from __future__ import annotations

import asyncio
import time

from bot.clock import SystemClock
from tests.clock import ShiftableClock
from tests.waiting import until


async def test_the_system_clock_tells_epoch_seconds_and_sleeps_at_least_as_long_as_asked():
    clock = SystemClock()
    began = clock.now()

    await clock.sleep(0.02)
    await clock.sleep(-1)

    assert abs(began - time.time()) < 5
    assert clock.now() - began >= 0.019


async def test_a_frozen_clock_moves_only_when_advanced():
    clock = ShiftableClock(start=1000.0, frozen=True)

    assert clock.now() == 1000.0
    clock.advance(2.5)
    assert clock.now() == 1002.5
    clock.set(900.0)
    assert clock.now() == 900.0


async def test_advancing_wakes_exactly_the_sleepers_whose_time_has_come():
    clock = ShiftableClock(frozen=True)
    woken: list[float] = []

    async def sleep(seconds: float) -> None:
        await clock.sleep(seconds)
        woken.append(seconds)

    async with asyncio.TaskGroup() as group:
        for seconds in (1.0, 2.0, 60.0):
            group.create_task(sleep(seconds))
        await until(lambda: clock.sleepers == 3)
        clock.advance(1.9)
        await until(lambda: clock.sleepers == 2)
        assert woken == [1.0]
        clock.advance(0.1)
        await until(lambda: clock.sleepers == 1)
        assert woken == [1.0, 2.0]
        clock.advance(58.0)
    assert woken == [1.0, 2.0, 60.0]


async def test_a_running_clock_passes_by_itself_and_can_be_hurried():
    clock = ShiftableClock()
    began = time.monotonic()

    sleeping = asyncio.create_task(clock.sleep(3600.0))
    await until(lambda: clock.sleepers == 1)
    clock.advance(3599.97)
    await sleeping

    assert time.monotonic() - began < 30
    assert abs(clock.now() - time.time() - 3599.97) < 1
