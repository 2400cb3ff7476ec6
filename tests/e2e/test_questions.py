"""A run that is paused on a question: shown on the card, answered from there or elsewhere."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from bot.sandbox.jenkins.inputs import Inputs
from bot.sandbox.jenkins.jobs import Ask, Parameter, Stage
from bot.sandbox.jenkins.users import CANCEL, OVERALL_READ, READ
from tests.e2e.house import DANA, OLU, SAM, SOFIA, House, jobs

ASKING = jobs(
    stages=(
        Stage(name="Build", seconds=0.1),
        Stage(
            name="Go live", seconds=0.1, ask=Ask(id="Go", message="Send traffic to $VERSION?", proceed="Send")
        ),
    )
)
VALUES = (Parameter(name="PERCENT", default="10"),)
ASKING_VALUES = jobs(
    stages=(Stage(name="Go", seconds=0.1, ask=Ask(id="Go", message="How much?", parameters=VALUES)),)
)
ONE = {"approve": ["1 of sre"]}


async def test_the_question_is_on_the_card_and_in_the_thread(tmp_path: Path, transport: str) -> None:
    async with House(tmp_path, jenkins_jobs=ASKING, transport=transport) as house:
        await house.say(DANA, "/deploy checkout staging")

        card = await house.card("Paused")
        assert "Send traffic to 1.2.3?" in card["text"]
        assert {"input_proceed", "input_abort"} <= set(house.buttons(card))
        assert house.button(card, "input_proceed")[1]["text"]["text"] == "Send"
        assert f"<@{DANA}>" in (await house.replied(card, "the run asks"))["text"]


async def test_proceed_lets_it_go_on(tmp_path: Path, transport: str) -> None:
    async with House(tmp_path, jenkins_jobs=ASKING, transport=transport) as house:
        await house.say(DANA, "/deploy checkout staging")
        await house.click(DANA, await house.card("Paused"), "input_proceed")

        card = await house.card("Succeeded")
        assert "input_proceed" not in house.buttons(card)
        [answered] = await house.audit("input_answered")
        assert (answered["actor"], json.loads(answered["detail"])["proceed"]) == (DANA, True)


async def test_abort_ends_it_there(tmp_path: Path) -> None:
    async with House(tmp_path, jenkins_jobs=ASKING) as house:
        await house.say(DANA, "/deploy checkout staging")
        await house.click(DANA, await house.card("Paused"), "input_abort")

        await house.card("Aborted")


async def test_where_people_approve_only_they_answer(tmp_path: Path) -> None:
    async with House(tmp_path, jenkins_jobs=ASKING, policy=ONE) as house:
        await house.production()
        await house.approve(SAM)
        card = await house.card("Paused")
        await house.click(OLU, card, "input_proceed")
        await house.whispered(OLU, "You may not answer for this deployment: that is for sre")
        await house.click(SOFIA, card, "input_proceed")

        await house.card("Succeeded")


async def test_answered_elsewhere_the_run_goes_on_and_the_buttons_go(tmp_path: Path) -> None:
    async with House(tmp_path, jenkins_jobs=ASKING) as house:
        await house.say(DANA, "/deploy checkout staging")
        await house.card("Paused")
        Inputs(house.jenkins.engine).settle(house.runs()[0], "somebody", proceed=True)

        card = await house.card("Succeeded")
        assert "input_proceed" not in house.buttons(card)


async def test_a_click_that_came_second_hears_that_it_was_answered(tmp_path: Path) -> None:
    async with House(tmp_path, jenkins_jobs=ASKING) as house:
        await house.say(DANA, "/deploy checkout staging")
        card = await house.card("Paused")
        await asyncio.gather(
            house.click(DANA, card, "input_proceed"), house.click(SAM, card, "input_proceed")
        )

        await house.card("Succeeded")
        await house.until(lambda: [*house.whispers(DANA), *house.whispers(SAM)])
        assert "answered already" in [*house.whispers(DANA), *house.whispers(SAM)][0]
        assert len(await house.audit("input_answered")) == 1


async def test_a_question_for_values_is_answered_where_the_run_is(tmp_path: Path) -> None:
    async with House(tmp_path, jenkins_jobs=ASKING_VALUES) as house:
        await house.say(DANA, "/deploy checkout staging")

        card = await house.card("Paused")
        assert "input_proceed" not in house.buttons(card)
        assert "where it runs" in (await house.replied(card, "How much?"))["text"]
        Inputs(house.jenkins.engine).settle(house.runs()[0], "somebody", proceed=True)
        await house.card("Succeeded")


async def test_an_answer_that_jenkins_does_not_take_is_told_in_the_thread(tmp_path: Path) -> None:
    async with House(tmp_path, jenkins_jobs=ASKING, parked_kinds={"AnswerRun"}) as house:
        await house.say(DANA, "/deploy checkout staging")
        card = await house.card("Paused")
        house.grant(OVERALL_READ, READ, CANCEL)
        await house.click(DANA, card, "input_proceed")

        assert "Job/Build" in (await house.replied(card, "could not be answered"))["text"]
        [failed] = await house.audit("input_answer_failed")
        assert (failed["actor"], failed["reason"]) == (DANA, "permission_missing")
        assert await house.audit("input_answered") == []
        await house.say(DANA, "/deploy cancel")
        await house.card("Cancelled")


async def test_a_click_on_a_question_of_before_decides_nothing(tmp_path: Path) -> None:
    two = jobs(
        stages=(
            Stage(name="First", seconds=0.1, ask=Ask(id="One", message="One?")),
            Stage(name="Second", seconds=0.1, ask=Ask(id="Two", message="Two?")),
        )
    )
    async with House(tmp_path, jenkins_jobs=two) as house:
        await house.say(DANA, "/deploy checkout staging")
        await house.click(DANA, await house.card("One?"), "input_proceed")
        first = len(house.slack.deliveries())
        await house.card("Two?")
        # The same click as a new delivery: what it names has been answered.
        house.slack.courier._sent[first - 1].payload["actions"][0]["action_ts"] = "1.000001"
        await house.slack.redeliver(first)

        await house.whispered(DANA, "answered already")
        assert house.runs()[0].pending.id == "Two"
        await house.click(DANA, await house.card("Two?"), "input_proceed")
        await house.card("Succeeded")
