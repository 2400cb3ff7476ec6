from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from bot.disk import DiskFailed
from bot.errors import Unreachable
from bot.journal import message
from bot.reasons import Reason
from tests.clock import ShiftableClock
from tests.engine import Log, advance_until, engine, in_table, look
from tests.waiting import until

AWAY = Unreachable(Reason.PEER_DOWN, "it is away")


async def test_delayed_messages_wait_for_their_time_and_come_in_its_order(path):
    log = Log()
    clock = ShiftableClock(start=1000.0, frozen=True)
    async with engine(path, log.router, clock=clock) as running:
        for n, due in ((1, 5000.0), (2, 1010.0), (3, 3000.0)):
            await running.publish(look(n), id=f"m{n}", due=due)
        await running.publish(look(4), id="m4")
        await running.become("m4", "done")
        await until(lambda: clock.sleepers)
        clock.set(1009.9)
        await asyncio.sleep(0.02)
        assert log.looks == [4]
        clock.set(1010.0)
        await running.become("m2", "done")
        clock.set(6000.0)
        await running.become("m1", "done")

    assert log.looks == [4, 2, 3, 1]
    assert all(ctx.fresh for ctx in log.contexts)


async def test_delayed_messages_survive_a_restart_and_overdue_ones_come_at_once(path):
    log = Log()
    clock = ShiftableClock(start=1000.0, frozen=True)
    async with engine(path, log.router, clock=clock) as running:
        for n, due in ((1, 2000.0), (2, 9000.0)):
            await running.publish(look(n), id=f"m{n}", due=due)
    clock.set(5000.0)
    async with engine(path, log.router, clock=clock) as running:
        await running.become("m1", "done")
        assert await running.state("m2") == "delayed"


async def test_a_clock_that_was_set_forward_wakes_what_became_due(path):
    log = Log()
    clock = ShiftableClock()  # runs; whoever sleeps by it is not woken by the jump below
    async with engine(path, log.router, clock=clock) as running:
        await running.publish(look(1), id="m1", due=clock.now() + 86400.0)
        await until(lambda: clock.sleepers)
        clock.set(clock.now() + 86401.0)
        await running.become("m1", "done")


async def test_nobody_sleeps_longer_than_half_a_minute_in_one_piece_because_clocks_are_set(path):
    log = Log()
    log.failures = {1: [Unreachable(Reason.RATE_LIMITED, "slower", retry_after=7200.0)]}
    slept: list[float] = []

    class Watched(ShiftableClock):
        async def sleep(self, seconds: float) -> None:
            slept.append(seconds)
            await super().sleep(seconds)

    clock = Watched(frozen=True)
    async with engine(path, log.router, clock=clock) as running:
        await running.publish(look(1), id="m1")
        await running.publish(look(2, "d2"), id="m2", due=clock.now() + 86400.0)
        await until(lambda: clock.sleepers == 2)
        assert slept
        assert max(slept) <= 30.0


async def test_a_clock_that_was_set_back_delays_but_loses_nothing(path):
    log = Log()
    clock = ShiftableClock(start=10_000.0, frozen=True)
    async with engine(path, log.router, clock=clock) as running:
        await running.publish(look(1), id="m1", due=10_010.0)
        await until(lambda: clock.sleepers)
        clock.set(5_000.0)
        await running.publish(look(2), id="m2", due=5_010.0)
        clock.set(5_011.0)
        await running.become("m2", "done")
        clock.set(10_011.0)
        await running.become("m1", "done")


async def test_a_thousand_delayed_messages_of_one_moment_all_come(path):
    log = Log()
    clock = ShiftableClock(start=1000.0, frozen=True)
    async with engine(path, log.router, clock=clock) as running:
        new = [message(look(n, f"d{n % 7}"), id=f"m{n}", at=1.0, due=2000.0) for n in range(1200)]
        await running.journal.publish(*new)
        clock.set(2000.0)
        await until(lambda: len(log.looks) == 1200)

    assert sorted(log.looks) == list(range(1200))


async def test_what_memory_does_not_hold_is_read_page_by_page_in_order_while_more_is_published(path):
    log = Log()
    most = 0

    async with engine(path, log.router, held_most=50, started=False) as running:
        new = [message(look(n, f"d{n % 5}"), id=f"m{n}", at=1.0) for n in range(2500)]
        await running.journal.publish(*new)
        await running.bus.start()
        for n in range(2500, 3500):
            await running.publish(look(n, f"d{n % 5}"), id=f"m{n}")
            most = max(most, running.bus.held)
        await running.idle()
        await running.bus.stop(5.0)

    assert len(log.looks) == 3500
    for lane in range(5):
        assert [n for n in log.looks if n % 5 == lane] == list(range(lane, 3500, 5))
    assert most <= 50 + 1000
    assert in_table(path, "SELECT state, COUNT(*) FROM messages GROUP BY 1") == [("done", 3500)]


@pytest.mark.parametrize("held_most", [1, 2, 7, 1000])
async def test_bursts_beyond_what_memory_holds_are_neither_lost_nor_doubled(path, held_most):
    log = Log()
    async with engine(path, log.router, held_most=held_most) as running:

        async def publisher(who: int) -> None:
            for n in range(100):
                await running.publish(look(who * 100 + n, f"d{who}"), id=f"{who}-{n}")

        await asyncio.gather(*(publisher(who) for who in range(10)))
        await running.idle()

    assert sorted(log.looks) == list(range(1000))
    for who in range(10):
        assert [n for n in log.looks if n // 100 == who] == list(range(who * 100, who * 100 + 100))
    assert {outcome for _, outcome in running.outcomes} == {"done"}


async def test_a_page_read_between_commit_and_announcement_hands_nothing_out_twice(path):
    log = Log()
    async with engine(path, log.router, held_most=3, started=False) as running:
        waiting = running.journal.waiting

        async def slow(after: int, limit: int):
            """Read only after the commit, but before its announcement reached the loop."""
            if not slowed:
                slowed.append(asyncio.ensure_future(running.publish(look(7), id="between")))
                await asyncio.to_thread(
                    lambda: until_in_table(path, "SELECT COUNT(*) FROM messages WHERE id = 'between'")
                )
            return await waiting(after, limit)

        slowed: list[asyncio.Future[bool]] = []
        running.journal.waiting = slow
        await running.bus.start()
        await until(lambda: log.looks)
        await running.idle()
        await running.bus.stop(5.0)

    assert log.looks == [7]
    assert running.outcomes == [("FollowRun", "done")]


def until_in_table(path: Path, sql: str) -> None:
    while in_table(path, sql) == [(0,)]:
        time.sleep(0.001)


async def test_reading_that_fails_is_tried_again(path, caplog):
    log = Log()
    clock = ShiftableClock(frozen=True)
    async with engine(path, log.router, clock=clock, started=False) as running:
        await running.publish(look(1), id="m1")
        await running.publish(look(2), id="m2", due=clock.now() + 5.0)
        faults = [DiskFailed("no"), DiskFailed("no")]
        waiting, promote = running.journal.waiting, running.journal.promote

        async def failing_waiting(after: int, limit: int):
            if len(faults) == 2:
                raise faults.pop()
            return await waiting(after, limit)

        async def failing_promote(now: float) -> int:
            if faults and now > 6.0:
                raise faults.pop()
            return await promote(now)

        running.journal.waiting, running.journal.promote = failing_waiting, failing_promote
        await running.bus.start()
        for name in ("m1", "m2"):
            await advance_until(clock, running, name, "done")
        await running.bus.stop(5.0)

    assert faults == []
    assert log.looks == [1, 2]
    assert "Reading the journal failed" in caplog.text
