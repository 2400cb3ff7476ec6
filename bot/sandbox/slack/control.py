"""The sandbox's own HTTP interface, for the page and for scripts: `docs/sandbox.md` is its description."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from aiohttp import web

from bot.sandbox.slack.delivery.over_http import NotVerified
from bot.sandbox.slack.faults import Fault
from bot.sandbox.slack.people.faces import NotPossible
from bot.sandbox.slack.stream import Happening

if TYPE_CHECKING:
    from bot.sandbox.slack.server import SlackStandIn

GUARD = "X-Pilothouse-Sandbox"
LOCAL = {"127.0.0.1", "localhost", "::1"}
PAGE = Path(__file__).parent.parent / "page"
KEEP_ALIVE_SECONDS = 15.0

Json = dict[str, Any]
Acting = Callable[[Json], Awaitable[Json]]


class Control:
    """The routes under `/sandbox/`, and the page at `/`."""

    def __init__(self, stand_in: SlackStandIn) -> None:
        self._slack = stand_in

    def add_to(self, app: web.Application) -> None:
        slack = self._slack
        looks: dict[str, Callable[[web.Request], Any]] = {
            "state": lambda _: slack.state(),
            "messages": self._messages,
            "views": lambda request: {"views": slack.views(request.query.get("viewer", ""))},
            "faults": lambda _: slack.faults(),
            "calls": lambda request: {"calls": slack.calls(_since(request))},
            "refused": lambda _: {"refused": slack.refused},
            "deliveries": lambda request: {"deliveries": slack.deliveries(_since(request))},
        }
        acts: dict[str, Acting] = {
            "say": lambda body: slack.say(**body),
            "click": lambda body: slack.click(**body),
            "views/submit": lambda body: slack.submit_view(**body),
            "views/close": lambda body: slack.close_view(**body),
            "options": lambda body: slack.options(**body),
            "home": lambda body: slack.open_home(**body),
            "faults": self._set_faults,
            "redeliver": lambda body: slack.redeliver(**body),
            "connect": self._connect,
            "disconnect": self._disconnect,
            "members": lambda body: slack.change_member(**body),
            "idle": self._idle,
        }
        for name, look in looks.items():
            app.router.add_get(f"/sandbox/{name}", _looking(look))
        for name, act in acts.items():
            app.router.add_post(f"/sandbox/{name}", _acting(act))
        app.router.add_get("/sandbox/stream", self._stream)
        if PAGE.is_dir():
            app.router.add_get("/", _page)
            app.router.add_static("/", PAGE)

    def _messages(self, request: web.Request) -> Json:
        query = request.query
        return {
            "messages": self._slack.messages(
                query.get("channel", ""), viewer=query.get("viewer", ""), thread_ts=query.get("thread_ts", "")
            )
        }

    async def _set_faults(self, body: Json) -> Json:
        given = body.get("slack", {})
        rules = given if isinstance(given, list) else [given]
        self._slack.set_faults(*(Fault(**rule) for rule in rules))
        return self._slack.faults()

    async def _connect(self, body: Json) -> Json:
        try:
            await self._slack.connect_app(body.get("url"), verify=body.get("verify", True))
        except NotVerified as no:
            return {"ok": False, "error": "not_verified", "detail": str(no)}
        return {"ok": True}

    async def _disconnect(self, body: Json) -> Json:
        await self._slack.disconnect_sockets(body.get("reason", "refresh_requested"))
        return {"ok": True}

    async def _idle(self, _body: Json) -> Json:
        await self._slack.idle()
        return {"ok": True}

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        """Server-sent events until the reader leaves or the stand-in stops."""
        response = web.StreamResponse(
            headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
        )
        reader_left = contextlib.suppress(ConnectionResetError)
        with self._slack.workspace.stream.follow(request.query.get("viewer", "")) as queue, reader_left:
            await response.prepare(request)
            with suppress(ConnectionResetError):  # the reader left: that is how a stream ends
                await self._tell(response, queue)
        return response

    async def _tell(self, response: web.StreamResponse, queue: asyncio.Queue[Happening]) -> None:
        await response.write(b": hello\n\n")
        while not self._slack.stopping.is_set():
            try:
                async with asyncio.timeout(KEEP_ALIVE_SECONDS):
                    happening = await queue.get()
                await response.write(f"data: {json.dumps(happening)}\n\n".encode())
            except TimeoutError:
                await response.write(b": still here\n\n")


@web.middleware
async def guarded(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Keeps foreign web pages out: of the whole sandbox by name, of what changes something by a header they can't send.

    Slack's own side (`/api/`, `/response/`, `/link/`) is open: it has tokens and secrets of its own.
    """
    if request.path.startswith(("/api/", "/response/", "/link/")):
        return await handler(request)
    origin = request.headers.get("Origin")
    if not _is_local(f"//{request.host}") or (origin is not None and not _is_local(origin)):
        return _refused(403, "foreign", "the sandbox answers to 127.0.0.1 and localhost only")
    if request.method == "POST" and request.headers.get(GUARD) != "1":
        return _refused(403, "header_missing", f"send {GUARD}: 1")
    return await handler(request)


def _looking(look: Callable[[web.Request], Any]) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def handle(request: web.Request) -> web.Response:
        try:
            return web.json_response(look(request))
        except (KeyError, ValueError) as unknown:
            return _refused(400, "invalid_arguments", f"unknown: {unknown}")

    return handle


def _acting(act: Acting) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def handle(request: web.Request) -> web.Response:
        try:
            body = await request.json() if request.can_read_body else {}
        except ValueError as broken:
            return _refused(400, "invalid_json", str(broken))
        if not isinstance(body, dict):
            return _refused(400, "invalid_json", "the body must be an object")
        try:
            return web.json_response(await act(body))
        except NotPossible as no:
            return _refused(409, no.code, str(no))
        except (TypeError, ValueError, LookupError) as wrong:
            return _refused(400, "invalid_arguments", str(wrong))

    return handle


def _since(request: web.Request) -> int:
    return int(request.query.get("since", "0"))


async def _page(_request: web.Request) -> web.StreamResponse:
    return web.FileResponse(PAGE / "index.html")


def _is_local(address: str) -> bool:
    return urlsplit(address).hostname in LOCAL


def _refused(status: int, code: str, sentence: str) -> web.Response:
    return web.json_response({"ok": False, "error": code, "detail": sentence}, status=status)
