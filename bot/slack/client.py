"""Slack's Web API, one method a call: every failure has one of the house's names, and no token is ever printed."""

from __future__ import annotations

import asyncio
import ipaddress
import logging
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

Observe = Callable[[str, str], None]
"""Told of every call: the method and its outcome, `ok` or a reason code."""


def _nobody(method: str, outcome: str) -> None:
    """Nobody counts calls."""


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

    `timeout` is in seconds for one call from connecting to the last byte. `app` is the name people invite.
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
    ) -> None:
        self.web = web_client(session, token=token, api_url=api_url)
        self.api_url = api_url
        self._session = session
        self._timeout = timeout
        self._app = app
        self._observe = observe

    async def call(self, method: str, /, **arguments: Any) -> Mapping[str, Any]:
        """Slack's answer to one call. Raises `Unreachable` or `SlackRejected`.

        `Unreachable.maybe_done` is true when the request was sent and the answer is not known.
        """
        try:
            answer = await self._send(method, arguments)
        except (Unreachable, SlackRejected) as problem:
            self._observe(method, problem.reason.value)
            raise
        self._observe(method, "ok")
        return answer

    async def respond(self, response_url: str, message: Mapping[str, Any]) -> bool:
        """Post to a `response_url`; False when it no longer works. Raises `Unreachable`.

        https://docs.slack.dev/interactivity/handling-user-interaction#message_responses
        """
        proxy = None if is_loopback(response_url) else self.web.proxy
        try:
            async with asyncio.timeout(self._timeout):
                async with self._session.post(
                    response_url, json=message, allow_redirects=False, proxy=proxy
                ) as response:
                    worked = response.status == 200
        except (aiohttp.InvalidURL, aiohttp.NonHttpUrlClientError):
            worked = False
        except (aiohttp.ClientError, TimeoutError) as problem:
            raise self._gone("response_url", problem) from problem
        self._observe("response_url", "ok" if worked else "expired")
        return worked

    async def _send(self, method: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        given = {name: value for name, value in arguments.items() if value is not None}
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
        except AttributeError as problem:
            # The SDK takes an answer for a mapping; a list or a bare string is none.
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
        return failure(method, status, response.headers, getattr(response, "data", None), app=self._app)
