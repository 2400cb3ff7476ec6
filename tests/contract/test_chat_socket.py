"""Slack in over Socket Mode: the same listeners, each envelope acknowledged only once it is written down."""

from __future__ import annotations

import asyncio

import pytest

from bot.errors import Rejected
from bot.events import Approve, Deploy, Reject, ShowStatus
from bot.sandbox.slack import SlackStandIn
from bot.sandbox.slack.delivery.parcel import Parcel
from bot.slack.client import SlackClient
from bot.slack.dialogs import NOT_KEPT
from bot.slack.inbound import bolt_app
from bot.slack.listeners import Listeners
from bot.slack.socket import SocketMode
from bot.words import Button, CardView
from tests.slack_app import MemoryInbox, socket_app
from tests.slack_peer import DANA, DEPLOYS, SAM, settings, slack_peer
from tests.waiting import until

CARD = CardView(
    title="checkout",
    emoji="rocket",
    state=("waiting",),
    fallback="waiting",
    buttons=(
        Button(action="approve", label="Approve", value="d1"),
        Button(action="reject", label="Reject", value="d1"),
    ),
)


async def test_commands_mentions_clicks_and_dialogs_arrive_as_over_http() -> None:
    async with socket_app() as app:
        assert (await app.slack.say(DANA, DEPLOYS, "/deploy payments 1.2 staging"))["ok"]
        await app.slack.say(DANA, DEPLOYS, "<@U0PILOT007> status")
        posted = await app.peer.chat.post_card(DEPLOYS, "k", CARD, look_first=False)
        where = {"channel": posted.channel, "message_ts": posted.ts, "block_id": "buttons-0"}
        assert (await app.slack.click(SAM, "approve", **where))["ok"]
        assert (await app.slack.click(SAM, "reject", **where))["ok"]
        (view,) = app.slack.views(SAM)
        empty = await app.slack.submit_view(
            SAM, view["id"], {"why": {"why": {"type": "plain_text_input", "value": " "}}}
        )
        assert empty["errors"]
        values = {"why": {"why": {"type": "plain_text_input", "value": "no"}}}
        assert (await app.slack.submit_view(SAM, view["id"], values))["closed"]

        assert [type(event) for event in app.inbox.events] == [Deploy, ShowStatus, Approve, Reject]
        assert app.slack.refused == []


async def test_an_envelope_is_acknowledged_only_after_the_commit() -> None:
    async with socket_app() as app:
        app.inbox.gate.clear()
        saying = asyncio.create_task(app.slack.say(DANA, DEPLOYS, "/deploy status"))
        await until(lambda: app.inbox.asked)
        assert not saying.done()
        app.inbox.gate.set()
        assert (await saying)["ok"]


async def test_an_event_that_is_not_written_down_is_not_acknowledged() -> None:
    async with socket_app(SlackStandIn(ack_seconds=0.3, retry_delays=(0.05,))) as app:
        app.inbox.broken = True
        await app.slack.say(DANA, DEPLOYS, "<@U0PILOT007> status")
        app.inbox.broken = False
        await app.slack.until(lambda: len(app.slack.deliveries()) == 2 and app.slack.deliveries()[1]["ok"])

        assert [delivery["ok"] for delivery in app.slack.deliveries()] == [False, True]
        assert len(app.inbox.events) == 1


async def test_an_envelope_that_makes_no_sense_is_acknowledged_so_that_it_does_not_come_again() -> None:
    async with socket_app() as app:
        ack = await app.slack.links.hand_over(Parcel(way="events_api", kind="x", payload={"team": 5}))

        assert ack.ok
        assert app.inbox.asked == 0


async def test_an_unknown_command_is_answered_with_a_sentence_over_the_socket_too() -> None:
    async with socket_app() as app:
        ack = await app.slack.links.hand_over(
            Parcel(way="slash_commands", kind="x", payload={"command": "/other"})
        )

        assert "Try /deploy help" in ack.body["text"]


async def test_what_is_in_hand_at_the_end_is_left_unacknowledged_when_it_takes_too_long(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("bot.slack.socket.DRAIN_WITHIN", 0.05)
    async with socket_app(SlackStandIn(ack_seconds=0.5)) as app:
        assert app.socket is not None
        app.inbox.gate.clear()
        saying = asyncio.create_task(app.slack.say(DANA, DEPLOYS, "/deploy status"))
        await until(lambda: app.inbox.asked)
        await app.socket.close()
        assert not (await saying)["ok"]
        app.inbox.gate.set()
        await until(lambda: app.inbox.kept)

    assert "left unfinished" in caplog.text


async def test_a_command_that_cannot_be_kept_says_so_over_the_socket_too() -> None:
    async with socket_app() as app:
        app.inbox.broken = True
        await app.slack.say(DANA, DEPLOYS, "/deploy status")

        assert [m["text"] for m in app.slack.messages(DEPLOYS, viewer=DANA) if m["ephemeral"]] == [NOT_KEPT]


async def test_a_connection_that_slack_replaces_is_opened_again() -> None:
    async with socket_app() as app:
        await app.slack.disconnect_sockets()
        await app.slack.until(lambda: app.slack.links.connected, within=10)
        await app.slack.say(DANA, DEPLOYS, "/deploy status")

        assert len(app.inbox.events) == 1


async def test_the_watchdog_says_once_that_the_connection_is_gone_and_once_that_it_is_back(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with socket_app(watch_interval=0.02, lost_for=0.1) as app:
        assert app.socket is not None
        socket = app.socket
        sdk = socket._sdk
        assert sdk is not None
        sdk.auto_reconnect_enabled = sdk.default_auto_reconnect_enabled = False
        await app.slack.links.close()
        await until(lambda: not socket.connected)
        await until(lambda: socket.connected)
        await app.slack.until(lambda: app.slack.links.connected)
        assert (await app.slack.say(DANA, DEPLOYS, "/deploy status"))["ok"]

    assert caplog.text.count("The connection to Slack is lost") == 1
    assert caplog.text.count("The connection to Slack is back") == 1


async def test_closing_finishes_what_is_in_hand() -> None:
    async with socket_app() as app:
        assert app.socket is not None
        app.inbox.gate.clear()
        saying = asyncio.create_task(app.slack.say(DANA, DEPLOYS, "/deploy status"))
        await until(lambda: app.inbox.asked)
        closing = asyncio.create_task(app.socket.close())
        await asyncio.sleep(0)
        app.inbox.gate.set()
        assert (await saying)["ok"]
        await closing
        assert not app.socket.connected


async def test_a_wrong_app_token_is_refused_at_the_start_instead_of_being_tried_for_ever() -> None:
    async with slack_peer() as peer:
        client = SlackClient(peer.session, token="xapp-wrong", api_url=peer.slack.api_url)
        listeners = Listeners(
            MemoryInbox(),
            settings,
            peer.me,
            peer.client,
            lambda _: asyncio.sleep(0, ""),
            views=peer.chat.views,
            clock=peer.clock,
        )
        socket = SocketMode(bolt_app(listeners, peer.me, peer.client), client, peer.clock)
        with pytest.raises(Rejected):
            await socket.open()
        await socket.close()
