"""Step-up by TOTP for named environments: a stolen Slack session is not enough to approve, or to break the glass."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path
from typing import Any

import pytest

from bot.sandbox.slack.faults import Fault
from bot.standing.authenticators import Authenticator, CodeRecord
from bot.totp import STEP
from tests.e2e.coded import (
    CONFIRMING,
    KEY,
    ONE,
    TWO,
    CodedHouse,
    said_in,
    secret_of,
    text_of,
    with_button,
    wrong,
)
from tests.e2e.dialogs import filled_in
from tests.e2e.house import DANA, DEPLOYMENTS, OLU, SAM, SOFIA, House, direct

WHY = "the shop is down"


# --- enrolling ------------------------------------------------------------------------------------------------


async def test_enrolling_answers_in_the_direct_message_wherever_it_is_asked(
    tmp_path: Path, transport: str
) -> None:
    async with CodedHouse(tmp_path, policy=ONE, transport=transport) as house:
        await house.say(SAM, "/deploy totp enrol")
        await house.whispered(SAM, "in a direct message")
        await house.until(lambda: house.shown(SAM))
        secret = secret_of(house.shown(SAM)[0])
        assert len(secret) == 32
        assert " ".join(re.findall(".{4}", secret)) in text_of(house.shown(SAM)[0])
        assert "otpauth://totp/pilothouse:sam?secret=" in text_of(house.shown(SAM)[0])
        for channel in (DEPLOYMENTS, direct(DANA), direct(OLU)):
            assert secret not in json.dumps(house.slack.messages(channel, SAM))


async def test_the_secret_is_taken_away_when_it_was_confirmed(tmp_path: Path) -> None:
    async with CodedHouse(tmp_path, policy=ONE) as house:
        secret = await house.enrol(SAM)

        assert secret not in json.dumps(house.slack.messages(direct(SAM), SAM))
        assert len(house.shown(SAM)) == 1
        await house.until(lambda: "has enrolled an authenticator" in said_in(house, DEPLOYMENTS))


async def test_the_secret_is_taken_away_when_nobody_confirms_it(tmp_path: Path) -> None:
    async with CodedHouse(tmp_path, policy=ONE) as house:
        secret = await house.offered(SAM)
        card = house.shown(SAM)[0]
        house.clock.advance(10 * 60 + 1)
        await house.until(lambda: "Not confirmed in time" in text_of(house.shown(SAM)[0]))
        assert secret not in json.dumps(house.slack.messages(direct(SAM), SAM))
        # His screen shows the old message still.
        shown = house.slack.workspace.conversations.find(card["channel"], card["ts"])
        assert shown is not None
        shown.blocks[:] = card["blocks"]
        await house.click(SAM, card, "authenticator_confirm")
        await filled_in(house, SAM, code=house.code(secret))

        await house.until(lambda: "That secret is no longer waited for" in said_in(house, direct(SAM)))


async def test_no_secret_and_no_code_is_kept_in_the_clear(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    async with CodedHouse(tmp_path, policy=ONE) as house:
        secret = await house.offered(SAM)
        kept = await house.everything_kept()
        assert secret not in kept
        first = house.code(secret)
        await house.click(SAM, house.shown(SAM)[-1], "authenticator_confirm")
        await filled_in(house, SAM, code=first)
        await house.until(lambda: "Enrolled" in text_of(house.shown(SAM)[-1]))
        house.clock.advance(STEP)
        await house.production()
        second = house.code(secret)
        await house.approve_with(SAM, second)
        await house.card("Succeeded")
        await house.settled()

        kept = await house.everything_kept() + caplog.text
        for word in (secret, f"'{first}'", f'"{first}"', f"'{second}'", f'"{second}"', KEY):
            assert word not in kept
        assert "Approve" in kept


async def test_an_answer_that_is_lost_shows_it_once(tmp_path: Path) -> None:
    """Slack has posted it, and we don't know: it is looked for, and nothing is shown twice."""
    async with CodedHouse(tmp_path, policy=ONE, refused_codes={"ratelimited"}) as house:
        await house.settled()
        house.slack.set_faults(Fault(mode="drop_after", methods=("chat.postMessage",), times=1))
        secret = await house.offered(SAM)
        house.slack.set_faults()
        house.clock.advance(5)
        await house.settled()
        await house.restart()
        await house.settled()
        assert len(house.shown(SAM)) == 1
        await house.click(SAM, house.shown(SAM)[-1], "authenticator_confirm")
        await filled_in(house, SAM, code=house.code(secret))

        await house.until(lambda: "Enrolled" in text_of(house.shown(SAM)[-1]))
        assert secret not in json.dumps(house.slack.messages(direct(SAM), SAM))


