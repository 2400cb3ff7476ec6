"""The sandbox as `make run` serves it, in a thread of its own, so that tests with a browser can be plain functions."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

from bot.sandbox.run import Sandbox

STARTS_WITHIN = 20.0


class LiveSandbox:
    """`with LiveSandbox() as sandbox`: `sandbox.url` is the page."""

    def __init__(self, *, speed: float = 1.0) -> None:
        self._sandbox = Sandbox(speed=speed)
        self._ready = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="sandbox", daemon=True)
        self.problem: BaseException | None = None

    def __enter__(self) -> Self:
        self._thread.start()
        if not self._ready.wait(STARTS_WITHIN) or self.problem is not None:
            raise AssertionError("the sandbox did not start") from self.problem
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(STARTS_WITHIN)
        self._loop.close()
        assert self.problem is None, self.problem

    @property
    def url(self) -> str:
        return self._sandbox.url.rstrip("/")

    @property
    def configuration(self) -> Path:
        """The file it runs with, to be changed."""
        return self._sandbox.configuration

    @property
    def refused(self) -> list[dict[str, object]]:
        """What the server asked of Slack that Slack would not do."""
        return self._sandbox.slack.refused

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._serve())
        except BaseException as problem:  # noqa: BLE001 - handed to the test's thread
            self.problem = problem
            self._ready.set()

    async def _serve(self) -> None:
        async with self._sandbox:
            self._ready.set()
            await self._stop.wait()
