"""Approval carried over only when the fingerprint is equal: asked for again, exactly the same, a short while later."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bot.sandbox.jenkins.jobs import Parameter
from tests.e2e.dialogs import filled_in
from tests.e2e.house import DANA, OLU, PARAMETERS, SAM, SOFIA, House, jobs, long_jobs

HOUR = 3600.0
TWO: dict[str, Any] = {"approve": ["2 of sre"], "carry_over": "4h"}
ONE: dict[str, Any] = {"approve": ["1 of sre"], "carry_over": "4h"}
FAILING = jobs(result="FAILURE")
NOTED = jobs(parameters=(*PARAMETERS, Parameter(name="NOTE")))
UNGUARDED = {"configuration": {"guard": False}}


def text_of(card: dict[str, Any]) -> str:
    return json.dumps(card["blocks"], ensure_ascii=False)


def parameters(**templates: str) -> dict[str, Any]:
    """Templates of checkout in production, besides the usual ones."""
    return {"checkout": {"environments": {"production": {"parameters": templates}}}}


async def cancelled(house: House, *approvers: str) -> None:
    """The first one: approved by these, and then taken back by who asked."""
    await house.production()
    for user in approvers:
        await house.approve(user)
        await house.until(lambda user=user: f"<@{user}>" in text_of(house.cards()[0]))
    await house.click(DANA, house.cards()[0], "cancel")
    await house.card("Cancelled", index=0)


async def again(house: House, user: str = DANA) -> dict[str, Any]:
    await house.say(user, "/deploy checkout production")
    return await house.card("Waiting for approval", index=1)


async def test_the_same_again_after_a_cancel_keeps_its_approvals(tmp_path: Path, transport: str) -> None:
    async with House(tmp_path, policy=TWO, transport=transport) as house:
        await cancelled(house, SAM)
        card = await again(house)
        assert f"Approved by <@{SAM}> at" in text_of(card)
        assert "(carried over from #1)" in text_of(card)
        assert "1 of sre" in text_of(card)
        [row] = await house.audit("approval_carried")
        assert json.loads(row["detail"])["by"] == [SAM]
        await house.click(SOFIA, card, "approve")

        await house.card("Succeeded", index=1)
        assert len(house.runs()) == 1


async def test_after_a_failure_the_same_goes_at_once_when_everybody_had_approved(tmp_path: Path) -> None:
    async with House(tmp_path, policy=TWO, jenkins_jobs=FAILING) as house:
        await house.production()
        await house.approve(SAM)
        await house.approve(SOFIA)
        card = await house.card("Failed")
        await house.click(DANA, card, "redeploy")

        card = await house.card("Failed", index=1)
        assert text_of(card).count("(carried over from #1)") == 2
        assert len(house.runs()) == 2
        assert len(await house.audit("approval_complete")) == 2
        assert not any("wants to deploy" in one for one in house.thread(card))


async def test_what_expired_keeps_the_approvals_it_had(tmp_path: Path) -> None:
    async with House(tmp_path, policy=TWO) as house:
        await house.production()
        await house.approve(SAM)
        await house.until(lambda: f"<@{SAM}> at" in text_of(house.cards()[0]))
        house.clock.advance(31 * 60)
        await house.card("Expired")

        assert "(carried over from #1)" in text_of(await again(house))


async def test_by_default_nothing_is_carried_over(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        await cancelled(house, SAM)

        assert "carried over" not in text_of(await again(house))


async def test_too_long_ago_counts_no_more(tmp_path: Path) -> None:
    async with House(tmp_path, policy=TWO) as house:
        await cancelled(house, SAM)
        house.clock.advance(4 * HOUR)

        assert "carried over" not in text_of(await again(house))


async def test_an_approval_is_as_old_as_it_is_however_often_it_was_carried_over(tmp_path: Path) -> None:
    async with House(tmp_path, policy=TWO) as house:
        await cancelled(house, SAM)
        house.clock.advance(3 * HOUR)
        card = await again(house)
        await house.click(DANA, card, "cancel")
        await house.card("Cancelled", index=1)
        house.clock.advance(1 * HOUR)
        await house.say(DANA, "/deploy checkout production")

        card = await house.card("Waiting for approval", index=2)
        assert "carried over" not in text_of(card)


async def test_another_version_is_another_question(tmp_path: Path) -> None:
    async with House(tmp_path, policy=TWO) as house:
        await cancelled(house, SAM)
        await house.say(DANA, "/deploy checkout 9.9.9 production")

        assert "carried over" not in text_of(await house.card("Waiting for approval", index=1))


@pytest.mark.parametrize(
    "change",
    [
        {"services": parameters(VERSION="v{{ version }}")},
        {"policies": {"production": {"approve": ["2 of sre", "1 of owners"]}}},
        {"policies": {"production": {"four_eyes": False}}},
        {"groups": {"sre": ["S0SRE00001", OLU]}},
    ],
)
async def test_whatever_changed_in_between_nothing_is_carried_over(
    tmp_path: Path, change: dict[str, Any]
) -> None:
    async with House(tmp_path, policy=TWO, config=UNGUARDED) as house:
        await cancelled(house, SAM)
        await house.restart(**change)

        assert "carried over" not in text_of(await again(house))


async def test_number_and_id_of_the_deployment_are_no_difference(tmp_path: Path) -> None:
    asked = {"services": parameters(NOTE="#{{ number }} ({{ deployment }}) by {{ requester_id }}")}
    async with House(tmp_path, policy=TWO, config=asked, jenkins_jobs=NOTED) as house:
        await cancelled(house, SAM)
        card = await again(house)
        assert "(carried over from #1)" in text_of(card)
        await house.click(SOFIA, card, "approve")

        await house.card("Succeeded", index=1)
        assert house.runs()[0].values["NOTE"].startswith("#2 (")


@pytest.mark.parametrize(
    ("template", "user"),
    [
        ("{% if number == '2' %}everything{% else %}nothing{% endif %}", DANA),
        ("{{ 'all' if deployment else 'none' }}", DANA),
        ("{{ version | replace('1', number) }}", DANA),
        ("by {{ requester }}", OLU),
    ],
)
async def test_a_parameter_that_may_differ_otherwise_carries_nothing_over(
    tmp_path: Path, template: str, user: str
) -> None:
    asked = {"services": parameters(NOTE=template)}
    async with House(tmp_path, policy=TWO, config=asked, jenkins_jobs=NOTED) as house:
        await cancelled(house, SAM)

        assert "carried over" not in text_of(await again(house, user))


async def test_somebody_else_may_ask_for_the_same(tmp_path: Path) -> None:
    async with House(tmp_path, policy=TWO) as house:
        await cancelled(house, SAM)

        assert "(carried over from #1)" in text_of(await again(house, OLU))


async def test_a_rejection_is_not_gone_round(tmp_path: Path) -> None:
    async with House(tmp_path, policy=TWO) as house:
        card = await house.production()
        await house.approve(SAM)
        await house.until(lambda: f"<@{SAM}> at" in text_of(house.cards()[0]))
        await house.click(SOFIA, card, "reject")
        await house.answer_modal(SOFIA, "no")
        await house.card("Rejected")

        assert "carried over" not in text_of(await again(house))


async def test_what_somebody_else_cancelled_has_to_be_approved_anew(tmp_path: Path) -> None:
    async with House(tmp_path, policy=TWO) as house:
        await house.production()
        await house.approve(SAM)
        await house.until(lambda: f"<@{SAM}> at" in text_of(house.cards()[0]))
        await house.click(SOFIA, house.cards()[0], "cancel")
        await house.card("Cancelled")

        assert "carried over" not in text_of(await again(house))


async def running(house: House) -> dict[str, Any]:
    """The first one: approved by Sam, and on its way."""
    await house.production()
    await house.approve(SAM)
    return await house.card("Running", index=0)


@pytest.mark.parametrize("user", [SAM, SOFIA])
async def test_a_run_that_somebody_else_stopped_has_to_be_approved_anew(tmp_path: Path, user: str) -> None:
    """Whoever approved it, and then stopped it, thinks no longer what he said before."""
    async with House(tmp_path, policy=ONE, jenkins_jobs=long_jobs()) as house:
        await house.click(user, await running(house), "cancel")
        await house.card("Aborted", index=0)

        assert "carried over" not in text_of(await again(house))
        assert len(house.runs()) == 1


async def test_a_run_that_was_stopped_in_jenkins_has_to_be_approved_anew(tmp_path: Path) -> None:
    async with House(tmp_path, policy=ONE, jenkins_jobs=long_jobs()) as house:
        await running(house)
        house.jenkins.engine.stop(house.runs()[0], "somebody")
        await house.card("Aborted", index=0)

        assert "carried over" not in text_of(await again(house))
        assert len(house.runs()) == 1


async def test_a_run_that_who_asked_stopped_himself_keeps_its_approvals(tmp_path: Path) -> None:
    async with House(tmp_path, policy=ONE, jenkins_jobs=long_jobs()) as house:
        await house.click(DANA, await running(house), "cancel")
        await house.card("Aborted", index=0)
        await house.say(DANA, "/deploy checkout production")

        assert "(carried over from #1)" in text_of(await house.card("Running", index=1))


async def test_who_asks_now_does_not_count_as_approver_of_before(tmp_path: Path) -> None:
    async with House(tmp_path, policy=TWO) as house:
        await cancelled(house, SAM)

        card = await again(house, SAM)
        assert "carried over" not in text_of(card)
        await house.click(SAM, card, "approve")
        await house.whispered(SAM, "You asked for this deployment")


async def test_who_may_no_longer_approve_is_not_carried_over(tmp_path: Path) -> None:
    async with House(tmp_path, policy=TWO) as house:
        await cancelled(house, SAM)
        house.slack.world.group("sre").users.remove(SAM)
        house.clock.advance(600)

        assert "carried over" not in text_of(await again(house))


async def test_what_went_there_in_between_is_another_beginning(tmp_path: Path) -> None:
    """It would take something else away now than what people looked at."""
    async with House(tmp_path, policy=TWO) as house:
        await cancelled(house, SAM)
        await house.say(DANA, "/deploy checkout 5.0.0 production")
        await house.click(SAM, await house.card("Waiting for approval", index=1), "approve")
        await house.until(lambda: f"<@{SAM}> at" in text_of(house.cards()[1]))
        await house.click(SOFIA, house.cards()[1], "approve")
        await house.card("Succeeded", index=1)
        await house.say(DANA, "/deploy checkout production")

        assert "carried over" not in text_of(await house.card("Waiting for approval", index=2))


async def test_a_comment_comes_along(tmp_path: Path) -> None:
    async with House(tmp_path, policy=ONE, jenkins_jobs=FAILING) as house:
        await house.click(SAM, await house.production(), "approve_comment")
        await filled_in(house, SAM, comment="watch the queue")
        await house.click(DANA, await house.card("Failed"), "redeploy")

        card = await house.card("Failed", index=1)
        assert "“watch the queue”" in text_of(card)


async def test_a_right_that_was_delegated_is_carried_over_while_the_delegation_stands(tmp_path: Path) -> None:
    async with House(tmp_path, policy=TWO) as house:
        await house.say(SOFIA, "/deploy delegate to @olu for 1d because I am away")
        await house.whispered(SOFIA, "approves in your place")
        await cancelled(house, OLU)
        card = await again(house)
        assert f"<@{OLU}> for <@{SOFIA}> at" in text_of(card)
        assert "(carried over from #1)" in text_of(card)
        await house.click(DANA, card, "cancel")
        await house.card("Cancelled", index=1)
        await house.say(SOFIA, "/deploy delegate end")
        await house.whispered(SOFIA, "no longer approves")
        await house.say(DANA, "/deploy checkout production")

        assert "carried over" not in text_of(await house.card("Waiting for approval", index=2))
