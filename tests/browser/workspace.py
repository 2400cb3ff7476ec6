"""A Slack stand-in and an app that a test scripts, served from a thread of their own, so that tests can be plain functions."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Coroutine
from types import TracebackType
from typing import Any, Self, TypeVar
from urllib.request import Request, urlopen

from aiohttp import web

from bot.sandbox.slack.rates import Rates
from bot.sandbox.slack.server import SlackStandIn

T = TypeVar("T")
Json = dict[str, Any]

GUIDE: tuple[Json, ...] = (
    {
        "text": "Type `/deploy checkout staging` and send it",
        "say": {"channel": "C0DEPLOYS1", "text": "/deploy checkout staging"},
        "user": "U0DANA0001",
    },
    {
        "text": "Now production: `/deploy checkout production`",
        "say": {"channel": "C0DEPLOYS1", "text": "/deploy checkout production"},
        "user": "U0DANA0001",
    },
    {"text": "Switch to Sam and approve", "user": "U0SAM00002"},
    {"text": "Switch to Sofia: her approval is the second", "user": "U0SOFIA003"},
    {"text": "Watch the card until it says deployed"},
)


class ScriptedApp:
    """Takes what Slack sends, remembers it, and answers what the test set for that kind.

    A kind is `slash_command`, the `type` of an interaction, or the type of an event.
    """

    def __init__(self) -> None:
        self.got: list[tuple[str, Json]] = []
        self.answers: dict[str, Callable[[Json], Any]] = {}
        self.delay = 0.0

    async def take(self, request: web.Request) -> web.Response:
        kind, payload = await _read(request)
        if kind == "url_verification":
            return web.json_response({"challenge": payload["challenge"]})
        self.got.append((kind, payload))
        await asyncio.sleep(self.delay)
        answer = self.answers.get(kind, lambda _: None)(payload)
        if asyncio.iscoroutine(answer):
            answer = await answer
        return web.Response() if answer is None else web.json_response(answer)

    def kinds(self) -> list[str]:
        return [kind for kind, _ in self.got]


async def _read(request: web.Request) -> tuple[str, Json]:
    if request.content_type == "application/json":
        body: Json = await request.json()
        return body.get("event", body)["type"], body
    form = {name: str(value) for name, value in (await request.post()).items()}
    if "payload" not in form:
        return "slash_command", form
    payload: Json = json.loads(form["payload"])
    return payload["type"], payload


class LiveWorkspace:
    """`with LiveWorkspace() as slack`: `slack.url` is the page, `slack.app` the scripted app."""

    def __init__(self, *, guide: tuple[Json, ...] = GUIDE, jenkins_url: str | None = None) -> None:
        self.app = ScriptedApp()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="slack stand-in")
        self._runner: web.AppRunner | None = None
        self.stand_in = SlackStandIn(
            rates=Rates(scale=float("inf")), ack_seconds=1.0, jenkins_url=jenkins_url, guide=guide
        )

    def __enter__(self) -> Self:
        self._thread.start()
        self.run(self._start())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.run(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Runs `work` where the stand-in lives."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(20)

    async def _start(self) -> None:
        app = web.Application()
        app.router.add_post("/slack/events", self.app.take)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        host, port = self._runner.addresses[0][:2]
        await self.stand_in.start()
        await self.stand_in.connect_app(f"http://{host}:{port}/slack/events")

    async def _stop(self) -> None:
        await self.stand_in.stop()
        if self._runner is not None:
            await self._runner.cleanup()

    @property
    def url(self) -> str:
        return self.stand_in.url

    def call(self, method: str, *, ok: bool = True, **arguments: Any) -> Json:
        """Calls the Web API as the app does, and holds it to `ok`."""
        request = Request(
            f"{self.stand_in.api_url}{method}",
            data=json.dumps(arguments).encode(),
            headers={
                "Authorization": f"Bearer {self.stand_in.world.app.bot_token}",
                "Content-Type": "application/json; charset=utf-8",
            },
        )
        with urlopen(request, timeout=10) as response:
            answer: Json = json.load(response)
        assert answer["ok"] is ok, answer
        return answer

    def post(self, channel: str, text: str = "words", **more: Any) -> str:
        """Posts as the app; answers the `ts`."""
        return str(self.call("chat.postMessage", channel=channel, text=text, **more)["ts"])

    def says(self, user: str, channel: str, text: str, thread_ts: str = "") -> Json:
        """Somebody says something, without the page."""
        return self.run(self.stand_in.say(user, channel, text, thread_ts))
