"""Delegation with an end date: somebody approves in somebody else's place, counted as his, and never twice."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from bot.standing.delegations import Delegation
from tests.e2e.house import DANA, DEPLOYMENTS, GUS, OLU, SAM, SOFIA, STELLA, House, direct

ONE = {"approve": ["1 of sre"]}
TWO = {"approve": ["2 of sre"]}
SRE_AND_OWNER = {"approve": ["1 of sre", "1 of owners"]}
DAY = 86_400.0
SAID = "/deploy delegate to {to} for 2d because I am away"


def text_of(card: dict[str, Any]) -> str:
    return json.dumps(card["blocks"], ensure_ascii=False)


def name(user: str) -> str:
    """As it is typed: Slack makes a mention of it."""
    return {DANA: "@dana", OLU: "@olu", SAM: "@sam", SOFIA: "@sofia"}[user]


async def delegates(house: House, owner: str, to: str, words: str = SAID) -> None:
    await house.say(owner, words.format(to=name(to)))
    await house.whispered(owner, "approves in your place")


def told(house: House, user: str) -> str:
    """What stands in somebody's direct message."""
    return json.dumps([one["text"] for one in house.slack.messages(direct(user), user)])


async def test_a_delegate_approves_in_the_place_of_who_delegated(tmp_path: Path, transport: str) -> None:
    async with House(tmp_path, policy=ONE, transport=transport) as house:
        await delegates(house, SOFIA, OLU)
        await house.until(lambda: f"<@{SOFIA}> lets you approve in his place" in told(house, OLU))
        await house.production()
        await house.approve(OLU)

        card = await house.card("Succeeded")
        assert f"Approved by <@{OLU}> for <@{SOFIA}> at" in text_of(card)
        [row] = await house.audit("approved")
        assert (row["actor"], json.loads(row["detail"])["on_behalf"]) == (OLU, SOFIA)
        [made] = await house.audit("delegated")
        assert json.loads(made["detail"])["why"] == "I am away"


async def test_one_right_counts_once_whoever_uses_it(tmp_path: Path) -> None:
    async with House(tmp_path, policy=TWO) as house:
        await delegates(house, SOFIA, OLU)
        card = await house.production()
        await house.approve(OLU)
        await house.until(lambda: f"<@{OLU}> for <@{SOFIA}>" in text_of(house.cards()[0]))
        await house.click(SOFIA, card, "approve")
        await house.whispered(SOFIA, "That right has been used for this already, by olu")
        assert house.runs() == []
        await house.approve(SAM)

        await house.card("Succeeded")


async def test_who_delegated_may_still_decide_himself_and_then_his_delegate_may_not(tmp_path: Path) -> None:
    async with House(tmp_path, policy=TWO) as house:
        await delegates(house, SOFIA, OLU)
        card = await house.production()
        await house.approve(SOFIA)
        await house.until(lambda: f"Approved by <@{SOFIA}>" in text_of(house.cards()[0]))
        await house.click(OLU, card, "approve")

        await house.whispered(OLU, "That right has been used for this already, by sofia")


async def test_a_delegate_who_has_the_right_himself_fills_one_place_with_both(tmp_path: Path) -> None:
    """Two of sre, and Sofia of sre delegates to Sam of sre: he is one person."""
    async with House(tmp_path, policy=TWO) as house:
        await delegates(house, SOFIA, SAM)
        card = await house.production()
        await house.approve(SAM)
        await house.until(lambda: f"Approved by <@{SAM}> at" in text_of(house.cards()[0]))
        await house.click(SAM, card, "approve")
        await house.whispered(SAM, "You have approved this already; 1 of sre still missing")
        assert (await house.deployment()).approval.votes[0].on_behalf == ""  # type: ignore[union-attr]
        await house.approve(SOFIA)

        await house.card("Succeeded")


async def test_he_acts_for_another_when_his_own_part_is_filled(tmp_path: Path) -> None:
    async with House(tmp_path, policy=SRE_AND_OWNER) as house:
        await delegates(house, OLU, SAM)
        await house.production()
        await house.approve(SOFIA)
        await house.until(lambda: f"Approved by <@{SOFIA}>" in text_of(house.cards()[0]))
        await house.approve(SAM)

        card = await house.card("Succeeded")
        assert f"<@{SAM}> for <@{OLU}>" in text_of(card)


async def test_nobody_acts_for_who_asked(tmp_path: Path, transport: str) -> None:
    async with House(tmp_path, policy=ONE, transport=transport) as house:
        await delegates(house, SOFIA, OLU)
        card = await house.production(SOFIA)
        await house.click(OLU, card, "approve")

        await house.whispered(OLU, "sofia asked for this deployment, so you can't approve it in that place")
        assert house.runs() == []


