"""What a fault does to one request on the wire."""

from __future__ import annotations

from aiohttp import web

from bot.sandbox.slack.arguments import Arguments
from bot.sandbox.slack.faults import Fault
from bot.sandbox.slack.refusals import Refusal
from bot.sandbox.slack.workspace import Workspace

_UNAVAILABLE = "<!DOCTYPE html><html><body><h1>503 Service Unavailable</h1></body></html>"


async def before(
    workspace: Workspace, request: web.Request, name: str, fault: Fault | None, sent: Arguments
) -> web.StreamResponse | None:
    """The answer of a call that a fault keeps from taking effect; `None` lets it go on.

    Raises:
        Refusal: `ratelimited` with its header, or the error the fault asks for.
    """
    if fault is None or fault.mode == "drop_after":
        return None
    if fault.mode == "rate_limit":
        headers = {"Retry-After": str(fault.retry_after)}
        raise Refusal("ratelimited", "by a fault", status=429, headers=headers)
    if fault.mode == "error":
        raise Refusal(fault.error, "by a fault")
    status = 503 if fault.mode == "fail" else 0
    workspace.records.call(
        name, sent, at=workspace.clock(), status=status, error=fault.mode, detail="by a fault"
    )
    if fault.mode == "fail":
        return web.Response(status=503, text=_UNAVAILABLE, content_type="text/html")
    if fault.mode == "hang":
        await workspace.faults.until_lifted()
    return after(request)


def after(request: web.Request) -> web.StreamResponse:
    """Breaks the connection, so that the caller never learns what became of the call."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=503)
