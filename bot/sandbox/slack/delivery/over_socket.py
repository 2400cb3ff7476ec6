"""Socket Mode: the app's own WebSockets, up to ten; each payload goes to one of them.

https://docs.slack.dev/apis/events-api/using-socket-mode
"""

from __future__ import annotations

import asyncio
import itertools
import json
from typing import Any, Literal

from aiohttp import WSMsgType, web

from bot.sandbox.slack.delivery.parcel import NOBODY, TIMED_OUT, UNREACHABLE, Ack, Json, Parcel
from bot.sandbox.slack.workspace import Workspace

MOST_CONNECTIONS = 10
TICKET_SECONDS = 30.0
PING_SECONDS = 10.0
LATE = "acknowledged after the deadline, or never sent"


class Links:
    """All open connections of the app, and the envelopes that still wait for their ack."""

    name: Literal["socket"] = "socket"

    def __init__(self, workspace: Workspace, *, ack_seconds: float) -> None:
        self._workspace = workspace
        self._ack_seconds = ack_seconds
        self._open: list[web.WebSocketResponse] = []
        self._waiting: dict[str, tuple[asyncio.Future[Ack], web.WebSocketResponse]] = {}
        self._numbers = itertools.count(1)

    @property
    def connected(self) -> bool:
        return bool(self._open)

    @property
    def count(self) -> int:
        return len(self._open)

    async def hand_over(self, parcel: Parcel) -> Ack:
        if not self._open:
            return Ack(error=NOBODY)
        socket = self._open.pop(0)
        self._open.append(socket)
        envelope_id = f"{next(self._numbers):08x}-0000-4000-8000-000000000000"
        answer: asyncio.Future[Ack] = asyncio.get_running_loop().create_future()
        self._waiting[envelope_id] = (answer, socket)
        try:
            async with asyncio.timeout(self._ack_seconds):
                await socket.send_json(_envelope(envelope_id, parcel))
                return await answer
        except TimeoutError:
            return Ack(error=TIMED_OUT)
        except ConnectionError:
            return Ack(error=UNREACHABLE)
        finally:
            del self._waiting[envelope_id]

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """One connection from hello to its end. 403 for an address that was used before or is too old."""
        issued = self._workspace.socket_tickets.pop(request.query.get("ticket", ""), None)
        if issued is None or self._workspace.clock() - issued > TICKET_SECONDS:
            return web.Response(status=403, text="get a fresh URL from apps.connections.open")
        socket = web.WebSocketResponse(heartbeat=PING_SECONDS)
        await socket.prepare(request)
        if len(self._open) >= MOST_CONNECTIONS:
            await socket.send_json({"type": "disconnect", "reason": "too_many_websockets"})
            await socket.close()
            return socket
        self._open.append(socket)
        try:
            await socket.send_json(self._hello())
            self._workspace.stream.tell("connected", count=len(self._open))
            await self._read(socket)
        except ConnectionError:
            pass  # the app went away in the middle of a send: the same as closing
        finally:
            self._gone(socket)
        return socket

    async def disconnect(self, reason: str = "refresh_requested") -> None:
        """Asks every connection to be replaced, as Slack does every few hours, then closes it."""
        for socket in tuple(self._open):
            self._open.remove(socket)
            await socket.send_json(
                {"type": "disconnect", "reason": reason, "debug_info": {"host": "stand-in"}}
            )
            if reason != "warning":
                await socket.close()
            else:
                self._open.append(socket)

    async def close(self) -> None:
        for socket in tuple(self._open):
            await socket.close()

    async def _read(self, socket: web.WebSocketResponse) -> None:
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                self._acknowledge(message.data)

    def _acknowledge(self, text: str) -> None:
        try:
            said = json.loads(text)
            envelope_id = said["envelope_id"]
        except (ValueError, KeyError, TypeError):
            self._wrong("not_an_ack", f"{text[:200]!r}")
            return
        answer, _ = self._waiting.get(envelope_id, (None, None))
        if answer is None or answer.done():
            self._wrong("late_ack", f"{envelope_id}: {LATE}")
            return
        body = said.get("payload")
        answer.set_result(Ack(status=200, body=body if body not in ({}, "") else None))

    def _wrong(self, error: str, detail: str) -> None:
        self._workspace.records.wrong("socket ack", error, detail, at=self._workspace.clock())

    def _gone(self, socket: web.WebSocketResponse) -> None:
        if socket in self._open:
            self._open.remove(socket)
            for answer, sent_on in self._waiting.values():
                if sent_on is socket and not answer.done():
                    answer.set_result(Ack(error=UNREACHABLE))
        self._workspace.stream.tell("disconnected", count=len(self._open))

    def _hello(self) -> Json:
        return {
            "type": "hello",
            "num_connections": len(self._open),
            "debug_info": {"host": "stand-in", "approximate_connection_time": 18060},
            "connection_info": {"app_id": self._workspace.world.app.id},
        }


def _envelope(envelope_id: str, parcel: Parcel) -> Json:
    envelope: dict[str, Any] = {
        "envelope_id": envelope_id,
        "type": parcel.way,
        "payload": parcel.payload,
        "accepts_response_payload": parcel.way != "events_api",
    }
    if parcel.way == "events_api":
        envelope |= {"retry_attempt": parcel.retry_num, "retry_reason": parcel.retry_reason}
    return envelope
