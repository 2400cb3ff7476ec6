"""One run at a time in each service × environment, in order; other places side by side."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from pathlib import Path

from bot.sandbox.jenkins.faults import Faults
from bot.sandbox.jenkins.jobs import Stage
from tests.e2e.house import DANA, LONG, SAM, House, long_jobs

ALL_RUN = {"policies": {"staging": {"supersede": False}}}
"""Here everything is to run, also what something newer stands behind."""


async def running(house: House, count: int) -> None:
    """Until so many runs were begun, and the last of them shows as running: then time may pass for it."""
    await house.until(
        lambda: len(house.runs()) == count and any("Running" in card["text"] for card in house.cards())
    )


async def test_two_at_once_for_the_same_place_run_one_after_the_other_and_say_who_waits(
    tmp_path: Path, transport: str
) -> None:
    async with House(tmp_path, config=ALL_RUN, transport=transport, jenkins_jobs=long_jobs()) as house:
        await asyncio.gather(
            house.say(DANA, "/deploy checkout 1.0.0 staging"),
            house.say(SAM, "/deploy checkout 2.0.0 staging"),
        )

        await house.until(lambda: len(house.cards()) == 2)
        first, second = await house.deployment(1), await house.deployment(2)
        words = f"#1 ({first.version}) is on its way there now"
        await house.until(lambda: any(words in card["text"] for card in house.cards()))
        await running(house, 1)
        assert len(house.jenkins.engine.starts) == 1
        house.clock.advance(LONG)
        await running(house, 2)
        house.clock.advance(LONG)
        await house.until(lambda: all("Succeeded" in card["text"] for card in house.cards()))
        assert [run.values["VERSION"] for run in house.runs()] == [first.version, second.version]


async def test_five_in_a_row_keep_their_order(tmp_path: Path) -> None:
    async with House(tmp_path, config=ALL_RUN) as house:
        for number in range(1, 6):
            await house.say(DANA, f"/deploy checkout {number}.0.0 staging")

        await house.until(lambda: sum("Succeeded" in card["text"] for card in house.cards()) == 5)
        assert [run.values["VERSION"] for run in house.runs()] == [f"{n}.0.0" for n in range(1, 6)]
        ends = [(run.started, run.ended) for run in house.runs()]
        assert all(ended <= began for (_, ended), (began, _) in pairwise(ends))


async def test_a_slow_check_does_not_let_a_later_one_overtake(tmp_path: Path) -> None:
    """The first is checked again and again while Jenkins stumbles over it; the second must not run before it."""
    async with House(tmp_path, config=ALL_RUN) as house:
        house.jenkins.set_faults(Faults(mode="503", times=1, path="/job/deploy/api/json"))
        await house.say(DANA, "/deploy checkout 1.0.0 staging")
        await house.say(DANA, "/deploy checkout 2.0.0 staging")

        await house.until(lambda: sum("Succeeded" in card["text"] for card in house.cards()) == 2)
        assert [run.values["VERSION"] for run in house.runs()] == ["1.0.0", "2.0.0"]


async def test_whoever_waits_hears_when_another_is_in_front(tmp_path: Path) -> None:
    async with House(tmp_path, config=ALL_RUN, jenkins_jobs=long_jobs()) as house:
        for number in range(1, 4):
            await house.say(DANA, f"/deploy checkout {number}.0.0 staging")
        await house.until(
            lambda: sum("#1 (1.0.0) is on its way" in card["text"] for card in house.cards()) == 2
        )
        await running(house, 1)
        house.clock.advance(LONG)

        await house.until(
            lambda: sum("#2 (2.0.0) is on its way" in card["text"] for card in house.cards()) == 1
        )


async def test_other_places_do_not_wait(tmp_path: Path) -> None:
    pipeline = long_jobs(stages=(Stage(name="Deploy", seconds=LONG),))
    async with House(tmp_path, jenkins_jobs=pipeline) as house:
        await house.say(DANA, "/deploy checkout staging")
        await house.say(DANA, "/deploy payments staging")

        await house.until(lambda: sum("Running" in card["text"] for card in house.cards()) == 2)


async def test_the_queue_goes_on_after_one_that_failed(tmp_path: Path) -> None:
    async with House(tmp_path, config=ALL_RUN, jenkins_jobs=long_jobs(result="FAILURE")) as house:
        await house.say(DANA, "/deploy checkout 1.0.0 staging")
        await house.say(DANA, "/deploy checkout 2.0.0 staging")
        await house.card("Queued", index=1)
        await running(house, 1)
        house.clock.advance(LONG)

        await house.card("Failed", index=0)
        await house.card("Running", index=1)
