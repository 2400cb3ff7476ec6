"""Wherever somebody decides for others at a place with codes: what lets it go on takes one, what stops it takes none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from bot.sandbox.shop import Shop
from tests.e2e.coded import ONE, TWO, CodedHouse, text_of, with_button
from tests.e2e.dialogs import filled_in
from tests.e2e.house import DANA, DEPLOYMENTS, OLU, SAM, SOFIA, House, long_jobs
from tests.e2e.test_questions import ASKING

WHY = "the shop is down"
UNKEYED: dict[str, Any] = {"approve": ["1 of sre"]}


async def approved(house: CodedHouse, user: str, secret: str) -> None:
    """Asked by Dana, approved with a code; the next code is another one."""
    await house.production()
    assert (await house.approve_with(user, house.code(secret)))["ok"]

    async def counted() -> bool:
        return bool(await house.audit("approved"))

    await house.until(counted)
    house.clock.advance(30)


async def test_letting_a_run_go_on_takes_a_code_and_stopping_it_none(tmp_path: Path, transport: str) -> None:
    async with CodedHouse(tmp_path, policy=ONE, jenkins_jobs=ASKING, transport=transport) as house:
        sams, sofias = await house.enrol(SAM), await house.enrol(SOFIA)
        await approved(house, SAM, sams)
        await house.click(SOFIA, await house.card("Paused"), "input_proceed")
        await house.whispered(SOFIA, "Letting the run go on takes a code")
        await house.click(OLU, await house.card("Paused"), "input_proceed")
        await house.whispered(OLU, "You may not answer for this deployment")
        assert await house.audit("input_answer_asked") == []
        await house.give(SOFIA, house.code(sofias))

        await house.card("Succeeded")
        [row] = await house.audit("input_answer_asked")
        assert (row["actor"], json.loads(row["detail"])["coded"]) == (SOFIA, True)

        await house.say(DANA, "/deploy checkout 2.0.0 production")
        await house.card("Waiting for approval", index=1)
        await house.approve_with(SAM, house.code(sams), card=1)
        await house.click(SOFIA, await house.card("Paused", index=1), "input_abort")
        await house.card("Aborted", index=1)


async def test_saying_that_it_is_fine_takes_a_code(tmp_path: Path) -> None:
    found = Shop()
    await found.start()
    found.mode = "sick"
    look = {"address": f"{found.url}/healthz", "private": True, "every": "100ms", "timeout": "500ms"}
    place = {"verify": [{"url": look, "name": "health"}]}
    config = {"services": {"checkout": {"environments": {"production": place}}}}
    try:
        async with CodedHouse(tmp_path, policy=ONE, config=config) as house:
            secret = await house.enrol(SAM)
            await approved(house, SAM, secret)
            await house.click(SAM, await house.card("Verifying"), "skip_verification")
            await house.answer_modal(SAM, "the probe is broken")
            await house.whispered(SAM, "Saying that it is fine takes a code")
            assert await house.audit("verification_skipped") == []
            await house.give(SAM, house.code(secret))

            card = await house.card("Succeeded")
            assert f"Said to be fine by <@{SAM}>: the probe is broken" in text_of(card)
    finally:
        await found.stop()


async def test_whom_the_ladder_adds_gives_a_code_like_everybody_else(tmp_path: Path) -> None:
    policy = {**ONE, "ladder": [{"after": "5m", "add": ["owners"]}]}
    async with CodedHouse(tmp_path, policy=policy) as house:
        secret = await house.enrol(OLU)
        card = await house.production()
        house.clock.advance(301)
        await house.replied(card, "You may approve this as well now")
        assert "approve" not in house.buttons(house.cards()[0])
        await house.approve_with(OLU, house.code(secret))

        await house.card("Succeeded")
        [row] = await house.audit("approved")
        assert json.loads(row["detail"])["coded"] is True


async def test_a_plain_click_on_a_release_approves_none_of_its_parts(tmp_path: Path) -> None:
    async with CodedHouse(tmp_path, policy=ONE) as house:
        secret = await house.enrol(SAM)
        await house.say(DANA, "/deploy release checkout=1.4.2 payments=2.0.1 to production")
        await house.until(
            lambda: house.cards() and "*checkout, payments*: Still needed" in text_of(house.cards()[-1])
        )
        card = house.cards()[-1]
        block, button = house.button(card, "release_approve_code")
        shown = house.slack.workspace.conversations.find(card["channel"], card["ts"])
        assert shown is not None
        plain = {**button, "action_id": "release_approve"}
        shown.blocks[:] = [{**one, "elements": [plain]} if one is block else one for one in card["blocks"]]
        await house.click(SAM, {**card, "blocks": shown.blocks}, "release_approve")
        asks = await house.until(lambda: with_button(house, SAM, "release_approve_code", DEPLOYMENTS))
        assert await house.audit("approved") == []
        await house.click(SAM, asks, "release_approve_code")
        await filled_in(house, SAM, code=house.code(secret))

        await house.card("Succeeded")


async def test_the_dialog_without_a_code_breaks_no_glass(tmp_path: Path) -> None:
    """As on a screen that still shows a card from before codes were asked for."""
    async with CodedHouse(tmp_path, policy=TWO) as house:
        await house.enrol(SAM)
        card = await house.production()
        block, button = house.button(card, "break_glass_code")
        shown = house.slack.workspace.conversations.find(card["channel"], card["ts"])
        assert shown is not None
        plain = {**button, "action_id": "break_glass"}
        shown.blocks[:] = [{**one, "elements": [plain]} if one is block else one for one in card["blocks"]]
        await house.click(SAM, {**card, "blocks": shown.blocks}, "break_glass")
        await house.answer_modal(SAM, WHY)
        await house.until(lambda: with_button(house, SAM, "break_glass_code", DEPLOYMENTS))

        assert await house.audit("glass_broken") == []
        assert house.runs() == []


async def test_a_glass_that_was_broken_by_words_does_not_hold_once_codes_are_asked_for(
    tmp_path: Path,
) -> None:
    async with CodedHouse(tmp_path, policy=UNKEYED, jenkins_jobs=long_jobs()) as house:
        await house.production(words="/deploy checkout 1.0.0 production")
        await house.approve(SAM)
        await house.card("Running", index=0)
        await house.say(SAM, f"/deploy checkout 2.0.0 production break-glass because {WHY}")
        await house.card("Queued", index=1)
        house.impatient = False
        await house.restart(policies={"production": {"step_up": "totp"}})
        house.clock.advance(600)
        house.impatient = True

        card = await house.card("Waiting for approval", index=1)
        assert "each with a code" in text_of(card)
        assert len(house.runs()) == 1


async def test_where_no_codes_are_asked_for_nothing_of_this_takes_one(tmp_path: Path) -> None:
    async with House(tmp_path, policy=UNKEYED, jenkins_jobs=ASKING) as house:
        await house.production()
        await house.approve(SAM)
        await house.click(SOFIA, await house.card("Paused"), "input_proceed")

        await house.card("Succeeded")
