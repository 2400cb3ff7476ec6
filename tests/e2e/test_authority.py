"""Who may, asked when it counts: a question answered, a right taken away, a dialog left open, an answer grown old."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bot.events import Approve, BreakGlass, Event, Reject
from bot.people import Person, Place
from bot.sandbox.jenkins.faults import Faults
from bot.sandbox.jenkins.jobs import Ask, Stage
from bot.sandbox.slack.faults import Fault
from tests.e2e.house import DANA, DEPLOYMENTS, LONG, OLU, SAM, SOFIA, UNGUARDED, House, jobs, long_jobs

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
        await house.running.inbox.accept(
            kind(by=by, place=HERE, deployment=found.id, **why), key="nothing named"
        )

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


async def test_a_group_that_means_others_now_voids_the_approvals(tmp_path: Path) -> None:
    async with House(tmp_path, config=UNGUARDED) as house:
        await house.production(DANA)
        await house.approve(SAM)
        await house.until(lambda: f"Approved by <@{SAM}>" in text_of(house.cards()[0]))
        await house.restart(groups={"sre": ["S0OWNERS02"]})

        await house.until(lambda: "group sre was S0SRE00001, now S0OWNERS02" in text_of(house.cards()[0]))
        assert (await house.deployment()).approval.votes == ()


async def test_another_address_of_the_server_voids_the_approvals(tmp_path: Path) -> None:
    async with House(tmp_path, policy=ONE) as house:
        await house.production(DANA)
        moved = {"url": house.jenkins.url.replace("127.0.0.1", "localhost")}
        await house.restart(drivers={"jenkins": {"servers": {"ci": moved}}})

        await house.until(lambda: "server was http://127.0.0.1" in text_of(house.cards()[0]))


async def test_who_left_the_approvers_before_the_start_does_not_count(tmp_path: Path) -> None:
    async with House(tmp_path, jenkins_jobs=jobs()) as house:
        await house.production(DANA)
        await house.approve(SAM)
        await house.until(lambda: f"Approved by <@{SAM}>" in text_of(house.cards()[0]))
        leave(house, SAM)
        house.clock.advance(600)
        await house.approve(SOFIA)

        card = await house.replied(house.cards()[0], "may no longer approve it")
        assert "are void" in card["text"]
        assert house.runs() == []
        assert (await house.audit("approval_voided"))[-1]["reason"] == "approver_gone"


async def test_an_approver_whose_account_is_closed_does_not_count(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        await house.production(DANA)
        await house.approve(SAM)
        await house.until(lambda: f"Approved by <@{SAM}>" in text_of(house.cards()[0]))
        house.slack.world.person(SAM).deleted = True
        house.clock.advance(600)
        await house.approve(SOFIA)

        await house.replied(house.cards()[0], "may no longer approve it")
        assert house.runs() == []


async def test_who_may_no_longer_deploy_is_refused_when_his_turn_comes(tmp_path: Path) -> None:
    async with House(tmp_path, policy=ONE) as house:
        await house.production(DANA)
        await house.restart(policies={"production": {"deploy": ["sre"]}})
        await house.approve(SAM)

        card = await house.card("Refused")
        assert "dana may not deploy checkout to production: that is for sre" in text_of(card)
        assert house.runs() == []
        assert (await house.audit("refused"))[-1]["actor"] == "pilothouse"


async def test_a_right_to_break_the_glass_that_is_gone_breaks_none(tmp_path: Path) -> None:
    async with House(tmp_path, config=UNGUARDED) as house:
        house.jenkins.set_faults(Faults(mode="503"))
        await house.say(SAM, f"/deploy checkout production break-glass because {WHY}")
        await house.until(lambda: house.jenkins.calls > 0)
        await house.restart(policies={"production": {"break_glass": ["U0SOFIA003"]}})
        house.jenkins.set_faults(Faults())

        async def refused() -> bool:
            return (await house.deployment()).reason == "not_allowed_to_break_glass"

        await house.until(refused)
        assert await house.audit("glass_broken") == []
        assert house.runs() == []


@pytest.mark.parametrize("then", ["Slack answers again", "it is cancelled"])
async def test_while_nobody_can_be_asked_who_may_it_waits_and_the_lane_goes_on(
    tmp_path: Path, then: str
) -> None:
    async with House(tmp_path, policy=ONE, jenkins_jobs=long_jobs()) as house:
        await house.production(words="/deploy checkout 1.0.0 production")
        await house.approve(SAM)
        await house.card("Running", index=0)
        await house.say(DANA, "/deploy checkout 2.0.0 production")
        await house.click(SAM, await house.card("Waiting for approval", index=1), "approve")
        await house.card("Queued", index=1)
        house.slack.set_faults(Fault(mode="fail", methods=("usergroups.users.list",)))
        house.clock.advance(LONG)

        card = await house.card("can't be asked now", index=1)
        assert len(house.runs()) == 1
        if then == "it is cancelled":
            await house.click(DANA, card, "cancel")
            await house.card("Cancelled", index=1)
        house.slack.set_faults()
        if then == "Slack answers again":
            await house.card("Running", index=1)


async def test_an_old_answer_about_a_group_approves_nothing(tmp_path: Path) -> None:
    async with House(tmp_path, policy=ONE) as house:
        await house.production(DANA)
        await house.approve(OLU)
        await house.whispered(OLU, "You may not approve")
        leave(house, SAM)
        limited = Fault(mode="rate_limit", methods=("usergroups.users.list",), retry_after=1)
        house.slack.set_faults(limited)
        house.clock.advance(25 * 60)
        await house.approve(SAM)
        await house.until(lambda: any(one.get("error") == "ratelimited" for one in house.slack.refused))
        assert (await house.deployment()).state == "awaiting_approval"
        house.slack.set_faults()

        await house.until(lambda: house.whispers(SAM))
        assert (await house.deployment()).state == "awaiting_approval"


async def test_what_nobody_approves_is_audited_as_queued_too(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        await house.say(DANA, "/deploy checkout staging")
        await house.card("Succeeded")
        await house.say(SAM, f"/deploy checkout production break-glass because {WHY}")
        await house.card("Succeeded", index=1)

        assert len(await house.audit("queued")) == 2


async def test_a_group_that_slack_no_longer_has_holds_up_the_start_until_it_is_mended(tmp_path: Path) -> None:
    async with House(
        tmp_path, policy=ONE, jenkins_jobs=long_jobs(), refused_codes={"no_such_subteam"}
    ) as house:
        await house.production(words="/deploy checkout 1.0.0 production")
        await house.approve(SAM)
        await house.card("Running", index=0)
        await house.say(DANA, "/deploy checkout 2.0.0 production")
        await house.click(SAM, await house.card("Waiting for approval", index=1), "approve")
        await house.card("Queued", index=1)
        group = house.slack.world.group("sre")
        house.slack.world.groups.remove(group)
        house.clock.advance(LONG)

        await house.card("no user group with that id", index=1)
        house.slack.world.groups.append(group)
        house.clock.advance(60)
        await house.card("Running", index=1)
