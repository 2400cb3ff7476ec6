from __future__ import annotations

import asyncio

import pytest

from bot.bus import CONFLICTS_MOST, UNEXPECTED_ATTEMPTS, backoff
from bot.deployments import RunRecord
from bot.errors import Conflict, Refused, Rejected, Unreachable
from bot.events import (
    CancelRun,
    FollowRun,
    MessageParked,
    RunDelayed,
    RunLost,
    ShowStatus,
    StartRun,
    Tell,
    decode,
)
from bot.ports import Context
from bot.reasons import Reason
from bot.routing import Router
from tests.clock import ShiftableClock
from tests.engine import ANNA, HERE, Log, advance_until, engine, in_table, look
from tests.waiting import until

AWAY = Unreachable(Reason.PEER_DOWN, "it is away")


async def test_unreachable_is_tried_again_with_backoff_and_its_subject_keeps_its_order(path):
    log = Log()
    log.failures = {1: [AWAY, AWAY, AWAY]}
    clock = ShiftableClock(frozen=True)
    async with engine(path, log.router, clock=clock) as running:
        for n in (1, 2, 3):
            await running.publish(look(n), id=f"m{n}")
        await running.publish(look(9, "other"), id="other")
        await running.become("other", "done")
        assert await running.state("m2") == "ready"
        await advance_until(clock, running, "m3", "done", step=0.25)
        row = await running.row("m1")

    assert log.looks == [1, 9, 1, 1, 1, 2, 3]
    assert [ctx.fresh for ctx in log.contexts] == [True, True, False, False, False, True, True]
    assert row["attempts"] == 3
    assert running.outcomes.count(("FollowRun", "peer_down")) == 3


async def test_a_wait_that_the_peer_asked_for_is_kept_to_the_second(path):
    log = Log()
    log.failures = {1: [Unreachable(Reason.RATE_LIMITED, "slower", retry_after=100.0)]}
    clock = ShiftableClock(start=1000.0, frozen=True)
    async with engine(path, log.router, clock=clock) as running:
        await running.publish(look(1), id="m1")
        await until(lambda: running.outcomes)
        row = await running.row("m1")
        assert (row["state"], row["due"], row["reason"]) == ("ready", 1100.0, "rate_limited")
        for _ in range(3):
            await until(lambda: clock.sleepers)
            clock.advance(33.0)
        await asyncio.sleep(0.05)
        assert log.looks == [1]
        clock.advance(1.0)
        await running.become("m1", "done")

    assert log.looks == [1, 1]


def test_backoff_doubles_up_to_a_bound_and_is_spread():
    waits = [[backoff(attempts) for _ in range(200)] for attempts in range(0, 2000, 3)]

    assert all(0.375 <= wait <= 0.5 for wait in waits[0])
    assert all(11.25 <= wait <= 15.0 for wait in waits[-1])
    assert all(len(set(same)) > 100 for same in waits)


async def test_rejected_is_parked_with_its_reason_and_the_subject_goes_on(path):
    log = Log()
    log.failures = {1: [Rejected(Reason.CREDENTIALS_WRONG, "Jenkins says 401 \ud800")]}
    async with engine(path, log.router) as running:
        for n in (1, 2):
            await running.publish(look(n), id=f"m{n}")
        await running.idle()
        row = await running.row("m1")

    assert (row["state"], row["reason"], row["sentence"]) == (
        "parked",
        "credentials_wrong",
        "Jenkins says 401 ?",
    )
    assert log.looks == [1, 2]


async def test_journal_retry_handles_a_parked_message_again_after_those_that_wait(path):
    log = Log()
    log.failures = {1: [Rejected(Reason.CREDENTIALS_WRONG, "no")]}
    async with engine(path, log.router) as running:
        for n in (1, 2):
            await running.publish(look(n), id=f"m{n}")
        await running.idle()

        assert await running.journal.retry("m1", running.clock.now())
        await running.become("m1", "done")

    assert log.looks == [1, 2, 1]
    assert log.contexts[2].fresh is False
    assert log.contexts[2].loaded is True


async def test_refused_is_told_to_the_person_audited_and_done(path):
    router = Router()

    @router.command(ShowStatus)
    async def refuse(_: ShowStatus, ctx: Context) -> None:
        ctx.changes.publish(look(1))
        raise Refused(Reason.GUEST, "Guests may not.", way_out="Ask a colleague.")

    async with engine(path, router) as running:
        await running.publish(ShowStatus(by=ANNA, place=HERE, text="/deploy status"), id="asked")
        await running.idle()
        told = message_of(await running.row("asked/told/1"))
        (entry,) = await running.store.audited()

        assert await running.state("asked") == "done"
        assert in_table(path, "SELECT id FROM messages ORDER BY seq") == [("asked",), ("asked/told/1",)]
    assert isinstance(told, Tell)
    assert told.user == ANNA.id
    assert "Guests may not." in str(told.words)
    assert "Ask a colleague." in str(told.words)
    assert (entry["actor"], entry["action"], entry["reason"]) == ("U0ANNA", "refused", "guest")


