"""`removing` is for the live commits that were there when it was said: what went live since is asked about anew."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from bot.reasons import Reason
from bot.standing import Lock
from tests.e2e.house import DANA, OLU, SAM, SOFIA
from tests.e2e.shop import Shop, seen, shown
from tests.e2e.test_override import unlocked

ONE: dict[str, Any] = {"approve": ["1 of sre"], "supersede": False}
TAKES = "*Takes away 2 live commits by Olu Okafor.*"
VOID = "Earlier approvals are void"
NEW = "• what it takes away is new: 2 live commits by Olu Okafor, the newest "


async def goes_live(shop: Shop, version: str, *, by: str, approver: str, index: int) -> None:
    await shop.say(by, f"/deploy checkout {version} production")
    await shop.click(approver, await shop.card("Waiting for approval", index=index), "approve")
    await shop.card("Succeeded", index=index)


async def asked_while_nothing_would_be_lost(shop: Shop) -> None:
    """#1 runs 1.4.2; #2 asks for what only brings."""
    await goes_live(shop, "1.4.2", by=DANA, approver=SAM, index=0)
    await shop.say(DANA, "/deploy checkout 1.4.3 production removing")
    card = await shop.card("Waiting for approval", index=1)
    assert "Takes away" not in seen(card)


async def locked(shop: Shop) -> None:
    now = shop.clock.now()
    await shop.stand(
        Lock(id="l1", service="checkout", environment="production", owner=SAM, reason="wait", made_at=now)
    )


async def test_what_went_live_while_people_decide_is_named_and_asked_about_anew(tmp_path: Path) -> None:
    async with Shop(tmp_path, policy=ONE) as shop:
        await asked_while_nothing_would_be_lost(shop)
        await goes_live(shop, "hotfix-rounding", by=OLU, approver=SOFIA, index=2)

        card = await shown(shop, VOID, NEW, TAKES, index=1)
        await shop.replied(card, "− SHOP-60: Round refunds as well (#122) by Olu Okafor")
        assert len(shop.runs()) == 2
        await shop.click(SAM, card, "approve")
        await shop.card("Succeeded", index=1)
        assert len(shop.runs()) == 3


async def test_what_went_live_while_it_waited_voids_the_approvals_it_has(tmp_path: Path) -> None:
    async with Shop(tmp_path, policy=ONE) as shop:
        await asked_while_nothing_would_be_lost(shop)
        await locked(shop)
        await shop.click(SOFIA, shop.cards()[1], "approve")
        await shop.card("is locked by", index=1)
        await goes_live(shop, "hotfix-rounding", by=SAM, approver=SOFIA, index=2)
        await unlocked(shop)

        await shown(shop, VOID, NEW, TAKES, "Still needed", index=1)
        assert len(shop.runs()) == 2
        [row] = await shop.audit("approval_voided")
        assert row["reason"] == Reason.FINGERPRINT_CHANGED
        newest = shop.origin.commit("hotfix-rounding")[:12]
        assert json.loads(row["detail"])["changes"] == [f"{NEW.removeprefix('• ')}{newest}"]


async def test_what_it_takes_away_no_more_changes_nothing(tmp_path: Path) -> None:
    async with Shop(tmp_path, policy=ONE) as shop:
        await goes_live(shop, "hotfix-rounding", by=OLU, approver=SAM, index=0)
        await shop.say(DANA, "/deploy checkout 1.4.3 production removing")
        await locked(shop)
        await shown(shop, "Waiting for approval", TAKES, index=1)
        await shop.click(SOFIA, shop.cards()[1], "approve")
        await shop.card("is locked by", index=1)
        await goes_live(shop, "1.4.2 removing", by=SAM, approver=SOFIA, index=2)
        await unlocked(shop)

        await shop.card("Succeeded", index=1)
        assert await shop.audit("approval_voided") == []


async def test_where_nobody_is_asked_it_is_refused_and_can_be_said_once_more(tmp_path: Path) -> None:
    async with Shop(tmp_path, policy={"approve": [], "break_glass": [], "supersede": False}) as shop:
        await shop.runs_there("1.4.2", DANA, "production")
        await locked(shop)
        await shop.say(DANA, "/deploy checkout 1.4.3 production removing")
        await shop.card("is locked by", index=1)
        await shop.say(SAM, "/deploy checkout hotfix-rounding production")
        await shop.card("Succeeded", index=2)
        await unlocked(shop)

        await shop.card("Refused", index=1)
        one = await shop.deployment(2)
        assert one.reason is Reason.LOST_WORK
        assert one.sentence == (
            "This removes 2 live commits by Olu Okafor. It did not when it was asked for."
        )
        await shop.say(DANA, "/deploy checkout 1.4.3 production removing")
        await shop.card("Succeeded", index=3)


async def test_a_part_of_a_release_is_asked_about_anew(tmp_path: Path) -> None:
    async with Shop(tmp_path, policy=ONE) as shop:
        await goes_live(shop, "1.4.2", by=DANA, approver=SAM, index=0)
        await shop.say(DANA, "/release checkout=1.4.3 payments=2.0.1 to production removing")
        await shown(shop, "*checkout, payments*: Still needed", index=1)
        await goes_live(shop, "hotfix-rounding", by=OLU, approver=SOFIA, index=2)

        card = await shown(shop, f"*checkout*: *{VOID}", f"*checkout*: {NEW}", index=1)
        assert f"*checkout*: {TAKES}" in seen(card)
        assert "*payments*: *Earlier" not in seen(card)
        await shop.click(SAM, card, "release_approve")
        await shop.card("Succeeded", index=1)
