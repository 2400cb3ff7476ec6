"""The bolt application, and the one way through it for HTTP and Socket Mode alike.

What is switched off, and why: bolt's own signature check comes after its parsing (ours came before, on the raw
bytes); its OAuth flow and its reading of SLACK_* variables would let the environment change what the configuration
says; its loggers print whole bodies.
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from bot.errors import BadRequest
from bot.slack.client import SlackClient
from bot.slack.identity import Identity
from bot.slack.listeners import Listeners, guarded

ANYTHING = re.compile("")
SHAPELESS = "The payload has no shape that Slack sends."

log = logging.getLogger(__name__)

_bolt_log = logging.getLogger("bot.slack.bolt")
# Above every level at which bolt prints: its lines hold bodies, and ours say what happened.
_bolt_log.setLevel(logging.CRITICAL + 1)


def bolt_app(listeners: Listeners, me: Identity, client: SlackClient) -> AsyncApp:
    """The application with its listeners; which slash commands are ours, the listener knows.

    `process_before_response` makes bolt answer after a listener is through: by default it thanks for an event first
    (https://docs.slack.dev/tools/bolt-python/concepts/lazy-listeners).
    """

    async def authorize() -> AuthorizeResult:
        return AuthorizeResult(
            enterprise_id=me.enterprise or None,
            team_id=me.team,
            bot_id=me.bot,
            bot_user_id=me.user,
            bot_token=client.web.token,
        )

    with _without_slack_variables():
        bolt = AsyncApp(
            name="pilothouse",
            logger=_bolt_log,
            client=client.web,
            authorize=authorize,
            signing_secret="",
            request_verification_enabled=False,
            ssl_check_enabled=False,
            process_before_response=True,
        )
    bolt.command(ANYTHING)(guarded(listeners.command))
    bolt.event("app_mention")(guarded(listeners.mention))
    bolt.event("message")(guarded(listeners.message))
    bolt.event("app_home_opened")(guarded(listeners.home))
    bolt.event(ANYTHING)(guarded(listeners.ignored))
    bolt.action(ANYTHING)(guarded(listeners.click))
    bolt.view_submission(ANYTHING)(guarded(listeners.submission))
    bolt.view_closed(ANYTHING)(guarded(listeners.ignored))
    bolt.shortcut(ANYTHING)(guarded(listeners.ignored))
    bolt.options(ANYTHING)(guarded(listeners.suggestions))
    return bolt


async def dispatch(bolt: AsyncApp, payload: Mapping[str, Any]) -> BoltResponse:
    """Slack's answer to a verified payload: never 404, and 500 only where bolt itself stumbles over its shape.

    The payload goes in as a mapping, because bolt's own reading of bodies loses a command whose text holds the word
    `payload`. Raises `BadRequest` for a shape that Slack never sends.
    """
    try:
        request = AsyncBoltRequest(mode="socket_mode", body=dict(payload))
    except (AttributeError, KeyError, TypeError, ValueError) as problem:
        raise BadRequest(SHAPELESS) from problem
    answer = await bolt.async_dispatch(request)
    if answer.status == 404:
        log.info("nothing listens to a payload of type %s", _kind(payload))
        return BoltResponse(status=200)
    if answer.status == 500:
        raise BadRequest(SHAPELESS)
    return answer


def _kind(payload: Mapping[str, Any]) -> str:
    found = payload.get("type")
    return found[:50] if isinstance(found, str) and found.isidentifier() else "unknown"


@contextmanager
def _without_slack_variables() -> Iterator[None]:
    """Bolt looks for SLACK_* variables while it is built: a stray pair of them would switch its OAuth flow on."""
    hidden = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith("SLACK_")}
    try:
        yield
    finally:
        os.environ.update(hidden)