async def test_who_asked_does_not_approve_for_somebody_else(tmp_path: Path) -> None:
    async with House(tmp_path, policy=ONE) as house:
        await delegates(house, SOFIA, DANA)
        card = await house.production(DANA)
        await house.click(DANA, card, "approve")

        await house.whispered(DANA, "You asked for this deployment, so you can't approve it")


async def test_nobody_acts_for_who_asked_even_without_four_eyes(tmp_path: Path) -> None:
    async with House(tmp_path, policy={**ONE, "four_eyes": False}) as house:
        await delegates(house, SOFIA, OLU)
        card = await house.production(SOFIA)
        await house.click(OLU, card, "approve")

        await house.whispered(OLU, "you can't approve it in that place")


async def test_what_was_delegated_goes_no_further(tmp_path: Path) -> None:
    async with House(tmp_path, policy={"approve": ["1 of sre"], "override": ["1 of owners"]}) as house:
        await delegates(house, SOFIA, OLU)
        await delegates(house, OLU, DANA)
        card = await house.production(SAM)
        await house.click(DANA, card, "approve")

        await house.whispered(DANA, "You may not approve this deployment: that is for 1 of sre")


async def test_the_right_is_asked_for_at_the_click(tmp_path: Path) -> None:
    async with House(tmp_path, policy=ONE) as house:
        await delegates(house, SOFIA, OLU)
        card = await house.production()
        house.slack.world.group("sre").users.remove(SOFIA)
        house.clock.advance(600)
        await house.click(OLU, card, "approve")

        await house.whispered(OLU, "You may not approve this deployment")


async def test_a_delegate_of_somebody_whose_account_is_closed_approves_nothing(tmp_path: Path) -> None:
    async with House(tmp_path, policy=ONE) as house:
        await delegates(house, SOFIA, OLU)
        card = await house.production()
        house.slack.world.person(SOFIA).deleted = True
        house.clock.advance(600)
        await house.click(OLU, card, "approve")

        await house.whispered(OLU, "You may not approve this deployment")


async def test_it_ends_by_itself_and_both_are_told(tmp_path: Path, transport: str) -> None:
    async with House(tmp_path, policy=ONE, transport=transport) as house:
        await delegates(house, SOFIA, OLU)
        house.clock.advance(2 * DAY + 1)
        await house.until(lambda: "You no longer approve in the place of" in told(house, OLU))
        await house.until(lambda: "it has run out" in told(house, SOFIA))
        card = await house.production()
        await house.click(OLU, card, "approve")

        await house.whispered(OLU, "You may not approve this deployment")
        [row] = await house.audit("delegation_ended")
        assert row["actor"] == "pilothouse"


async def test_it_counts_no_more_from_its_end_on_while_the_server_is_away(tmp_path: Path) -> None:
    async with House(tmp_path, policy={**ONE, "expires": "7d", "remind": None}) as house:
        await delegates(house, SOFIA, OLU)
        await house.production()
        await house.stop()
        house.clock.advance(2 * DAY + 1)
        await house.start()
        await house.approve(OLU)

        await house.whispered(OLU, "You may not approve this deployment")


async def test_ending_it_takes_back_what_has_not_started(tmp_path: Path) -> None:
    async with House(tmp_path, policy=TWO) as house:
        await delegates(house, SOFIA, OLU)
        card = await house.production()
        await house.approve(OLU)
        await house.until(lambda: f"<@{OLU}> for <@{SOFIA}>" in text_of(house.cards()[0]))
        await house.say(SOFIA, "/deploy delegate end")
        await house.whispered(SOFIA, "no longer approves in your place")
        await house.approve(SAM)

        await house.replied(card, "olu may no longer approve it for sofia")
        assert house.runs() == []


async def test_a_delegate_may_reject_as_who_delegated_may(tmp_path: Path) -> None:
    async with House(tmp_path, policy=ONE) as house:
        await delegates(house, SOFIA, OLU)
        card = await house.production()
        await house.click(OLU, card, "reject")
        await house.answer_modal(OLU, "not today")

        await house.card("Rejected")


async def test_who_may_decide_for_somebody_is_mentioned_when_it_is_asked(tmp_path: Path) -> None:
    async with House(tmp_path, policy=ONE) as house:
        await delegates(house, SOFIA, OLU)
        card = await house.production()

        reply = await house.replied(card, "wants to deploy")
        assert f"<@{OLU}>" in reply["text"]


