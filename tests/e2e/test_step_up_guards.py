"""A second factor is not switched off by a click: loosening a place where codes are asked for takes a code of each guard."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.e2e.coded import CONFIRMING, ONE, TWO, CodedHouse, announced, text_of, with_button, wrong
from tests.e2e.dialogs import filled_in
from tests.e2e.house import DANA, DEPLOYMENTS, OLU, SAM, SOFIA

WITHOUT = {"production": {"step_up": None}}


async def asked(house: CodedHouse, user: str = OLU, **config: Any) -> dict[str, Any]:
    """Another file is read; the card that asks its guards."""
    house.write(**config)
    await house.say(user, "/deploy reload")
    return await house.card("Waiting for approval: a change of the configuration")


async def approves(house: CodedHouse, user: str, card: dict[str, Any], code: str) -> dict[str, Any]:
    await house.click(user, card, "approve_change_code")
    return await filled_in(house, user, code=code)


async def test_a_plain_click_does_not_switch_the_second_factor_off(tmp_path: Path, transport: str) -> None:
    async with CodedHouse(tmp_path, policy=ONE, transport=transport) as house:
        secret = await house.enrol(SAM)
        card = await asked(house, policies=WITHOUT)
        assert house.buttons(card) == ["approve_change_code", "reject_change"]
        assert "*1 of sre*, not by who had it read, each with a code" in text_of(card)
        block, button = house.button(card, "approve_change_code")
        shown = house.slack.workspace.conversations.find(card["channel"], card["ts"])
        assert shown is not None
        # As on a screen that still shows an older card.
        plain = {**button, "action_id": "approve_change"}
        shown.blocks[:] = [{**one, "elements": [plain]} if one is block else one for one in card["blocks"]]
        await house.click(SAM, {**card, "blocks": shown.blocks}, "approve_change")
        asks = await house.until(lambda: with_button(house, SAM, "approve_change_code", DEPLOYMENTS))
        assert house.running.settings.policies["production"].step_up == "totp"
        assert await house.audit("configuration_approved") == []
        await approves(house, SAM, asks, wrong(house.code(secret)))
        await house.whispered(SAM, "That code is not right")
        assert house.running.settings.policies["production"].step_up == "totp"
        await approves(house, SAM, asks, house.code(secret))

        await house.card("Approved: a change of the configuration")
        await house.until(lambda: house.running.settings.policies["production"].step_up is None)
        [row] = await house.audit("configuration_approved")
        assert json.loads(row["detail"])["coded"] is True


async def test_who_guards_it_and_has_no_authenticator_is_told_how_to_get_one(tmp_path: Path) -> None:
    async with CodedHouse(tmp_path, policy=ONE) as house:
        card = await asked(house, policies={"production": {"four_eyes": False}})
        await approves(house, SAM, card, "123456")

        assert "/deploy totp enrol" in await house.whispered(SAM, "you have none enrolled")
        assert await house.audit("configuration_approved") == []


async def test_a_file_that_a_start_finds_is_let_in_with_codes_only(tmp_path: Path) -> None:
    async with CodedHouse(tmp_path, policy=ONE) as house:
        secret = await house.enrol(SAM)
        await house.settled()
        await house.restart(policies=WITHOUT)
        card = await house.card("Waiting for approval: a change of the configuration")
        assert house.buttons(card) == ["approve_change_code", "reject_change"]
        assert house.running.settings.policies["production"].step_up == "totp"
        await approves(house, SAM, card, house.code(secret))

        await house.until(lambda: house.running.settings.policies["production"].step_up is None)


async def test_a_place_without_codes_is_asked_by_a_click_beside_one_with_them(tmp_path: Path) -> None:
    config = {
        "policies": {"till": {"approve": ["1 of owners"]}},
        "services": {"payments": {"environments": {"production": {"policy": "till"}}}},
    }
    async with CodedHouse(tmp_path, policy=ONE, config=config) as house:
        secret = await house.enrol(SAM)
        card = await asked(house, SOFIA, policies={**WITHOUT, "till": {"approve": []}})
        assert house.buttons(card) == ["approve_change", "approve_change_code", "reject_change"]
        await house.click(OLU, card, "approve_change")
        await house.until(lambda: f"Approved by <@{OLU}>" in text_of(house.cards()[-1]))
        assert await house.audit("refused") == []
        await approves(house, SAM, house.cards()[-1], house.code(secret))

        await house.card("Approved: a change of the configuration")


async def test_two_guards_give_two_codes(tmp_path: Path) -> None:
    async with CodedHouse(tmp_path, policy=TWO) as house:
        sams, sofias = await house.enrol(SAM), await house.enrol(SOFIA)
        card = await asked(house, policies={"production": {"approve": ["1 of sre"]}})
        await approves(house, SAM, card, house.code(sams))
        await house.until(lambda: "*1 of sre*, not by who had it read" in text_of(house.cards()[-1]))
        assert len(house.running.settings.policies["production"].approve) == 1
        await approves(house, SOFIA, house.cards()[-1], house.code(sofias))

        await house.card("Approved: a change of the configuration")
        await house.until(lambda: "approved by" in announced(house))


async def test_where_who_asks_confirms_by_a_code_that_is_not_switched_off_without_one(tmp_path: Path) -> None:
    async with CodedHouse(tmp_path, policy=CONFIRMING) as house:
        secret = await house.enrol(DANA)
        card = await asked(house, policies={"production": {"step_up": None, "step_up_deploy": False}})
        assert house.buttons(card) == ["approve_change_code", "reject_change"]
        await approves(house, SAM, card, "123456")
        await house.whispered(SAM, "you have none enrolled")
        await approves(house, DANA, card, house.code(secret))

        await house.card("Approved: a change of the configuration")


async def test_a_place_with_codes_that_leaves_the_configuration_does_not_come_back_without(
    tmp_path: Path,
) -> None:
    async with CodedHouse(tmp_path, policy=CONFIRMING) as house:
        await house.settled()
        kept = house.leave_out
        house.leave_out = ("services", "payments", "environments", "production")
        await house.restart()
        await house.settled()
        house.leave_out = kept
        place = {"payments": {"environments": {"production": {"policy": "free"}}}}
        card = await asked(house, policies={"free": {"approve": []}}, services=place)

        assert "payments: environment production is back" in text_of(card)
        assert house.buttons(card) == ["approve_change_code", "reject_change"]
