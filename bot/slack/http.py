"""`POST /slack/events`: the raw bytes verified, then read, then dispatched."""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Callable, Sequence

from aiohttp import web
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.response import BoltResponse

from bot.errors import BadRequest
from bot.ports import Clock
from bot.slack.inbound import dispatch
from bot.slack.payloads import read_payload
from bot.slack.verify import LARGEST_BODY, TOO_LARGE, verify

UNREADABLE = "The body can't be read."
SSL_CHECKED = "The certificate is good enough to be asked."

# Slack looks at the certificate now and then, unsigned, and wants a 200. Nothing is read of it and nothing done.
# https://docs.slack.dev/interactivity/implementing-slash-commands
SSL_CHECK = re.compile(rb"(?:token=[\w-]{0,100}&)?ssl_check=1(?:&token=[\w-]{0,100})?")

log = logging.getLogger(__name__)

Handler = Callable[[web.Request], Awaitable[web.Response]]


def slack_events(bolt: AsyncApp, secrets: Sequence[str], clock: Clock) -> Handler:
    """The handler of the one route that Slack calls, for commands, events and clicks alike."""

    async def handle(request: web.Request) -> web.Response:
        try:
            body = await _raw(request)
            if SSL_CHECK.fullmatch(body):
                return web.Response(text=SSL_CHECKED)
            verify(secrets, request.headers.items(), body, clock.now())
            return _answer(await dispatch(bolt, read_payload(body, request.content_type)))
        except BadRequest as problem:
            log.warning("a request to /slack/events was answered %s: %s", problem.status, problem.sentence)
            return web.Response(status=problem.status, text=problem.sentence)

    return handle


async def ssl_check(request: web.Request) -> web.Response:
    """A GET of the same address: Slack's look at the certificate, or somebody who is lost."""
    if request.query.get("ssl_check") != "1":
        raise web.HTTPMethodNotAllowed(request.method, ["POST"])
    return web.Response(text=SSL_CHECKED)


async def _raw(request: web.Request) -> bytes:
    """The body, read no further than the limit."""
    body = bytearray()
    try:
        async for chunk in request.content.iter_any():
            body += chunk
            if len(body) > LARGEST_BODY:
                raise BadRequest(TOO_LARGE, status=413)
    except web.RequestPayloadError as problem:
        raise BadRequest(UNREADABLE) from problem
    return bytes(body)


def _answer(answer: BoltResponse) -> web.Response:
    kind = answer.headers.get("content-type", ["text/plain"])[0].partition(";")[0]
    return web.Response(status=answer.status, text=answer.body or "", content_type=kind)
