"""Turns: who goes when, so that Slack rarely has to say no, and final states never wait behind live ones."""

from __future__ import annotations

import asyncio
import math
from collections import Counter
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import Unreachable
from bot.reasons import Reason
from bot.slack.rates import POST, UPDATE, Priority, Rates, Turn
from bot.slack.shaper import Shaper
from tests.clock import ShiftableClock
from tests.waiting import until

FINAL, LIVE = Priority.FINAL, Priority.LIVE


def live(message: str) -> Turn:
    return Turn(UPDATE, "C1", message, LIVE)


def final(message: str) -> Turn:
    return Turn(UPDATE, "C1", message, FINAL)


def test_a_channel_gets_one_post_a_second_and_another_channel_does_not_wait() -> None:
    rates = Rates(interval=2)
    rates.took(Turn(POST, "C1"), 100.0)

    assert rates.earliest(Turn(POST, "C1")) == pytest.approx(101.05)
    assert rates.earliest(Turn(POST, "C2")) <= 100.0


def test_one_message_is_edited_no_more_often_than_configured() -> None:
    rates = Rates(interval=2)
    rates.took(live("m1"), 100.0)

    assert rates.earliest(live("m1")) == 102.0
    assert rates.earliest(final("m1")) == 102.0
    assert rates.earliest(live("m2")) <= 100.0


def test_final_states_go_first_then_posts_then_live_updates() -> None:
    rates = Rates(interval=0)
    waiting = [
        (live("m1"), "live"),
        (Turn(POST, "C1"), "post"),
        (final("m2"), "final"),
        (final("m3"), "later"),
    ]
    order = []
    now = 0.0
    while waiting:
        now, chosen = rates.next_turn(waiting, now)
        assert chosen is not None
        rates.took(chosen[0], now)
        waiting.remove(chosen)
        order.append(chosen[1])

    assert order == ["final", "later", "post", "live"]


def test_somebody_who_may_not_go_yet_holds_up_nobody_who_may() -> None:
    rates = Rates(interval=60)
    rates.took(final("m1"), 0.0)

    assert rates.next_turn([(final("m1"), "a"), (live("m2"), "b")], 1.0) == (1.0, (live("m2"), "b"))
    assert rates.next_turn([(final("m1"), "a")], 1.0) == (60.0, None)
    assert rates.next_turn([], 1.0) == (math.inf, None)


def test_live_updates_leave_room_for_final_ones_within_the_tier() -> None:
    rates = Rates(interval=0)
    now = 0.0
    for number in range(36):
        now = max(now, rates.earliest(live(f"m{number}")))
        rates.took(live(f"m{number}"), now)

    assert now < 60
    assert rates.earliest(live("another")) >= 60
    assert rates.earliest(final("another")) <= now


@given(st.lists(st.tuples(st.integers(0, 30), st.sampled_from([FINAL, LIVE])), max_size=150))
def test_no_minute_ever_holds_more_updates_than_the_tier(updates: list[tuple[int, Priority]]) -> None:
    rates = Rates(interval=2)
    now, taken = 0.0, []
    for message, priority in updates:
        turn = Turn(UPDATE, "C1", str(message), priority)
        now = max(now, rates.earliest(turn))
        rates.took(turn, now)
        taken.append((now, message))

    for at, _ in taken:
        window = [one for one in taken if at <= one[0] < at + 60]
        assert len(window) <= 50
    latest: dict[int, float] = {}
    for at, message in taken:
        assert at - latest.get(message, -math.inf) >= 2
        latest[message] = at


def test_a_pause_concerns_one_method_only() -> None:
    rates = Rates(interval=0)
    rates.pause(UPDATE, 30.0)
    rates.pause(UPDATE, 20.0)

    assert rates.earliest(final("m1")) == 30.0
    assert rates.earliest(Turn(POST, "C1")) <= 0


