"""After waiting, look again: an approval holds for exactly what was asked, and the card says what changed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.e2e.house import DANA, LONG, SAM, SOFIA, UNGUARDED, House, long_jobs

ONE = {"approve": ["1 of sre"], "supersede": False}


def place(environment: str = "production", **changes: Any) -> dict[str, Any]:
    """The configuration of one environment of checkout, changed."""
    return {"checkout": {"environments": {environment: changes}}}


def text_of(card: dict[str, Any]) -> str:
    return json.dumps(card["blocks"], ensure_ascii=False)


async def test_a_changed_policy_voids_the_approvals_and_asks_anew(tmp_path: Path, transport: str) -> None:
    async with House(tmp_path, transport=transport) as house:
        await house.production()
        await house.approve(SAM)
        await house.until(lambda: f"Approved by <@{SAM}>" in text_of(house.cards()[0]))
        await house.restart(policies={"production": {"approve": ["2 of sre", "1 of owners"]}})

        await house.until(lambda: "are void" in text_of(house.cards()[0]))
        card = await house.card("Waiting for approval")
        assert "policy was 2 of sre, not by who asked, now 2 of sre and 1 of owners" in text_of(card)
        assert "Approved by" not in text_of(card)
        assert "The approvals are void" in (await house.replied(card, "void"))["text"]
        [voided] = await house.audit("approval_voided")
        assert voided["reason"] == "fingerprint_changed"


async def test_a_changed_parameter_template_voids_the_approvals(tmp_path: Path) -> None:
    async with House(tmp_path, policy=ONE) as house:
        await house.production()
        await house.restart(services=place(parameters={"VERSION": "v{{ version }}"}))

        await house.until(lambda: "parameter VERSION was 1.2.3, now v1.2.3" in text_of(house.cards()[0]))
        await house.approve(SAM)
        await house.card("Succeeded")
        assert house.runs()[0].values["VERSION"] == "v1.2.3"


async def test_a_changed_template_is_held_against_the_job_before_people_are_asked_again(
    tmp_path: Path,
) -> None:
    async with House(tmp_path, policy=ONE) as house:
        await house.production()
        await house.restart(services=place(parameters={"ENVIRONMENT": "moon"}))

        card = await house.card("Refused")
        assert "cannot be “moon”" in text_of(card)
        await house.replied(card, "cannot be “moon”")


async def test_a_click_on_the_old_question_after_a_void_decides_nothing(tmp_path: Path) -> None:
    async with House(tmp_path, policy=ONE) as house:
        old = await house.production()
        block, button = house.button(old, "approve")
        await house.restart(services=place(parameters={"VERSION": "v{{ version }}"}))
        await house.until(lambda: "are void" in text_of(house.cards()[0]))
        # His screen shows the old card still.
        shown = house.slack.workspace.conversations.find(old["channel"], old["ts"])
        assert shown is not None
        shown.blocks[:] = old["blocks"]
        await house.slack.click(
            SAM,
            "approve",
            channel=old["channel"],
            message_ts=old["ts"],
            block_id=block["block_id"],
            value=button["value"],
        )

        await house.whispered(SAM, "has changed since that question was asked")
        assert (await house.deployment()).state == "awaiting_approval"
        assert house.runs() == []


async def test_the_version_that_was_asked_for_holds_when_the_default_changes(tmp_path: Path) -> None:
    async with House(tmp_path, policy=ONE) as house:
        await house.production()
        await house.restart(services={"checkout": {"default_version": "9.9.9"}})
        await house.settled()
        assert "void" not in text_of(house.cards()[0])
        await house.approve(SAM)

        assert "1.2.3" in (await house.card("Succeeded"))["text"]
        assert house.runs()[0].values["VERSION"] == "1.2.3"


async def test_nothing_changed_means_nothing_is_void(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        await house.production()
        await house.approve(SAM)
        await house.until(lambda: f"Approved by <@{SAM}>" in text_of(house.cards()[0]))
        await house.restart()
        await house.approve(SOFIA)

        await house.card("Succeeded")
        assert await house.audit("approval_voided") == []


async def test_a_policy_that_asks_nobody_any_more_lets_the_deployment_go(tmp_path: Path) -> None:
    async with House(tmp_path, config=UNGUARDED) as house:
        await house.production()
        await house.restart(policies={"production": {"approve": [], "break_glass": []}})

        await house.card("Succeeded")
        assert len(house.runs()) == 1


async def test_a_place_that_left_the_configuration_is_deployed_to_no_more(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        await house.production()
        await house.stop()
        house.leave_out = ("services", "checkout", "environments", "production")
        await house.start()

        card = await house.card("Refused")
        assert "no such place any more" in card["text"]
        assert f"<@{DANA}>" in (await house.replied(card, "no such place"))["text"]
        [refused] = await house.audit("refused")
        assert (refused["actor"], refused["reason"]) == ("pilothouse", "policy_gone")


async def test_what_waits_in_the_queue_is_looked_at_again_when_its_turn_comes(tmp_path: Path) -> None:
    async with House(tmp_path, policy=ONE, jenkins_jobs=long_jobs()) as house:
        await house.production(words="/deploy checkout 1.0.0 production")
        await house.approve(SAM)
        await house.card("Running", index=0)
        await house.say(DANA, "/deploy checkout 2.0.0 production")
        await house.click(SAM, await house.card("Waiting for approval", index=1), "approve")
        await house.card("Queued", index=1)
        await house.say(DANA, "/deploy checkout 3.0.0 production")
        await house.click(SAM, await house.card("Waiting for approval", index=2), "approve")
        await house.card("Queued", index=2)
        await house.restart(services=place(parameters={"SERVICE": "new"}))
        house.clock.advance(LONG)

        await house.card("Succeeded", index=0)
        for waiting in (1, 2):
            card = await house.card("Waiting for approval", index=waiting)
            assert "parameter SERVICE was checkout, now new" in text_of(card)
        assert len(house.runs()) == 1
        await house.click(SAM, await house.card("Waiting for approval", index=2), "approve")
        await house.card("Running", index=2)


async def test_a_queue_behind_a_voided_deployment_does_not_stand_still(tmp_path: Path) -> None:
    """Only the first one's parameters change: the second must get its turn when the first is asked anew."""
    async with House(tmp_path, policy=ONE, jenkins_jobs=long_jobs()) as house:
        await house.production(words="/deploy checkout 1.0.0 production")
        await house.approve(SAM)
        await house.card("Running", index=0)
        for index, version in enumerate(("2.0.0", "3.0.0"), 1):
            await house.say(DANA, f"/deploy checkout {version} production")
            await house.click(SAM, await house.card("Waiting for approval", index=index), "approve")
            await house.card("Queued", index=index)
        template = "{{ 'new' if version == '2.0.0' else service }}"
        await house.restart(services=place(parameters={"SERVICE": template}))
        house.clock.advance(LONG)

        await house.card("Waiting for approval", index=1)
        await house.card("Running", index=2)


async def test_without_approval_a_new_policy_is_asked_of_what_still_waits(tmp_path: Path) -> None:
    async with House(tmp_path, jenkins_jobs=long_jobs()) as house:
        await house.say(DANA, "/deploy checkout 1.0.0 staging")
        await house.card("Running", index=0)
        await house.say(DANA, "/deploy checkout 2.0.0 staging")
        await house.card("Queued", index=1)
        await house.restart(policies={"staging": {"approve": ["1 of sre"]}})
        house.clock.advance(LONG)

        await house.card("Waiting for approval", index=1)
        assert len(house.runs()) == 1


async def test_a_template_that_fails_now_refuses_what_waits_and_says_which(tmp_path: Path) -> None:
    async with House(tmp_path, policy=ONE) as house:
        await house.production()
        grown = "{{ version" + " | replace('.', '..........')" * 6 + " }}"
        await house.restart(services=place(parameters={"VERSION": grown}))

        card = await house.card("Refused")
        assert "VERSION" in text_of(card)
        assert (await house.deployment()).reason == "template_failed"
        await house.replied(card, "refused")