async def test_a_message_that_somebody_deleted_is_no_trouble(tmp_path: Path) -> None:
    async with CodedHouse(tmp_path, policy=ONE, refused_codes={"message_not_found"}) as house:
        await house.offered(SAM)
        card = house.shown(SAM)[-1]
        await house.settled()
        shown = house.slack.workspace.conversations.find(card["channel"], card["ts"])
        assert shown is not None
        house.slack.workspace.delete(shown)
        house.clock.advance(10 * 60 + 1)

        async def forgotten() -> bool:
            return bool(await house.audit("authenticator_forgotten"))

        await house.until(forgotten)
        await house.settled()


async def test_another_app_takes_the_code_of_the_present_one(tmp_path: Path) -> None:
    async with CodedHouse(tmp_path, policy=ONE) as house:
        old = await house.enrol(SAM)
        await house.say(SAM, "/deploy totp enrol", direct(SAM))
        asks = await house.until(lambda: with_button(house, SAM, "authenticator_renew"))
        await house.click(SAM, asks, "authenticator_renew")
        await filled_in(house, SAM, code=wrong(house.code(old)))
        await house.until(lambda: "That code is not right" in said_in(house, direct(SAM)))
        assert len(house.shown(SAM)) == 1
        await house.click(SAM, asks, "authenticator_renew")
        await filled_in(house, SAM, code=house.code(old))
        await house.until(lambda: len(house.shown(SAM)) == 2 and secret_of(house.shown(SAM)[-1]))
        new = secret_of(house.shown(SAM)[-1])
        assert new != old
        house.clock.advance(STEP)
        await house.production()
        await house.approve_with(SAM, house.code(new))
        await house.whispered(SAM, "That code is not right")
        await house.click(SAM, house.shown(SAM)[-1], "authenticator_confirm")
        await filled_in(house, SAM, code=house.code(new))
        await house.until(lambda: "Enrolled" in text_of(house.shown(SAM)[-1]))
        house.clock.advance(STEP)
        await house.approve_with(SAM, house.code(new))

        await house.card("Succeeded")


async def test_an_administrator_resets_it_and_the_person_is_told(tmp_path: Path, transport: str) -> None:
    async with CodedHouse(tmp_path, policy=ONE, transport=transport) as house:
        await house.enrol(SAM)
        await house.say(OLU, "/deploy totp reset @sam because his phone is gone")
        await house.whispered(OLU, "Forgotten")
        await house.until(
            lambda: f"<@{OLU}> has reset your authenticator: his phone is gone" in said_in(house, direct(SAM))
        )
        [row] = await house.audit("authenticator_reset")
        assert (row["actor"], json.loads(row["detail"])["owner"]) == (OLU, SAM)

        new = await house.enrol(SAM)
        await house.production()
        await house.approve_with(SAM, house.code(new))
        await house.card("Succeeded")


async def test_nobody_else_resets_it_and_nobody_his_own(tmp_path: Path) -> None:
    async with CodedHouse(tmp_path, policy=ONE) as house:
        await house.enrol(SOFIA)
        await house.say(DANA, "/deploy totp reset @sofia because I say so")
        await house.whispered(DANA, "You may not reset people's authenticators")
        await house.say(SOFIA, "/deploy totp reset @sofia because it is mine")
        await house.whispered(SOFIA, "You can't reset your own authenticator")

        assert len(await house.running.store.standing(Authenticator)) == 1


async def test_only_who_it_is_for_confirms_it(tmp_path: Path) -> None:
    async with CodedHouse(tmp_path, policy=ONE) as house:
        secret = await house.offered(SAM)
        [found] = await house.running.store.standing(Authenticator)
        from bot.events.authenticating import ConfirmAuthenticator
        from bot.people import Person, Place
        from bot.sealing import CODE, seal

        key = house.running.settings.step_up.key  # type: ignore[union-attr]
        forged = ConfirmAuthenticator(
            by=Person(id=OLU, name="olu"),
            place=Place(channel=DEPLOYMENTS),
            authenticator=found.id,
            attempt=found.attempt,
            code=seal(key, CODE, OLU, house.code(secret)),
        )
        await house.running.inbox.accept(forged, key="forged")

        await house.whispered(OLU, "That is not yours to confirm")


