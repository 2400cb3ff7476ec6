"""Approve with a comment: a word with the yes, which everybody reads on the card and the audit log keeps."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.e2e.dialogs import filled_in
from tests.e2e.house import OLU, SAM, SOFIA, House

ONE = {"approve": ["1 of sre"]}
WORD = "looks good, *watch* the queue <!channel>"


def text_of(card: dict[str, Any]) -> str:
    return json.dumps(card["blocks"], ensure_ascii=False)


async def test_a_comment_is_on_the_vote_the_card_and_in_the_audit_log(tmp_path: Path, transport: str) -> None:
    async with House(tmp_path, policy=ONE, transport=transport) as house:
        card = await house.production()
        await house.click(SAM, card, "approve_comment")
        said = await filled_in(house, SAM, comment=WORD)
        assert said["ok"], said

        card = await house.card("Succeeded")
        assert f"<@{SAM}>: “looks good" in text_of(card)
        assert "<!channel>" not in text_of(card)
        [vote] = (await house.deployment()).approval.votes  # type: ignore[union-attr]
        assert vote.comment == WORD
        [row] = await house.audit("approved")
        assert json.loads(row["detail"])["comment"] == WORD


async def test_the_comment_may_be_left_out(tmp_path: Path) -> None:
    async with House(tmp_path, policy=ONE) as house:
        await house.click(SAM, await house.production(), "approve_comment")
        await filled_in(house, SAM, comment="  ")

        card = await house.card("Succeeded")
        assert "“" not in text_of(card)


async def test_both_ways_count_the_same(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        card = await house.production()
        await house.click(SAM, card, "approve_comment")
        await filled_in(house, SAM, comment="one")
        await house.until(lambda: f"Approved by <@{SAM}>" in text_of(house.cards()[0]))
        await house.approve(SOFIA)

        await house.card("Succeeded")


async def test_authority_is_asked_when_the_dialog_is_sent_off(tmp_path: Path) -> None:
    async with House(tmp_path, policy=ONE) as house:
        await house.click(OLU, await house.production(), "approve_comment")
        await filled_in(house, OLU, comment="let it go")

        await house.whispered(OLU, "You may not approve this deployment")


async def test_a_dialog_is_for_the_question_it_was_opened_on(tmp_path: Path) -> None:
    async with House(tmp_path, policy=ONE) as house:
        card = await house.production()
        await house.click(SAM, card, "approve_comment")
        await house.until(lambda: house.slack.views(SAM))
        changed = {"checkout": {"environments": {"production": {"parameters": {"VERSION": "666"}}}}}
        await house.restart(services=changed)
        await house.until(lambda: "are void" in text_of(house.cards()[0]))
        await filled_in(house, SAM, comment="looks good")

        await house.whispered(SAM, "has changed since that question was asked")
        assert house.runs() == []


async def test_sending_it_off_twice_is_one_approval(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        card = await house.production()
        await house.click(SAM, card, "approve_comment")
        await filled_in(house, SAM, comment="one")
        await house.until(lambda: "“one”" in text_of(house.cards()[0]))
        await house.click(SAM, house.cards()[0], "approve_comment")
        await filled_in(house, SAM, comment="two")

        await house.whispered(SAM, "You have approved this already")
        assert len(await house.audit("approved")) == 1


async def test_who_asked_hears_that_he_can_not(tmp_path: Path) -> None:
    async with House(tmp_path, policy=ONE) as house:
        await house.click(SAM, await house.production(SAM), "approve_comment")
        await filled_in(house, SAM, comment="mine is fine")

        await house.whispered(SAM, "You asked for this deployment")
