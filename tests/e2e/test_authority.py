"""Who may, asked when it counts: a question answered, a right taken away, a dialog left open, an answer grown old."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bot.events import Approve, BreakGlass, Event, Reject
from bot.people import Person, Place
from bot.sandbox.jenkins.jobs import Ask, Stage
from tests.e2e.house import DANA, DEPLOYMENTS, OLU, SAM, SOFIA, House, jobs

ONE = {"approve": ["1 of sre"]}
ASKING = jobs(stages=(Stage(name="Go live", seconds=0.1, ask=Ask(id="Go", message="Send traffic?")),))
HERE = Place(channel=DEPLOYMENTS)
WHY = "the shop is down"
PRODUCTION = ("services", "checkout", "environments", "production")


def text_of(card: dict[str, Any]) -> str:
    return json.dumps(card["blocks"], ensure_ascii=False)


def leave(house: House, user: str) -> None:
    """Take somebody out of all user groups of Slack."""
    for group in house.slack.world.groups:
        if user in group.users:
            group.users.remove(user)


async def test_without_its_place_a_run_is_answered_by_those_who_were_asked_to_approve(tmp_path: Path) -> None:
    async with House(tmp_path, policy=ONE, jenkins_jobs=ASKING) as house:
        await house.production()
        await house.approve(SAM)
        card = await house.card("Paused")
        house.leave_out = PRODUCTION
        await house.restart()
        await house.click(OLU, card, "input_proceed")
        await house.whispered(OLU, "You may not answer for this deployment: that is for sre")
        await house.click(SOFIA, card, "input_proceed")

        await house.card("Succeeded")


async def test_without_place_or_approval_only_who_asked_answers(tmp_path: Path) -> None:
    async with House(tmp_path, jenkins_jobs=ASKING) as house:
        await house.say(DANA, "/deploy checkout staging")
        card = await house.card("Paused")
        house.leave_out = ("services", "checkout", "environments", "staging")
        await house.restart()
        await house.click(OLU, card, "input_proceed")
        await house.whispered(OLU, "You may not answer for this deployment")
        await house.click(DANA, card, "input_proceed")

        await house.card("Succeeded")


async def test_who_asked_may_not_answer_the_runs_own_question_either(tmp_path: Path) -> None:
    async with House(tmp_path, policy=ONE, jenkins_jobs=ASKING) as house:
        await house.production(SAM)
        await house.approve(SOFIA)
        card = await house.card("Paused")
        await house.click(SAM, card, "input_proceed")
        await house.whispered(SAM, "You asked for this deployment, so you can't answer its question")
        await house.click(SOFIA, card, "input_proceed")

        await house.card("Succeeded")


async def test_who_broke_the_glass_may_answer_what_it_led_to(tmp_path: Path) -> None:
    async with House(tmp_path, policy=ONE, jenkins_jobs=ASKING) as house:
        await house.say(SAM, f"/deploy checkout production break-glass because {WHY}")
        await house.click(SAM, await house.card("Paused"), "input_proceed")

        await house.card("Succeeded")


@pytest.mark.parametrize("kind", [Approve, Reject, BreakGlass])
async def test_a_decision_that_names_no_question_decides_nothing(tmp_path: Path, kind: type[Event]) -> None:
    async with House(tmp_path, policy=ONE) as house:
        await house.production()
        found = await house.deployment()
        why = {} if kind is Approve else {"why": WHY}
        by = Person(id=SAM, name="sam")
        await house.running.accept(kind(by=by, place=HERE, deployment=found.id, **why), key="nothing named")

        await house.whispered(SAM, "so the click decided nothing")
        assert (await house.deployment()).state == "awaiting_approval"


async def test_a_break_glass_dialog_is_for_the_question_it_was_opened_on(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        card = await house.production(DANA)
        await house.click(SAM, card, "break_glass")
        await house.until(lambda: house.slack.views(SAM))
        changed = {"checkout": {"environments": {"production": {"parameters": {"VERSION": "666"}}}}}
        await house.restart(services=changed)
        await house.until(lambda: "are void" in text_of(house.cards()[0]))
        await house.answer_modal(SAM, WHY)

        await house.whispered(SAM, "has changed since that question was asked")
        assert (await house.deployment()).state == "awaiting_approval"
        assert house.runs() == []