def message_of(row):
    return decode(row["type"], row["version"], row["body"])


async def test_who_asked_hears_of_parking_and_a_retry_loses_none_of_its_messages(path):
    log = Log()
    failures = [Rejected(Reason.CREDENTIALS_WRONG, "Jenkins says 401.") for _ in range(2)]

    @log.router.command(ShowStatus)
    async def show(_: ShowStatus, ctx: Context) -> None:
        if failures:
            raise failures.pop()
        ctx.changes.publish(look(1))

    async with engine(path, log.router) as running:
        await running.publish(ShowStatus(by=ANNA, place=HERE), id="asked")
        for seq in (1, 3):
            await running.become("asked", "parked")
            told = message_of(await running.row(f"asked/told/{seq}"))
            assert isinstance(told, Tell)
            assert "Jenkins says 401." in str(told.words)
            await running.journal.retry("asked", running.clock.now())
        await running.become("asked", "done")
        await running.idle()

    assert log.looks == [1]


async def test_a_deployment_hears_of_every_message_about_it_that_is_parked(path):
    log = Log()
    log.failures = {1: [Rejected(Reason.CREDENTIALS_WRONG, "no") for _ in range(2)]}
    heard: list[MessageParked] = []

    @log.router.on(MessageParked)
    async def parked(event: MessageParked, _: Context) -> None:
        heard.append(event)

    async with engine(path, log.router) as running:
        await running.publish(look(1), id="m1")
        await until(lambda: len(heard) == 1)
        await running.journal.retry("m1", running.clock.now())
        await until(lambda: len(heard) == 2)

    expected = MessageParked(
        deployment="d1", message="m1", kind="FollowRun", reason=Reason.CREDENTIALS_WRONG, sentence="no"
    )
    assert heard == [expected, expected]


async def test_a_refusal_that_nobody_can_be_told_is_parked(path):
    log = Log()
    log.failures = {1: [Refused(Reason.JOB_MISSING, "no such job")]}
    async with engine(path, log.router) as running:
        await running.publish(look(1), id="m1")
        await running.become("m1", "parked")


async def test_a_failure_publishes_the_facts_it_carries_with_every_attempt(path):
    router = Router()
    facts = [("lane/x/y", RunDelayed(deployment="d1", reason=Reason.PEER_DOWN, sentence=one)) for one in "ab"]
    failures = [
        Unreachable(Reason.PEER_DOWN, "away", facts=facts, retry_after=0.0),
        Rejected(Reason.CREDENTIALS_WRONG, "no", facts=facts),
        Rejected(Reason.CREDENTIALS_WRONG, "no", facts=facts),
    ]
    seen: list[str] = []

    @router.command(StartRun)
    async def start(_: StartRun, __: Context) -> None:
        raise failures.pop(0)

    @router.on(RunDelayed)
    async def delayed(event: RunDelayed, _: Context) -> None:
        seen.append(event.sentence)

    async with engine(path, router) as running:
        await running.publish(StartRun(deployment="d1"), id="start")
        await running.become("start", "parked")
        await running.idle()
        assert seen == ["a", "b", "a", "b"]
        await running.journal.retry("start", running.clock.now())
        await until(lambda: not failures)
        await running.become("start", "parked")
        await running.idle()

    assert seen == ["a", "b"] * 3


async def test_facts_that_can_not_be_published_do_not_keep_a_failure_from_being_parked(path):
    log = Log()
    bad = [("", RunLost(deployment="d1", sentence="no subject"))]
    log.failures = {1: [Unreachable(Reason.PEER_DOWN, "away", facts=bad)]}
    async with engine(path, log.router) as running:
        for n in (1, 2):
            await running.publish(look(n), id=f"m{n}")
        await running.idle()

        assert "needs a subject" in (await running.row("m1"))["sentence"]
        assert await running.state("m1") == "parked"
        assert await running.state("m2") == "done"


async def test_an_unforeseen_fault_is_tried_a_few_times_then_parked_with_words(path):
    log = Log()
    log.failures = {1: [ZeroDivisionError("by zero") for _ in range(99)]}
    clock = ShiftableClock(frozen=True)
    async with engine(path, log.router, clock=clock) as running:
        for n in (1, 2):
            await running.publish(look(n), id=f"m{n}")
        await advance_until(clock, running, "m1", "parked", step=20.0)
        await running.become("m2", "done")
        row = await running.row("m1")

    assert log.looks == [1] * UNEXPECTED_ATTEMPTS + [2]
    assert (row["reason"], row["sentence"]) == ("handler_failed", "ZeroDivisionError: by zero")
    assert row["attempts"] == UNEXPECTED_ATTEMPTS


async def test_a_long_outage_does_not_use_up_the_patience_for_unforeseen_faults(path):
    log = Log()
    log.failures = {1: [AWAY] * 8 + [ZeroDivisionError()] * 2}
    clock = ShiftableClock(frozen=True)
    async with engine(path, log.router, clock=clock) as running:
        await running.publish(look(1), id="m1")
        await advance_until(clock, running, "m1", "done", step=20.0)

    assert len(log.looks) == 11


