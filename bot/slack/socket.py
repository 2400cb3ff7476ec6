"""Socket Mode: the same payloads over a websocket that we open, each acknowledged only once it is written down.

https://docs.slack.dev/apis/events-api/using-socket-mode/
"""

from __future__ import annotations

import asyncio
import json
import logging
from types import TracebackType
from typing import Any, Self

from aiohttp import ClientError
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.response import BoltResponse
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse

from bot.errors import BadRequest
from bot.ports import Clock
from bot.slack.client import SlackClient, is_loopback
from bot.slack.inbound import dispatch

LOST = "The connection to Slack is lost; connecting again."
BACK = "The connection to Slack is back."

PING_INTERVAL = 5.0
WATCH_INTERVAL = 5.0
# Longer than the SDK takes to notice and reconnect by itself.
LOST_FOR = 30.0
DRAIN_WITHIN = 5.0

log = logging.getLogger(__name__)

_sdk_log = logging.getLogger("bot.slack.socket_sdk")
# Its lines hold whole payloads, and the address of the socket with its ticket.
_sdk_log.setLevel(logging.CRITICAL + 1)


class SocketMode:
    """`async with SocketMode(...)`: connected when entered, drained and closed when left.

    `client` calls with the app-level token (xapp-…).
    """

    def __init__(
        self,
        bolt: AsyncApp,
        client: SlackClient,
        clock: Clock,
        *,
        watch_interval: float = WATCH_INTERVAL,
        lost_for: float = LOST_FOR,
    ) -> None:
        self._bolt = bolt
        self._client = client
        self._clock = clock
        self._watch_interval = watch_interval
        self._lost_for = lost_for
        self._sdk: SocketModeClient | None = None
        self._in_hand: set[asyncio.Task[Any]] = set()
        self._watching: asyncio.Task[None] | None = None
        self._closing = False
        self.connected = False

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def open(self) -> None:
        """Raises `SlackRejected` or `Unreachable` when Slack gives no socket.

        The SDK would try for ever, so the first address is asked for here.
        """
        address = str((await self._client.call("apps.connections.open"))["url"])
        sdk = SocketModeClient(
            app_token=self._client.web.token or "",
            logger=_sdk_log,
            web_client=self._client.web,
            ping_interval=PING_INTERVAL,
        )
        if is_loopback(self._client.api_url):
            sdk.proxy = None  # the SDK reads HTTPS_PROXY, and knows no exceptions
        sdk.wss_uri = address
        sdk.socket_mode_request_listeners.append(self._handle)
        self._sdk = sdk
        await sdk.connect()  # type: ignore[no-untyped-call]  # the SDK has no types there
        self.connected = True
        self._watching = asyncio.create_task(self._watch(sdk), name="watching the connection to Slack")

    async def close(self) -> None:
        """Takes nothing new, finishes what is in hand within a few seconds, then hangs up.

        What is not finished has no acknowledgement, so Slack delivers it again.
        """
        self._closing = True
        if self._watching:
            self._watching.cancel()
            await asyncio.gather(self._watching, return_exceptions=True)
        if self._in_hand:
            _, late = await asyncio.wait(self._in_hand, timeout=DRAIN_WITHIN)
            for task in late:
                log.warning("left unfinished, Slack will deliver it again: %s", task.get_name())
        if self._sdk:
            await _hang_up(self._sdk)
        self.connected = False

    async def _handle(self, sdk: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        if self._closing:
            return
        task = asyncio.current_task()
        assert task is not None
        self._in_hand.add(task)
        try:
            await self._answer(sdk, request)
        finally:
            self._in_hand.discard(task)

    async def _answer(self, sdk: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        try:
            answer = await dispatch(self._bolt, request.payload)
        except BadRequest as nonsense:
            log.warning("an envelope made no sense: %s", nonsense.sentence)
            answer = BoltResponse(status=200)
        if answer.status != 200:
            log.warning("an envelope was not written down, so Slack will deliver it again")
            return
        try:
            await sdk.send_socket_mode_response(
                SocketModeResponse(envelope_id=request.envelope_id, payload=payload_of(answer))
            )
        except (ConnectionError, ClientError) as problem:
            log.warning("an envelope is written down but not acknowledged: %s", type(problem).__name__)

    async def _watch(self, sdk: SocketModeClient) -> None:
        """Says once that the connection is gone and once that it is back, and replaces one that stays gone."""
        seen = self._clock.now()
        while True:
            await self._clock.sleep(self._watch_interval)
            alive = await sdk.is_connected()
            if alive != self.connected:
                log.warning(BACK if alive else LOST)
            self.connected = alive
            if alive:
                seen = self._clock.now()
            elif self._clock.now() - seen > self._lost_for:
                seen = self._clock.now()
                await self._reconnect(sdk)

    async def _reconnect(self, sdk: SocketModeClient) -> None:
        """The SDK keeps trying from within, so it gets a bounded time."""
        try:
            async with asyncio.timeout(self._lost_for):
                await sdk.connect_to_new_endpoint(force=True)
        except (SlackApiError, ClientError, TimeoutError, OSError) as problem:
            log.warning("connecting to Slack failed, trying again: %s", type(problem).__name__)


def payload_of(answer: BoltResponse) -> dict[str, Any] | None:
    """What goes back with the acknowledgement: JSON as it is, a sentence as a message's text."""
    if not answer.body:
        return None
    if answer.headers.get("content-type", [""])[0].startswith("application/json"):
        found = json.loads(answer.body)
        return found if isinstance(found, dict) else None
    return {"text": answer.body}


async def _hang_up(sdk: SocketModeClient) -> None:
    """The SDK cancels its tasks but does not wait for them."""
    await sdk.close()  # type: ignore[no-untyped-call]  # the SDK has no types there
    tasks = (sdk.message_processor, sdk.current_session_monitor, sdk.message_receiver)
    await asyncio.gather(*filter(None, tasks), return_exceptions=True)
