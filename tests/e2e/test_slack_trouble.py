"""Slack on a bad day: one card in the end, in the right state; and people who are told where there can be none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bot.lifecycle import State
from bot.sandbox.slack.faults import Fault
from bot.sandbox.slack.rates import Rates
from tests.e2e.house import (
    CHECKOUT,
    DANA,
    DEPLOYMENTS,
    LONG,
    OLU,
    RANDOM,
    SAM,
    House,
    direct,
    jobs,
    long_jobs,
)

POST, UPDATE = "chat.postMessage", "chat.update"
ONE = {"approve": ["1 of sre"]}
QUICK = {"slack": {"request_timeout": "300ms"}}

FAULTS = [
    Fault(mode="rate_limit", methods=(POST,), times=2, retry_after=1),
    Fault(mode="fail", methods=(POST,), times=2),
    Fault(mode="error", methods=(POST,), times=1, error="internal_error"),
    Fault(mode="drop", methods=(POST,), times=1),
    Fault(mode="drop_after", methods=(POST,), times=1),
    Fault(mode="rate_limit", methods=(UPDATE,), times=3, retry_after=1),
    Fault(mode="fail", methods=(UPDATE,), times=2),
    Fault(mode="drop_after", methods=(UPDATE,), times=2),
    Fault(mode="fail", methods=(POST, UPDATE, "chat.postEphemeral", "users.info"), times=4),
]


def name_of(fault: Fault) -> str:
    return f"{fault.mode}-{'-'.join(fault.methods)}"


@pytest.mark.parametrize("fault", FAULTS, ids=name_of)
async def test_whatever_slack_does_there_is_one_card_in_the_end_and_it_is_right(
    tmp_path: Path, fault: Fault
) -> None:
    async with House(tmp_path, config=QUICK) as house:
        house.slack.set_faults(Fault(**vars(fault)))
        await house.say(DANA, "/deploy checkout staging")

        await house.card("Succeeded")
        await house.settled()
        assert len(house.cards()) == 1
        assert len(house.thread(house.cards()[0])) == 1
        assert len(house.runs()) == 1


async def test_a_slack_that_hangs_holds_up_nothing_but_its_card(tmp_path: Path) -> None:
    async with House(tmp_path, config=QUICK) as house:
        house.slack.set_faults(Fault(mode="hang", methods=(POST, UPDATE)))
        await house.say(DANA, "/deploy checkout staging")
        await house.until(lambda: house.runs() and house.runs()[0].result)
        assert house.cards() == []
        house.slack.set_faults()

        await house.card("Succeeded")
        assert len(house.cards()) == 1


async def test_strict_rates_are_kept_and_the_last_state_is_shown(tmp_path: Path) -> None:
    config = {"policies": {"staging": {"supersede": False}}}
    async with House(tmp_path, rates=Rates(scale=1), config=config) as house:
        for what in ("checkout 1.0.0", "payments 1.0.0", "checkout 2.0.0"):
            await house.say(DANA, f"/deploy {what} staging")

        # Of two that come at once for one place the newer one may take the older one's turn.
        ends = ("Succeeded", "Superseded")
        await house.until(lambda: len([card for card in house.cards() if card["text"].startswith(ends)]) == 3)
        await house.settled()
        assert house.slack.refused == [], "Slack never had to say no"


async def test_what_was_refused_while_it_waited_is_shown_although_slack_was_away_all_the_time(
    tmp_path: Path,
) -> None:
    """Who asked was never told otherwise: the note below the card has to have a card."""
    async with House(tmp_path) as house:
        await house.say(SAM, "/lock checkout staging because we test")
        await house.settled()
        house.slack.set_faults(Fault(mode="fail", methods=(POST,)))
        await house.say(DANA, "/deploy checkout 1.4.2 staging")
        await house.until(
            lambda: [call for call in house.slack.calls() if call.get("error") and call["method"] == POST]
        )
        await house.say(SAM, "/deploy bad checkout 1.4.2 because it loses orders")
        await house.whispered(SAM, "is marked as bad")

        async def refused() -> bool:
            return (await house.deployment()).state is State.REFUSED

        await house.until(refused)
        house.slack.set_faults()
        house.clock.advance(60.0)

        card = await house.card("Refused")
        await house.replied(card, "was marked as bad by sam")


async def test_where_the_bot_is_not_invited_who_asked_is_told_the_way_out(tmp_path: Path) -> None:
    async with House(tmp_path, refused_codes={"not_in_channel"}) as house:
        await house.say(DANA, "/deploy checkout production", channel=RANDOM)

        told = await house.whispered(DANA, "I can't show this deployment in", channel=RANDOM)
        assert "/invite" in told
        card = await house.card("Refused", channel=direct(DANA))
        assert "approve" not in house.buttons(card)
        assert (await house.deployment()).reason == "channel_unreachable"


async def test_what_runs_already_goes_on_with_its_card_in_the_direct_message(tmp_path: Path) -> None:
    codes = {"not_in_channel", "channel_not_found"}
    async with House(tmp_path, refused_codes=codes, jenkins_jobs=long_jobs()) as house:
        house.slack.set_faults(Fault(mode="fail", methods=(POST,), times=2))
        await house.say(DANA, "/deploy checkout staging", channel=RANDOM)
        await house.until(house.runs)

        told = await house.whispered(DANA, "I can't show this deployment in", channel=RANDOM)
        assert "It goes on all the same" in told
        await house.card("Running", channel=direct(DANA))
        house.clock.advance(LONG)
        card = await house.card("Succeeded", channel=direct(DANA))
        await house.settled()
        assert len(house.thread(card)) == 1
        assert house.cards(RANDOM) == []


async def test_once_invited_the_next_card_is_where_it_belongs(tmp_path: Path) -> None:
    async with House(tmp_path, refused_codes={"not_in_channel"}) as house:
        await house.say(DANA, "/deploy checkout production", channel=RANDOM)
        await house.whispered(DANA, "/invite", channel=RANDOM)
        await house.slack.change_member("U0PILOT007", RANDOM)
        await house.say(DANA, "/deploy checkout production", channel=RANDOM)

        await house.card("Waiting for approval", channel=RANDOM)


async def test_a_card_that_somebody_deleted_is_posted_again(tmp_path: Path) -> None:
    async with House(tmp_path, refused_codes={"message_not_found"}, jenkins_jobs=long_jobs()) as house:
        await house.say(DANA, "/deploy checkout staging")
        card = await house.card("Running")
        delete(house, card)
        house.clock.advance(LONG)

        await house.card("Succeeded")
        assert len(house.cards()) == 1


async def test_thrown_out_of_the_channel_the_card_moves_to_who_asked(tmp_path: Path) -> None:
    codes = {"not_in_channel", "channel_not_found"}
    async with House(tmp_path, refused_codes=codes, jenkins_jobs=long_jobs()) as house:
        await house.say(DANA, "/deploy checkout staging", channel=CHECKOUT)
        await house.card("Running", channel=CHECKOUT)
        await house.slack.change_member("U0PILOT007", CHECKOUT, member=False)
        house.clock.advance(LONG)

        await house.until(
            lambda: any(
                "Succeeded" in one["text"] for one in [*house.cards(CHECKOUT), *house.cards(direct(DANA))]
            )
        )


async def test_without_its_scope_the_card_waits_and_is_shown_once_it_is_there(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        house.slack.set_faults(Fault(mode="error", methods=(POST,), error="missing_scope"))
        await house.say(DANA, "/deploy checkout staging")
        await house.until(lambda: house.runs() and house.runs()[0].result)
        assert (await house.running.health.look("slack")).ok is False
        assert await house.parked() == []
        house.slack.set_faults()
        await mended(house)

        await house.card("Succeeded")
        await house.settled()
        assert len(house.cards()) == 1
        assert (await house.running.health.look("slack")).ok


@pytest.mark.parametrize("error", ["invalid_auth", "token_revoked", "account_inactive", "missing_scope"])
async def test_the_final_card_is_shown_when_slack_takes_the_token_again(tmp_path: Path, error: str) -> None:
    async with House(tmp_path, jenkins_jobs=long_jobs()) as house:
        await house.say(DANA, "/deploy checkout staging")
        card = await house.card("Running")
        await house.settled()
        house.slack.set_faults(Fault(mode="error", methods=(POST, UPDATE), error=error))
        house.clock.advance(LONG)
        await house.until(lambda: house.runs()[0].result)
        house.clock.advance(LONG)
        await house.until(lambda: refused(house))
        assert "Running" in house.cards()[0]["text"]
        house.slack.set_faults()
        await mended(house)

        await house.card("Succeeded")
        await house.replied(card, "It took")


async def mended(house: House) -> None:
    """Let the minute pass after which it is tried again."""

    async def taken() -> bool:
        house.clock.advance(20.0)
        return not await refused(house)

    await house.until(taken)


async def refused(house: House) -> bool:
    """Whether those who watch Slack hear that something is kept."""
    return not (await house.running.health.look("slack")).ok


async def test_a_user_group_that_is_gone_is_told_to_who_clicked(tmp_path: Path) -> None:
    async with House(tmp_path, parked_kinds={"Approve"}) as house:
        card = await house.production()
        house.slack.set_faults(
            Fault(mode="error", methods=("usergroups.users.list",), error="no_such_subteam")
        )
        await house.click(SAM, card, "approve")

        told = await house.whispered(SAM, "Slack knows no user group with that id")
        assert "pilothouse journal list" in told
        assert (await house.deployment()).state == "awaiting_approval"


async def test_slack_away_while_somebody_clicks_the_click_counts_when_it_is_back(tmp_path: Path) -> None:
    async with House(tmp_path, policy=ONE) as house:
        card = await house.production()
        house.slack.set_faults(Fault(mode="fail"))
        await house.click(SAM, card, "approve")

        async def tried() -> bool:
            return any(row["attempts"] for row in await house.running.journal.listed("ready", 100))

        await house.until(tried)
        house.slack.set_faults()

        await house.card("Succeeded")
        assert len(house.runs()) == 1


async def test_names_and_reasons_never_become_markup(tmp_path: Path) -> None:
    async with House(tmp_path, policy=ONE) as house:
        nasty = "<!here> & *bold* <@U0OLU00004> <https://evil.example|click>"
        card = await house.production()
        await house.click(SAM, card, "reject")
        await house.answer_modal(SAM, nasty)

        card = await house.card("Rejected")
        seen = json.dumps(card, ensure_ascii=False) + json.dumps(await house.replied(card, "rejected"))
        assert "<!here>" not in seen
        assert f"<@{OLU}>" not in seen
        assert "<https://evil.example" not in seen


async def test_a_message_of_ours_that_is_answered_in_its_thread_is_not_taken_for_a_command(
    tmp_path: Path,
) -> None:
    async with House(tmp_path, jenkins_jobs=jobs()) as house:
        await house.say(DANA, "/deploy checkout staging")
        card = await house.card("Succeeded")
        await house.say(SAM, "deploy payments staging please", thread=card["ts"])
        await house.settled()

        assert len(house.cards()) == 1
        assert house.whispers(SAM, DEPLOYMENTS) == []


def delete(house: House, card: dict[str, Any]) -> None:
    """Somebody with the right to do so deletes a message."""
    kept = house.slack.workspace.conversations
    message = kept.find(card["channel"], card["ts"])
    assert message is not None
    kept.remove(message)