# --- approving ------------------------------------------------------------------------------------------------


async def test_approving_takes_a_code(tmp_path: Path, transport: str) -> None:
    async with CodedHouse(tmp_path, policy=ONE, transport=transport) as house:
        secret = await house.enrol(SAM)
        card = await house.production()
        assert "approve" not in house.buttons(card)
        assert "1 of sre*, not by who asked, each with a code" in text_of(card)
        said = await house.approve_with(SAM, house.code(secret), comment="looks good")
        assert said["ok"], said

        card = await house.card("Succeeded")
        assert "“looks good”" in text_of(card)
        [row] = await house.audit("approved")
        assert json.loads(row["detail"])["coded"] is True


async def test_a_click_on_plain_approve_leads_to_the_field_for_the_code(tmp_path: Path) -> None:
    """As on a screen that still shows an older card, or in another place with such a button."""
    async with CodedHouse(tmp_path, policy=ONE) as house:
        secret = await house.enrol(SAM)
        card = await house.production()
        block, button = house.button(card, "approve_code")
        shown = house.slack.workspace.conversations.find(card["channel"], card["ts"])
        assert shown is not None
        plain = {**button, "action_id": "approve"}
        shown.blocks[:] = [
            {**one, "elements": [plain, *one["elements"][1:]]} if one is block else one
            for one in card["blocks"]
        ]
        await house.click(SAM, {**card, "blocks": shown.blocks}, "approve")
        asks = await house.until(lambda: with_button(house, SAM, "approve_code", DEPLOYMENTS))
        assert (await house.deployment()).state == "awaiting_approval"
        await house.click(SAM, asks, "approve_code")
        await filled_in(house, SAM, code=house.code(secret))

        await house.card("Succeeded")


async def test_a_code_counts_once(tmp_path: Path) -> None:
    async with CodedHouse(tmp_path, policy=ONE) as house:
        secret = await house.enrol(SAM)
        await house.production(words="/deploy checkout 1.0.0 production")
        code = house.code(secret)
        await house.approve_with(SAM, code)
        await house.card("Succeeded", index=0)
        await house.say(DANA, "/deploy checkout 2.0.0 production")
        await house.card("Waiting for approval", index=1)
        await house.approve_with(SAM, code, card=1)

        await house.whispered(SAM, "That code is not right, or was used already")
        assert len(house.runs()) == 1


async def test_one_code_in_two_places_at_once_counts_in_one(tmp_path: Path) -> None:
    async with CodedHouse(tmp_path, policy=ONE) as house:
        secret = await house.enrol(SAM)
        await house.say(DANA, "/deploy checkout production")
        await house.card("Waiting for approval", index=0)
        await house.say(DANA, "/deploy payments production")
        await house.card("Waiting for approval", index=1)
        one, two = await house.deployment(1), await house.deployment(2)
        from bot.events import Approve
        from bot.people import Person, Place
        from bot.sealing import CODE, seal

        key = house.running.settings.step_up.key  # type: ignore[union-attr]
        clicks = [
            Approve(
                by=Person(id=SAM, name="sam"),
                place=Place(channel=DEPLOYMENTS),
                deployment=found.id,
                request=found.approval.request,  # type: ignore[union-attr]
                code=seal(key, CODE, SAM, house.code(secret)),
            )
            for found in (one, two)
        ]
        await asyncio.gather(
            *(house.running.inbox.accept(click, key=f"at once {n}") for n, click in enumerate(clicks))
        )
        await house.whispered(SAM, "That code is not right, or was used already")
        await house.settled()

        assert len(await house.audit("approved")) == 1


@pytest.mark.parametrize(("steps", "good"), [(-1, True), (1, True), (-3, False), (3, False)])
async def test_a_phone_may_be_a_step_early_or_late(tmp_path: Path, steps: int, *, good: bool) -> None:
    async with CodedHouse(tmp_path, policy=ONE) as house:
        secret = await house.enrol(SAM)
        house.clock.advance(2 * STEP)
        await house.production()
        await house.approve_with(SAM, house.code(secret, steps))

        if good:
            await house.card("Succeeded")
        else:
            await house.whispered(SAM, "That code is not right")


