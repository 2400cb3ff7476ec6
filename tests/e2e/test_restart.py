"""Stopped and started again in the middle of everything: it goes on as if nothing had been."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import pytest

from bot.sandbox.jenkins.faults import Faults
from bot.sandbox.slack.faults import Fault
from tests.e2e.house import DANA, LONG, SAM, SOFIA, House, long_jobs

ONE = {"approve": ["1 of sre"]}


async def test_while_it_runs(tmp_path: Path, transport: str) -> None:
    async with House(tmp_path, transport=transport, jenkins_jobs=long_jobs()) as house:
        await house.say(DANA, "/deploy checkout staging")
        await house.card("Running")
        await house.restart()
        house.clock.advance(LONG)

        await house.card("Succeeded")
        assert len(house.cards()) == 1
        assert len(house.jenkins.engine.starts) == 1


async def test_what_happened_meanwhile_is_caught_up(tmp_path: Path) -> None:
    async with House(tmp_path, jenkins_jobs=long_jobs()) as house:
        await house.say(DANA, "/deploy checkout 1.0.0 staging")
        await house.card("Running", index=0)
        await house.say(DANA, "/deploy checkout 2.0.0 staging")
        await house.card("Queued", index=1)
        await house.stop()
        house.clock.advance(LONG)
        await house.until(lambda: house.runs()[0].result)
        await house.start()

        await house.card("Succeeded", index=0)
        await house.card("Running", index=1)
        assert (await house.deployment(1)).ended_at - (await house.deployment(1)).started_at >= LONG


async def test_while_jenkins_is_down(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        await house.jenkins.refuse()
        await house.say(DANA, "/deploy checkout staging")
        await house.card("cannot be reached")
        await house.restart()
        await house.jenkins.listen()

        await house.card("Succeeded")
        assert len(house.runs()) == 1


async def test_while_a_start_is_under_way(tmp_path: Path) -> None:
    async with House(tmp_path, jenkins_jobs=long_jobs()) as house:
        house.jenkins.set_faults(Faults(mode="drop_after", times=1, path="buildWithParameters"))
        await house.say(DANA, "/deploy checkout staging")
        await house.until(house.runs)
        await house.restart()

        await house.card("Running")
        assert len(house.jenkins.engine.starts) == 1


async def test_card_updates_that_slack_missed_are_caught_up(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        house.slack.set_faults(Fault(mode="fail", methods=("chat.update",)))
        await house.say(DANA, "/deploy checkout staging")
        await house.until(lambda: house.runs() and house.runs()[0].result)
        await house.stop()
        house.slack.set_faults()
        await house.start()

        await house.card("Succeeded")
        assert len(house.cards()) == 1


async def test_a_card_that_was_posted_but_not_stored_is_found_again(tmp_path: Path) -> None:
    async with House(tmp_path, jenkins_jobs=long_jobs()) as house:
        house.slack.set_faults(Fault(mode="drop_after", methods=("chat.postMessage",)))
        await house.say(DANA, "/deploy checkout staging")
        await house.until(house.cards)
        await house.stop()
        house.slack.set_faults()
        await house.start()

        await house.card("Running")
        await house.settled()
        assert len(house.cards()) == 1


@pytest.mark.parametrize("moment", [0, 2, 5])
async def test_again_and_again_at_any_moment(tmp_path: Path, moment: int) -> None:
    """Two deployments, one with approvals, and a stop after so many more messages each time."""
    async with House(tmp_path, policy=ONE) as house:
        await house.say(DANA, "/deploy checkout staging")
        await house.say(DANA, "/deploy payments production")
        for _ in range(4):
            for _ in range(moment):
                await asyncio.sleep(0.01)
            await house.restart()
        waiting = await house.until(
            lambda: next((card for card in house.cards() if "Waiting for approval" in card["text"]), None)
        )
        await house.click(SOFIA, waiting, "approve")
        await house.restart()

        await house.until(lambda: sum("Succeeded" in card["text"] for card in house.cards()) == 2)
        assert len(house.cards()) == 2
        assert len(house.jenkins.engine.starts) == 2


async def test_new_work_is_refused_while_it_stops_and_nobody_is_told_a_lie(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        stopping = asyncio.create_task(house.stop(), name="stopping")
        said = await house.say(DANA, "/deploy checkout staging")
        await stopping
        await house.start()
        await house.settled()

        known = len(await house.running.store.recent(10))
        told = [one for one in house.whispers(DANA) if "nothing was done" in one or "failed" in one]
        assert (known == 1) == (said["ok"] and not told)


async def test_what_this_program_can_t_read_any_more_ends_the_deployment_with_why(tmp_path: Path) -> None:
    """An older program on the messages of a newer one: the run can't be followed, so the lane must not wait for it."""
    async with House(tmp_path, jenkins_jobs=long_jobs(), parked_kinds={"FollowRun"}) as house:
        await house.say(DANA, "/deploy checkout staging")
        await house.card("Running")
        await house.stop()
        with sqlite3.connect(tmp_path / "pilothouse.db") as database:
            database.execute("UPDATE messages SET version = 99 WHERE type = 'FollowRun' AND state != 'done'")
        database.close()
        await house.start()

        card = await house.card("Lost")
        assert "can't be followed any more" in card["text"]
        await house.say(SAM, "/deploy checkout staging")
        await house.until(lambda: len(house.cards()) == 2)


async def test_a_start_that_this_program_can_t_read_frees_the_lane_and_says_that_it_may_have_started(
    tmp_path: Path,
) -> None:
    async with House(tmp_path, policy=ONE, parked_kinds={"StartRun"}) as house:
        card = await house.production()
        await house.jenkins.refuse()
        await house.click(SAM, card, "approve")
        await house.card("cannot be reached")
        await house.stop()
        with sqlite3.connect(tmp_path / "pilothouse.db") as database:
            database.execute("UPDATE messages SET version = 99 WHERE type = 'StartRun'")
        database.close()
        await house.start()
        await house.jenkins.listen()

        assert "look at the job before you deploy again" in (await house.card("Lost"))["text"]
        await house.production(words="/deploy checkout 2.0.0 production")
        await house.click(SAM, await house.card("Waiting for approval", index=1), "approve")
        await house.card("Succeeded", index=1)


async def test_a_check_that_this_program_can_t_read_is_refused_with_why(tmp_path: Path) -> None:
    async with House(tmp_path, parked_kinds={"CheckTarget"}) as house:
        await house.jenkins.refuse()
        await house.say(DANA, "/deploy checkout staging")
        await house.card("Being checked")
        await house.stop()
        with sqlite3.connect(tmp_path / "pilothouse.db") as database:
            database.execute("UPDATE messages SET version = 99 WHERE type = 'CheckTarget'")
        database.close()
        await house.start()
        await house.jenkins.listen()

        await house.card("Refused")
        await house.whispered(DANA, "could not be found out")


async def test_a_place_that_left_while_its_job_was_checked_is_refused(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        await house.jenkins.refuse()
        await house.say(DANA, "/deploy checkout production")
        await house.card("Being checked")
        await house.stop()
        house.leave_out = ("services", "checkout", "environments", "production")
        await house.start()
        await house.jenkins.listen()

        assert "no such place any more" in (await house.card("Refused"))["text"]
