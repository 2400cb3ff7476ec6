"""The server as a process of its own, which can be killed at any moment and started again."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import aiohttp

ROOT = Path(__file__).parents[2]
BOOT_WITHIN = 20.0
ENDINGS_MOST = 3


class ServerProcess:
    """`async with ServerProcess(…) as server: await server.start(); await server.kill()`, again and again.

    `clock` is a file that moves its clock (`tests.shared_clock`). `ended_by_itself` says how often it ended without being killed, which it never should.
    """

    def __init__(
        self, config: Path, environ: Mapping[str, str], log: Path, url: str, *, clock: Path | None = None
    ) -> None:
        self.log = log
        self.url = url
        self.starts = 0
        self.kills = 0
        self.ended_by_itself: list[int] = []
        order = {"config": str(config), "environ": dict(environ), "log": str(log)}
        self._order = json.dumps(order | ({"clock": str(clock)} if clock else {}))
        self._zygote: asyncio.subprocess.Process | None = None
        self._pid = 0
        self._ended: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._zygote = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.chaos.zygote",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            cwd=ROOT,
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._zygote is not None
        assert self._zygote.stdin is not None
        await self.kill(count=False)
        self._zygote.stdin.close()
        await self._zygote.wait()

    @property
    def alive(self) -> bool:
        return self._ended is not None and not self._ended.done()

    async def start(self) -> None:
        """Start it; whether it is ready is another question."""
        assert self._zygote is not None
        assert self._zygote.stdin is not None
        assert not self.alive, "it runs already"
        assert len(self.ended_by_itself) < ENDINGS_MOST, f"it ends by itself again and again; see {self.log}"
        self._zygote.stdin.write(f"{self._order}\n".encode())
        self._pid = (await self._told())["pid"]
        self.starts += 1
        self._ended = asyncio.create_task(self._wait(self._pid), name=f"server process {self._pid}")

    async def kill(self, *, count: bool = True) -> bool:
        """SIGKILL, and wait until nothing of it is left. False when it is dead already."""
        if self._ended is None or self._ended.done():
            return False
        pid, self._pid = self._pid, 0
        if pid:
            with contextlib.suppress(ProcessLookupError):  # it has just ended by itself, which is told soon
                os.kill(pid, signal.SIGKILL)
            self.kills += count
        await asyncio.shield(self._ended)
        return bool(pid)

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to what runs."""
        assert self._pid, "nothing runs"
        os.kill(self._pid, number)

    async def ready(self) -> None:
        """Until it answers. Raises `AssertionError` when it does not."""
        deadline = time.monotonic() + BOOT_WITHIN
        async with aiohttp.ClientSession() as session:
            while True:
                try:
                    async with session.get(f"{self.url}/healthz") as answer:
                        if answer.status == 200:
                            return
                except aiohttp.ClientError:
                    pass
                assert self.alive, f"the server ended by itself; see {self.log}"
                assert time.monotonic() < deadline, f"the server does not answer; see {self.log}"
                await asyncio.sleep(0.01)

    async def _wait(self, pid: int) -> None:
        status = (await self._told())["ended"]
        if self._pid == pid:
            self._pid = 0
            self.ended_by_itself.append(status)

    async def _told(self) -> dict[str, Any]:
        assert self._zygote is not None
        assert self._zygote.stdout is not None
        line = await self._zygote.stdout.readline()
        assert line, "the process that forks servers has ended"
        return dict(json.loads(line))
