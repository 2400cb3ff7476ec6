"""What `pilothouse` on the same machine may ask of the running server: a route on its own address, by a token.

The token is made at every start and kept beside the database, where only the server's own user can read it. All
writes go through the one writer; this is how somebody outside the process gets at it.
"""

from __future__ import annotations

import hmac
import json
import os
import re
import secrets
import sqlite3
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import aiohttp
import msgspec
from aiohttp import web

from bot.errors import BadRequest

RETRY = "/control/retry"
ASK_WITHIN = 15.0
CLI = "cli:"
NAME_MOST = 64
_NOT_IN_A_NAME = re.compile(r"[^\w.@+-]")

NOT_YOURS = "This needs the token that the server keeps beside its database."
NOT_UNDERSTOOD = 'The body has to be {"id": "…", "by": "…"}.'
DISK_SAYS_NO = "The journal can't be written now"
NO_ANSWER = "the server that wrote {path} does not answer at {url}: {problem}"
NOT_UNDERSTOOD_ANSWER = "the server at {url} answered {status}: {sentence}"

Retry = Callable[[str, str], Awaitable[bool]]
"""Puts a parked message back: its id or number, and who asks. False when no such message is parked."""


class ControlFailed(Exception):  # noqa: N818 - says what is the case
    """The running server could not be asked."""


class RetryBody(msgspec.Struct, frozen=True):
    id: str
    by: str = ""


@dataclass(frozen=True, kw_only=True)
class Door:
    """How to get at a running server: what its file says."""

    url: str
    token: str
    path: Path


def path_beside(database: str | Path) -> Path:
    return Path(f"{database}.control")


class Control:
    """`with Control(database, retry) as control`: serve `control.routes()`, then `control.open(url)`."""

    def __init__(self, database: str | Path, retry: Retry) -> None:
        self._path = path_beside(database)
        self._retry = retry
        self._token = secrets.token_urlsafe(32)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._path.unlink(missing_ok=True)

    def routes(self) -> Iterable[web.RouteDef]:
        return [web.post(RETRY, self._answer)]

    def open(self, url: str) -> None:
        """Write down where and by which token; readable by this user alone, from its first byte on."""
        fresh = self._path.with_name(f"{self._path.name}.{os.getpid()}")
        fresh.unlink(missing_ok=True)
        handle = os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(handle, "w") as file:
            json.dump({"url": url, "token": self._token}, file)
        fresh.replace(self._path)

    async def _answer(self, request: web.Request) -> web.Response:
        given = request.headers.get("Authorization", "")
        if not hmac.compare_digest(given.encode("utf-8", "replace"), f"Bearer {self._token}".encode()):
            raise BadRequest(NOT_YOURS, status=401)
        try:
            asked = msgspec.json.decode(await request.read(), type=RetryBody)
        except msgspec.DecodeError as problem:
            raise BadRequest(NOT_UNDERSTOOD) from problem
        try:
            return web.json_response({"retried": await self._retry(asked.id, actor(asked.by))})
        except sqlite3.Error as problem:
            raise web.HTTPServiceUnavailable(reason=DISK_SAYS_NO) from problem


def actor(by: str) -> str:
    """Who the audit log names: whoever comes through this door is somebody at the command line, never a person of Slack."""
    name = _NOT_IN_A_NAME.sub("", by.removeprefix(CLI))[:NAME_MOST]
    return f"{CLI}{name or 'unknown'}"


def door(database: str | Path) -> Door | None:
    """The running server's door, if a server left one there."""
    path = path_beside(database)
    try:
        said: dict[str, Any] = json.loads(path.read_text())
        return Door(url=str(said["url"]), token=str(said["token"]), path=path)
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError) as problem:
        raise ControlFailed(f"{path} can't be understood") from problem


async def ask_to_retry(through: Door, id: str, by: str) -> bool:  # noqa: A002 - the column's name
    """As `Retry`, in the running server. Raises `ControlFailed`; `ConnectionRefusedError` when nobody is there."""
    timeout = aiohttp.ClientTimeout(total=ASK_WITHIN)
    headers = {"Authorization": f"Bearer {through.token}"}
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.post(f"{through.url}{RETRY}", json={"id": id, "by": by}, headers=headers) as response,
        ):
            said: Any = await response.json(content_type=None)
            status = response.status
    except aiohttp.ClientConnectorError as nobody:
        raise ConnectionRefusedError(f"nobody listens at {through.url}") from nobody
    except (aiohttp.ClientError, TimeoutError, ValueError) as problem:
        sentence = NO_ANSWER.format(
            path=through.path, url=through.url, problem=problem or "no answer in time"
        )
        raise ControlFailed(sentence) from problem
    if status != 200 or not isinstance(said, dict) or "retried" not in said:
        detail = said.get("error", "") if isinstance(said, dict) else ""
        raise ControlFailed(NOT_UNDERSTOOD_ANSWER.format(url=through.url, status=status, sentence=detail))
    return bool(said["retried"])
