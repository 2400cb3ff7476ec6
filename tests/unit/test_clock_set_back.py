"""A machine's clock that is corrected backwards delays nothing by more than a moment."""

from __future__ import annotations

from pathlib import Path

from bot.errors import Unreachable
from bot.events import FollowRun
from bot.ports import Context
from bot.reasons import Reason
from bot.routing import Router
from bot.slack.rates import POST, Turn
from bot.slack.shaper import Shaper
from tests.clock import ShiftableClock
from tests.engine import engine, look
from tests.waiting import until

HOUR = 3600.0


async def test_a_delayed_message_waits_its_own_delay_after_the_clock_was_set_back(path: Path) -> None:
    router, clock = Router(), ShiftableClock(frozen=True)
    looks: list[int] = []

    @router.command(FollowRun)
    async def follow(event: FollowRun, ctx: Context) -> None:
        looks.append(event.look)
        if event.look < 3:
            ctx.changes.publish(look(event.look + 1), after=60.0)

    async with engine(path, router, clock=clock) as running:
        await running.publish(look(1), id="first")
        await running.become("first", "done")
        await until(lambda: clock.sleepers)
        clock.advance(-HOUR)
        began = clock.now()
        await until(lambda: clock.advance(5.0) or looks == [1, 2, 3])

    assert clock.now() - began < HOUR / 2


async def test_what_was_delayed_before_a_start_under_an_earlier_clock_goes_on(path: Path) -> None:
    router, clock = Router(), ShiftableClock(frozen=True)
    looks: list[int] = []

    @router.command(FollowRun)
    async def follow(event: FollowRun, ctx: Context) -> None:
        looks.append(event.look)
        if event.look == 1:
            ctx.changes.publish(look(2), after=60.0)

    async with engine(path, router, clock=clock) as running:
        await running.publish(look(1), id="first")
        await running.become("first", "done")
    clock.advance(-HOUR)
    began = clock.now()
    async with engine(path, router, clock=clock):
        await until(lambda: clock.advance(5.0) or looks == [1, 2])

    assert clock.now() - began < HOUR / 2


async def test_a_retry_comes_soon_after_the_clock_was_set_back(path: Path) -> None:
    router, clock = Router(), ShiftableClock(frozen=True)
    tries: list[float] = []

    @router.command(FollowRun)
    async def follow(_: FollowRun, __: Context) -> None:
        tries.append(clock.now())
        if len(tries) == 1:
            raise Unreachable(Reason.PEER_DOWN, "it is away", retry_after=20.0)

    async with engine(path, router, clock=clock) as running:
        await running.publish(look(1), id="first")
        await until(lambda: tries and clock.sleepers)
        clock.advance(-HOUR)
        began = clock.now()
        await until(lambda: clock.advance(1.0) or len(tries) == 2)

    assert clock.now() - began < HOUR / 2


async def test_calls_to_slack_go_on_after_the_clock_was_set_back() -> None:
    clock = ShiftableClock(frozen=True)
    shaper = Shaper(clock, interval=1.0)
    called: list[float] = []

    async def call() -> None:
        called.append(clock.now())

    await shaper.run(Turn(POST, "C1"), call)
    clock.advance(-HOUR)
    await shaper.run(Turn(POST, "C1"), call)
    await shaper.close()

    assert len(called) == 2
