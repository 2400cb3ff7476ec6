"""A Redis server of our own for a bench: on 127.0.0.1, in a temporary folder, every write synced, ended by its pid."""

from __future__ import annotations

import asyncio
import shutil
import socket
from pathlib import Path
from typing import Any, Self

import redis.asyncio
from redis.exceptions import ConnectionError as NotYet

START_WITHIN = 10.0


class NoRedis(Exception):  # noqa: N818 - says what is the case
    """There is no redis-server on this machine."""


class RedisServer:
    """`async with RedisServer(folder) as server`. Raises `NoRedis`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def __aenter__(self) -> Self:
        program = shutil.which("redis-server")
        if program is None:
            raise NoRedis("not measured: redis-server is not installed")
        with socket.create_server(("127.0.0.1", 0)) as taken:
            self.port = taken.getsockname()[1]
        settings = {
            "bind": "127.0.0.1",
            "port": str(self.port),
            "dir": str(self._folder),
            "appendonly": "yes",
            "appendfsync": "always",
            "save": "",
        }
        options = [word for name, value in settings.items() for word in (f"--{name}", value)]
        self._process = await asyncio.create_subprocess_exec(
            program, *options, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
        )
        async with asyncio.timeout(START_WITHIN), self.client(1) as client:
            while not await _answers(client):  # noqa: ASYNC110 - another process can't set our events
                await asyncio.sleep(0.02)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._process.terminate()
        await self._process.wait()

    def client(self, connections: int) -> redis.asyncio.Redis:
        pool = redis.asyncio.BlockingConnectionPool(
            host="127.0.0.1", port=self.port, max_connections=connections, timeout=None
        )
        return redis.asyncio.Redis.from_pool(pool)


async def consume(client: Any, events: int, *, at_once: int) -> list[float]:
    """Read and acknowledge that many events of the stream; when each batch was handed over."""
    handed: list[float] = []
    seen = 0
    loop = asyncio.get_running_loop()
    while seen < events:
        answer = await client.xreadgroup("handlers", "one", {"events": ">"}, count=at_once, block=1000)
        for _, entries in answer:
            handed.append(loop.time())
            await client.xack("events", "handlers", *(entry for entry, _ in entries))
            seen += len(entries)
    return handed


async def _answers(client: Any) -> bool:
    try:
        return bool(await client.ping())
    except (NotYet, OSError):
        return False
