"""Slack in over HTTP: signed requests of a strict Slack, journalled before they are thanked."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from typing import Any
from urllib.parse import urlencode

import aiohttp
import pytest

from bot.dialogs.reasons import SAY_WHY
from bot.events import (
    AnswerInput,
    Approve,
    Asked,
    BreakGlass,
    Cancel,
    Deploy,
    Misunderstood,
    Reject,
    ShowHelp,
    ShowStatus,
)
from bot.sandbox.slack import Fault, SlackStandIn, harbour
from bot.sandbox.slack.signature import signed_headers
from bot.slack.dialogs import NOT_KEPT, NOT_OPENED
from bot.words import Button, CardView
from tests.slack_app import App, http_app
from tests.slack_peer import CHECKOUT, DANA, DEPLOYS, SAM, STELLA, settings
from tests.waiting import until

FORM = "application/x-www-form-urlencoded"
DECIDING = ("approve", "reject", "break_glass", "cancel", "input_proceed")
BUTTONS = (
    *(Button(action=action, label=action, value="d1:r1") for action in DECIDING),
    Button(action="open_link", label="Log", url="https://ci.example/1"),
    Button(action="strange", label="?", value="d1"),
)
CARD = CardView(title="checkout", emoji="rocket", state=("waiting",), fallback="waiting", buttons=BUTTONS)


async def card(app: App) -> dict[str, str]:
    """Where to click: a card with every button."""
    posted = await app.peer.chat.post_card(DEPLOYS, "card/d1", CARD, look_first=False)
    return {"channel": posted.channel, "message_ts": posted.ts, "block_id": "buttons-0"}


async def send(app: App, body: bytes, content_type: str = FORM, **headers: str) -> tuple[int, str]:
    """A signed request, as nobody but Slack (or a test) can make it."""
    signed = signed_headers(app.slack.world.app.signing_secret, time.time(), body)
    async with aiohttp.ClientSession() as session:
        answer = await session.post(
            app.url, data=body, headers={**signed, "Content-Type": content_type, **headers}
        )
        return answer.status, await answer.text()


def payload(**fields: Any) -> bytes:
    return urlencode({"payload": json.dumps(fields)}).encode()


# --- what people say -----------------------------------------------------------------------------------------


async def test_a_slash_command_is_kept_before_it_is_thanked() -> None:
    async with http_app() as app:
        app.inbox.gate.clear()
        saying = asyncio.create_task(app.slack.say(DANA, DEPLOYS, "/deploy payments 1.2 to staging"))
        await until(lambda: app.inbox.asked)
        assert not saying.done()
        app.inbox.gate.set()
        assert (await saying)["ok"]
        (event,) = app.inbox.events

    assert isinstance(event, Deploy)
    assert (event.by.id, event.by.name, event.by.team) == (DANA, "dana", "T0HARBOUR1")
    assert (event.service, event.environment, event.version_wanted) == ("payments", "staging", "1.2")
    assert event.place.channel == DEPLOYS
    assert event.place.response_url.startswith("http")


async def test_a_redelivered_command_is_one_row() -> None:
    async with http_app() as app:
        await app.slack.say(DANA, DEPLOYS, "/deploy status")
        delivery = app.slack.deliveries()[-1]
        assert (await app.slack.redeliver(delivery["n"]))["ok"]
        assert app.inbox.asked == 2
        assert len(app.inbox.events) == 1


async def test_a_command_that_cannot_be_kept_says_so_to_the_person() -> None:
    async with http_app() as app:
        app.inbox.broken = True
        assert (await app.slack.say(DANA, DEPLOYS, "/deploy status"))["ok"]
        (message,) = [m for m in app.slack.messages(DEPLOYS, viewer=DANA) if m["ephemeral"]]

    assert message["text"] == NOT_KEPT


async def test_words_that_are_not_understood_are_kept_with_what_to_say() -> None:
    async with http_app() as app:
        await app.slack.say(DANA, DEPLOYS, "/deploy chekout staging")
        (event,) = app.inbox.events

    assert isinstance(event, Misunderstood)
    assert event.sentence


async def test_a_renamed_command_is_listened_to_and_a_foreign_one_is_answered() -> None:
    world = harbour()
    world.app.commands[0].command = "/ph-deploy"
    config = settings()
    config = config.model_copy(update={"slack": config.slack.model_copy(update={"command_prefix": "ph-"})})
    async with http_app(SlackStandIn(world), config=config) as app:
        await app.slack.say(DANA, DEPLOYS, "/ph-deploy help")
        assert isinstance(app.inbox.events[0], ShowHelp)
        status, text = await send(app, urlencode({"command": "/other", "text": "x"}).encode())

    assert status == 200
    assert "/ph-deploy help" in text


@pytest.mark.parametrize(
    ("said", "means"),
    [
        ("/lock checkout because of me", "lock checkout because of me"),
        ("/locks", "locks"),
        ("/deploy lock checkout because of me", "lock checkout because of me"),
        ("/pilothouse status checkout", "status checkout"),
        ("/pilothouse", ""),
    ],
)
async def test_a_command_of_its_own_means_what_the_word_behind_deploy_means(said: str, means: str) -> None:
    async with http_app() as app:
        await app.slack.say(DANA, DEPLOYS, said)
        (event,) = app.inbox.events

    assert isinstance(event, Asked)
    assert event.text == means


async def test_a_command_that_the_configuration_leaves_out_is_not_listened_to() -> None:
    config = settings()
    config = config.model_copy(
        update={"slack": config.slack.model_copy(update={"commands": ["deploy", "lock"]})}
    )
    async with http_app(config=config) as app:
        assert (await app.slack.say(DANA, DEPLOYS, "/rollback checkout staging"))["ok"]
        await app.slack.until(
            lambda: [m for m in app.slack.messages(DEPLOYS, viewer=DANA) if "/rollback" in m["text"]]
        )
        assert app.inbox.asked == 0


async def test_a_mention_in_a_thread_speaks_the_same_grammar_and_keeps_the_thread() -> None:
    async with http_app() as app:
        where = await card(app)
        await app.slack.say(DANA, DEPLOYS, "<@U0PILOT007> status payments", thread_ts=where["message_ts"])
        (event,) = app.inbox.events

    assert isinstance(event, ShowStatus)
    assert event.service == "payments"
    assert event.place.thread == where["message_ts"]


async def test_a_mention_in_a_channel_of_a_service_need_not_name_it() -> None:
    async with http_app() as app:
        await app.slack.say(DANA, CHECKOUT, "<@U0PILOT007> deploy 1.2 staging")
        (event,) = app.inbox.events

    assert isinstance(event, Deploy)
    assert event.service == "checkout"


async def test_a_direct_message_is_a_command_once() -> None:
    async with http_app() as app:
        await app.slack.say(DANA, "D0DANA0001", "<@U0PILOT007> deploy payments 1.2 staging")
        await app.slack.idle()
        (event,) = app.inbox.events

    assert isinstance(event, Deploy)
    assert event.place.direct


async def test_a_stranger_carries_his_own_workspace() -> None:
    async with http_app() as app:
        await app.slack.say(STELLA, CHECKOUT, "<@U0PILOT007> status")
        (event,) = app.inbox.events

    assert isinstance(event, ShowStatus)
    assert event.by.team == "T0SEASIDE2"


async def test_an_event_that_cannot_be_kept_is_delivered_again_by_slack() -> None:
    async with http_app(SlackStandIn(retry_delays=(0.0, 0.05, 0.1))) as app:
        app.inbox.broken = True
        await app.slack.say(DANA, DEPLOYS, "<@U0PILOT007> status")
        app.inbox.broken = False
        await app.slack.until(lambda: len(app.slack.deliveries()) == 2 and app.slack.deliveries()[1]["ok"])

        assert [delivery["status"] for delivery in app.slack.deliveries()] == [503, 200]
        assert len(app.inbox.events) == 1


async def test_the_bot_does_not_answer_itself() -> None:
    async with http_app() as app:
        event = {
            "type": "message",
            "channel_type": "im",
            "user": "U0PILOT007",
            "bot_id": "B0PILOT001",
            "text": "x",
        }
        body = {"type": "event_callback", "event_id": "Ev1", "team_id": "T0HARBOUR1", "event": event}
        assert (await send(app, json.dumps(body).encode(), "application/json"))[0] == 200
        assert app.inbox.asked == 0


async def test_opening_the_app_home_is_answered() -> None:
    async with http_app() as app:
        await app.slack.open_home(DANA)
        await app.slack.idle()
        assert all(delivery["ok"] for delivery in app.slack.deliveries())


# --- what people click ---------------------------------------------------------------------------------------


async def test_a_click_is_kept_with_its_opaque_ids() -> None:
    async with http_app() as app:
        where = await card(app)
        assert (await app.slack.click(SAM, "approve", **where))["ok"]
        assert (await app.slack.click(SAM, "cancel", **where))["ok"]
        assert (await app.slack.click(SAM, "input_proceed", **where))["ok"]
        approve, cancel, answer = app.inbox.events

    assert isinstance(approve, Approve)
    assert (approve.by.id, approve.deployment, approve.request) == (SAM, "d1", "r1")
    assert approve.place.channel == DEPLOYS
    assert isinstance(cancel, Cancel)
    assert isinstance(answer, AnswerInput)


async def test_a_redelivered_click_is_one_row_and_a_hundred_people_are_a_hundred() -> None:
    async with http_app() as app:
        where = await card(app)
        await app.slack.click(SAM, "approve", **where)
        await app.slack.redeliver(app.slack.deliveries()[-1]["n"])
        assert len(app.inbox.events) == 1
        await asyncio.gather(*(app.slack.click(who, "approve", **where) for who in [DANA, SAM] * 50))
        assert len(app.inbox.events) == 101


async def test_a_click_that_cannot_be_kept_is_answered_with_a_sentence() -> None:
    async with http_app() as app:
        where = await card(app)
        app.inbox.broken = True
        assert not (await app.slack.click(SAM, "approve", **where))["ok"]
        message = await app.slack.until(
            lambda: [m for m in app.slack.messages(DEPLOYS, viewer=SAM) if m["text"] == NOT_KEPT]
        )

    assert message[0]["ephemeral"]


async def test_links_and_unknown_buttons_are_answered_and_kept_out() -> None:
    async with http_app() as app:
        where = await card(app)
        assert (await app.slack.click(SAM, "open_link", **where))["ok"]
        assert (await app.slack.click(SAM, "strange", **where))["ok"]
        assert app.inbox.asked == 0


@pytest.mark.parametrize(("action", "kind"), [("reject", Reject), ("break_glass", BreakGlass)])
async def test_a_dialog_asks_for_the_reason_and_its_answer_is_kept(
    action: str, kind: type[Reject | BreakGlass]
) -> None:
    async with http_app() as app:
        where = await card(app)
        await app.slack.click(SAM, action, **where)
        assert app.inbox.asked == 0
        (view,) = app.slack.views(SAM)
        empty = await app.slack.submit_view(
            SAM, view["id"], {"why": {"why": {"type": "plain_text_input", "value": "  "}}}
        )
        assert empty["errors"] == {"why": SAY_WHY}
        done = await app.slack.submit_view(
            SAM, view["id"], {"why": {"why": {"type": "plain_text_input", "value": "freeze until Monday"}}}
        )
        (event,) = app.inbox.events

        assert done["closed"]
        assert isinstance(event, kind)
        assert (event.deployment, event.why, event.by.id) == ("d1", "freeze until Monday", SAM)
        assert event.place.channel == DEPLOYS


async def test_a_dialog_whose_answer_cannot_be_kept_stays_open_and_says_so() -> None:
    async with http_app() as app:
        await app.slack.click(SAM, "reject", **await card(app))
        (view,) = app.slack.views(SAM)
        app.inbox.broken = True
        values = {"why": {"why": {"type": "plain_text_input", "value": "no"}}}
        assert (await app.slack.submit_view(SAM, view["id"], values))["errors"] == {"why": NOT_KEPT}
        app.inbox.broken = False
        assert (await app.slack.submit_view(SAM, view["id"], values))["closed"]
        assert len(app.inbox.events) == 1


async def test_a_closed_dialog_changes_nothing() -> None:
    async with http_app() as app:
        await app.slack.click(SAM, "reject", **await card(app))
        (view,) = app.slack.views(SAM)
        await app.slack.close_view(SAM, view["id"])
        assert app.inbox.asked == 0


@pytest.mark.parametrize(
    "fault", [Fault(mode="hang", methods=("views.open",)), Fault(mode="fail", methods=("views.open",))]
)
async def test_a_dialog_that_does_not_open_says_so_within_the_three_seconds(fault: Fault) -> None:
    async with http_app() as app:
        where = await card(app)
        app.slack.set_faults(fault)
        assert (await app.slack.click(SAM, "reject", **where))["ok"]
        await app.slack.until(
            lambda: [m for m in app.slack.messages(DEPLOYS, viewer=SAM) if m["text"] == NOT_OPENED]
        )


# --- what Slack never sends ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"payload=", FORM),
        (b"payload=[]", FORM),
        (b"{broken", "application/json"),
        (b"\xff", FORM),
        (b"", FORM),
        (b'{"type": "event_callback", "event": 5}', "application/json"),
        (b'{"type": "event_callback", "event": {"type": 5}}', "application/json"),
        (b'{"type": "event_callback", "event": {"type": "app_mention"}}', "application/json"),
        (b'{"type": "event_callback", "event": {}, "authorizations": 7}', "application/json"),
        (b'{"team": 5}', "application/json"),
        (b'{"user": 5, "command": []}', "application/json"),
        (b"command=/deploy&text=help", FORM),
        (payload(type="block_actions", actions=[]), FORM),
        (payload(type="block_actions", actions=[{"action_id": "approve", "value": "d1"}]), FORM),
        (payload(type="block_actions", actions={"action_id": 5}), FORM),
        (payload(type="view_submission", view={"callback_id": "reject"}), FORM),
        (payload(type="view_submission", view={"callback_id": "reject", "private_metadata": "x"}), FORM),
        (payload(type="view_submission", view=[]), FORM),
        (payload(type="something_new"), FORM),
        (payload(type="block_suggestion", action_id="x"), FORM),
        (payload(type="shortcut", callback_id="x"), FORM),
    ],
)
async def test_verified_nonsense_is_answered_without_a_traceback(
    body: bytes, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with http_app() as app:
        status, text = await send(app, body, kind)

        assert status in {200, 400}
        assert "Traceback" not in text + caplog.text
        assert app.inbox.asked == 0


async def test_a_body_that_is_not_what_its_encoding_says_is_a_bad_request() -> None:
    async with http_app() as app:
        assert (await send(app, b"not gzip", **{"Content-Encoding": "gzip"}))[0] in {400, 401}
        assert app.inbox.asked == 0


async def test_a_get_and_another_path_are_not_ours() -> None:
    async with http_app() as app, aiohttp.ClientSession() as session:
        assert (await session.get(app.url)).status == 405


async def test_bodies_never_stand_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with http_app() as app:
        await app.slack.say(DANA, DEPLOYS, "/deploy hunter2-in-the-text")
        await send(app, payload(type="something_new", secret="hunter2-in-a-payload"))
        async with aiohttp.ClientSession() as session:
            await session.post(
                app.url, data=b"hunter2-unsigned", headers={"X-Slack-Signature": "hunter2-signature"}
            )
        ours = "".join(
            record.getMessage() for record in caplog.records if record.name.startswith("bot.slack")
        )

    assert "hunter2" not in ours
    assert "xoxb" not in caplog.text