async def test_a_delegation_can_be_of_one_service_or_environment_only(tmp_path: Path) -> None:
    async with House(tmp_path, policy=ONE) as house:
        await delegates(
            house, SOFIA, OLU, "/deploy delegate payments production to {to} for 2d because I am away"
        )
        card = await house.production()
        await house.click(OLU, card, "approve")
        await house.whispered(OLU, "You may not approve this deployment")
        await house.say(DANA, "/deploy payments production")
        await house.click(OLU, await house.card("payments", index=1), "approve")

        await house.card("Succeeded: deployment #2", index=1)


async def test_delegations_are_listed(tmp_path: Path) -> None:
    async with House(tmp_path, policy=SRE_AND_OWNER) as house:
        await house.say(DANA, "/deploy delegations")
        await house.whispered(DANA, "Nobody approves in somebody else's place")
        await delegates(house, SOFIA, OLU)
        await delegates(house, OLU, SAM, "/deploy delegate checkout to {to} for 1d because of the fair")
        await house.say(DANA, "/deploy delegations")

        listed = await house.whispered(DANA, "Who approves in whose place")
        assert f"<@{OLU}> for <@{SOFIA}>, *everything*" in listed
        assert listed.index(f"<@{SAM}> for <@{OLU}>, *checkout*") < listed.index(f"<@{OLU}> for <@{SOFIA}>")


async def test_of_two_delegations_at_once_one_wins_and_the_other_is_told(tmp_path: Path) -> None:
    async with House(tmp_path, policy=ONE) as house:
        await asyncio.gather(
            house.say(SOFIA, SAID.format(to="@olu")), house.say(SOFIA, SAID.format(to="@dana"))
        )
        await house.whispered(SOFIA, "You have delegated that to")
        await house.settled()

        assert len(await house.running.store.standing(Delegation)) == 1


async def test_a_new_one_can_be_made_after_the_old_one_ran_out(tmp_path: Path) -> None:
    async with House(tmp_path, policy=ONE) as house:
        await delegates(house, SOFIA, OLU)
        house.clock.advance(3 * DAY)
        await house.say(SOFIA, SAID.format(to="@dana"))

        await house.until(lambda: "lets you approve in his place" in told(house, DANA))


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ("delegate to @olu for 2d", "needs a reason"),
        ("delegate to @olu because I am away", "Until when?"),
        ("delegate to olu for 2d because I am away", "Name one person by a mention"),
        ("delegate to @olu to @dana for 2d because of us", "Two people are named"),
        ("delegate to @olu for 31d because I am away", "further away than 30 days"),
        ("delegate to @olu until 2020-01-01 because I am away", "passed"),
        ("delegate nonsense to @olu for 2d because I am away", "no service and no environment “nonsense”"),
        ("delegate to @sofia for 2d because I am away", "You can't delegate to yourself"),
        ("delegate end", "You have delegated nothing there"),
        ("delegate staging to @olu for 2d because I am away", "You may approve nothing there"),
    ],
)
async def test_bad_input_is_answered_with_the_nearest_right_command(
    tmp_path: Path, words: str, answer: str
) -> None:
    async with House(tmp_path, policy=ONE) as house:
        await house.say(SOFIA, f"/deploy {words}")

        await house.whispered(SOFIA, answer)
        assert await house.running.store.standing(Delegation) == []


async def test_who_may_approve_nothing_has_nothing_to_delegate(tmp_path: Path) -> None:
    async with House(tmp_path, policy=ONE) as house:
        await house.say(DANA, SAID.format(to="@olu"))

        await house.whispered(DANA, "there is nothing to delegate")


@pytest.mark.parametrize("nobody", [GUS, STELLA])
async def test_guests_and_strangers_approve_for_nobody(tmp_path: Path, nobody: str) -> None:
    async with House(tmp_path, policy=ONE) as house:
        await house.say(SOFIA, f"/deploy delegate to <@{nobody}> for 2d because I am away")

        await house.whispered(SOFIA, "can't approve for you")


async def test_a_person_is_who_was_mentioned_and_not_who_is_called_so(tmp_path: Path) -> None:
    """What somebody calls himself names nobody: the mention's id does."""
    async with House(tmp_path, policy=ONE) as house:
        await house.say(SOFIA, f"/deploy delegate to <@{OLU}|dana> for 2d because <@{SAM}|olu> asked me")
        await house.until(lambda: "lets you approve in his place" in told(house, OLU))

        [made] = await house.audit("delegated")
        detail = json.loads(made["detail"])
        assert (detail["to"], detail["why"]) == (OLU, "@olu asked me")


async def test_a_mention_works_in_a_message_to_the_bot_too(tmp_path: Path) -> None:
    async with House(tmp_path, policy=ONE) as house:
        bot = house.slack.world.app.bot_user
        await house.say(SOFIA, f"<@{bot}> delegate to <@{OLU}> for 2d because I am away", DEPLOYMENTS)

        await house.until(lambda: "lets you approve in his place" in told(house, OLU))
