"""The URLs: what the outside may knock on, and how it is answered when something is wrong with the knock.

::

    POST /slack/events   Slack: verified and journalled by `bot.slack`
    GET  /healthz        is the process alive?
    GET  /readyz         can it do its work? (?part=journal asks for that part alone)
    GET  /metrics        for Prometheus
    POST /hooks/…       what CI systems tell, signed
    POST /control/…      this machine's own `pilothouse`, by a token from a file

Every answer to a fault is JSON: `{"error": sentence, "request": id}`, and never says more of the inside than that id.
"""

from __future__ import annotations

import asyncio
import logging
import re
import uuid
from collections.abc import Iterable
from typing import Any, Self

from aiohttp import HttpVersion11, web
from aiohttp.typedefs import Handler

from bot.errors import BadRequest
from bot.health import Health
from bot.metrics import Metrics

log = logging.getLogger(__name__)

LARGEST_BODY = 1024 * 1024
"""Bytes. Slack's largest payload, a view with its state, stays below half of it."""
ANSWER_WITHIN = 30.0
RETRY_AFTER = 5
ANYWHERE = "/{anything:.*}"
REQUEST_ID = web.RequestKey("request_id", str)

UNEXPECTED = "This went wrong here, and it is in the log under that id."
HUNG_UP = "The caller hung up."
STOPPING = "The server is stopping; try again in a moment."
EXPECTS_TOO_MUCH = "The only expectation that is met here is 100-continue."
TOO_SLOW = "The request was not complete within {seconds:g} s."
SENTENCES = {
    404: "There is nothing at {path}.",
    405: "{path} does not take {method}; it takes {allowed}.",
    413: "The body is larger than {largest} bytes.",
}

_GIVEN_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_WHILE_STOPPING = frozenset({"/healthz", "/readyz", "/metrics"})


