"""Whatever is signed, the answer is 200, 400 or (when it could not be kept) 503: never a crash, never a shapeless row."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import aiohttp
from hypothesis import HealthCheck, given
from hypothesis import settings as tuned
from hypothesis import strategies as st

from bot.clock import SystemClock
from bot.errors import BadRequest
from bot.events import decode, encode
from bot.slack.client import SlackClient
from bot.slack.identity import Identity
from bot.slack.inbound import bolt_app, dispatch
from bot.slack.listeners import Listeners
from bot.slack.shaper import Shaper
from bot.slack.views import Views
from tests.slack_app import MemoryInbox
from tests.slack_peer import settings

ME = Identity(team="T1", team_name="t", bot="B1", user="UBOT", name="pilothouse", url="https://t.slack.com/")
NAMES = [
    "type",
    "event",
    "command",
    "actions",
    "view",
    "user",
    "channel",
    "team",
    "container",
    "callback_id",
    "action_id",
    "value",
    "trigger_id",
    "event_id",
    "channel_type",
    "subtype",
    "block_id",
    "blocks",
    "values",
    "hash",
    "text",
    "bot_id",
    "authorizations",
    "private_metadata",
    "state",
    "id",
    "user_id",
    "channel_id",
    "enterprise",
    "ts",
]
WORDS = [
    "event_callback",
    "block_actions",
    "view_submission",
    "view_closed",
    "block_suggestion",
    "shortcut",
    "message_action",
    "app_mention",
    "message",
    "im",
    "/deploy",
    "approve",
    "reject",
    "U1",
    "C1",
    "T1",
    "d1",
    "url_verification",
    "ssl_check",
    "modal",
    "home",
    "version/checkout",
    "V0123",
    '{"place": {"channel": "C1"}}',
    "interactive_message",
    "dialog_submission",
]
LEAF = st.none() | st.booleans() | st.integers() | st.sampled_from(WORDS) | st.text(max_size=8)
SHAPES: st.SearchStrategy[Any] = st.recursive(
    LEAF,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=8),
    max_leaves=25,
)
PAYLOADS = st.dictionaries(st.sampled_from(NAMES), SHAPES, min_size=1, max_size=12)


def test_any_signed_payload_is_answered_and_what_is_kept_can_be_read_again() -> None:
    inbox = MemoryInbox()

    async def bolt_and_session() -> tuple[Any, aiohttp.ClientSession]:
        session = aiohttp.ClientSession()
        client = SlackClient(session, token="xoxb-1", api_url="http://127.0.0.1:9/api/", timeout=1.0)
        views = Views(client, Shaper(SystemClock(), interval=0.0))
        listeners = Listeners(
            inbox, settings, ME, client, lambda _: asyncio.sleep(0, ""), views=views, clock=SystemClock()
        )
        return bolt_app(listeners, ME, client), session

    with asyncio.Runner() as runner:
        bolt, session = runner.run(bolt_and_session())

        @given(PAYLOADS)
        @tuned(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))
        def answer(payload: dict[str, Any]) -> None:
            try:
                assert runner.run(dispatch(bolt, json.loads(json.dumps(payload)))).status == 200
            except BadRequest as nonsense:
                assert nonsense.status == 400  # noqa: PT017 - one of two good answers

        answer()
        runner.run(session.close())
    for event in inbox.events:
        assert decode(type(event).__name__, event.version, encode(event)) == event
