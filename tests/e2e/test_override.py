"""An override is for the freezes that its approvers were told of: whatever freezes the place later is asked about anew."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bot.reasons import Reason
from bot.sandbox.jenkins.faults import Faults
from bot.standing import Lock
from tests.e2e.house import DANA, OLU, SAM, SOFIA, House
from tests.e2e.shop import seen, shown
from tests.e2e.test_freezes import HOUR, announced, frozen
from tests.e2e.test_windows import advance_to, house_at

ASKED: dict[str, Any] = {"approve": ["1 of sre"], "override": ["1 of sre"]}
ONLY_OVERRIDES: dict[str, Any] = {"approve": [], "break_glass": [], "override": ["1 of owners"]}
INCIDENT = "incident production because the bank is down"
OVERRIDING = "/deploy checkout production override because the fix"
HELD_BACK = "• production is frozen because of an incident, by sofia: the bank is down"


async def locked(house: House) -> None:
    """Sam holds the place, so that what is approved waits."""
    now = house.clock.now()
    one = Lock(id="l1", service="checkout", environment="production", owner=SAM, reason="wait", made_at=now)
    await house.stand(one)


async def unlocked(house: House) -> None:
    await house.say(SAM, "/unlock checkout production")


async def asked_anew(house: House) -> dict[str, Any]:
    return await shown(house, "Waiting for approval", "Earlier approvals are void", "override ")


async def test_the_card_names_the_freeze_that_is_gone_through(tmp_path: Path) -> None:
    async with House(tmp_path, policy=ONLY_OVERRIDES) as house:
        await frozen(house)
        await house.say(DANA, OVERRIDING)

        await shown(
            house, "In spite of a freeze: the fix", "• production is frozen by olu: because of the migration"
        )


async def test_an_override_that_was_asked_for_in_advance_goes_through_no_freeze(tmp_path: Path) -> None:
    """Nobody was asked about anything when it was approved, though the same people decide."""
    async with House(tmp_path, policy=ASKED) as house:
        await locked(house)
        await house.say(DANA, "/deploy checkout production override because just in case")
        await shown(house, "just in case", "It was asked for while nothing was frozen")
        await house.approve(SAM)
        await house.card("is locked by")
        await frozen(house, INCIDENT, user=SOFIA)
        await unlocked(house)

        await asked_anew(house)
        card = await shown(house, HELD_BACK)
        assert "1 of sre and 1 of sre" in seen(card)
        assert house.runs() == []
        await house.approve(SAM)
        await house.until(lambda: f"Approved by <@{SAM}>" in seen(house.cards()[0]))
        await house.approve(SOFIA)
        await house.card("Succeeded")
        [row] = await house.audit("freeze_overridden")
        assert "the bank is down" not in row["detail"], "what is said is the freeze"
        assert "incident" in row["detail"]


async def the_window_closed_after_it_was_asked_for(house: House) -> dict[str, Any]:
    """Olu's freeze is named on the card; the window closes while nobody looks."""
    await frozen(house)
    await house.say(DANA, OVERRIDING)
    card = await shown(house, "Waiting for approval", "• production is frozen by olu")
    await advance_to(house, "2026-10-20 16:01")
    return card


async def test_a_click_on_a_card_that_does_not_name_the_freeze_decides_nothing(tmp_path: Path) -> None:
    async with house_at(tmp_path, "2026-10-20 15:50", override=["1 of owners"]) as house:
        card = await the_window_closed_after_it_was_asked_for(house)
        await house.click(OLU, card, "approve")

        await house.whispered(OLU, "What would run has changed since that question was asked")
        await asked_anew(house)
        await shown(house, "• production is frozen by olu", "• Outside of office", "until <!date^")
        assert house.runs() == []
        await house.approve(OLU)
        await house.card("Succeeded")


async def test_whoever_says_no_need_not_read_of_the_later_freeze(tmp_path: Path) -> None:
    async with house_at(tmp_path, "2026-10-20 15:50", override=["1 of owners"]) as house:
        card = await the_window_closed_after_it_was_asked_for(house)
        await house.click(OLU, card, "reject")
        await house.answer_modal(OLU, "not now")

        await house.card("Rejected")


