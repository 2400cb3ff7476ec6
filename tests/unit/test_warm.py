"""What was read last, at once, and read anew in the background."""

from __future__ import annotations

import asyncio

import pytest

from bot.errors import Rejected, Unreachable
from bot.reasons import Reason
from bot.sources.warm import Warm
from tests.clock import ShiftableClock
from tests.waiting import until


class Peer:
    """Something to read from, which can be slow or away."""

    def __init__(self) -> None:
        self.reads = 0
        self.problem: Exception | None = None
        self.let_go = asyncio.Event()
        self.let_go.set()

    async def read(self) -> int:
        self.reads += 1
        mine = self.reads
        await self.let_go.wait()
        if self.problem is not None:
            raise self.problem
        return mine


@pytest.fixture
def clock():
    return ShiftableClock(frozen=True)


@pytest.fixture
def peer():
    return Peer()


@pytest.fixture
async def warm(peer, clock):
    warm = Warm("it", peer.read, clock, fresh_for=30)
    yield warm
    await warm.close()


ONE_TURN, FOUR_TURNS = 1.0, 4.0
"""Seconds that somebody waits at the most; several who wait one after the other take longer than the second."""
AWAY = Unreachable(Reason.PEER_DOWN, "It is away.")


async def test_it_is_read_once_while_it_is_fresh(warm, peer, clock):
    assert await warm.fresh(5) == 1
    clock.advance(29)
    assert await warm.fresh(5) == 1
    clock.advance(2)
    assert await warm.fresh(5) == 2


async def test_many_who_ask_at_once_share_one_reading(warm, peer):
    peer.let_go.clear()
    asking = [asyncio.create_task(warm.fresh(5)) for _ in range(10)]
    await until(lambda: peer.reads)
    peer.let_go.set()
    assert await asyncio.gather(*asking) == [1] * 10
    assert peer.reads == 1


async def test_what_is_old_is_answered_at_once_and_read_anew_meanwhile(warm, peer, clock):
    await warm.fresh(5)
    clock.advance(100)
    peer.let_go.clear()
    assert await warm.known(5) == 1
    peer.let_go.set()
    await until(lambda: warm.value == 2)


async def test_only_while_nothing_is_known_a_reading_is_waited_for_and_not_for_long(warm, peer):
    peer.let_go.clear()
    assert await warm.known(0.05) is None
    peer.let_go.set()
    assert await warm.known(5) == 1


async def test_who_asks_several_times_in_a_row_waits_once(warm, peer):
    peer.let_go.clear()
    async with asyncio.timeout(FOUR_TURNS):
        for _ in range(5):
            assert await warm.known(ONE_TURN) is None


async def test_who_wants_it_fresh_is_told_when_it_takes_too_long_and_the_reading_goes_on(warm, peer):
    peer.let_go.clear()
    with pytest.raises(Unreachable, match="it is still being asked") as slow:
        await warm.fresh(0.05)
    assert slow.value.reason is Reason.PEER_SLOW
    peer.let_go.set()
    await until(lambda: warm.value == 1)
    assert peer.reads == 1


async def test_what_was_known_stays_known_while_the_peer_is_away(warm, peer, clock):
    await warm.fresh(5)
    clock.advance(100)
    peer.problem = AWAY
    with pytest.raises(Unreachable, match="It is away"):
        await warm.fresh(5)
    assert await warm.known(5) == 1
    assert warm.old()


async def test_a_failure_is_told_again_at_once_instead_of_tried_by_everybody(warm, peer, clock):
    peer.problem = AWAY
    for _ in range(3):
        with pytest.raises(Unreachable):
            await warm.fresh(5)
    assert peer.reads == 1
    clock.advance(6)
    peer.problem = None
    assert await warm.fresh(5) == 2


async def test_a_peer_that_says_how_long_to_wait_is_left_alone_for_so_long(warm, peer, clock):
    peer.problem = Unreachable(Reason.RATE_LIMITED, "Too many.", retry_after=60)
    for wait in (0, 30, 29):
        clock.advance(wait)
        with pytest.raises(Unreachable) as limited:
            await warm.fresh(5)
        assert limited.value.retry_after == 60
    assert peer.reads == 1
    clock.advance(2)
    peer.problem = None
    assert await warm.fresh(5) == 2


async def test_a_no_is_told_as_not_now(warm, peer):
    peer.problem = Rejected(Reason.JOB_MISSING, "No such job.")
    with pytest.raises(Unreachable, match="No such job") as no:
        await warm.fresh(5)
    assert no.value.reason is Reason.JOB_MISSING


async def test_who_needs_it_newer_than_usual_has_it_read(warm, peer, clock):
    await warm.fresh(5)
    clock.advance(3)
    assert await warm.fresh(5, at_most=2) == 2
    assert await warm.fresh(5, at_most=2) == 2


async def test_a_clock_that_is_set_back_makes_nothing_fresh_for_ever(warm, peer, clock):
    await warm.fresh(5)
    clock.advance(-3600)
    assert await warm.fresh(5) == 2


async def test_a_fault_of_ours_is_raised_to_who_asks_and_logged_when_nobody_does(warm, peer, clock, caplog):
    peer.problem = ZeroDivisionError("ours")
    with pytest.raises(ZeroDivisionError):
        await warm.fresh(5)
    peer.problem = None
    await warm.fresh(5)
    clock.advance(100)
    peer.problem = ZeroDivisionError("ours")
    assert await warm.known(0) == 2
    await until(lambda: peer.reads == 3)
    await until(lambda: "Reading it failed" in caplog.text)


async def test_closing_ends_a_reading(warm, peer):
    peer.let_go.clear()
    task = warm.refresh()
    await until(lambda: peer.reads)
    await warm.close()
    assert task.cancelled()


async def test_a_peer_that_hangs_holds_up_one_who_asks_and_not_everybody_in_turn(warm, peer):
    peer.let_go.clear()
    async with asyncio.timeout(FOUR_TURNS):
        for _ in range(5):
            with pytest.raises(Unreachable):
                await warm.fresh(ONE_TURN)