async def test_who_guesses_is_locked_out_and_told(tmp_path: Path, transport: str) -> None:
    async with CodedHouse(tmp_path, policy=ONE, transport=transport) as house:
        secret = await house.enrol(SAM)
        await house.production()
        for left in ("4 more tries", "3 more tries", "2 more tries", "One more try"):
            await house.approve_with(SAM, wrong(house.code(secret)))
            await house.whispered(SAM, left)
        await house.approve_with(SAM, wrong(house.code(secret)))
        await house.whispered(SAM, "That was the 5th wrong code in a row")
        await house.approve_with(SAM, house.code(secret))
        await house.whispered(SAM, "Too many wrong codes")
        assert len(await house.audit("code_locked")) == 1
        assert await house.audit("approved") == []
        house.clock.advance(15 * 60 + STEP)
        await house.approve_with(SAM, house.code(secret))

        await house.card("Succeeded")


async def test_what_is_no_code_is_a_fault_of_the_field(tmp_path: Path) -> None:
    async with CodedHouse(tmp_path, policy=ONE) as house:
        secret = await house.enrol(SAM)
        await house.production()
        said = await house.approve_with(SAM, "12345")
        assert list(said["errors"]) == ["code"]
        spaced = house.code(secret)
        said = await filled_in(house, SAM, code=f"{spaced[:3]} {spaced[3:]}")

        assert said["ok"], said
        await house.card("Succeeded")


async def test_who_has_no_authenticator_is_told_how_to_get_one(tmp_path: Path) -> None:
    async with CodedHouse(tmp_path, policy=ONE) as house:
        await house.production()
        await house.approve_with(SAM, "123456")

        assert "/deploy totp enrol" in await house.whispered(SAM, "you have none enrolled")


async def test_a_code_does_not_make_up_for_the_right_to_approve(tmp_path: Path) -> None:
    async with CodedHouse(tmp_path, policy=ONE) as house:
        secret = await house.enrol(OLU)
        await house.production()
        code = house.code(secret)
        await house.approve_with(OLU, code)
        await house.whispered(OLU, "You may not approve this deployment")

        assert [one.failures for one in await house.running.store.standing(CodeRecord)] == [0]


async def test_with_another_key_nobodys_codes_count(tmp_path: Path) -> None:
    async with CodedHouse(tmp_path, policy=ONE) as house:
        secret = await house.enrol(SAM)
        await house.production()
        await house.stop()
        house.key = "another-key-" * 4
        await house.start()
        await house.approve_with(SAM, house.code(secret))

        await house.whispered(SAM, "sealed with another key")
        assert (await house.deployment()).state == "awaiting_approval"


async def test_asking_for_codes_from_now_on_voids_what_was_approved_without(tmp_path: Path) -> None:
    async with CodedHouse(tmp_path, policy={"approve": ["2 of sre"]}) as house:
        await house.production()
        await house.approve(SAM)
        await house.until(lambda: f"<@{SAM}> at" in text_of(house.cards()[0]))
        await house.restart(policies={"production": {"step_up": "totp"}})

        await house.until(lambda: "are void" in text_of(house.cards()[0]))
        assert "approve_code" in house.buttons(await house.card("Waiting for approval"))


async def test_a_release_is_approved_with_one_code_for_all_its_parts(tmp_path: Path) -> None:
    async with CodedHouse(tmp_path, policy=ONE) as house:
        secret = await house.enrol(SAM)
        await house.say(DANA, "/deploy release checkout=1.4.2 payments=2.0.1 to production")
        await house.until(
            lambda: house.cards() and "*checkout, payments*: Still needed" in text_of(house.cards()[-1])
        )
        await house.click(SAM, house.cards()[-1], "release_approve_code")
        await filled_in(house, SAM, code=house.code(secret))

        await house.card("Succeeded")
        assert len(await house.audit("approved")) == 2


# --- going without --------------------------------------------------------------------------------------------


async def test_breaking_the_glass_takes_a_code(tmp_path: Path, transport: str) -> None:
    async with CodedHouse(tmp_path, policy=TWO, transport=transport) as house:
        secret = await house.enrol(SAM)
        card = await house.production()
        await house.click(SAM, card, "break_glass_code")
        said = await filled_in(house, SAM, why="  ", code="12")
        assert set(said["errors"]) == {"why", "code"}
        await filled_in(house, SAM, why=WHY, code=wrong(house.code(secret)))
        await house.whispered(SAM, "That code is not right")
        assert house.runs() == []
        await house.click(SAM, house.cards()[0], "break_glass_code")
        await filled_in(house, SAM, why=WHY, code=house.code(secret))

        await house.card("Succeeded")
        [row] = await house.audit("glass_broken")
        assert json.loads(row["detail"])["coded"] is True


