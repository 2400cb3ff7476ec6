"""What was read last, at once, and read anew in the background when it has become old."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from bot.errors import Failure, Unreachable
from bot.ports import Clock
from bot.reasons import Reason

log = logging.getLogger(__name__)

T = TypeVar("T")

STILL = "{what} is still being asked."
AFTER_FAILURE = 5.0
"""Seconds for which a failure is told again at once, instead of letting everybody wait for it anew."""


class Warm(Generic[T]):
    """Keeps what `read` gave. However many ask, one reading is under way.

    `fresh_for` is in seconds of `clock`. `read` raises `Failure` when it can't be read now; what was read before stays.
    """

    def __init__(
        self, what: str, read: Callable[[], Awaitable[T]], clock: Clock, *, fresh_for: float
    ) -> None:
        self._what = what
        self._read = read
        self._clock = clock
        self.fresh_for = fresh_for
        self.value: T | None = None
        self._read_at = 0.0
        self._problem: Unreachable | None = None
        self._failed_at = 0.0
        self._began = 0.0
        self._task: asyncio.Task[None] | None = None

    def old(self, at_most: float | None = None) -> bool:
        """Whether it is older than `at_most` seconds, or than `fresh_for`; true when there is nothing yet."""
        limit = self.fresh_for if at_most is None else at_most
        # A clock that was set back must not make it fresh for ever.
        return self.value is None or abs(self._clock.now() - self._read_at) > limit

    def refresh(self) -> asyncio.Task[None] | None:
        """Have it read if it is old and nobody reads it; the reading under way, if any."""
        if self._task is None and self.old() and not self._lately_failed():
            self._begin()
        return self._task

    async def known(self, wait: float) -> T | None:
        """What is known, old or not; only when nothing is, a reading is waited for.

        It has `wait` seconds since it began, so that who asks several times in a row does not wait for it each time.
        """
        task = self.refresh()
        left = self._began + wait - time.monotonic()
        if self.value is None and task is not None and left > 0:
            await asyncio.wait([task], timeout=left)
        return self.value

    async def fresh(self, wait: float, *, at_most: float | None = None) -> T:
        """What is not older than `at_most` seconds. Raises `Unreachable` when it can't be had within `wait` seconds.

        They count from when the reading began, so that a peer that hangs holds up one who asks, and not everybody in turn.
        """
        if self.value is not None and not self.old(at_most):
            return self.value
        if self._task is None:
            if self._problem is not None and self._lately_failed():
                raise self._again(self._problem)
            self._begin()
        task, before = self._task, self._read_at
        assert task is not None
        await asyncio.wait([task], timeout=max(0.0, self._began + wait - time.monotonic()))
        if not task.done():
            raise Unreachable(Reason.PEER_SLOW, STILL.format(what=self._what))
        if self._problem is not None and self._read_at == before:
            raise self._again(self._problem)
        await task
        assert self.value is not None
        return self.value

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    def _begin(self) -> None:
        self._began = time.monotonic()
        self._task = asyncio.create_task(self._reading(), name=f"reading {self._what}")
        self._task.add_done_callback(self._done)

    async def _reading(self) -> None:
        began = self._clock.now()
        try:
            self.value = await self._read()
        except Failure as problem:
            self._problem = Unreachable(
                problem.reason, problem.sentence, retry_after=getattr(problem, "retry_after", None)
            )
            self._failed_at = self._clock.now()
            log.info("%s could not be read: %s", self._what, problem.sentence, extra={"action": "sources"})
        else:
            self._read_at, self._problem = began, None

    def _done(self, task: asyncio.Task[None]) -> None:
        self._task = None
        if not task.cancelled() and (problem := task.exception()) is not None:
            log.error("Reading %s failed", self._what, exc_info=problem, extra={"action": "sources"})

    def _lately_failed(self) -> bool:
        if self._problem is None:
            return False
        pause = max(AFTER_FAILURE, self._problem.retry_after or 0.0)
        return abs(self._clock.now() - self._failed_at) < pause

    @staticmethod
    def _again(problem: Unreachable) -> Unreachable:
        """An exception is raised once only, because each raising writes its own trace into it."""
        return Unreachable(problem.reason, problem.sentence, retry_after=problem.retry_after)
