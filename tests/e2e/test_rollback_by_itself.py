"""The engine's own rollback comes before whatever waited behind the failure, also while people are still asked about it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bot.events import DeploymentQueued, RunSeen
from bot.kinds import Kind
from bot.messages import message
from bot.runs import RunPhase, RunResult, RunStatus
from bot.sandbox.jenkins.jobs import Job
from handlers import rollback
from tests.e2e.house import DANA, LONG, OLU, SAM, House, jobs, long_jobs
from tests.e2e.test_rollback import NINES_FAIL, OPEN, versions

ASK = {"approve": [], "break_glass": ["sre"], "rollback_approve": ["1 of sre"], "auto_rollback": "ask"}
WAITS = "#4 goes back to 1.4.2 first, and waits for approval"


async def behind_a_failure(house: House) -> None:
    """1.4.2 is there, 9.0.0 runs and is going to fail, and 1.5.0 waits behind it."""
    await house.say(DANA, "/deploy checkout 1.4.2 production")
    await house.card("Running", index=0)
    house.clock.advance(LONG)
    await house.card("Succeeded", index=0)
    await house.say(DANA, "/deploy checkout 9.0.0 production")
    await house.card("Running", index=1)
    await house.say(DANA, "/deploy checkout 1.5.0 production")
    await house.card("Queued", index=2)


async def asked_about(house: House) -> dict[str, Any]:
    """It has failed, and people are asked whether it is rolled back; the card that asks."""
    await behind_a_failure(house)
    house.clock.advance(LONG)
    card = await house.card("Waiting for approval", index=3)
    await house.card(WAITS, index=2)
    return card


async def test_a_rollback_by_itself_goes_before_what_waited_behind_the_failure(tmp_path: Path) -> None:
    policy = {**OPEN, "auto_rollback": "run"}
    async with House(tmp_path, policy=policy, jenkins_jobs=long_jobs(**NINES_FAIL)) as house:
        await behind_a_failure(house)
        house.clock.advance(LONG)
        await house.card("Running", index=3)
        house.clock.advance(LONG)
        await house.card("Running", index=2)
        house.clock.advance(LONG)

        await house.card("Succeeded", index=2)
        assert versions(house) == ["1.4.2", "9.0.0", "1.4.2", "1.5.0"]


@pytest.mark.parametrize("how", ["run", "ask"])
async def test_whoever_is_asked_of_between_the_failure_and_the_decision_does_not_start(
    tmp_path: Path, how: str
) -> None:
    policy = {**ASK, "auto_rollback": how}
    async with House(tmp_path, policy=policy, jenkins_jobs=long_jobs(**NINES_FAIL)) as house:
        await behind_a_failure(house)
        two, three = await house.deployment(2), await house.deployment(3)
        assert two.ref is not None
        ended = RunStatus(ref=two.ref, phase=RunPhase.FINISHED, result=RunResult.FAILURE, duration=5.0)
        now = house.clock.now()
        # Both are in the lane before anything that follows from the first.
        await house.running.journal.publish(
            message(RunSeen(deployment=two.id, status=ended), id="ended", at=now, subject=two.lane),
            message(DeploymentQueued(deployment=three.id), id="asked", at=now, subject=two.lane),
        )
        if how == "ask":
            await house.card("Waiting for approval", index=3)
            await house.approve(SAM)

        await house.card("#4 (1.4.2) is on its way there now", index=2)
        four = await house.deployment(4)
        assert (four.kind, four.version) == (Kind.ROLLBACK, "1.4.2")
        assert not (await house.deployment(2)).back_next
        house.clock.advance(LONG)
        await house.until(lambda: versions(house) == ["1.4.2", "9.0.0", "1.4.2"])


async def test_while_people_are_asked_the_queue_waits_and_everybody_reads_why(
    tmp_path: Path, transport: str
) -> None:
    async with House(
        tmp_path, transport=transport, policy=ASK, jenkins_jobs=long_jobs(**NINES_FAIL)
    ) as house:
        await asked_about(house)
        await house.say(DANA, "/deploy why checkout production")
        await house.whispered(DANA, WAITS)
        await house.say(OLU, "/deploy plan checkout 1.6.0 production")
        await house.whispered(OLU, WAITS)
        await house.say(SAM, "/deploy queue checkout production")
        said = await house.whispered(SAM, "goes back first, and waits for approval: #4")
        assert "1. #3 `1.5.0`" in said
        assert versions(house) == ["1.4.2", "9.0.0"]

        await house.approve(SAM)
        await house.card("Running", index=3)
        house.clock.advance(LONG)
        await house.card("Running", index=2)
        assert versions(house) == ["1.4.2", "9.0.0", "1.4.2", "1.5.0"]


@pytest.mark.parametrize("end", ["rejected", "expired"])
async def test_when_the_question_has_its_end_the_queue_goes_on(tmp_path: Path, end: str) -> None:
    async with House(tmp_path, policy=ASK, jenkins_jobs=long_jobs(**NINES_FAIL)) as house:
        card = await asked_about(house)
        if end == "rejected":
            await house.click(SAM, card, "reject")
            await house.answer_modal(SAM, "we look at it first")
        else:
            house.clock.advance(30 * 60)

        await house.card(end.capitalize(), index=3)
        await house.card("Running", index=2)
        assert versions(house) == ["1.4.2", "9.0.0", "1.5.0"]


async def one_failed(house: House) -> None:
    """1.4.2 was there, 9.0.0 failed, and people are asked whether it is rolled back."""
    for index, version in enumerate(("1.4.2", "9.0.0")):
        await house.say(DANA, f"/deploy checkout {version} production")
        await house.approve(SAM)
        await house.card("Failed" if index else "Succeeded", index=index)
    await house.card("Waiting for approval", index=2)


async def test_what_breaks_the_glass_waits_for_no_rollback_that_people_are_asked_about(
    tmp_path: Path,
) -> None:
    policy = {**ASK, "approve": ["1 of sre"]}
    async with House(tmp_path, policy=policy, jenkins_jobs=jobs(**NINES_FAIL)) as house:
        await one_failed(house)
        await house.say(SAM, "/deploy checkout 1.5.0 production break-glass because customers can't pay")
        await house.card("Succeeded", index=3)
        await house.say(DANA, "/deploy checkout 1.6.0 production")
        await house.click(SAM, await house.card("Waiting for approval", index=4), "approve")

        await house.card("Succeeded", index=4)
        assert versions(house) == ["1.4.2", "9.0.0", "1.5.0", "1.6.0"]
        assert "Waiting for approval" in house.cards()[2]["text"], (
            "what it goes back from is not there any more"
        )


async def test_when_the_engine_stumbles_over_its_own_rollback_people_hear_so_and_the_queue_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    policy = {**OPEN, "auto_rollback": "run"}
    failing: list[Job] = long_jobs(**NINES_FAIL)
    async with House(tmp_path, policy=policy, jenkins_jobs=failing, parked_kinds={"RollBackFailed"}) as house:
        await behind_a_failure(house)
        with monkeypatch.context() as broken:
            broken.delattr(rollback, "way_back")
            house.clock.advance(LONG)

            await house.card("Running", index=2)
        await house.replied(house.cards()[1], "could not be rolled back by itself")
        assert len(await house.audit("auto_rollback_refused")) == 1
