"""Going without approval: allowed people, with a reason, announced and audited."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.e2e.house import CHECKOUT, DANA, DEPLOYMENTS, OLU, RANDOM, SAM, SOFIA, House, direct

WHY = "checkout is down & nobody answers"


def announcements(house: House, channel: str = DEPLOYMENTS) -> list[dict[str, Any]]:
    found = house.slack.messages(channel)
    return [one for one in found if "glass was broken" in one["text"] and not one.get("thread_ts")]


async def test_by_command_the_job_runs_at_once_and_everybody_reads_why(
    tmp_path: Path, transport: str
) -> None:
    async with House(tmp_path, transport=transport) as house:
        await house.say(SAM, f"/deploy checkout production break-glass because {WHY}")

        card = await house.card("Succeeded")
        assert "Glass broken by" in json.dumps(card["blocks"])
        await house.settled()
        assert "checkout is down &amp; nobody answers" in house.thread(card)[0]
        [announced] = announcements(house)
        assert f"<@{SAM}>" in announced["text"]
        [audited] = await house.audit("glass_broken")
        assert (audited["actor"], json.loads(audited["detail"])["why"]) == (SAM, WHY)


async def test_by_button_the_missing_approvals_are_skipped(tmp_path: Path, transport: str) -> None:
    async with House(tmp_path, transport=transport) as house:
        card = await house.production()
        await house.click(SAM, card, "break_glass")
        await house.answer_modal(SAM, WHY)

        card = await house.card("Succeeded")
        assert f"Glass broken by <@{SAM}>" in json.dumps(card["blocks"])
        assert len(house.runs()) == 1
        await house.settled()
        assert len(announcements(house)) == 1


async def test_who_asked_may_break_the_glass_himself(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        card = await house.production(SAM)
        await house.click(SAM, card, "break_glass")
        await house.answer_modal(SAM, WHY)

        await house.card("Succeeded")


async def test_by_command_who_may_not_is_refused_and_told_who_may(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        await house.say(DANA, f"/deploy checkout production break-glass because {WHY}")

        assert "sre" in await house.whispered(DANA, "may not break the glass")
        assert house.cards() == []
        assert (await house.audit("refused"))[-1]["reason"] == "not_allowed_to_break_glass"


async def test_by_button_who_may_not_is_refused(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        card = await house.production()
        await house.click(OLU, card, "break_glass")
        await house.answer_modal(OLU, WHY)

        await house.whispered(OLU, "may not break the glass")
        assert (await house.deployment()).state == "awaiting_approval"


async def test_a_reason_is_required_in_the_dialog(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        card = await house.production()
        await house.click(SAM, card, "break_glass")
        answered = await house.answer_modal(SAM, " ")

        assert list(answered["errors"]) == ["why"]
        assert (await house.deployment()).state == "awaiting_approval"


async def test_where_nobody_approves_there_is_no_glass_to_break(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        await house.say(SAM, f"/deploy checkout staging break-glass because {WHY}")

        await house.whispered(SAM, "no glass to break")


async def test_after_the_glass_was_broken_an_approval_decides_nothing(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        card = await house.production()
        await house.click(SAM, card, "break_glass")
        await house.answer_modal(SAM, WHY)
        await house.click(SOFIA, card, "approve")

        await house.until(lambda: house.whispers(SOFIA))
        await house.card("Succeeded")
        assert await house.audit("approved") == []


async def test_it_is_announced_in_the_configured_channel_and_where_the_card_is(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        await house.say(SAM, f"/deploy production break-glass because {WHY}", channel=CHECKOUT)

        await house.card("Succeeded", channel=CHECKOUT)
        await house.settled()
        assert len(announcements(house)) == 1
        shown = [one for one in house.slack.messages(CHECKOUT) if "glass was broken" in one["text"]]
        assert len(shown) == 1, "the reply below the card is shown in its channel too"


async def test_in_a_direct_message_it_is_not_hidden_there(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        await house.say(SAM, f"deploy checkout production break-glass because {WHY}", channel=direct(SAM))

        await house.card("Succeeded", channel=CHECKOUT)
        await house.settled()
        assert house.cards(direct(SAM)) == []
        assert len(announcements(house)) == 1


async def test_where_the_card_is_refused_it_stands_where_it_is_announced(tmp_path: Path) -> None:
    async with House(tmp_path, refused_codes={"not_in_channel"}) as house:
        await house.say(SAM, f"/deploy checkout production break-glass because {WHY}", channel=RANDOM)

        await house.card("Succeeded", channel=DEPLOYMENTS)
        await house.settled()
        assert house.cards(direct(SAM)) == []
        assert "The card of this deployment is in" in house.whispers(SAM, RANDOM)[0]


async def test_an_announcement_that_is_refused_is_said_to_those_it_concerns(tmp_path: Path) -> None:
    async with House(
        tmp_path,
        config={"slack": {"announce_channel": RANDOM}},
        refused_codes={"not_in_channel"},
        parked_kinds={"Announce"},
    ) as house:
        await house.say(SAM, f"/deploy checkout production break-glass because {WHY}")

        card = await house.card("Succeeded")
        note = await house.replied(card, "This could not be announced in")
        assert f"<@{SAM}>" in note["text"]
        assert "<!subteam^S0SRE00001>" in note["text"]
        assert "Invite me there" in note["text"]
        await house.whispered(SAM, "This could not be announced in")
        assert [one["type"] for one in await house.parked()] == ["Announce"]
