from __future__ import annotations

import asyncio
import sqlite3

import pytest

from bot.disk import DiskFailed
from bot.errors import Unreachable
from bot.events import StartRun
from bot.ports import Context
from bot.reasons import Reason
from bot.routing import Router
from tests.clock import ShiftableClock
from tests.engine import Log, advance_until, engine, look
from tests.waiting import until

AWAY = Unreachable(Reason.PEER_DOWN, "it is away")


async def test_a_disk_that_says_no_costs_nothing_but_time(path):
    log = Log()
    clock = ShiftableClock(frozen=True)
    full = sqlite3.OperationalError("database or disk is full")
    full.sqlite_errorcode = sqlite3.SQLITE_FULL
    broken = True

    def fail_while_broken(change):
        def changed(connection: sqlite3.Connection):
            if broken:
                raise full
            return change(connection)

        return changed

    async with engine(path, log.router, clock=clock) as running:
        submit = running.writer.submit
        await running.publish(look(0), id="delayed", due=clock.now() + 0.1)
        running.writer.submit = lambda change, then=None: submit(fail_while_broken(change), then)
        with pytest.raises(DiskFailed, match="disk is full"):
            await running.publish(look(1), id="refused")
        broken = False
        for n in (1, 2):
            await running.publish(look(n), id=f"m{n}")
            broken = True
            await until(lambda n=n: log.looks)
            broken = False
        broken = True
        clock.advance(0.2)
        await asyncio.sleep(0.05)
        broken = False
        for name in ("m1", "m2", "delayed"):
            await advance_until(clock, running, name, "done")
        assert await running.journal.show("refused") is None

    assert sorted(set(log.looks)) == [0, 1, 2]
    assert [outcome for _, outcome in running.outcomes] == ["done"] * 3


async def test_a_graceful_stop_finishes_what_is_in_hand_and_leaves_the_rest_for_the_next_start(path):
    log = Log()
    going = asyncio.Event()
    may_end = asyncio.Event()

    @log.router.command(StartRun)
    async def slow(event: StartRun, ctx: Context) -> None:
        going.set()
        await may_end.wait()
        ctx.changes.publish(look(1))

    async with engine(path, log.router, started=False) as running:
        await running.bus.start()
        await running.publish(StartRun(deployment="d1"), id="slow")
        await running.publish(look(2), id="after")
        await going.wait()
        stopping = asyncio.create_task(running.bus.stop(20.0))
        await asyncio.sleep(0)
        await running.publish(look(3, "d3"), id="late")
        may_end.set()
        assert await stopping == []

        assert await running.state("slow") == "done"
        assert await running.state("after") == "ready"
        assert await running.state("late") == "ready"
        assert log.looks == []
    async with engine(path, log.router) as running:
        await running.idle()

    assert sorted(log.looks) == [1, 2, 3]
    assert log.looks.index(2) < log.looks.index(1)


async def test_a_graceful_stop_names_what_holds_it_up(path, caplog):
    router = Router()
    going = asyncio.Event()

    @router.command(StartRun)
    async def for_ever(_: StartRun, __: Context) -> None:
        going.set()
        await asyncio.Event().wait()

    async with engine(path, router, started=False) as running:
        await running.bus.start()
        await running.publish(StartRun(deployment="d1"), id="m1")
        await going.wait()

        assert await running.bus.stop(0.05) == ["StartRun of run/d1"]
        assert await running.state("m1") == "ready"
    assert "Stopping while StartRun of run/d1 is still being handled" in caplog.text


async def test_a_stop_does_not_wait_for_what_waits_itself(path):
    log = Log()
    log.failures = {1: [Unreachable(Reason.PEER_DOWN, "away", retry_after=3600.0)]}
    async with engine(path, log.router, started=False) as running:
        await running.bus.start()
        await running.publish(look(1), id="m1")
        await running.publish(look(2, "d2"), id="m2", due=running.clock.now() + 3600.0)
        await until(lambda: running.outcomes)
        async with asyncio.timeout(2.0):
            assert await running.bus.stop(60.0) == []


async def test_a_retry_goes_on_after_a_restart_when_its_time_comes_and_is_not_fresh(path):
    log = Log()
    log.failures = {1: [Unreachable(Reason.PEER_DOWN, "away", retry_after=600.0)]}
    clock = ShiftableClock(start=1000.0, frozen=True)
    async with engine(path, log.router, clock=clock) as running:
        for n in (1, 2):
            await running.publish(look(n), id=f"m{n}")
        await until(lambda: running.outcomes)
    async with engine(path, log.router, clock=clock) as running:
        await until(lambda: clock.sleepers)
        assert log.looks == [1]
        clock.set(1600.0)
        await running.become("m2", "done")

    assert log.looks == [1, 1, 2]
    assert [(ctx.fresh, ctx.loaded) for ctx in log.contexts] == [(True, False), (False, True), (False, True)]
