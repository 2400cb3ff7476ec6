"""Production waits for people: how many, who, not who asked; and only one click decides."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

from bot.sandbox.slack.faults import Fault
from tests.e2e.house import CHECKOUT, DANA, GUS, OLU, SAM, SOFIA, STELLA, House

ONE = {"approve": ["1 of sre"]}
FIVE_PEOPLE = {"approve": ["1 of everyone"]}


def text_of(card: dict[str, Any]) -> str:
    return json.dumps(card["blocks"], ensure_ascii=False)


async def test_production_waits_for_two_approvals_of_which_none_is_the_requesters(
    tmp_path: Path, transport: str
) -> None:
    async with House(tmp_path, transport=transport) as house:
        card = await house.production(SAM)
        assert house.runs() == []

        await house.click(SAM, card, "approve")
        await house.whispered(SAM, "You asked for this deployment, so you can't approve it")
        await house.click(SOFIA, card, "approve")
        await house.until(lambda: f"<@{SOFIA}>" in text_of(house.cards()[0]))
        assert "1 of sre" in text_of(house.cards()[0])
        assert house.runs() == []
        assert (await house.deployment()).state == "awaiting_approval"


async def test_the_second_approver_completes_it_and_the_job_runs_once(tmp_path: Path, transport: str) -> None:
    async with House(tmp_path, transport=transport) as house:
        await house.production(DANA)
        await house.approve(SAM)
        await house.approve(SOFIA)

        await house.card("Succeeded")
        assert len(house.cards()) == 1
        [run] = house.runs()
        assert run.values["ENVIRONMENT"] == "production"
        assert [row["actor"] for row in await house.audit("approved")] == [SAM, SOFIA]
        assert len(await house.audit("approval_complete")) == 1


async def test_after_the_decision_the_buttons_are_replaced_by_who_and_when(tmp_path: Path) -> None:
    async with House(tmp_path, policy=ONE) as house:
        await house.production()
        await house.approve(SAM)

        card = await house.card("Succeeded")
        assert "approve" not in house.buttons(card)
        assert "reject" not in house.buttons(card)
        assert f"Approved by <@{SAM}> at <!date" in text_of(card)


async def test_who_has_to_approve_is_mentioned_in_the_thread(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        card = await house.production()

        reply = await house.replied(card, "wants to deploy")
        assert "<!subteam^S0SRE00001>" in reply["text"]


async def test_the_same_person_counts_once(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        card = await house.production()
        await house.click(SAM, card, "approve")
        await house.click(SAM, card, "approve")

        assert "1 of sre" in await house.whispered(SAM, "You have approved this already")
        assert len((await house.deployment()).approval.votes) == 1  # type: ignore[union-attr]


async def test_a_person_without_the_right_is_told_who_has_it(tmp_path: Path, transport: str) -> None:
    async with House(tmp_path, transport=transport) as house:
        card = await house.production()
        await house.click(OLU, card, "approve")

        assert "2 of sre" in await house.whispered(OLU, "You may not approve this deployment")
        assert (await house.audit("refused"))[-1]["reason"] == "not_allowed_to_approve"


async def test_a_guest_approves_nothing(tmp_path: Path) -> None:
    async with House(tmp_path, policy=FIVE_PEOPLE) as house:
        await house.click(GUS, await house.production(), "approve")

        await house.whispered(GUS, "Guests")
        assert (await house.deployment()).state == "awaiting_approval"


async def test_a_stranger_in_a_shared_channel_approves_nothing(tmp_path: Path) -> None:
    async with House(tmp_path, policy=FIVE_PEOPLE) as house:
        await house.say(DANA, "/deploy production", channel=CHECKOUT)
        card = await house.card("Waiting for approval", channel=CHECKOUT)
        await house.click(STELLA, card, "approve")

        await house.whispered(STELLA, "another organisation", channel=CHECKOUT)
        assert (await house.deployment()).state == "awaiting_approval"


async def test_every_clause_has_to_be_met(tmp_path: Path) -> None:
    async with House(tmp_path, policy={"approve": ["2 of sre", "1 of owners"]}) as house:
        card = await house.production()
        assert "2 of sre and 1 of owners" in text_of(card)
        await house.approve(SAM, OLU)
        await house.until(lambda: "Still needed: *1 of sre*" in text_of(house.cards()[0]))
        assert house.runs() == []
        await house.approve(SOFIA)

        await house.card("Succeeded")


async def test_a_place_that_is_filled_is_not_filled_twice(tmp_path: Path) -> None:
    async with House(tmp_path, policy={"approve": ["1 of sre", "1 of owners"]}) as house:
        card = await house.production()
        await house.click(SAM, card, "approve")
        await house.click(SOFIA, card, "approve")

        told = await house.whispered(SOFIA, "That part is approved already by sam")
        assert "1 of owners" in told


async def test_the_second_person_hears_already_approved_by(tmp_path: Path, transport: str) -> None:
    async with House(tmp_path, policy=ONE, transport=transport) as house:
        card = await house.production()
        await asyncio.gather(house.click(SAM, card, "approve"), house.click(SOFIA, card, "approve"))

        await house.until(lambda: [*house.whispers(SAM), *house.whispers(SOFIA)])
        assert [*house.whispers(SAM), *house.whispers(SOFIA)][0].startswith("Already approved by s")
        await house.card("Succeeded")


async def test_a_hundred_clicks_of_one_person_are_one_approval(tmp_path: Path, transport: str) -> None:
    async with House(tmp_path, transport=transport) as house:
        card = await house.production()
        await asyncio.gather(*(house.click(SAM, card, "approve") for _ in range(100)))
        await house.settled()

        assert len(await house.audit("approved")) == 1
        assert (await house.deployment()).state == "awaiting_approval"


async def test_a_hundred_clicks_of_several_people_make_one_decision_and_one_run(
    tmp_path: Path, transport: str
) -> None:
    async with House(tmp_path, transport=transport) as house:
        card = await house.production()
        clicks = [house.click(who, card, "approve") for who in (SAM, SOFIA, OLU, DANA) * 25]
        answers = await asyncio.gather(*clicks)

        assert all(one["ok"] for one in answers)
        await house.card("Succeeded")
        await house.settled()
        assert sorted(row["actor"] for row in await house.audit("approved")) == [SAM, SOFIA]
        assert len(await house.audit("approval_complete")) == 1
        assert len(house.runs()) == 1


async def test_a_hundred_rejections_and_approvals_at_once_make_one_decision(tmp_path: Path) -> None:
    async with House(tmp_path, policy=ONE) as house:
        card = await house.production()
        await house.click(SOFIA, card, "reject")
        await asyncio.gather(
            house.answer_modal(SOFIA, "not today"),
            *(house.click(SAM, card, "approve") for _ in range(50)),
        )
        await house.settled()

        decisions = [*await house.audit("rejected"), *await house.audit("approval_complete")]
        assert len(decisions) == 1


async def test_reject_asks_for_a_reason_that_everybody_can_read(tmp_path: Path, transport: str) -> None:
    async with House(tmp_path, transport=transport) as house:
        card = await house.production()
        await house.click(SAM, card, "reject")
        answered = await house.answer_modal(SAM, "the release is *frozen* <!channel>")

        assert answered["ok"], answered
        card = await house.card("Rejected")
        assert "the release is" in text_of(card)
        assert "<!channel>" not in text_of(card)
        assert f"Rejected by <@{SAM}>" in text_of(card)
        reply = await house.replied(card, "rejected")
        assert f"<@{DANA}>" in reply["text"]
        assert house.runs() == []


async def test_an_empty_reason_is_a_fault_of_the_field(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        card = await house.production()
        await house.click(SAM, card, "reject")
        answered = await house.answer_modal(SAM, "   ")

        assert not answered["ok"]
        assert list(answered["errors"]) == ["why"]
        assert len(house.slack.views(SAM)) == 1, "the dialog stays open"
        answered = await house.answer_modal(SAM, "now with a reason")
        assert answered["ok"], answered
        await house.card("Rejected")


async def test_who_may_not_approve_may_not_reject(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        card = await house.production()
        await house.click(OLU, card, "reject")
        await house.answer_modal(OLU, "because")

        await house.whispered(OLU, "You may not reject this deployment")
        assert (await house.deployment()).state == "awaiting_approval"


async def test_nobody_in_time_means_expired(tmp_path: Path, transport: str) -> None:
    async with House(tmp_path, transport=transport) as house:
        await house.production()
        await house.approve(SAM)
        await house.until(lambda: "1 of sre" in text_of(house.cards()[0]))
        house.clock.advance(31 * 60)

        card = await house.card("Expired")
        assert "1 of sre still missing" in text_of(card)
        assert "approve" not in house.buttons(card)
        assert f"<@{DANA}>" in (await house.replied(card, "expired"))["text"]
        assert house.runs() == []


async def test_a_click_after_the_time_is_over_decides_nothing(tmp_path: Path) -> None:
    async with House(tmp_path, policy=ONE) as house:
        card = await house.production()
        await house.settled()
        house.clock.advance(31 * 60)
        await house.click(SAM, card, "approve")

        await house.card("Expired")
        await house.until(lambda: house.whispers(SAM))
        assert await house.audit("approved") == []
        assert len(await house.audit("expired")) == 1


async def test_approvers_are_reminded_once(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        card = await house.production()
        house.clock.advance(10 * 60 + 1)
        await house.replied(card, "Still waiting for approval")
        house.clock.advance(10 * 60)
        await house.settled()

        assert sum("Still waiting" in one for one in house.thread(card)) == 1


async def test_nobody_is_reminded_of_what_is_decided(tmp_path: Path) -> None:
    async with House(tmp_path, policy=ONE) as house:
        await house.production()
        await house.approve(SAM)
        card = await house.card("Succeeded")
        house.clock.advance(40 * 60)
        await house.settled()

        assert not any("Still waiting" in one for one in house.thread(card))
        assert (await house.deployment()).state == "succeeded"


async def test_approvals_go_on_after_a_restart(tmp_path: Path, transport: str) -> None:
    async with House(tmp_path, transport=transport) as house:
        await house.production()
        await house.approve(SAM)
        await house.until(lambda: f"<@{SAM}>" in text_of(house.cards()[0]))
        await house.restart()
        await house.approve(SOFIA)

        await house.card("Succeeded")
        assert len(house.cards()) == 1
        assert len(house.runs()) == 1


async def test_the_time_runs_on_while_the_server_is_away(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        await house.production()
        await house.settled()
        await house.stop()
        house.clock.advance(31 * 60)
        await house.start()

        await house.card("Expired")
        assert len(house.cards()) == 1


async def test_people_may_be_named_by_their_ids(tmp_path: Path) -> None:
    async with House(tmp_path, policy={"approve": [f"1 of {OLU}"]}) as house:
        card = await house.production()
        assert f"<@{OLU}>" in (await house.replied(card, "wants to deploy"))["text"]
        await house.approve(OLU)

        await house.card("Succeeded")


async def test_without_four_eyes_who_asked_may_approve(tmp_path: Path) -> None:
    async with House(tmp_path, policy={**ONE, "four_eyes": False}) as house:
        await house.production(SAM)
        await house.approve(SAM)

        await house.card("Succeeded")


async def test_who_lost_his_right_since_the_question_was_asked_may_not_approve(tmp_path: Path) -> None:
    """Authority is asked at the click, not when the card was drawn."""
    async with House(tmp_path, policy=ONE) as house:
        card = await house.production()
        [sre] = [one for one in house.slack.world.groups if one.handle == "sre"]
        sre.users.remove(SAM)
        await house.click(SAM, card, "approve")

        await house.whispered(SAM, "You may not approve this deployment")


async def test_somebody_whose_account_was_deactivated_approves_nothing(tmp_path: Path) -> None:
    async with House(tmp_path, policy=ONE) as house:
        card = await house.production()
        house.slack.set_faults(Fault(mode="fail", methods=("users.info",), times=1))
        await house.click(SAM, card, "approve")
        house.slack.world.person(SAM).deleted = True

        async def refused() -> bool:
            return any(row["reason"] == "stranger" for row in await house.audit("refused"))

        await house.until(refused)
        assert (await house.deployment()).state == "awaiting_approval"
