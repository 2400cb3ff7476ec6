"""Brings messages from the journal to the bus, in order, and delayed ones when their time has come.

From memory while the bus keeps up, from the table when it does not.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Awaitable, Callable, Iterable

from bot.journal import Journal, Message
from bot.ports import Clock

log = logging.getLogger(__name__)

PAGE = 1000
PAUSE = 2.0
CLOCK_TICK = 30.0
"""Longest sleep in one piece, in seconds: a machine's clock may be set, or stand still while it is suspended."""
SET_BACK = 1.0
"""Seconds; a clock that is merely kept right is moved by less."""


class Feed:
    """`take` is called, in the order of the journal, once for each message that may be handled now.

    `held` counts those taken and not yet `let_go`. When `held_most` are held, later ones stay in the table, and are
    read from there, page by page, as room is made: memory is bounded, and nothing overtakes. `behind` is true while
    there may be more in the table.
    """

    def __init__(
        self, journal: Journal, clock: Clock, take: Callable[[Message], None], *, held_most: int
    ) -> None:
        self.held = 0
        self.behind = True
        self._journal = journal
        self._clock = clock
        self._take = take
        self._held_most = held_most
        self._taken_to = 0
        self._left_out = 0
        self._wanted = asyncio.Event()
        self._next_due = 0.0
        self._woke_at = math.inf
        self._announced = math.inf
        self._nearer = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin: what an earlier process left comes first, then what is published."""
        self._journal.on_ready = self.offer
        self._journal.on_delayed = self.wake_by
        self._wanted.set()
        self._tasks = [
            asyncio.create_task(self._on_and_on(self._catch_up), name="catching up with the journal"),
            asyncio.create_task(self._on_and_on(self._wake), name="waking delayed messages"),
        ]

    async def stop(self) -> None:
        """Take nothing more; what is in the journal stays there."""
        self.behind = True
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def offer(self, ready: Iterable[Message]) -> None:
        """Committed messages, in the order of their commits."""
        for one in ready:
            if one.seq <= self._taken_to:
                continue  # a page read it between its commit and now
            if self.behind or self.held >= self._held_most:
                self.behind = True
                self._left_out += 1
            else:
                self._hold(one)

    def let_go(self) -> None:
        """A message that was taken is through."""
        self.held -= 1
        if self.behind and self.held < self._held_most:
            self._wanted.set()

    def wake_by(self, due: float) -> None:
        """A delayed message was committed."""
        self._announced = min(self._announced, due)
        if due < self._next_due:
            self._next_due = due
            self._nearer.set()

    def _hold(self, one: Message) -> None:
        self._taken_to = one.seq
        self.held += 1
        self._take(one)

    async def _on_and_on(self, step: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                await step()
            except Exception:
                log.exception("Reading the journal failed; tried again in %g s", PAUSE)
                await self._clock.sleep(PAUSE)

    async def _catch_up(self) -> None:
        """Read from the table what memory did not take, until nothing is left behind."""
        await self._wanted.wait()
        while self.behind and self.held < self._held_most:
            left_out = self._left_out
            page = await self._journal.waiting(self._taken_to, PAGE)
            for one in page:
                self._hold(one)
            if len(page) < PAGE and left_out == self._left_out:
                self.behind = False
        self._wanted.clear()

    async def _wake(self) -> None:
        """Sleep until the next delayed message is due, or a nearer one comes; make ready what is due.

        A delay is so many seconds, though the table holds a moment: when the clock was set back (at the start nobody knows
        whether it was), what was published in the future is due after its own delay from now on.
        """
        now = self._clock.now()
        if now < self._woke_at - SET_BACK:
            await self._journal.set_back(now)
            self._next_due = 0.0
        self._woke_at = now
        if self._next_due > now:
            await self._sleep(min(self._next_due - now, CLOCK_TICK))
            return
        await self._journal.promote(now)
        # Whatever is announced while the table is asked may be missing in its answer.
        self._announced = math.inf
        following = await self._journal.next_due()
        self._next_due = min(self._announced, math.inf if following is None else following)

    async def _sleep(self, seconds: float) -> None:
        self._nearer.clear()
        sleep = asyncio.ensure_future(self._clock.sleep(seconds))
        nearer = asyncio.ensure_future(self._nearer.wait())
        try:
            await asyncio.wait((sleep, nearer), return_when=asyncio.FIRST_COMPLETED)
        finally:
            sleep.cancel()
            nearer.cancel()
