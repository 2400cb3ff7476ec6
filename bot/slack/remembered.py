"""Answers remembered for a while: many askers make one call, and an outage is bridged for a bounded time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from bot.errors import Unreachable
from bot.ports import Clock

Answer = TypeVar("Answer")

MOST_KEPT = 10_000


class Remembered(Generic[Answer]):
    """`fresh_for` and `stale_for` are seconds of the clock; a stale answer serves only while nobody can be asked."""

    def __init__(
        self, clock: Clock, ask: Callable[[str], Awaitable[Answer]], *, fresh_for: float, stale_for: float
    ) -> None:
        self._clock = clock
        self._ask = ask
        self.fresh_for = fresh_for
        self._stale_for = stale_for
        self._known: dict[str, tuple[float, Answer]] = {}
        self._asking: dict[str, asyncio.Task[Answer]] = {}

    async def get(self, id: str, *, at_most: float = float("inf")) -> Answer:  # noqa: A002 - the chat's own word
        """Raises `Unreachable` when it can't be asked and nothing young enough is known, and what asking raises.

        `at_most` bounds, for this once, how old an answer may be in any case.
        """
        known = self._known.get(id)
        if known and self._age(known) < min(self.fresh_for, at_most):
            return known[1]
        try:
            return await self._joined(id)
        except Unreachable:
            if known and self._age(known) <= min(self._stale_for, at_most):
                return known[1]
            raise

    async def close(self) -> None:
        asking = list(self._asking.values())
        for task in asking:
            task.cancel()
        await asyncio.gather(*asking, return_exceptions=True)

    async def _joined(self, id: str) -> Answer:  # noqa: A002 - as above
        """One question at a time for one id. Who gives up waiting does not stop it for the others."""
        task = self._asking.get(id)
        if task is None:
            task = asyncio.create_task(self._find_out(id), name=f"asking Slack about {id}")
            self._asking[id] = task
            task.add_done_callback(lambda done: self._asked(id, done))
        return await asyncio.shield(task)

    def _asked(self, id: str, done: asyncio.Task[Answer]) -> None:  # noqa: A002 - as above
        del self._asking[id]
        if not done.cancelled():
            done.exception()  # seen, even when whoever asked has gone

    async def _find_out(self, id: str) -> Answer:  # noqa: A002 - as above
        answer = await self._ask(id)
        self._known.pop(id, None)
        self._known[id] = (self._clock.now(), answer)
        while len(self._known) > MOST_KEPT:
            del self._known[next(iter(self._known))]
        return answer

    def _age(self, known: tuple[float, Answer]) -> float:
        # What was learned in the future, before the clock was set back, is as old as it is far away.
        return abs(self._clock.now() - known[0])
