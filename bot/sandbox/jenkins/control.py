"""The stand-in's own interface under `/sandbox/`: look inside, break it, answer a question as a person would.

Mutating routes want the header `X-Pilothouse-Sandbox: 1`, which no foreign page's form can send, and every route a
loopback Host, which no foreign name that resolves to us has.
"""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from aiohttp import web

from bot.sandbox.jenkins.faults import Faults
from bot.sandbox.jenkins.inputs import Inputs
from bot.sandbox.jenkins.records import Build, Item, Start

if TYPE_CHECKING:
    from bot.sandbox.jenkins.server import JenkinsStandIn

HEADER = "X-Pilothouse-Sandbox"
PERSON = "a person in the browser"


async def control(server: JenkinsStandIn, request: web.BaseRequest) -> web.Response:
    origin = request.headers.get("Origin", "")
    if not loopback(request.host) or (origin and not loopback(urlsplit(origin).netloc)):
        return web.json_response({"error": "only from this machine"}, status=403)
    response = await _answer(server, request)
    if origin:
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Access-Control-Allow-Headers"] = f"Content-Type, {HEADER}"
        response.headers["Access-Control-Allow-Methods"] = "GET, POST, OPTIONS"
        response.headers["Vary"] = "Origin"
    return response


async def _answer(server: JenkinsStandIn, request: web.BaseRequest) -> web.Response:
    if request.method == "OPTIONS":
        return web.Response(status=204)
    if request.method == "POST" and request.headers.get(HEADER) != "1":
        return web.json_response({"error": f"the header {HEADER}: 1 is missing"}, status=403)
    match request.method, request.path:
        case "GET", "/sandbox/faults":
            return web.json_response(server.faults.told())
        case "POST", "/sandbox/faults":
            return await _set_faults(server, request)
        case "GET", "/sandbox/state":
            return web.json_response(state(server))
        case "POST", "/sandbox/answer":
            return await _settle(server, request)
        case _:
            return web.json_response({"error": "no such route"}, status=404)


async def _set_faults(server: JenkinsStandIn, request: web.BaseRequest) -> web.Response:
    try:
        faults = Faults.read(await request.json())
    except ValueError as error:
        return web.json_response({"error": str(error)}, status=400)
    told = faults.told()
    server.set_faults(faults)
    return web.json_response(told)


async def _settle(server: JenkinsStandIn, request: web.BaseRequest) -> web.Response:
    try:
        said = await request.json()
        build = server.engine.jobs[said["job"]].builds[int(said["number"])]
        name, proceed = said["input"], bool(said["proceed"])
    except (ValueError, KeyError, TypeError):
        return web.json_response({"error": "job, number, input and proceed name a question"}, status=400)
    open_ = build.pending is not None and build.pending.id == name
    if open_:
        Inputs(server.engine).settle(build, PERSON, proceed=proceed)
    return web.json_response({"ok": open_})


def state(server: JenkinsStandIn) -> dict[str, Any]:
    """Everything a test or a curious person asks: jobs, builds, queue, every accepted start with its parameters."""
    engine = server.engine
    return {
        "url": server.url,
        "faults": server.faults.told(),
        "quieting_down": engine.quieting,
        "jobs": sorted(engine.jobs),
        "queue": [_item(item) for item in engine.waiting()],
        "builds": [_build(build) for job in engine.jobs.values() for build in job.builds.values()],
        "starts": [_start(start) for start in engine.starts],
        "calls": server.calls,
        "unknown": server.routes.unknown,
        "now": engine.clock.now(),
    }


def _item(item: Item) -> dict[str, Any]:
    return {"id": item.id, "job": item.job.name, "parameters": dict(item.values)}


def _build(build: Build) -> dict[str, Any]:
    return {
        "job": build.job.name,
        "number": build.number,
        "queue": build.item.id,
        "parameters": dict(build.values),
        "building": build.building,
        "result": build.result,
        "input": build.pending.id if build.pending else None,
        "started": build.started,
        "ended": build.ended,
    }


def _start(start: Start) -> dict[str, Any]:
    return {
        "job": start.job,
        "parameters": dict(start.values),
        "queue": start.queue,
        "user": start.user,
        "at": start.at,
        "folded": start.folded,
    }


def loopback(netloc: str) -> bool:
    host = urlsplit(f"//{netloc}").hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