async def test_whoever_breaks_the_glass_goes_through_the_later_freeze_as_well(tmp_path: Path) -> None:
    policy = {**ASKED, "break_glass": ["sre"]}
    async with house_at(tmp_path, "2026-10-20 15:50", **policy) as house:
        card = await the_window_closed_after_it_was_asked_for(house)
        await house.click(SAM, card, "break_glass")
        await house.answer_modal(SAM, "the till is down")

        await house.card("Succeeded")


async def test_a_freeze_that_is_declared_while_people_decide_is_on_the_card_at_once(tmp_path: Path) -> None:
    async with House(tmp_path, policy=ONLY_OVERRIDES) as house:
        await frozen(house)
        await house.say(DANA, OVERRIDING)
        await house.card("Waiting for approval")
        await frozen(house, "incident checkout because the bank is down", user=SOFIA)

        await asked_anew(house)
        await shown(house, "production is frozen by olu", "checkout is frozen because of an incident")
        await house.approve(OLU)
        await house.card("Succeeded")
        assert len(house.runs()) == 1


async def test_what_is_declared_before_anybody_is_asked_is_named_from_the_beginning(tmp_path: Path) -> None:
    async with House(tmp_path, policy=ONLY_OVERRIDES) as house:
        await frozen(house)
        house.jenkins.set_faults(Faults(mode="503"))
        await house.say(DANA, OVERRIDING)
        await house.card("starting up or shutting down")
        await frozen(house, "incident checkout because the bank is down", user=SOFIA)
        house.jenkins.set_faults(Faults())

        await shown(house, "Waiting for approval", "• production is frozen by olu", "• checkout is frozen")
        assert await house.audit("approval_voided") == []
        await house.approve(OLU)
        await house.card("Succeeded")


async def test_an_override_that_was_approved_for_one_freeze_asks_anew_about_the_next(tmp_path: Path) -> None:
    async with House(tmp_path, policy=ONLY_OVERRIDES) as house:
        await frozen(house, "checkout production for 2h because of the migration")
        await locked(house)
        await house.say(DANA, OVERRIDING)
        await house.approve(OLU)
        await house.card("is locked by")
        await frozen(house, INCIDENT, user=SOFIA)
        await unlocked(house)

        await asked_anew(house)
        assert house.runs() == []
        [row] = await house.audit("approval_voided")
        assert row["reason"] == Reason.FINGERPRINT_CHANGED
        [changed] = json.loads(row["detail"])["changes"]
        assert changed.startswith(
            "override was checkout in production is frozen by olu: because of the migration, now "
        )
        assert changed.endswith("production is frozen because of an incident, by sofia: the bank is down")
        await house.approve(OLU)
        await house.card("Succeeded")
        [row] = await house.audit("freeze_overridden")
        assert len(json.loads(row["detail"])["freezes"]) == 2


async def test_the_same_freeze_declared_once_more_is_another(tmp_path: Path) -> None:
    async with House(tmp_path, policy=ONLY_OVERRIDES) as house:
        await frozen(house)
        await locked(house)
        await house.say(DANA, OVERRIDING)
        await house.approve(OLU)
        await house.card("is locked by")
        await house.say(OLU, "/unfreeze production")
        await announced(house, "is not frozen any more")
        await house.say(OLU, "/freeze production for 2h because of the migration")
        await house.until(lambda: str(house.slack.messages("C0DEPLOYS1")).count("is frozen until") > 1)
        await unlocked(house)

        await asked_anew(house)
        assert house.runs() == []


async def test_a_freeze_that_is_lifted_or_extended_meanwhile_changes_nothing(tmp_path: Path) -> None:
    async with House(tmp_path, policy=ONLY_OVERRIDES) as house:
        await frozen(house)
        await frozen(house, "checkout production for 1h because of the fair", user=SAM)
        await locked(house)
        await house.say(DANA, OVERRIDING)
        await house.approve(OLU)
        await house.card("is locked by")
        await house.say(SAM, "/unfreeze checkout production")
        await announced(house, "is not frozen any more")
        await house.click(OLU, await announced(house, "*production* is frozen until"), "freeze_extend")
        await announced(house, "*production* is frozen longer")
        await unlocked(house)

        await house.card("Succeeded")
        assert await house.audit("approval_voided") == []


