"""A server that serves recorded answers byte for byte, and fails on what was not recorded for it."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from tests.jenkins.recordings import recording

Script = Mapping[str, str | bytes | list[str]]
"""`"GET /job/deploy/1/api/json"` (a query may be given where it matters) → recording, raw bytes, or recordings in turn.

`b""` breaks the connection without an answer.
"""


@dataclass
class Asked:
    line: str
    headers: dict[str, str]
    body: str


@dataclass
class Replay:
    url: str = ""
    asked: list[Asked] = field(default_factory=list)
    unexpected: list[str] = field(default_factory=list)
    turns: dict[str, int] = field(default_factory=dict)

    def bodies(self, method: str = "POST") -> list[str]:
        return [one.body for one in self.asked if one.line.startswith(method)]

    def answer(self, script: Script, line: str) -> bytes:
        method, target = line.split(" ")[:2]
        plain = f"{method} {urlsplit(target).path}"
        key = next((known for known in (f"{method} {target}", plain) if known in script), None)
        if key is None:
            self.unexpected.append(line)
            return b"HTTP/1.1 501 Not Recorded\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        found = script[key]
        if isinstance(found, bytes):
            return found
        if isinstance(found, list):
            turn = self.turns.get(key, 0)
            self.turns[key] = turn + 1
            found = found[min(turn, len(found) - 1)]
        return recording(found).wire()


@asynccontextmanager
async def replaying(
    script: Script, prefix: str = "", context: ssl.SSLContext | None = None
) -> AsyncIterator[Replay]:
    replay = Replay()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            line, *rest = head.strip().split("\r\n")
            headers = {k.lower(): v.strip() for k, _, v in (one.partition(":") for one in rest)}
            body = await reader.readexactly(int(headers.get("content-length", "0")))
            replay.asked.append(Asked(line, headers, body.decode()))
            writer.write(replay.answer(script, line))
            await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, limit=2**20, ssl=context)
    host, port = server.sockets[0].getsockname()
    replay.url = f"{'https' if context else 'http'}://{host}:{port}{prefix}"
    async with server:
        yield replay
    assert replay.unexpected == []
