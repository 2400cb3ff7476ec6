"""An app on the other end of the stand-in's line: keeps what it gets, answers what the test wants."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web

Json = dict[str, Any]


@dataclass
class Heard:
    """One request: its headers, its raw body, and what that says."""

    headers: dict[str, str]
    raw: bytes
    said: Json

    def signed_with(self, secret: str) -> bool:
        base = f"v0:{self.headers['X-Slack-Request-Timestamp']}:".encode() + self.raw
        expected = "v0=" + hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()
        return hmac.compare_digest(expected, self.headers["X-Slack-Signature"])


@dataclass
class ListeningApp:
    """`answers` are given in turn (status, body), then 200 with nothing; `silent` seconds pass before each."""

    heard: list[Heard] = field(default_factory=list)
    answers: list[tuple[int, Any]] = field(default_factory=list)
    silent: float = 0.0
    url: str = ""

    def answer(self, body: Any = None, status: int = 200) -> None:
        self.answers.append((status, body))

    @property
    def last(self) -> Json:
        return self.heard[-1].said

    async def hear(self, request: web.Request) -> web.Response:
        raw = await request.read()
        said = _said(request.content_type, raw)
        if said.get("type") == "url_verification":
            return web.json_response({"challenge": said["challenge"]})
        self.heard.append(Heard(dict(request.headers), raw, said))
        status, body = self.answers.pop(0) if self.answers else (200, None)
        if self.silent:
            await asyncio.sleep(self.silent)
        if isinstance(body, str):
            return web.Response(status=status, text=body)
        return web.Response(status=status) if body is None else web.json_response(body, status=status)


def _said(content_type: str, raw: bytes) -> Json:
    if content_type == "application/json":
        return dict(json.loads(raw))
    form = dict(parse_qsl(raw.decode(), keep_blank_values=True))
    return dict(json.loads(form["payload"])) if "payload" in form else dict(form)


@asynccontextmanager
async def listening() -> AsyncIterator[ListeningApp]:
    app = ListeningApp()
    server = web.Application()
    server.router.add_post("/slack/events", app.hear)
    runner = web.AppRunner(server, access_log=None, shutdown_timeout=0.1, handler_cancellation=True)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    app.url = f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
    try:
        yield app
    finally:
        await runner.cleanup()
