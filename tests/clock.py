"""A clock for tests that can be moved: whoever sleeps by it wakes when its time has come, however it came."""

from __future__ import annotations

import asyncio
import time

ROUNDING = 1e-6


class ShiftableClock:
    """Implements `bot.ports.Clock`: the system's time plus what `advance` has added, in seconds.

    `frozen` stops the system's part: then time passes only by `advance`. `set` jumps, also backwards, as a machine's
    clock does when it is corrected: who sleeps meanwhile sleeps as long as he was to.
    """

    def __init__(self, start: float | None = None, *, frozen: bool = False) -> None:
        self._frozen = frozen
        self._shift = self._passed = 0.0
        self._shift = (time.time() if start is None else start) - self._system()
        self._sleepers: set[asyncio.Future[None]] = set()

    def now(self) -> float:
        return self._system() + self._shift

    async def sleep(self, seconds: float) -> None:
        """Sleep until `seconds` have passed on this clock."""
        due = self._system() + self._passed + seconds
        await asyncio.sleep(0)
        while (left := due - self._system() - self._passed) > ROUNDING:
            moved: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._sleepers.add(moved)
            try:
                await asyncio.wait((moved,), timeout=None if self._frozen else left)
            finally:
                self._sleepers.discard(moved)

    def advance(self, seconds: float) -> None:
        """Let time pass at once; wakes every sleeper whose time has come."""
        self._shift += seconds
        self._passed += max(0.0, seconds)
        for sleeper in self._sleepers:
            if not sleeper.done():
                sleeper.set_result(None)

    def set(self, now: float) -> None:
        """Jump to a moment, forwards or backwards."""
        self.advance(now - self.now())

    @property
    def sleepers(self) -> int:
        """How many sleep by this clock now: wait for it before `advance` when the sleep must have begun."""
        return len(self._sleepers)

    def _system(self) -> float:
        return 0.0 if self._frozen else time.monotonic()
