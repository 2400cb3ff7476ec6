"""Slack's Web API, one method a call: every failure has one of the house's names, and no token is ever printed."""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import Unreachable
from bot.reasons import Reason
from bot.slack.refusals import SlackRejected, failure

NOT_THERE = "Slack can't be reached at {address} ({what})."
TOO_SLOW = "Slack did not answer {method} within {seconds:g} s."

# These read only. Slack takes no JSON for them (https://docs.slack.dev/apis/web-api#post_bodies), but a form or a query;
# a form is what every one of its clients and imitations knows.
READS = frozenset(
    {
        "chat.getPermalink",
        "conversations.history",
        "conversations.info",
        "conversations.list",
        "conversations.members",
        "conversations.replies",
        "usergroups.list",
        "usergroups.users.list",
        "users.info",
    }
)

_sdk_log = logging.getLogger("bot.slack.sdk")
# Below this level the SDK prints whole requests and answers.
_sdk_log.setLevel(logging.WARNING)

Observe = Callable[[str, str, float], None]
"""Told of every call: the method, its outcome (`ok` or a reason code), and the seconds it took."""


def _nobody(method: str, outcome: str, seconds: float) -> None:
    """Nobody counts calls."""


Redact = Callable[[str], str]
SAID = frozenset({"text", "url", "alt_text", "initial_value"})
"""Where Slack's messages and views hold what people read; the rest is ids and the names of things."""


def said_without_secrets(message: Mapping[str, Any], redact: Redact) -> dict[str, Any]:
    """The same message, with every text in it redacted, however deep."""
    return {
        name: redact(value) if name in SAID and isinstance(value, str) else _redacted(value, redact)
        for name, value in message.items()
    }


def _redacted(value: Any, redact: Redact) -> Any:
    if isinstance(value, Mapping):
        return said_without_secrets(value, redact)
    if isinstance(value, list | tuple):
        return [_redacted(inner, redact) for inner in value]
    return value


def web_client(session: aiohttp.ClientSession, *, token: str, api_url: str) -> AsyncWebClient:
    """The SDK's client over the given session, without its retries.

    For the loopback no proxy is used. The SDK reads HTTPS_PROXY even when told `proxy=""`, so it is taken away after.
    """
    web = AsyncWebClient(token=token, base_url=api_url, session=session, retry_handlers=[], logger=_sdk_log)
    if is_loopback(api_url):
        web.proxy = None
    return web


def is_loopback(url: str) -> bool:
    try:
        host = urlsplit(url).hostname or ""
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class SlackClient:
    """Calls methods with one token over a session that somebody else opens and closes.

    `timeout` is in seconds for one call from connecting to the last byte. `app` is the name people invite. `redact` takes
    secrets out of every text on its way to people.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        *,
        token: str,
        api_url: str = "https://slack.com/api/",
        timeout: float = 10.0,
        app: str = "pilothouse",
        observe: Observe = _nobody,
        redact: Redact = str,
    ) -> None:
        self.web = web_client(session, token=token, api_url=api_url)
        self.api_url = api_url
        self._session = session
        self._timeout = timeout
        self._app = app
        self._observe = observe
        self._redact = redact

    async def call(self, method: str, /, **arguments: Any) -> Mapping[str, Any]:
        """Slack's answer to one call. Raises `Unreachable` or `SlackRejected`.

        `Unreachable.maybe_done` is true when the request was sent and the answer is not known.
        """
        began = time.perf_counter()
        try:
            answer = await self._send(method, arguments)
        except (Unreachable, SlackRejected) as problem:
            self._observe(method, problem.reason.value, time.perf_counter() - began)
            raise
        self._observe(method, "ok", time.perf_counter() - began)
        return answer

    async def respond(self, response_url: str, message: Mapping[str, Any]) -> bool:
        """Post to a `response_url`; False when it no longer works. Raises `Unreachable`.

        https://docs.slack.dev/interactivity/handling-user-interaction#message_responses
        """
        proxy = None if is_loopback(response_url) else self.web.proxy
        message, began = said_without_secrets(message, self._redact), time.perf_counter()
        try:
            async with asyncio.timeout(self._timeout):
                async with self._session.post(
                    response_url, json=message, allow_redirects=False, proxy=proxy
                ) as response:
                    worked = response.status == 200
        except (aiohttp.InvalidURL, aiohttp.NonHttpUrlClientError):
            worked = False
        except (aiohttp.ClientError, TimeoutError) as problem:
            gone = self._gone("response_url", problem)
            self._observe("response_url", gone.reason.value, time.perf_counter() - began)
            raise gone from problem
        self._observe("response_url", "ok" if worked else "expired", time.perf_counter() - began)
        return worked

    async def _send(self, method: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        given = {name: value for name, value in arguments.items() if value is not None}
        given = said_without_secrets(given, self._redact)
        try:
            async with asyncio.timeout(self._timeout):
                if method in READS:
                    response = await self.web.api_call(method, data=given)
                else:
                    response = await self.web.api_call(method, json=given)
        except (aiohttp.ClientError, TimeoutError) as problem:
            raise self._gone(method, problem) from problem
        except SlackApiError as problem:
            raise self._meaning(method, problem.response) from None  # its text is the whole answer
        except (AttributeError, ValueError, RecursionError) as problem:
            # The SDK takes an answer for a mapping in JSON; a list is none, nor are broken bytes, nor a tower of brackets.
            raise failure(method, 200, {}, None, app=self._app) from problem
        return response.data if isinstance(response.data, dict) else {}

    def _gone(self, method: str, problem: Exception) -> Unreachable:
        never_sent = isinstance(problem, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError)
        if isinstance(problem, TimeoutError):
            sentence = TOO_SLOW.format(method=method, seconds=self._timeout)
            return Unreachable(Reason.PEER_SLOW, sentence, maybe_done=not never_sent)
        address = self.api_url if method != "response_url" else "the response_url"
        sentence = NOT_THERE.format(address=address, what=type(problem).__name__)
        return Unreachable(Reason.PEER_DOWN, sentence, maybe_done=not never_sent)

    def _meaning(self, method: str, response: Any) -> Unreachable | SlackRejected:
        """`response` is the SDK's, or aiohttp's own where the body was no JSON."""
        status: int = response.status_code if hasattr(response, "status_code") else response.status
        body = getattr(response, "data", None)
        return failure(method, status, response.headers, body, app=self._app, reads=method in READS)
