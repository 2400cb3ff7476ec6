"""Over HTTP: a signed webhook against a handler that does nothing, and a slash command's ack while events flow in.

The load comes from a process of its own, so that the server has a core to itself.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import math
import multiprocessing
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import aiohttp
from aiohttp import web

from bench.report import Row, least, median, most, percentile
from bot.app import App
from bot.drivers import settings_by_driver
from bot.sandbox.jenkins.server import JenkinsStandIn
from bot.sandbox.slack.harbour import harbour
from bot.sandbox.slack.rates import Rates
from bot.sandbox.slack.server import SlackStandIn
from config.loader import load

CONNECTIONS = 32
SECRET = "bench-webhook"
ROUNDS = 3
EVENTS_PER_SECOND = 200
CONFIGURATION = """
server: {port: 0}
store: {path: "${DATABASE}"}
slack:
  bot_token: ${BOT_TOKEN}
  signing_secret: ${SIGNING_SECRET}
  api_url: ${SLACK}
drivers:
  jenkins:
    servers:
      ci: {url: "${JENKINS}", user: ci-bot, token: "${JENKINS_TOKEN}", webhook_secret: "${SECRET}"}
services:
  checkout:
    default_version: "1"
    environments:
      staging: {job: deploy}
"""


@dataclass(frozen=True)
class Load:
    """What the other process sends: `make(n)` is not picklable, so requests are made before, as (headers, body)."""

    url: str
    requests: list[tuple[dict[str, str], bytes]]
    connections: int = CONNECTIONS
    per_second: float = 0.0


def measure(quick: bool, folder: Path) -> list[Row]:
    return asyncio.run(_measure(quick, folder))


async def _measure(quick: bool, folder: Path) -> list[Row]:
    requests, commands = (600, 60) if quick else (4_000, 300)
    async with _server(folder) as (app, secret), _noop() as noop:
        ratios, speeds = [], []
        for turn in range(ROUNDS):
            nothing = await _rate(Load(noop, _hooks(f"n{turn}", requests)))
            hooks = await _rate(Load(f"{app.url}/hooks/jenkins/ci", _hooks(f"h{turn}", requests)))
            ratios.append(hooks / nothing)
            speeds.append(hooks)
            await _settled(app)
        idle = await _took(Load(f"{app.url}/slack/events", _commands("i", commands, secret), connections=1))
        flow = Load(
            f"{app.url}/slack/events",
            _events(EVENTS_PER_SECOND * 60, secret),
            connections=8,
            per_second=EVENTS_PER_SECOND,
        )
        async with _running(flow):
            busy = await _took(
                Load(f"{app.url}/slack/events", _commands("b", commands, secret), connections=1)
            )
        note = (
            f"{CONNECTIONS} connections, {requests:,} requests, {ROUNDS} turns; {max(speeds):,.0f} webhooks/s"
        )
        return [
            least(
                "signed webhook → journal → 202, against a no-op aiohttp handler",
                median(ratios) * 100,
                "%",
                55.0,
                note,
            ),
            Row(what="slash command → ack, p99, idle", figure=percentile(idle, 0.99) * 1000, unit="ms"),
            most(
                "slash command → ack, p99, while 200 events/s flow in",
                percentile(busy, 0.99) * 1000,
                "ms",
                3000.0,
                f"{percentile(busy, 0.99) / percentile(idle, 0.99):.1f} × idle; Slack waits 3 s",
            ),
        ]


# --- the servers ---------------------------------------------------------------------------------------------


@asynccontextmanager
async def _server(folder: Path) -> AsyncIterator[tuple[App, str]]:
    """The whole server between the stand-ins, without their rates."""
    async with SlackStandIn(harbour(), rates=Rates(scale=math.inf)) as slack:
        jenkins = JenkinsStandIn()
        await jenkins.start()
        file = folder / "bench.yaml"
        file.write_text(CONFIGURATION)
        secret = slack.world.app.signing_secret
        environ = {
            "DATABASE": str(folder / "bench.db"),
            "BOT_TOKEN": slack.world.app.bot_token,
            "SIGNING_SECRET": secret,
            "SLACK": slack.api_url,
            "JENKINS": jenkins.url,
            "JENKINS_TOKEN": jenkins.user().token,
            "SECRET": SECRET,
        }
        try:
            async with App(load(file, environ=environ, drivers=settings_by_driver())) as app:
                yield app, secret
        finally:
            await jenkins.stop()


@asynccontextmanager
async def _noop() -> AsyncIterator[str]:
    async def nothing(_: web.Request) -> web.Response:
        return web.Response(status=202)

    app = web.Application()
    app.router.add_post("/hook", nothing)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    await runner.cleanup()


async def _settled(app: App) -> None:
    """Until nothing waits: what one turn left must not slow the next."""
    while "ready" in await app.journal.depth() or app.bus.held:  # noqa: ASYNC110 - asked from outside
        await asyncio.sleep(0.05)


# --- the load ------------------------------------------------------------------------------------------------


def _hooks(name: str, count: int) -> list[tuple[dict[str, str], bytes]]:
    found = []
    for number in range(count):
        body = json.dumps(
            {"key": f"pilothouse-{name}-{number}", "phase": "STARTED", "pad": "x" * 700}
        ).encode()
        signature = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
        found.append(({"X-Pilothouse-Signature": f"sha256={signature}"}, body))
    return found


def _signed(body: bytes, secret: str, kind: str) -> tuple[dict[str, str], bytes]:
    stamp = str(int(time.time()) + 120)
    base = b"v0:" + stamp.encode() + b":" + body
    signature = "v0=" + hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()
    headers = {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": signature, "Content-Type": kind}
    return headers, body


def _commands(name: str, count: int, secret: str) -> list[tuple[dict[str, str], bytes]]:
    """`/deploy help`: read, journalled, acknowledged; answered afterwards."""
    found = []
    for number in range(count):
        form = {
            "command": "/deploy",
            "text": "help",
            "user_id": "U0DANA0001",
            "user_name": "dana",
            "team_id": "T0HARBOUR1",
            "channel_id": "C0DEPLOYS1",
            "channel_name": "deployments",
            "trigger_id": f"bench.{name}.{number}",
        }
        found.append(_signed(urlencode(form).encode(), secret, "application/x-www-form-urlencoded"))
    return found


def _events(count: int, secret: str) -> list[tuple[dict[str, str], bytes]]:
    found = []
    for number in range(count):
        event = {
            "type": "message",
            "channel_type": "im",
            "channel": "D1",
            "user": "U0SAM00002",
            "text": "help",
        }
        body = {
            "type": "event_callback",
            "team_id": "T0HARBOUR1",
            "event_id": f"Ev{number}",
            "event": event | {"ts": f"{number}.1"},
        }
        found.append(_signed(json.dumps(body).encode(), secret, "application/json"))
    return found


async def _rate(load: Load) -> float:
    took = await _took(load)
    return len(load.requests) / took[-1]


async def _took(load: Load) -> list[float]:
    """Seconds each request took, and at the end, for several connections, how long all of them took."""
    loop = asyncio.get_running_loop()
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return await loop.run_in_executor(None, lambda: pool.apply(_send, (load,)))


@asynccontextmanager
async def _running(load: Load) -> AsyncIterator[None]:
    """Send in the background, until left."""
    process = multiprocessing.get_context("spawn").Process(target=_send, args=(load,), daemon=True)
    process.start()
    await asyncio.sleep(2.0)
    try:
        yield
    finally:
        process.terminate()
        await asyncio.to_thread(process.join)


def _send(load: Load) -> list[float]:
    return asyncio.run(_sending(load))


async def _sending(load: Load) -> list[float]:
    took: list[float] = []
    waiting = iter(enumerate(load.requests))
    began = time.perf_counter()
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=load.connections)) as session:

        async def worker() -> None:
            for number, (headers, body) in waiting:
                if load.per_second:
                    due = began + number / load.per_second
                    await asyncio.sleep(max(0.0, due - time.perf_counter()))
                start = time.perf_counter()
                async with session.post(load.url, data=body, headers=headers) as answer:
                    await answer.read()
                    if answer.status not in {200, 202}:
                        raise AssertionError(f"{answer.status} from {load.url} in {os.getpid()}")
                took.append(time.perf_counter() - start)

        await asyncio.gather(*(worker() for _ in range(load.connections)))
    if load.connections > 1:
        took.append(time.perf_counter() - began)
    return took
