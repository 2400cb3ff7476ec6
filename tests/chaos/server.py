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
from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import aiohttp

ROOT = Path(__file__).parents[2]
BOOT_WITHIN = 20.0
ENDINGS_MOST = 3


class Zygote:
    """`async with Zygote() as zygote:`; a process that forks servers, one after the other (`tests.chaos.zygote`)."""

    async def __aenter__(self) -> Self:
        self._process = await asyncio.create_subprocess_exec(
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
        assert self._process.stdin is not None
        self._process.stdin.close()
        await self._process.wait()

    async def fork(self, order: str) -> int:
        """The process id of a new server."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{order}\n".encode())
        return int((await self._told())["pid"])

    async def ended(self) -> int:
        """The wait status of the server, once it has ended."""
        return int((await self._told())["ended"])

    async def _told(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = await self._process.stdout.readline()
        assert line, "the process that forks servers has ended"
        return dict(json.loads(line))


class ServerProcess:
    """`async with ServerProcess(…) as server: await server.start(); await server.kill()`, again and again.

    `clock` is a file that moves its clock (`tests.shared_clock`), `zygote` what forks it: one of its own when there is none.
    `ended_by_itself` says how often it ended without being killed, which it never should.
    """

    def __init__(
        self,
        config: Path,
        environ: Mapping[str, str],
        log: Path,
        url: str,
        *,
        clock: Path | None = None,
        zygote: Zygote | None = None,
    ) -> None:
        self.log = log
        self.url = url
        self.starts = 0
        self.kills = 0
        self.ended_by_itself: list[int] = []
        order = {"config": str(config), "environ": dict(environ), "log": str(log)}
        self._order = json.dumps(order | ({"clock": str(clock)} if clock else {}))
        self._stack = AsyncExitStack()
        self._zygote = zygote or Zygote()
        self._own = zygote is None
        self._pid = 0
        self._ended: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        if self._own:
            await self._stack.enter_async_context(self._zygote)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.kill(count=False)
        await self._stack.aclose()

    @property
    def alive(self) -> bool:
        return self._ended is not None and not self._ended.done()

    async def start(self) -> None:
        """Start it; whether it is ready is another question."""
        assert not self.alive, "it runs already"
        assert len(self.ended_by_itself) < ENDINGS_MOST, f"it ends by itself again and again; see {self.log}"
        self._pid = await self._zygote.fork(self._order)
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
        status = await self._zygote.ended()
        if self._pid == pid:
            self._pid = 0
            self.ended_by_itself.append(status)