class Web:
    """`async with Web(…) as web: await web.listen(host, port)`; then `web.url`.

    `routes` are further URLs (Slack's, the webhooks'). `refuse` answers everything new with 503 from then on, and
    leaving the block waits at most `stop_within` seconds for what is under way.
    """

    def __init__(
        self,
        health: Health,
        metrics: Metrics,
        routes: Iterable[web.RouteDef] = (),
        *,
        stop_within: float = 5.0,
        answer_within: float = ANSWER_WITHIN,
    ) -> None:
        self.url = ""
        self._answer_within = answer_within
        self._health = health
        self._metrics = metrics
        self._stopping = False
        app = web.Application(middlewares=[self._answer_in_words], client_max_size=LARGEST_BODY)
        app.on_response_prepare.append(_finish)
        ours = [
            web.get("/healthz", self._healthz),
            web.get("/readyz", self._readyz),
            web.get("/metrics", self._scrape),
        ]
        everywhere = web.route("*", ANYWHERE, _nothing_there)
        app.add_routes(
            web.route(one.method, one.path, one.handler, **{**one.kwargs, "expect_handler": _expected})
            for one in (*ours, *routes, everywhere)
        )
        self._runner = web.AppRunner(
            app,
            access_log=None,
            keepalive_timeout=75.0,
            shutdown_timeout=stop_within,
            handle_signals=False,
            # Signatures are over what the wire carried, and nobody who sends to us compresses.
            auto_decompress=False,
        )

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._stopping = True
        await self._runner.cleanup()

    async def listen(self, host: str, port: int) -> str:
        """Open the door; port 0 takes a free one. Returns the address. Raises `OSError` when it is taken."""
        site = web.TCPSite(self._runner, host, port)
        await site.start()
        bound: Any = self._runner.addresses[0]
        self.url = f"http://{_reachable(bound[0])}:{bound[1]}"
        return self.url

    def refuse(self) -> None:
        self._stopping = True
        self._health.stopping = True

    # --- routes ----------------------------------------------------------------------------------------------

    async def _healthz(self, _: web.Request) -> web.Response:
        ok, details = self._health.alive()
        return web.json_response(details, status=200 if ok else 503)

    async def _readyz(self, request: web.Request) -> web.Response:
        only = request.query.getall("part", [])
        unknown = sorted(set(only) - set(self._health.parts))
        if unknown:
            raise BadRequest(f"There is no part {unknown[0]!r}; there are {', '.join(self._health.parts)}.")
        ok, details = await self._health.ready(only)
        return web.json_response(details, status=200 if ok else 503)

    async def _scrape(self, request: web.Request) -> web.Response:
        text, kind = await self._metrics.render(request.headers.get("Accept", ""))
        return web.Response(body=text, headers={"Content-Type": kind})

    # --- around every route ----------------------------------------------------------------------------------

    @web.middleware
    async def _answer_in_words(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        given = request.headers.get("X-Request-Id", "")
        request[REQUEST_ID] = given if _GIVEN_ID.fullmatch(given) else uuid.uuid4().hex
        if self._stopping and request.path not in _WHILE_STOPPING:
            return _refused(request)
        try:
            async with asyncio.timeout(self._answer_within) as limit:
                return await handler(request)
        except BadRequest as bad:
            return fault(request, bad.status, bad.sentence)
        except web.HTTPException as known:
            return _http_fault(request, known)
        except ConnectionError:
            # Nobody is left to read it; raised, it would be logged as a fault of ours.
            return fault(request, 400, HUNG_UP)
        except Exception as problem:
            if isinstance(problem, TimeoutError) and limit.expired():
                return fault(request, 408, TOO_SLOW.format(seconds=self._answer_within))
            log.exception(
                "%s %s failed", request.method, request.path, extra={"request": request[REQUEST_ID]}
            )
            return fault(request, 500, UNEXPECTED)


async def _nothing_there(request: web.Request) -> web.StreamResponse:
    """Whatever no route takes. Without a route of its own it would never come as far as our words."""
    allowed: set[str] = set()
    for known in request.app.router.resources():
        if known.canonical != "/{anything}":
            allowed |= (await known.resolve(request))[1]
    if allowed:
        raise web.HTTPMethodNotAllowed(request.method, allowed)
    raise web.HTTPNotFound


async def _expected(request: web.Request) -> web.StreamResponse | None:
    """Answers the header `Expect` before the body is sent (RFC 9110, 10.1.1).

    aiohttp's own handler repeats the header, and fails with a 500 at bytes that are no text.
    """
    if request.version < HttpVersion11:
        return None
    if request.headers.get("Expect", "").lower() != "100-continue":
        return web.json_response({"error": EXPECTS_TOO_MUCH}, status=417)
    await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    request.writer.output_size = 0  # the answer itself has not begun
    return None


def fault(request: web.Request, status: int, sentence: str) -> web.Response:
    """The one form of every answer that is not what was hoped for."""
    return web.json_response({"error": sentence, "request": request[REQUEST_ID]}, status=status)


def _refused(request: web.Request) -> web.Response:
    answer = fault(request, 503, STOPPING)
    answer.headers["Retry-After"] = str(RETRY_AFTER)
    answer.force_close()
    return answer


def _http_fault(request: web.Request, known: web.HTTPException) -> web.Response:
    """What aiohttp raises, in our words; there is no route here that redirects."""
    words = {"path": request.path[:200], "method": request.method[:20], "largest": LARGEST_BODY}
    if isinstance(known, web.HTTPMethodNotAllowed):
        words["allowed"] = ", ".join(sorted(known.allowed_methods))
    sentence = SENTENCES[known.status].format(**words) if known.status in SENTENCES else known.reason
    answer = fault(request, known.status, sentence)
    for name in ("Allow", "Retry-After"):
        if name in known.headers:
            answer.headers[name] = known.headers[name]
    return answer


async def _finish(request: web.Request, response: web.StreamResponse) -> None:
    """Which request it was, and not which library answers."""
    response.headers.popall("Server", None)
    response.headers["X-Content-Type-Options"] = "nosniff"
    if REQUEST_ID in request:
        response.headers["X-Request-Id"] = request[REQUEST_ID]


def _reachable(host: str) -> str:
    """An address that this machine can be asked at, also when all of them are listened on."""
    if host in {"0.0.0.0", "::"}:  # noqa: S104 - compared, not bound
        return "127.0.0.1" if host == "0.0.0.0" else "[::1]"  # noqa: S104
    return f"[{host}]" if ":" in host else host
