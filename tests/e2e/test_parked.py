"""A step that fails inside the engine: people hear of it, and the deployment goes on once the cause is gone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.runs import RunResult
from handlers import progress, queue
from tests.e2e.house import DANA, DEPLOYMENTS, LONG, House, jobs, long_jobs

BROKEN = {"DeploymentEnded", "DeploymentQueued"}
"""What asks whose turn it is, and is broken on purpose: whichever of them comes meanwhile is set aside."""


async def test_an_end_that_can_not_be_taken_in_is_told_and_taken_in_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with House(tmp_path, jenkins_jobs=jobs(seconds=1), parked_kinds={"RunSeen"}) as house:
        with monkeypatch.context() as broken:
            broken.delitem(progress.FINISHED, RunResult.SUCCESS)
            await house.say(DANA, "/deploy checkout staging")
            card = await house.card("Running")
            note = await house.replied(card, "failed inside me (RunSeen)")
            assert f"<@{DANA}>" in note["text"]
            assert "pilothouse journal show" in note["text"]
            assert "KeyError" not in json.dumps([*house.slack.messages(DEPLOYMENTS), note])
            announced = [
                one["text"] for one in house.slack.messages(DEPLOYMENTS) if "inside me" in one["text"]
            ]
            assert len(announced) == 1
            [parked] = await house.parked()
            assert "KeyError" in parked["sentence"]
            house.clock.advance(LONG)
            await house.until(lambda: two_are_parked(house))
        house.clock.advance(LONG)

        await house.card("Succeeded")
        assert len([text for text in house.thread(card) if "inside me" in text]) == 1
        assert len(house.runs()) == 1


async def test_the_lane_is_freed_though_the_end_of_the_one_before_could_not_be_handled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with House(tmp_path, jenkins_jobs=long_jobs(), parked_kinds=BROKEN) as house:
        await house.say(DANA, "/deploy checkout staging")
        first = await house.card("Running")
        await house.say(DANA, "/deploy checkout 2.0.0 staging")
        await house.card("Queued")
        with monkeypatch.context() as broken:
            broken.delattr(queue, "holder_of")
            house.clock.advance(LONG)
            await house.replied(first, "failed inside me (DeploymentEnded)")
        await house.until(lambda: house.clock.advance(60.0) or len(house.runs()) == 2)


async def two_are_parked(house: House) -> bool:
    return len(await house.parked()) == 2
