"""A request past the gate, and the answer of a Jenkins that fails without saying why."""

from __future__ import annotations

import hashlib
from typing import NamedTuple
from urllib.parse import quote, unquote

from aiohttp import web

from bot.sandbox.jenkins import replies
from bot.sandbox.jenkins.access import Caller
from bot.sandbox.jenkins.records import JobState


class Call(NamedTuple):
    """A request past the gate. `prefix` is the context path, `path` the decoded segments below it."""

    request: web.BaseRequest
    caller: Caller
    prefix: str
    path: list[str]

    @property
    def post(self) -> bool:
        return self.request.method == "POST"

    def origin(self) -> str:
        """As the request's host, or the proxy in front, says: `Location` follows it."""
        headers = self.request.headers
        scheme = headers.get("X-Forwarded-Proto", self.request.scheme)
        host = headers.get("X-Forwarded-Host") or headers.get("Host", "")
        return f"{scheme}://{host}"


def bare_error(call: Call) -> web.Response:
    """A 500 with nothing but a logging id."""
    name = hashlib.md5("/".join(call.path).encode(), usedforsecurity=False).hexdigest()
    parts = (name[:8], name[8:12], name[12:16], name[16:20], name[20:])
    return replies.oops(500, logging_id="-".join(parts))


def job_path(state: JobState) -> str:
    return "".join(f"/job/{quote(part, safe='')}" for part in state.job.name.split("/"))


def segments(raw_path: str) -> list[str]:
    """Decoded path segments; a slash at the end shows as an empty last one."""
    return [unquote(part) for part in raw_path.partition("?")[0].lstrip("/").split("/")]
