"""Where a Slack app falls into holes, one test a hole. Those of the outbound side are with the client and the chat."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import time
from urllib.parse import urlencode

import aiohttp
import pytest
from aiohttp import web

from bot.errors import Rejected
from bot.events import ShowStatus
from bot.sandbox.slack import SlackStandIn
from bot.sandbox.slack.signature import signed_headers
from bot.slack.client import SlackClient
from bot.slack.http import slack_events
from bot.slack.identity import NOT_A_BOT, who_am_i
from bot.slack.inbound import bolt_app
from bot.slack.listeners import Listeners
from bot.slack.refusals import SlackRejected
from bot.slack.socket import SocketMode
from bot.words import CardView, Mention
from tests.slack_app import MemoryInbox, http_app, socket_app
from tests.slack_peer import DANA, DEPLOYS, SAM, settings, slack_peer
from tests.waiting import until

MENTION = "<@U0PILOT007> status"
COMMAND = urlencode({"command": "/deploy", "text": "status"}).encode()
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


# --- verification before anything parses ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (COMMAND, {"X-Slack-Request-Timestamp": "abc", "X-Slack-Signature": "v0=" + "0" * 64}),
        (COMMAND, {"X-Slack-Request-Timestamp": "1700000000", "X-Slack-Signature": "v0=é✓"}),
        (b"text=\xff\xfe", {}),
        (b"{broken", {"Content-Type": "application/json"}),
        (b"payload=", {}),
        (b"", {}),
    ],
    ids=["timestamp abc", "signature beyond ASCII", "invalid UTF-8", "bad JSON", "empty payload", "nothing"],
)
async def test_an_unauthenticated_caller_gets_401_and_no_traceback(
    body: bytes, headers: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    async with http_app() as app, aiohttp.ClientSession() as session:
        answer = await session.post(app.url, data=body, headers={**FORM, **headers})
        text = await answer.text()

        assert answer.status == 401
        assert "Traceback" not in text + caplog.text
        assert app.inbox.asked == 0


async def test_a_body_that_is_too_large_is_not_read_to_its_end() -> None:
    async with http_app() as app, aiohttp.ClientSession() as session:
        assert (await session.post(app.url, data=io.BytesIO(b"x" * 1_100_000), headers=FORM)).status == 413


async def test_a_replayed_request_of_yesterday_is_refused() -> None:
    async with http_app() as app, aiohttp.ClientSession() as session:
        old = signed_headers(app.slack.world.app.signing_secret, time.time() - 86_400, COMMAND)
        assert (await session.post(app.url, data=COMMAND, headers={**FORM, **old})).status == 401


async def test_a_wrong_signature_prints_neither_itself_nor_the_body(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with http_app() as app, aiohttp.ClientSession() as session:
        headers = {
            **FORM,
            "X-Slack-Request-Timestamp": str(int(time.time())),
            "X-Slack-Signature": "v0=abad1dea",
        }
        assert (await session.post(app.url, data=b"text=hunter2", headers=headers)).status == 401

    printed = "".join(record.getMessage() for record in caplog.records if record.name.startswith("bot."))
    assert "hunter2" not in printed
    assert "abad1dea" not in printed


# --- acknowledgements ----------------------------------------------------------------------------------------


async def test_a_failing_listener_answers_at_once_instead_of_404_after_three_seconds() -> None:
    async with http_app(SlackStandIn(retry_delays=())) as app:
        app.inbox.broken = True
        await app.slack.say(DANA, DEPLOYS, MENTION)
        (delivery,) = app.slack.deliveries()

        assert delivery["status"] == 503
        assert delivery["ms"] < 2000


async def test_an_event_is_answered_after_it_is_kept_and_not_before() -> None:
    async with http_app() as app:
        app.inbox.gate.clear()
        saying = asyncio.create_task(app.slack.say(DANA, DEPLOYS, MENTION))
        await until(lambda: app.inbox.asked)
        assert not saying.done()
        assert not any(delivery["ok"] for delivery in app.slack.deliveries())
        app.inbox.gate.set()
        await saying
        assert len(app.inbox.events) == 1


async def test_one_slow_listener_stalls_no_other_request() -> None:
    async with http_app() as app, aiohttp.ClientSession() as session:
        app.inbox.gate.clear()
        slow = asyncio.create_task(app.slack.say(DANA, DEPLOYS, "/deploy status"))
        await until(lambda: app.inbox.asked)
        body = json.dumps(
            {"type": "event_callback", "event_id": "Ev1", "event": {"type": "team_join"}}
        ).encode()
        headers = signed_headers(app.slack.world.app.signing_secret, time.time(), body)
        kind = {"Content-Type": "application/json"}
        async with session.post(app.url, data=body, headers={**headers, **kind}) as answer:
            assert answer.status == 200
        assert not slow.done()
        app.inbox.gate.set()
        assert (await slow)["ok"]


async def test_an_event_without_a_listener_is_answered_so_that_the_subscription_stays_on() -> None:
    async with http_app() as app, aiohttp.ClientSession() as session:
        for event in ({"type": "channel_rename"}, {"type": "something_new_in_2031", "user": {"deep": [1]}}):
            body = json.dumps({"type": "event_callback", "event_id": "Ev1", "event": event}).encode()
            headers = signed_headers(app.slack.world.app.signing_secret, time.time(), body)
            answer = await session.post(
                app.url, data=body, headers={**headers, "Content-Type": "application/json"}
            )
            assert answer.status == 200


async def test_a_retry_is_one_row_and_a_first_delivery_that_calls_itself_a_retry_is_kept() -> None:
    async with http_app() as app:
        await app.slack.say(DANA, DEPLOYS, MENTION)
        number = app.slack.deliveries()[-1]["n"]
        await app.slack.redeliver(number)
        assert len(app.inbox.events) == 1
        app.inbox.kept.clear()
        await app.slack.redeliver(number)
        assert len(app.inbox.events) == 1


async def test_stopping_the_server_finishes_the_listener_that_still_runs() -> None:
    async with slack_peer() as peer:
        inbox = MemoryInbox()
        listeners = Listeners(
            inbox,
            settings,
            peer.me,
            peer.client,
            lambda _: asyncio.sleep(0, ""),
            views=peer.chat.views,
            clock=peer.clock,
        )
        server = web.Application()
        bolt = bolt_app(listeners, peer.me, peer.client)
        secrets = [peer.slack.world.app.signing_secret]
        server.router.add_post("/slack/events", slack_events(bolt, secrets, peer.clock))
        runner = web.AppRunner(server, shutdown_timeout=5)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        await peer.slack.connect_app(f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events")
        inbox.gate.clear()
        saying = asyncio.create_task(peer.slack.say(DANA, DEPLOYS, "/deploy status"))
        await until(lambda: inbox.asked)
        stopping = asyncio.create_task(runner.cleanup())
        await asyncio.sleep(0)
        inbox.gate.set()
        assert (await saying)["ok"]
        await stopping


# --- what the framework reads by itself ----------------------------------------------------------------------


async def test_a_stray_pair_of_slack_variables_switches_no_oauth_on(monkeypatch: pytest.MonkeyPatch) -> None:
    variables = ("CLIENT_ID", "CLIENT_SECRET", "BOT_TOKEN", "SIGNING_SECRET", "VERIFICATION_TOKEN", "SCOPES")
    for name in variables:
        monkeypatch.setenv(f"SLACK_{name}", "stray")
    async with http_app() as app:
        listeners = Listeners(
            app.inbox,
            settings,
            app.peer.me,
            app.peer.client,
            lambda _: asyncio.sleep(0, ""),
            views=app.peer.chat.views,
            clock=app.peer.clock,
        )
        bolt = bolt_app(listeners, app.peer.me, app.peer.client)
        assert bolt.oauth_flow is None
        assert bolt.installation_store is None
        assert (await app.slack.say(DANA, DEPLOYS, "/deploy status"))["ok"]
        assert len(app.inbox.events) == 1


async def test_a_token_that_slack_refuses_stops_the_start_with_words() -> None:
    async with slack_peer() as peer:
        with pytest.raises(Rejected, match=r"Look at slack\.bot_token"):
            await who_am_i(SlackClient(peer.session, token="xoxb-wrong", api_url=peer.slack.api_url))


async def test_a_persons_token_is_refused_at_the_start() -> None:
    async def as_a_person(_: web.Request) -> web.Response:
        return web.json_response({"ok": True, "team_id": "T1", "user_id": "U1"})

    server = web.Application()
    server.router.add_post("/api/auth.test", as_a_person)
    runner = web.AppRunner(server)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        async with aiohttp.ClientSession() as session:
            url = f"http://127.0.0.1:{runner.addresses[0][1]}/api/"
            with pytest.raises(SlackRejected) as refusal:
                await who_am_i(SlackClient(session, token="xoxp-1", api_url=url))
    finally:
        await runner.cleanup()
    assert refusal.value.sentence == NOT_A_BOT


# --- Slack's own ways ----------------------------------------------------------------------------------------


async def test_slash_commands_do_not_work_in_threads_and_a_mention_does() -> None:
    async with http_app() as app:
        card = CardView(title="x", emoji="x", state=("x",), fallback="x")
        posted = await app.peer.chat.post_card(DEPLOYS, "k", card, look_first=False)
        assert not (await app.slack.say(DANA, DEPLOYS, "/deploy status", thread_ts=posted.ts))["ok"]
        await app.slack.say(DANA, DEPLOYS, MENTION, thread_ts=posted.ts)
        (event,) = app.inbox.events

    assert isinstance(event, ShowStatus)
    assert event.place.thread == posted.ts


async def test_a_command_whose_text_holds_the_word_payload_is_not_lost() -> None:
    async with http_app() as app:
        assert (await app.slack.say(DANA, DEPLOYS, "/deploy payload-service staging"))["ok"]
        assert len(app.inbox.events) == 1


async def test_any_of_several_sockets_may_get_a_payload_and_each_is_kept_once() -> None:
    async with socket_app() as app:
        peer = app.peer
        listeners = Listeners(
            app.inbox,
            settings,
            peer.me,
            peer.client,
            lambda _: asyncio.sleep(0, ""),
            views=peer.chat.views,
            clock=peer.clock,
        )
        client = SlackClient(peer.session, token=app.slack.world.app.app_token, api_url=app.slack.api_url)
        bolt = bolt_app(listeners, peer.me, peer.client)
        async with SocketMode(bolt, client, peer.clock):
            await app.slack.until(lambda: app.slack.links.count == 2)
            for _ in range(4):
                assert (await app.slack.say(DANA, DEPLOYS, "/deploy status"))["ok"]
            assert (await app.slack.redeliver(app.slack.deliveries()[0]["n"]))["ok"]

        assert len(app.inbox.events) == 4


async def test_a_mention_in_untrusted_text_notifies_nobody_and_one_of_ours_does() -> None:
    view = CardView(
        title="<!channel>",
        emoji="x",
        state=("<@U0SAM00002> and <!subteam^S0SRE00001> ", Mention(id=SAM)),
        fallback="<!here>",
    )
    async with slack_peer() as peer:
        await peer.chat.post_card(DEPLOYS, "k", view, look_first=False)
        (message,) = peer.slack.messages(DEPLOYS)

    header, state = message["blocks"]
    assert header["text"]["type"] == "plain_text"
    assert state["text"]["text"].count("<") == 1
    assert f"<@{SAM}>" in state["text"]["text"]
    assert message["text"] == "&lt;!here&gt;"
