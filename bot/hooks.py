"""`POST /hooks/<driver>/<source>`: what CI systems tell, verified and parsed by the driver, journalled, then thanked."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Mapping

from aiohttp import web

from bot.errors import BadRequest, Unreachable
from bot.events import Event

NOBODY = "Nothing here takes webhooks for {driver}."
NOT_NOW = "It could not be written down now: {why}"

Parse = Callable[[str, Mapping[str, str], bytes], Event]
"""Pure: (source, headers, raw body) to an event. Raises `BadRequest`."""
Accept = Callable[..., Awaitable[bool]]


def hook_route(parser: Callable[[str], Parse | None], accept: Accept) -> web.RouteDef:
    """The one route for all webhooks. 202 once the row is committed, also for a redelivery.

    `parser` gives a driver's reader of webhooks, by the configuration as it is then.
    """

    async def take(request: web.Request) -> web.Response:
        driver, source = request.match_info["driver"], request.match_info["source"]
        parse = parser(driver)
        if parse is None:
            raise BadRequest(NOBODY.format(driver=driver[:40]), status=404)
        body = await request.read()
        event = parse(source, request.headers, body)
        try:
            await accept(event, key=f"hook/{driver}/{source}/{hashlib.sha256(body).hexdigest()}")
        except Unreachable as busy:
            raise BadRequest(NOT_NOW.format(why=busy.sentence), status=503) from busy
        return web.Response(status=202)

    return web.post("/hooks/{driver}/{source}", take)