async def test_a_handler_that_is_cancelled_from_inside_does_not_stop_its_subject(path):
    log = Log()
    log.failures = {1: [asyncio.CancelledError()]}
    clock = ShiftableClock(frozen=True)
    async with engine(path, log.router, clock=clock) as running:
        for n in (1, 2):
            await running.publish(look(n), id=f"m{n}")
        await advance_until(clock, running, "m2", "done")

    assert log.looks == [1, 1, 2]


async def test_a_conflict_handles_the_message_again_on_fresh_state(path):
    router = Router()
    seen: list[tuple[int, bool]] = []

    @router.command(FollowRun)
    async def follow(event: FollowRun, ctx: Context) -> None:
        record = await ctx.store.run("shared")
        offset = record.offset if record else 0
        seen.append((offset, ctx.fresh))
        await asyncio.sleep(0)
        new = RunRecord(
            deployment="shared", key="k", revision=record.revision if record else 0, offset=offset + 1
        )
        ctx.changes.save(new)

    async with engine(path, router) as running:
        for n in range(30):
            await running.publish(look(n, f"d{n}"), id=f"m{n}")
        await running.idle()
        record = await running.store.run("shared")

    assert record is not None
    assert (record.offset, record.revision) == (30, 30)
    assert len(seen) > 30
    assert all(fresh for _, fresh in seen[:2])
    assert not all(fresh for _, fresh in seen)


async def test_endless_conflicts_are_parked_in_the_end(path):
    log = Log()
    log.failures = {1: [Conflict(f"no {n}") for n in range(CONFLICTS_MOST * UNEXPECTED_ATTEMPTS)]}
    clock = ShiftableClock(frozen=True)
    async with engine(path, log.router, clock=clock) as running:
        await running.publish(look(1), id="m1")
        await advance_until(clock, running, "m1", "parked", step=20.0)

        assert "50 times in a row" in (await running.row("m1"))["sentence"]


async def test_a_command_without_a_handler_is_parked_in_words(path):
    async with engine(path, Router()) as running:
        await running.publish(CancelRun(deployment="d1"), id="m1")
        await running.become("m1", "parked")
        row = await running.row("m1")

    assert (row["reason"], row["sentence"]) == ("handler_missing", "nothing here handles CancelRun")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("type = 'Teleport'", "no event is called Teleport"),
        ("version = 7", "FollowRun version 7 is newer than this program knows (1)"),
        ("version = 0", "FollowRun version 0 is no longer read"),
        ("body = '{\"deployment\":'", "FollowRun: Input data was truncated"),
        ("version = 0, body = '[]'", "Expected `object`, got `array`"),
        ("body = '{}'", "missing required field `deployment`"),
        ("body = ''", "truncated"),
    ],
)
async def test_unreadable_rows_are_parked_with_words_and_the_subject_goes_on(path, change, words):
    log = Log()
    async with engine(path, log.router, started=False) as running:
        for n in (1, 2):
            await running.publish(look(n), id=f"m{n}")
        await running.writer.submit(
            lambda connection: connection.execute(f"UPDATE messages SET {change} WHERE id = 'm1'")
        )
    async with engine(path, log.router) as running:
        await running.idle()
        row = await running.row("m1")

        assert (row["state"], row["reason"]) == ("parked", "message_unreadable")
        assert row["sentence"].startswith("this program can't read it: ")
        assert words in row["sentence"]
        assert log.looks == [2]


async def test_a_message_that_vanished_is_let_go_and_the_subject_goes_on(path, caplog):
    log = Log()
    log.failures = {3: [AWAY]}
    held = asyncio.Event()

    @log.router.command(StartRun)
    async def hold(_: StartRun, __: Context) -> None:
        await held.wait()

    async with engine(path, log.router) as running:
        await running.publish(StartRun(deployment="d1"), id="first")
        for n in (2, 3, 4):
            await running.publish(look(n), id=f"m{n}")
        await running.writer.submit(
            lambda connection: connection.execute("DELETE FROM messages WHERE id IN ('first', 'm3')")
        )
        held.set()
        await running.become("m4", "done")
        await running.idle()

    assert log.looks == [2, 3, 4]
    assert "is not waiting any more" in caplog.text


async def test_when_nothing_at_all_can_be_written_down_the_message_waits_and_its_subject_with_it(
    path, caplog
):
    log = Log()
    clock = ShiftableClock(frozen=True)
    broken = True
    async with engine(path, log.router, clock=clock) as running:
        submit = running.journal.submit

        def failing(change, new):
            if broken:
                raise ValueError("nobody thought of this")
            return submit(change, new)

        running.journal.submit = failing
        for n in (1, 2):
            await running.publish(look(n), id=f"m{n}")
        await until(lambda: "can't be written down" in caplog.text)
        broken = False
        await advance_until(clock, running, "m2", "done")

    assert sorted(set(log.looks)) == [1, 2]
    assert log.looks[-1] == 2
    assert [ctx.fresh for ctx in log.contexts][:2] == [True, False]
