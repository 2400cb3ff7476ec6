"""Calls wait for their turn before they are made, so that Slack rarely has to say no."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable
from typing import TypeVar

from bot.errors import Unreachable
from bot.ports import Clock
from bot.reasons import Reason
from bot.slack.rates import Rates, Turn

T = TypeVar("T")

MOST_TRIES = 3
LONGEST_PAUSE = 60.0
SET_BACK = 1.0
"""Seconds; a clock that is merely kept right is moved by less."""


class Shaper:
    """Gives turns: final states first, then posts, then live updates; in the order of coming within each.

    `run` calls `act` when its turn has come, so that `act` can look at the newest state. A 429 pauses its method for
    everybody for `Retry-After`, and the call that met it waits for another turn.
    """

    def __init__(self, clock: Clock, *, interval: float) -> None:
        self._clock = clock
        self._interval = interval
        self._rates = Rates(interval=interval)
        self._seen = clock.now()
        self._waiting: dict[asyncio.Future[None], Turn] = {}
        self._changed = asyncio.Event()
        self._giving: asyncio.Task[None] | None = None

    async def run(self, turn: Turn, act: Callable[[], Awaitable[T]]) -> T:
        """Raises what `act` raises; `Unreachable(rate_limited)` only when Slack keeps saying no."""
        for tries_left in reversed(range(MOST_TRIES)):
            await self._turn(turn)
            try:
                return await act()
            except Unreachable as limited:
                if limited.reason is not Reason.RATE_LIMITED:
                    raise
                seconds = limited.retry_after or 1.0
                self._rates.pause(turn.method, self._clock.now() + seconds)
                self._changed.set()
                if not tries_left or seconds > LONGEST_PAUSE:
                    raise
        raise AssertionError("the last try returns or raises")  # pragma: no cover - for the type checker

    def pace(self, interval: float) -> None:
        """The least time between two edits of one message, from now on."""
        self._interval = self._rates.interval = interval
        self._changed.set()

    async def close(self) -> None:
        """Nobody gets a turn any more; who waits is cancelled."""
        for waiting in list(self._waiting):
            waiting.cancel()
        if self._giving:
            self._giving.cancel()
            await asyncio.gather(self._giving, return_exceptions=True)

    async def _turn(self, turn: Turn) -> None:
        mine: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting[mine] = turn
        self._changed.set()
        if self._giving is None or self._giving.done():
            self._giving = asyncio.create_task(self._give_turns(), name="slack turns")
        try:
            await mine
        finally:
            self._waiting.pop(mine, None)
            self._changed.set()

    async def _give_turns(self) -> None:
        while self._waiting:
            self._changed.clear()
            now = self._clock.now()
            if now < self._seen - SET_BACK:
                # The clock was set back: what was called in the future would hold up everybody until then.
                self._rates = Rates(interval=self._interval)
            self._seen = now
            again, chosen = self._rates.next_turn(
                ((turn, mine) for mine, turn in self._waiting.items() if not mine.done()), now
            )
            if chosen is None:
                await self._pause(again - now)
                continue
            turn, mine = chosen
            self._rates.took(turn, now)
            mine.set_result(None)
            del self._waiting[mine]

    async def _pause(self, seconds: float) -> None:
        """Until so much of the clock's time has passed, or something has changed."""
        ending: list[asyncio.Task[object]] = [
            asyncio.create_task(self._changed.wait(), name="slack turns: a change")
        ]
        if math.isfinite(seconds):
            ending.append(asyncio.create_task(self._clock.sleep(seconds), name="slack turns: the next one"))
        try:
            await asyncio.wait(ending, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in ending:
                task.cancel()
            await asyncio.gather(*ending, return_exceptions=True)