async def test_the_next_night_is_another_time_outside_of_the_window(tmp_path: Path) -> None:
    more = {"override": ["1 of owners"], "wait_at_most": "3d"}
    async with house_at(tmp_path, "2026-10-20 18:00", **more) as house:
        await locked(house)
        await house.say(DANA, OVERRIDING)
        await shown(house, "• Outside of office", "until <!date^")
        await house.approve(OLU)
        await house.card("is locked by")
        await advance_to(house, "2026-10-21 18:00")
        await unlocked(house)

        await asked_anew(house)
        assert house.runs() == []


async def test_a_freeze_of_the_configuration_that_comes_again_is_another_each_time(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    daily = {
        "from": (now - timedelta(days=1, hours=1)).strftime("%Y-%m-%d %H:%M"),
        "to": (now - timedelta(days=1) + timedelta(hours=1)).strftime("%Y-%m-%d %H:%M"),
        "repeat": "FREQ=DAILY",
        "timezone": "UTC",
    }
    policy = {**ONLY_OVERRIDES, "wait_at_most": "3d"}
    async with House(tmp_path, policy=policy, config={"freezes": {"nightly": daily}}) as house:
        await locked(house)
        await house.say(DANA, OVERRIDING)
        await shown(house, "• Frozen by nightly until <!date^")
        await house.approve(OLU)
        await house.card("is locked by")
        house.clock.advance(24 * HOUR)
        await unlocked(house)

        await asked_anew(house)
        assert len((await house.deployment()).passes) == 2
        assert house.runs() == []


async def test_for_a_later_time_it_is_for_the_freeze_of_then(tmp_path: Path) -> None:
    start = datetime.now(UTC) + timedelta(minutes=50)
    fair = {
        "from": start.strftime("%Y-%m-%d %H:%M"),
        "to": (start + timedelta(hours=2)).strftime("%Y-%m-%d %H:%M"),
        "timezone": "UTC",
    }
    async with House(tmp_path, policy=ONLY_OVERRIDES, config={"freezes": {"fair": fair}}) as house:
        await house.say(DANA, "/deploy checkout production in 1h override because the fix")
        await shown(house, "• Frozen by fair until <!date^")
        await house.approve(OLU)
        await house.card("planned for")
        house.clock.advance(HOUR)

        await house.card("Succeeded")
        assert len(await house.audit("freeze_overridden")) == 1


async def test_what_counted_for_one_freeze_is_not_carried_over_to_the_next(tmp_path: Path) -> None:
    async with House(tmp_path, policy={**ASKED, "carry_over": "4h"}) as house:
        await frozen(house)
        await house.say(DANA, OVERRIDING)
        await house.approve(SAM)
        await shown(house, f"Approved by <@{SAM}>")
        await house.click(DANA, house.cards()[0], "cancel")
        await house.card("Cancelled")
        await house.say(OLU, "/unfreeze production")
        await announced(house, "is not frozen any more")
        await house.say(OLU, "/freeze production for 2h because of the migration")
        await house.until(lambda: str(house.slack.messages("C0DEPLOYS1")).count("is frozen until") > 1)
        await house.say(DANA, OVERRIDING)

        card = await shown(house, "Waiting for approval", index=1)
        assert "carried over" not in seen(card)


async def test_a_part_of_a_release_that_passes_more_by_now_is_asked_about_anew(tmp_path: Path) -> None:
    async with House(tmp_path, policy=ONLY_OVERRIDES) as house:
        await frozen(house)
        await house.say(DANA, "/release checkout=1.4.2 payments=2.0.1 to production override because the fix")
        await shown(house, "*checkout, payments*: Still needed: *1 of owners*")
        await frozen(house, "incident payments because the bank is down", user=SOFIA)

        card = await shown(
            house,
            "*payments*: *Earlier approvals are void",
            "• payments is frozen because of an incident, by sofia: the bank is down",
        )
        assert "*checkout*: *Earlier" not in seen(card)
        assert house.runs() == []
        await house.click(OLU, card, "release_approve")
        await house.card("Succeeded")
        assert len(house.runs()) == 2
