"""Watchdogs: a run that has not begun, hangs, or is slower than nearly all before; the right people are told, once of each."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bot.sandbox.jenkins.jobs import Stage
from tests.e2e.house import DANA, SAM, House, jobs, long_jobs

WATCHED = {"staging": {"policy": "watched"}}


def watched(**watch: Any) -> dict[str, Any]:
    """Staging under a policy of its own, with these watchdogs; Sam is named for cancelling."""
    policy = {
        "watch": {"not_started": None, "hung": None, "slow": False, **watch},
        "cancel": [SAM],
        "supersede": False,
    }
    return {"policies": {"watched": policy}, "services": {"checkout": {"environments": WATCHED}}}


def told(house: House, words: str) -> list[str]:
    return [text for text in house.thread(house.cards()[-1]) if words in text]


async def once(house: House, words: str, later: float) -> str:
    """What was told, once it is; and it stays the only one, also after more time."""
    said: list[str] = await house.until(lambda: house.cards() and told(house, words))
    house.clock.advance(later)
    await house.settled()
    house.clock.advance(later)
    await house.settled()
    assert len(told(house, words)) == 1
    return said[0]


async def test_a_run_that_has_not_begun_is_told_to_who_asked_and_who_may_cancel(tmp_path: Path) -> None:
    config = watched(not_started="10m")
    async with House(tmp_path, config=config, jenkins_jobs=long_jobs(), executors=0) as house:
        await house.say(DANA, "/deploy checkout 1.0.0 staging")
        await house.card("Starting")
        house.clock.advance(600)

        said = await once(house, "its run has not begun", 600)
        assert said.startswith(f"<@{DANA}> <@{SAM}> ")
        assert "checkout 1.0.0" in said
        [row] = await house.audit("watchdog_told")
        assert json.loads(row["detail"])["kind"] == "not_started"


async def test_a_run_that_shows_nothing_new_is_told_and_one_that_does_is_not(tmp_path: Path) -> None:
    stages = (Stage(name="Build", seconds=80.0), Stage(name="Deploy", seconds=90_000.0))
    config = watched(hung="2m")
    async with House(tmp_path, config=config, jenkins_jobs=jobs(stages=stages)) as house:
        await house.say(DANA, "/deploy checkout staging")
        await house.card("Running")
        await followed(house, 90)
        await house.until(lambda: "Deploy" in json.dumps(house.cards()[-1]["blocks"]))
        await followed(house, 60)
        assert told(house, "nothing new") == [], "there was something new within the two minutes"

        await followed(house, 80)
        said = await once(house, "has shown nothing new for 2", 120)
        assert said.startswith(f"<@{DANA}> <@{SAM}> ")


async def followed(house: House, seconds: float) -> None:
    """So much time passes in which the run is looked at again and again."""
    end = house.clock.now() + seconds
    while (before := house.clock.now()) < end:
        house.clock.advance(15)

        async def looked_at(since: float = before + 15) -> bool:
            record = await house.running.store.run((await house.deployment()).id)
            return record is not None and record.looked_at >= since

        await house.until(looked_at)


async def test_a_run_that_went_on_while_the_server_was_down_is_not_called_hung(tmp_path: Path) -> None:
    stages = tuple(Stage(name=f"S{n}", seconds=60.0) for n in range(100))
    config = watched(hung="15m", slow=True)
    async with House(tmp_path, config=config, jenkins_jobs=jobs(stages=stages)) as house:
        await house.say(DANA, "/deploy checkout staging")
        await house.card("Running")
        await followed(house, 60)
        await house.stop()
        house.clock.advance(1800)
        await house.start()
        await followed(house, 60)
        assert told(house, "nothing new") == []
        assert await house.audit("watchdog_told") == []


async def test_a_run_that_stands_still_after_the_server_was_down_is_told_once_it_has_for_so_long(
    tmp_path: Path,
) -> None:
    stages = (Stage(name="Deploy", seconds=90_000.0),)
    async with House(tmp_path, config=watched(hung="2m"), jenkins_jobs=jobs(stages=stages)) as house:
        await house.say(DANA, "/deploy checkout staging")
        await house.card("Running")
        await followed(house, 15)
        await house.stop()
        house.clock.advance(1800)
        await house.start()
        await followed(house, 60)
        assert told(house, "nothing new") == []

        await followed(house, 90)
        await once(house, "has shown nothing new for 2", 120)


async def test_a_run_that_began_while_the_server_was_down_is_not_said_not_to_have_begun(
    tmp_path: Path,
) -> None:
    config = watched(not_started="10m")
    async with House(tmp_path, config=config, jenkins_jobs=long_jobs(), executors=0) as house:
        await house.say(DANA, "/deploy checkout staging")
        await house.card("Starting")
        await house.settled()
        await house.stop()
        house.clock.advance(1800)
        house.jenkins.engine.executors = 1
        house.jenkins.engine.schedule()
        await house.start()

        await house.card("Running")
        house.clock.advance(601)
        await house.settled()
        assert await house.audit("watchdog_told") == []


async def test_a_run_that_nobody_can_look_at_is_not_called_hung(tmp_path: Path) -> None:
    async with House(tmp_path, config=watched(hung="15m"), jenkins_jobs=jobs(seconds=9000)) as house:
        await house.say(DANA, "/deploy checkout staging")
        await house.card("Running")
        await house.jenkins.refuse()
        await house.card("cannot be reached")
        house.clock.advance(1000)
        await house.settled()
        assert told(house, "nothing new") == []
        await house.jenkins.listen()


async def history(house: House, count: int) -> None:
    """So many quick successes of the same job in the same place."""
    for number in range(count):
        await house.say(DANA, f"/deploy checkout 0.{number}.0 staging")
        await house.card("Succeeded", index=number)


async def test_a_run_slower_than_95_of_100_of_its_own_history_is_told_to_who_asked(tmp_path: Path) -> None:
    async with House(tmp_path, config=watched(slow=True)) as house:
        await history(house, 10)
        house.jenkins.engine.jobs["deploy"].job = jobs(seconds=9000)[0]
        await house.say(DANA, "/deploy checkout 1.0.0 staging")
        await house.card("Running: deployment #11")
        assert 0 < (await house.deployment(11)).slow_after < 60
        house.clock.advance(60)

        said = await once(house, "is slower than usual", 600)
        assert said.startswith(f"<@{DANA}> *#11")
        assert f"<@{SAM}>" not in said


async def test_nine_earlier_successes_are_no_history(tmp_path: Path) -> None:
    async with House(tmp_path, config=watched(slow=True)) as house:
        await history(house, 9)
        house.jenkins.engine.jobs["deploy"].job = jobs(seconds=9000)[0]
        await house.say(DANA, "/deploy checkout 1.0.0 staging")
        await house.card("Running: deployment #10")
        house.clock.advance(6000)
        await house.settled()
        assert (await house.deployment(10)).slow_after == 0
        assert told(house, "slower") == []


async def test_a_run_that_goes_as_usual_is_not_spoken_of(tmp_path: Path) -> None:
    config = watched(not_started="10m", hung="15m", slow=True)
    async with House(tmp_path, config=config) as house:
        await house.say(DANA, "/deploy checkout staging")
        await house.card("Succeeded")
        house.clock.advance(4000)
        await house.settled()
        assert await house.audit("watchdog_told") == []


@pytest.mark.parametrize("kills", [1, 2])
async def test_killed_meanwhile_it_is_told_all_the_same_and_once(tmp_path: Path, kills: int) -> None:
    config = watched(not_started="10m")
    async with House(tmp_path, config=config, jenkins_jobs=long_jobs(), executors=0) as house:
        await house.say(DANA, "/deploy checkout staging")
        await house.card("Starting")
        await house.settled()
        for _ in range(kills):
            await house.kill()
        house.clock.advance(601)
        await house.until(lambda: told(house, "its run has not begun"))
        await house.kill()
        house.clock.advance(601)
        await house.settled()
        assert len(told(house, "its run has not begun")) == 1
