"""Escalation ladder and reminders by time: while approval is missing, more people hear of it, and more may give it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.e2e.house import DANA, OLU, SAM, SOFIA, House

MINUTE = 60.0
LADDER: list[dict[str, Any]] = [
    {"after": "5m", "remind": "missing"},
    {"after": "10m", "tell": ["owners"]},
    {"after": "20m", "add": ["owners"]},
]
TWO: dict[str, Any] = {"approve": ["2 of sre"], "ladder": LADDER}
ONE: dict[str, Any] = {"approve": ["1 of sre"], "ladder": LADDER}


def text_of(card: dict[str, Any]) -> str:
    return json.dumps(card["blocks"], ensure_ascii=False)


async def test_each_rung_is_climbed_once_when_its_time_has_come(tmp_path: Path, transport: str) -> None:
    async with House(tmp_path, policy=TWO, transport=transport) as house:
        card = await house.production()
        house.clock.advance(5 * MINUTE + 1)
        reminder = await house.replied(card, "Still waiting for approval")
        assert "<!subteam^S0SRE00001>" in reminder["text"]
        house.clock.advance(5 * MINUTE)
        told = await house.replied(card, "nobody has decided")
        assert "<!subteam^S0OWNERS02>" in told["text"]
        house.clock.advance(10 * MINUTE)
        added = await house.replied(card, "You may approve this as well now")
        assert "<!subteam^S0OWNERS02>" in added["text"]
        await house.settled()

        rungs = await house.audit("escalated")
        assert [json.loads(row["detail"])["rung"] for row in rungs] == [1, 2, 3]
        assert sum("Still waiting" in one for one in house.thread(card)) == 1


async def test_the_card_says_what_was_tried_and_what_comes_next(tmp_path: Path) -> None:
    async with House(tmp_path, policy=TWO) as house:
        card = await house.production()
        assert "owners will be told from" in text_of(card)
        house.clock.advance(10 * MINUTE + 1)
        await house.until(lambda: "Escalated to owners at" in text_of(house.cards()[0]))
        assert "owners may approve as well from" in text_of(house.cards()[0])
        house.clock.advance(10 * MINUTE)

        await house.until(lambda: "owners may approve as well since" in text_of(house.cards()[0]))
        assert "Still needed: *2 of sre or owners*" in text_of(house.cards()[0])


async def test_who_is_added_counts_from_his_time_on_and_not_before(tmp_path: Path, transport: str) -> None:
    async with House(tmp_path, policy=ONE, transport=transport) as house:
        card = await house.production()
        await house.click(OLU, card, "approve")
        await house.whispered(OLU, "You may not approve this deployment: that is for 1 of sre")
        house.clock.advance(20 * MINUTE + 1)
        await house.replied(card, "You may approve this as well now")
        await house.approve(OLU)

        await house.card("Succeeded")
        assert [row["actor"] for row in await house.audit("approved")] == [OLU]
        assert await house.audit("approval_voided") == []


async def test_approvals_given_before_stay_and_one_person_still_fills_one_place(tmp_path: Path) -> None:
    async with House(tmp_path, policy=TWO) as house:
        card = await house.production()
        await house.approve(SAM)
        await house.until(lambda: f"Approved by <@{SAM}>" in text_of(house.cards()[0]))
        house.clock.advance(20 * MINUTE + 1)
        await house.replied(card, "You may approve this as well now")
        await house.click(SAM, house.cards()[0], "approve")
        await house.whispered(SAM, "You have approved this already; 1 of sre or owners still missing")
        await house.approve(OLU)

        await house.card("Succeeded")


async def test_whoever_asked_does_not_approve_because_he_was_added(tmp_path: Path) -> None:
    async with House(tmp_path, policy=ONE) as house:
        card = await house.production(OLU)
        house.clock.advance(20 * MINUTE + 1)
        await house.replied(card, "You may approve this as well now")
        await house.click(OLU, house.cards()[0], "approve")

        await house.whispered(OLU, "You asked for this deployment")
        assert house.runs() == []


async def test_nobody_hears_of_what_is_decided(tmp_path: Path) -> None:
    async with House(tmp_path, policy=ONE) as house:
        await house.production()
        await house.approve(SAM)
        card = await house.card("Succeeded")
        house.clock.advance(25 * MINUTE)
        await house.settled()

        assert await house.audit("escalated") == []
        assert not any("waits" in one for one in house.thread(card))


async def test_a_ladder_goes_on_after_a_restart_and_says_nothing_twice(tmp_path: Path) -> None:
    async with House(tmp_path, policy=TWO) as house:
        card = await house.production()
        house.clock.advance(10 * MINUTE + 1)
        await house.replied(card, "nobody has decided")
        await house.settled()
        await house.stop()
        house.clock.advance(10 * MINUTE)
        await house.start()
        await house.replied(card, "You may approve this as well now")
        await house.settled()

        assert sum("nobody has decided" in one for one in house.thread(card)) == 1
        assert len(await house.audit("escalated")) == 3


async def test_what_expired_while_the_server_was_away_is_not_escalated_any_more(tmp_path: Path) -> None:
    async with House(tmp_path, policy=TWO) as house:
        await house.production()
        await house.settled()
        await house.stop()
        house.clock.advance(31 * MINUTE)
        await house.start()

        await house.card("Expired")
        assert await house.audit("escalated") == []


async def test_whom_a_ladder_adds_is_part_of_what_is_asked_from_the_beginning(tmp_path: Path) -> None:
    """Somebody who is added by a changed configuration voids what was approved before."""
    unguarded = {"configuration": {"guard": False}}
    async with House(tmp_path, policy=TWO, config=unguarded) as house:
        await house.production()
        assert "owners too after 20m" in (await house.deployment()).approval.fingerprint["policy"]  # type: ignore[union-attr]
        await house.approve(SAM)
        await house.until(lambda: f"Approved by <@{SAM}>" in text_of(house.cards()[0]))
        sooner = [*LADDER[:2], {"after": "11m", "add": ["owners"]}]
        await house.restart(policies={"production": {"ladder": sooner}})

        await house.until(lambda: "are void" in text_of(house.cards()[0]))
        assert "owners too after 11m" in text_of(house.cards()[0])


async def test_who_was_added_is_asked_again_at_the_start_like_everybody(tmp_path: Path) -> None:
    async with House(tmp_path, policy=TWO) as house:
        card = await house.production()
        house.clock.advance(20 * MINUTE + 1)
        await house.replied(card, "You may approve this as well now")
        await house.approve(OLU)
        await house.until(lambda: f"Approved by <@{OLU}>" in text_of(house.cards()[0]))
        [owners] = [one for one in house.slack.world.groups if one.handle == "owners"]
        owners.users.remove(OLU)
        house.clock.advance(3 * MINUTE)
        await house.approve(SOFIA)

        await house.replied(card, "olu may no longer approve it")
        assert house.runs() == []


async def test_the_usual_reminder_stays_where_the_ladder_has_none(tmp_path: Path) -> None:
    ladder = [{"after": "15m", "tell": ["owners"]}]
    async with House(tmp_path, policy={"approve": ["2 of sre"], "ladder": ladder}) as house:
        card = await house.production(DANA)
        house.clock.advance(10 * MINUTE + 1)
        await house.replied(card, "Still waiting for approval")
        house.clock.advance(5 * MINUTE)

        await house.replied(card, "nobody has decided")