def test_what_is_remembered_stays_bounded() -> None:
    rates = Rates(interval=2)
    for number in range(5000):
        rates.took(Turn(UPDATE, "C1", str(number), LIVE), float(number))

    assert len(rates._edits) < 1200


async def test_calls_wait_for_their_turn_by_the_clock() -> None:
    clock = ShiftableClock(0, frozen=True)
    shaper = Shaper(clock, interval=0)
    done: list[tuple[str, float]] = []

    async def post(channel: str) -> None:
        async def act() -> None:
            done.append((channel, clock.now()))

        await shaper.run(Turn(POST, channel), act)

    tasks = [asyncio.create_task(post(channel)) for channel in ("C1", "C1", "C2")]
    await until(lambda: len(done) == 2 and clock.sleepers)
    assert [channel for channel, _ in done] == ["C1", "C2"]
    clock.advance(1.1)
    await asyncio.gather(*tasks)
    assert done[-1] == ("C1", 1.1)
    await shaper.close()


async def test_a_429_pauses_its_method_for_retry_after_and_the_call_goes_on_by_itself() -> None:
    clock = ShiftableClock(0, frozen=True)
    shaper = Shaper(clock, interval=0)
    calls: Counter[str] = Counter()

    async def limited_once() -> float:
        calls["update"] += 1
        if calls["update"] == 1:
            raise Unreachable(Reason.RATE_LIMITED, "slow down", retry_after=10)
        return clock.now()

    async def post() -> float:
        return clock.now()

    edit = asyncio.create_task(shaper.run(final("m1"), limited_once))
    await until(lambda: calls["update"] == 1 and clock.sleepers)
    assert await shaper.run(Turn(POST, "C1"), post) == 0.0
    clock.advance(9)
    await asyncio.sleep(0)
    assert not edit.done()
    clock.advance(1)
    assert await edit == 10.0
    await shaper.close()


async def test_a_slack_that_keeps_saying_no_is_told_to_the_caller() -> None:
    clock = ShiftableClock(0, frozen=True)
    shaper = Shaper(clock, interval=0)
    tries: list[float] = []

    async def limited() -> None:
        tries.append(clock.now())
        raise Unreachable(Reason.RATE_LIMITED, "slow down", retry_after=1)

    def waiting_again(count: int) -> bool:
        return len(tries) == count and clock.sleepers > 0

    task = asyncio.create_task(shaper.run(final("m1"), limited))
    for count in (1, 2):
        await until(partial(waiting_again, count))
        clock.advance(1)
    with pytest.raises(Unreachable, match="slow down"):
        await task
    assert tries == [0.0, 1.0, 2.0]
    await shaper.close()


async def test_other_failures_pass_through_at_once() -> None:
    shaper = Shaper(ShiftableClock(0, frozen=True), interval=0)

    async def broken() -> None:
        raise Unreachable(Reason.PEER_DOWN, "away")

    with pytest.raises(Unreachable, match="away"):
        await shaper.run(final("m1"), broken)
    await shaper.close()


async def test_who_gives_up_waiting_holds_up_nobody() -> None:
    clock = ShiftableClock(0, frozen=True)
    shaper = Shaper(clock, interval=60)
    done: list[str] = []

    async def act() -> None:
        done.append("x")

    await shaper.run(final("m1"), act)
    waiting = asyncio.create_task(shaper.run(final("m1"), act))
    await until(lambda: clock.sleepers)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    await shaper.run(final("m2"), act)
    assert done == ["x", "x"]
    await shaper.close()


async def test_closing_cancels_who_still_waits() -> None:
    clock = ShiftableClock(0, frozen=True)
    shaper = Shaper(clock, interval=60)

    async def act() -> None:
        pass

    await shaper.run(final("m1"), act)
    waiting = asyncio.create_task(shaper.run(final("m1"), act))
    await until(lambda: clock.sleepers)
    await shaper.close()
    with pytest.raises(asyncio.CancelledError):
        await waiting
