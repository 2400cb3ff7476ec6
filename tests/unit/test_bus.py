from __future__ import annotations

import asyncio
import sqlite3

from bot.deployments import RunRecord
from bot.errors import Unreachable
from bot.events import FollowRun, RunDelayed, RunLost, StartRun
from bot.ports import Context
from bot.reasons import Reason
from bot.routing import Router
from tests.clock import ShiftableClock
from tests.engine import Log, advance_until, engine, in_table, look
from tests.waiting import until

AWAY = Unreachable(Reason.PEER_DOWN, "it is away")


async def test_one_transaction_per_message_state_published_and_done_commit_together(path):
    router = Router()

    @router.command(StartRun)
    async def start(event: StartRun, ctx: Context) -> None:
        ctx.changes.save(RunRecord(deployment=event.deployment, key="key"))
        ctx.changes.audit("started", actor="pilothouse", about=event.deployment)
        ctx.changes.publish(FollowRun(deployment=event.deployment))
        ctx.changes.publish(FollowRun(deployment=event.deployment, look=2), after=3600.0)

    async with engine(path, router, started=False) as running:
        commits: list[list[tuple[object, ...]]] = []
        original = running.journal.submit

        def submit(change, new):
            def looked(connection: sqlite3.Connection):
                before = connection.execute("SELECT COUNT(*) FROM runs").fetchone()
                answer = change(connection)
                commits.append([before, connection.execute("SELECT COUNT(*) FROM runs").fetchone()])
                return answer

            return original(looked, new)

        running.journal.submit = submit
        await running.publish(StartRun(deployment="d1"), id="start")
        await running.bus.start()
        await running.become("start", "done")
        await running.bus.stop(5.0)

        assert commits[0] == [(0,), (1,)]
        assert await running.state("start/1") in {"ready", "parked"}
        assert await running.state("start/2") == "delayed"
        assert (await running.row("start/1"))["cause"] == "start"
        assert (await running.row("start/1"))["chain"] == "start"
        assert [entry["action"] for entry in await running.store.audited()] == ["started"]


async def test_when_one_change_of_a_handler_fails_none_of_them_is_made(path):
    router = Router()

    @router.command(StartRun)
    async def start(event: StartRun, ctx: Context) -> None:
        ctx.changes.save(RunRecord(deployment=event.deployment, key="key"))
        ctx.changes.publish(FollowRun(deployment=event.deployment))
        ctx.changes.audit("started", actor="pilothouse", strange=object())

    clock = ShiftableClock(frozen=True)
    async with engine(path, router, clock=clock) as running:
        await running.publish(StartRun(deployment="d1"), id="start")
        await advance_until(clock, running, "start", "parked", step=20.0)

        assert await running.store.run("d1") is None
        assert await running.journal.show("start/1") is None
        assert await running.store.audited() == []
        assert "object" in (await running.row("start"))["sentence"]


async def test_publishing_under_an_id_that_is_taken_publishes_nothing_twice(path):
    log = Log()

    @log.router.command(StartRun)
    async def start(event: StartRun, ctx: Context) -> None:
        ctx.changes.publish(look(1), id="only once")

    async with engine(path, log.router) as running:
        for number in range(3):
            await running.publish(StartRun(deployment=f"d{number}"), id=f"start {number}")
        await running.idle()

    assert log.looks == [1]


async def test_ids_of_a_long_chain_stay_short_and_unique(path):
    router = Router()
    ids: list[str] = []

    @router.command(FollowRun)
    async def follow(event: FollowRun, ctx: Context) -> None:
        ids.append(ctx.message)
        if event.look < 300:
            ctx.changes.publish(look(event.look + 1))

    async with engine(path, router) as running:
        await running.publish(look(1), id="1234.5678.abcdef")
        await until(lambda: len(ids) == 300)
        await running.idle()

    assert len(set(ids)) == 300
    assert ids[3] == "1234.5678.abcdef/1/1/1"
    assert all(one.startswith("1234.5678.abcdef") for one in ids)
    assert max(map(len, ids)) <= 96
    assert in_table(path, "SELECT DISTINCT chain FROM messages") == [("1234.5678.abcdef",)]


async def test_messages_of_one_subject_are_handled_one_at_a_time_in_order(path):
    router = Router()
    seen: list[str] = []

    @router.command(FollowRun)
    async def follow(event: FollowRun, ctx: Context) -> None:
        seen.append(f"begin {event.look}")
        await asyncio.sleep(0)
        await ctx.store.run(event.deployment)
        seen.append(f"end {event.look}")

    async with engine(path, router) as running:
        await asyncio.gather(*(running.publish(look(n), id=f"m{n}") for n in range(50)))
        await running.idle()

    assert seen == [f"{word} {n}" for n in range(50) for word in ("begin", "end")]


async def test_different_subjects_are_handled_side_by_side(path):
    router = Router()
    together = asyncio.Barrier(20)

    @router.command(FollowRun)
    async def follow(_: FollowRun, __: Context) -> None:
        async with asyncio.timeout(20):
            await together.wait()

    async with engine(path, router) as running:
        for n in range(20):
            await running.publish(look(1, f"d{n}"), id=f"m{n}")
        await running.idle()

    assert {outcome for _, outcome in running.outcomes} == {"done"}


async def test_all_handlers_of_a_fact_run_in_order_and_a_fact_without_handlers_is_done(path):
    router = Router()
    seen: list[str] = []

    @router.on(RunLost)
    async def first(event: RunLost, _: Context) -> None:
        seen.append(f"first {event.sentence}")

    @router.on(RunLost)
    async def second(event: RunLost, _: Context) -> None:
        seen.append(f"second {event.sentence}")

    async with engine(path, router) as running:
        await running.publish(RunLost(deployment="d1", sentence="gone"), id="a", subject="lane/x/y")
        delayed = RunDelayed(deployment="d1", reason=Reason.PEER_DOWN, sentence="away")
        await running.publish(delayed, id="b", subject="lane/x/y")
        await running.idle()

        assert seen == ["first gone", "second gone"]
        assert await running.state("b") == "done"


async def test_all_handlers_of_a_message_are_given_the_same_context(path):
    router, given = Router(), []

    @router.on(RunLost)
    async def first(_: RunLost, ctx: Context) -> None:
        given.append(ctx)

    @router.on(RunLost)
    async def second(_: RunLost, ctx: Context) -> None:
        given.append(ctx)

    async with engine(path, router) as running:
        await running.publish(RunLost(deployment="d1", sentence="gone"), id="lost", subject="lane/a/b")
        await running.become("lost", "done")

    assert len(given) == 2
    assert given[0] is given[1]
