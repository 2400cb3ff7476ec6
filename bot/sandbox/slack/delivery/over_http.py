"""The request URL: one address for events, commands and interactivity, every body signed.

https://docs.slack.dev/apis/events-api/using-http-request-urls
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Literal
from urllib.parse import urlencode

import aiohttp

from bot.sandbox.slack.delivery.parcel import REFUSED, TIMED_OUT, UNREACHABLE, Ack, Json, Parcel
from bot.sandbox.slack.signature import signed_headers

AGENT = "Slackbot 1.0 (+https://api.slack.com/robots)"
FORM = "application/x-www-form-urlencoded"


class NotVerified(Exception):  # noqa: N818 - it is an answer, not an error
    """The app's request URL did not return Slack's challenge."""


class RequestUrl:
    """Sends each parcel over a connection of its own, so that a restarted app is met afresh."""

    name: Literal["http"] = "http"

    def __init__(self, url: str, secret: str, *, clock: Callable[[], float], ack_seconds: float) -> None:
        self.url = url
        self._secret = secret
        self._clock = clock
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(force_close=True, limit=0),
            timeout=aiohttp.ClientTimeout(total=ack_seconds),
            headers={"User-Agent": AGENT, "Accept": "application/json,*/*"},
        )
        self._reached = False

    @property
    def connected(self) -> bool:
        """Whether the last parcel found somebody there."""
        return self._reached

    async def hand_over(self, parcel: Parcel) -> Ack:
        body, content_type = encoded(parcel)
        headers = {"Content-Type": content_type, **signed_headers(self._secret, self._clock(), body)}
        if parcel.retry_num:
            headers["X-Slack-Retry-Num"] = str(parcel.retry_num)
            headers["X-Slack-Retry-Reason"] = parcel.retry_reason
        try:
            async with self._session.post(
                self.url, data=body, headers=headers, allow_redirects=False
            ) as response:
                self._reached = True
                return _ack(response, await response.read())
        except TimeoutError:
            return Ack(error=TIMED_OUT)
        except aiohttp.ClientError:
            self._reached = False
            return Ack(error=UNREACHABLE)

    async def verify(self) -> str:
        """Slack's challenge when a request URL is entered; answers what is wrong, empty when nothing is."""
        challenge = "3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P"
        parcel = Parcel(
            way="events_api",
            kind="url_verification",
            payload={"type": "url_verification", "challenge": challenge},
        )
        ack = await self.hand_over(parcel)
        given = ack.body.get("challenge") if isinstance(ack.body, dict) else ack.body
        if ack.ok and given == challenge:
            return ""
        return f"the challenge was not returned: {ack.error or ack.body!r} (HTTP {ack.status})"

    async def close(self) -> None:
        await self._session.close()


def encoded(parcel: Parcel) -> tuple[bytes, str]:
    """Body and content type, as each kind of request has them."""
    if parcel.way == "events_api":
        return json.dumps(parcel.payload).encode(), "application/json"
    fields: Json = (
        parcel.payload if parcel.way == "slash_commands" else {"payload": json.dumps(parcel.payload)}
    )
    return urlencode(fields).encode(), FORM


def _ack(response: aiohttp.ClientResponse, raw: bytes) -> Ack:
    no_retry = response.headers.get("X-Slack-No-Retry") == "1"
    body = _decoded(raw, response.content_type)
    error = "" if 200 <= response.status < 300 else REFUSED
    return Ack(status=response.status, body=body, error=error, no_retry=no_retry)


def _decoded(raw: bytes, content_type: str) -> Any:
    text = raw.decode("utf-8", errors="replace")
    if not text.strip():
        return None
    if content_type == "application/json" or text.lstrip().startswith("{"):
        try:
            return json.loads(text)
        except ValueError:
            return text
    return text