async def test_words_alone_break_no_glass(tmp_path: Path) -> None:
    async with CodedHouse(tmp_path, policy=TWO) as house:
        await house.say(SAM, f"/deploy checkout production break-glass because {WHY}")
        told = await house.whispered(SAM, "takes a code, which is never typed as words")
        assert "`/deploy checkout 1.2.3 production`" in told
        await house.say(SAM, f"/deploy plan checkout production break-glass because {WHY}")
        await house.whispered(SAM, "never typed as words")

        assert house.runs() == []


async def test_where_nobody_approves_who_asked_confirms_it_with_a_code(
    tmp_path: Path, transport: str
) -> None:
    async with CodedHouse(tmp_path, policy=CONFIRMING, transport=transport) as house:
        secret = await house.enrol(DANA)
        card = await house.production()
        assert "who asked confirms it with a code" in text_of(card)
        assert f"<@{DANA}>" in (await house.replied(card, "wants to deploy"))["text"]
        await house.approve_with(SAM, "123456")
        await house.whispered(SAM, "You may not approve this deployment")
        await house.approve_with(DANA, house.code(secret))

        await house.card("Succeeded")


async def test_nobody_confirms_for_who_asked(tmp_path: Path) -> None:
    policies = {"staging": {"approve": ["1 of everyone"]}}
    async with CodedHouse(tmp_path, policy=CONFIRMING, config={"policies": policies}) as house:
        secret = await house.enrol(OLU)
        await house.say(DANA, "/deploy delegate to @olu for 1d because I am away")
        await house.whispered(DANA, "approves in your place")
        await house.production()
        await house.approve_with(OLU, house.code(secret))

        await house.whispered(OLU, "you can't approve it in that place")


async def test_a_plan_says_that_codes_are_wanted(tmp_path: Path) -> None:
    async with CodedHouse(tmp_path, policy=ONE) as house:
        await house.say(DANA, "/deploy plan checkout production")
        await house.whispered(DANA, "approval by 1 of sre is needed, each with a code")
    (tmp_path / "confirming").mkdir()
    async with CodedHouse(tmp_path / "confirming", policy=CONFIRMING) as house:
        await house.say(DANA, "/deploy plan checkout production")
        await house.whispered(DANA, "dana confirms it with a code")


async def test_a_home_leads_to_the_field_for_the_code(tmp_path: Path) -> None:
    async with CodedHouse(tmp_path, policy=ONE) as house:
        secret = await house.enrol(SAM)
        await house.production()
        view = (await house.slack.open_home(SAM))["view"]

        async def waits() -> Any:
            view = (await house.slack.open_home(SAM, peek=True))["view"]
            return view if view and "approve_code" in json.dumps(view["blocks"]) else None

        view = await house.until(waits)
        [(block, button)] = [
            (block, one)
            for block in view["blocks"]
            for one in block.get("elements", ())
            if one.get("action_id", "").partition(".")[0] == "approve_code"
        ]
        await house.slack.click(
            SAM,
            button["action_id"],
            block_id=block["block_id"],
            value=button["value"],
            view_id=view["id"],
        )
        await filled_in(house, SAM, code=house.code(secret))

        await house.card("Succeeded")


async def test_without_a_key_nobody_can_enrol(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        await house.say(SAM, "/deploy totp enrol")

        await house.whispered(SAM, "There is no key for authenticators")


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ("totp", "Enrol an authenticator, or reset somebody's?"),
        ("totp enrol now", "I don't know what to do with “now”"),
        ("totp reset @sam", "A reset needs a reason"),
        ("totp reset sam because of it", "Name one person by a mention"),
        ("totp reset @dana because of it", "There is no authenticator of that person"),
    ],
)
async def test_bad_input_is_answered_with_the_nearest_right_command(
    tmp_path: Path, words: str, answer: str
) -> None:
    async with CodedHouse(tmp_path, policy=ONE) as house:
        await house.say(OLU, f"/deploy {words}")

        await house.whispered(OLU, answer)
