"""Takes ready messages, hands each to its handlers, and decides what a failure means.

::

    handler returns            commit changes + messages + done, then the next of the subject
    Conflict                   handle again at once, on fresh state
    Refused                    tell the person, audit, done
    Unreachable                try again with backoff; the subject waits, its order is kept
    Rejected                   park with its reason; the subject goes on
    anything else              try again a few times, then park

Messages of one subject are handled one at a time, in order; different subjects side by side.
"""

from __future__ import annotations

import asyncio
import heapq
import logging
import random
import sqlite3
import time
from collections import deque
from collections.abc import Callable, Iterable
from typing import Protocol

from bot import journal
from bot.errors import Conflict, Failure, Refused, Rejected, Unreachable
from bot.events import Asked, Command, Tell
from bot.journal import Journal, Message
from bot.ports import Clock, Context
from bot.reasons import Reason
from bot.routing import Handler, Router
from bot.unit import Unit
from bot.words import refusal

log = logging.getLogger(__name__)

NOT_READABLE = "this program can't read it: {problem}"
NO_HANDLER = "nothing here handles {type}"
FAILED = "{kind}: {problem}"

BACKOFF_FIRST, BACKOFF_MOST = 0.5, 15.0
DISK_PAUSE = 2.0
UNEXPECTED_ATTEMPTS = 5
CONFLICTS_MOST = 50
PAGE = 1000


class Meter(Protocol):
    """What the bus tells about its work; seconds."""

    def handled(self, kind: str, outcome: str, seconds: float) -> None: ...


class Bus:
    """`bus.start()`, then everything the journal has ready is handled; `await bus.stop(within)` finishes what is in
    hand. `held_most` bounds what is kept in memory: beyond it, messages are read back from the table later.
    """

    def __init__(
        self,
        journal: Journal,
        router: Router,
        context: Callable[[Message, Unit], Context],
        clock: Clock,
        meter: Meter,
        *,
        held_most: int = 20_000,
    ) -> None:
        self._journal = journal
        self._router = router
        self._context = context
        self._clock = clock
        self._meter = meter
        self._held_most = held_most
        self._queues: dict[str, deque[Message]] = {}
        self._workers: dict[str, asyncio.Task[None]] = {}
        self._in_hand: dict[str, Message] = {}
        self._held = 0
        self._loaded_to = 0
        self._behind = True
        self._dropped = 0
        self._dues: list[float] = []
        self._nearer = asyncio.Event()
        self._catch_up_wanted = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._stopping = False

    # --- coming in -------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Begin: what an earlier process left comes first, then what is published."""
        self._journal.on_ready = self.offer
        self._journal.on_delayed = self._wake_by
        self._catch_up_wanted.set()
        self._tasks = [
            asyncio.create_task(self._catch_up(), name="bus catching up with the journal"),
            asyncio.create_task(self._wake(), name="bus waking delayed messages"),
        ]

    def offer(self, ready: Iterable[Message]) -> None:
        """Committed messages, in the order of their commits."""
        for one in ready:
            if self._behind or self._held >= self._held_most:
                self._behind = True
                self._dropped += 1
                continue
            self._loaded_to = one.seq
            self._enqueue(one)

    def _enqueue(self, one: Message) -> None:
        self._held += 1
        queue = self._queues.get(one.subject)
        if queue is not None:
            queue.append(one)
            return
        self._queues[one.subject] = deque((one,))
        if not self._stopping:
            worker = asyncio.create_task(self._work(one.subject), name=f"handling {one.subject}")
            self._workers[one.subject] = worker

    async def _catch_up(self) -> None:
        """Read from the table what memory did not take, page by page, until nothing is left behind."""
        while True:
            await self._catch_up_wanted.wait()
            self._catch_up_wanted.clear()
            while self._behind and self._held < self._held_most:
                dropped = self._dropped
                page = await self._journal.waiting(self._loaded_to, PAGE)
                for one in page:
                    self._loaded_to = one.seq
                    self._enqueue(one)
                if len(page) < PAGE and dropped == self._dropped:
                    self._behind = False

    def _wake_by(self, due: float) -> None:
        heapq.heappush(self._dues, due)
        if self._dues[0] == due:
            self._nearer.set()

    async def _wake(self) -> None:
        """Make delayed messages ready when their time comes."""
        first = await self._journal.next_due()
        if first is not None:
            self._wake_by(first)
        while True:
            self._nearer.clear()
            if self._dues:
                sleep = asyncio.ensure_future(self._clock.sleep(max(0.0, self._dues[0] - self._clock.now())))
                nearer = asyncio.ensure_future(self._nearer.wait())
                try:
                    await asyncio.wait((sleep, nearer), return_when=asyncio.FIRST_COMPLETED)
                finally:
                    sleep.cancel()
                    nearer.cancel()
            else:
                await self._nearer.wait()
            now = self._clock.now()
            if not self._dues or self._dues[0] > now:
                continue
            while self._dues and self._dues[0] <= now:
                heapq.heappop(self._dues)
            await self._journal.promote(now)
            following = await self._journal.next_due()
            if following is not None:
                self._wake_by(following)

    # --- handling --------------------------------------------------------------------------------------------

    async def _work(self, subject: str) -> None:
        """Handle the messages of one subject until none is left."""
        queue = self._queues[subject]
        try:
            while queue and not self._stopping:
                one = queue[0]
                if one.due:
                    await self._clock.sleep(one.due - self._clock.now())
                    one.due = 0.0
                self._in_hand[subject] = one
                try:
                    ended = await self._handle(one)
                except sqlite3.Error:
                    log.exception(
                        "The journal can't be written; %s is handled again", one.type, extra=_about(one)
                    )
                    one.loaded = True
                    one.due = self._clock.now() + DISK_PAUSE
                    ended = False
                finally:
                    del self._in_hand[subject]
                if ended:
                    queue.popleft()
                    self._held -= 1
        finally:
            self._workers.pop(subject, None)
            if not queue:
                del self._queues[subject]
            if self._behind and self._held < self._held_most:
                self._catch_up_wanted.set()

    async def _handle(self, one: Message) -> bool:
        """Handle one message once; False when it is to be handled again (its `due` says when)."""
        began = time.perf_counter()
        for _ in range(CONFLICTS_MOST):
            unit = Unit(one, self._clock.now())
            try:
                for handler in self._handlers(one):
                    await handler(one.event, self._context(one, unit))
                await self._commit(unit, lambda row: journal.done(row, one, self._clock.now()))
            except Conflict as conflict:
                log.info("%s is handled again: %s", one.type, conflict, extra=_about(one))
                one.loaded = True
                continue
            except Failure as failure:
                ended = await self._failed(one, failure)
                self._meter.handled(one.type, failure.reason.value, time.perf_counter() - began)
                return ended
            except sqlite3.Error:
                raise
            except Exception as problem:
                log.exception("%s failed", one.type, extra=_about(one))
                sentence = FAILED.format(kind=type(problem).__name__, problem=problem)
                kind = Rejected if one.attempts + 1 >= UNEXPECTED_ATTEMPTS else Unreachable
                ended = await self._failed(one, kind(Reason.HANDLER_FAILED, sentence))
                self._meter.handled(one.type, Reason.HANDLER_FAILED.value, time.perf_counter() - began)
                return ended
            else:
                self._meter.handled(one.type, "done", time.perf_counter() - began)
                return True
        return await self._failed(
            one, Unreachable(Reason.HANDLER_FAILED, f"{CONFLICTS_MOST} conflicts in a row")
        )

    def _handlers(self, one: Message) -> Iterable[Handler]:
        if one.event is None:
            raise Rejected(Reason.MESSAGE_UNREADABLE, NOT_READABLE.format(problem=one.problem))
        handlers = self._router.handlers.get(type(one.event), [])
        if not handlers and isinstance(one.event, Command):
            raise Rejected(Reason.HANDLER_MISSING, NO_HANDLER.format(type=one.type))
        return handlers

    async def _failed(self, one: Message, failure: Failure) -> bool:
        """Commit what a failure means, with the facts it carries."""
        now = self._clock.now()
        unit = Unit(one, now)
        for subject, fact in failure.facts:
            unit.publish(
                fact, subject=subject, id=f"{one.id}/failed/{one.attempts + 1}/{type(fact).__name__}"
            )
        if isinstance(failure, Refused) and isinstance(one.event, Asked):
            unit.audit(
                "refused",
                actor=one.event.by.id,
                about=one.about,
                reason=failure.reason.value,
                command=one.event.text or one.type,
                sentence=failure.sentence,
            )
            unit.publish(
                Tell(
                    user=one.event.by.id,
                    place=one.event.place,
                    words=refusal(failure.sentence, failure.way_out),
                    deployment=one.about,
                )
            )
            await self._commit(unit, lambda row: journal.done(row, one, now))
            return True
        if isinstance(failure, Unreachable):
            wait = backoff(one.attempts) if failure.retry_after is None else failure.retry_after
            due = now + wait
            log.info("%s is tried again in %.1f s: %s", one.type, wait, failure, extra=_about(one))
            await self._commit(
                unit, lambda row: journal.put_off(row, one, due, failure.reason.value, failure.sentence)
            )
            one.attempts += 1
            one.due = due
            return False
        log.error("%s is parked: %s", one.type, failure, extra=_about(one))
        await self._commit(unit, lambda row: journal.park(row, one, failure.reason.value, failure.sentence))
        return True

    async def _commit(self, unit: Unit, end: Callable[[sqlite3.Connection], None]) -> None:
        await self._journal.submit(lambda row: unit.apply(row, end), unit.messages)

    # --- stopping --------------------------------------------------------------------------------------------

    async def stop(self, within: float) -> list[str]:
        """Finish what is in hand, for at most that many seconds. Returns what still held it up, by name."""
        self._stopping = True
        for task in self._tasks:
            task.cancel()
        for subject, worker in list(self._workers.items()):
            if subject not in self._in_hand:
                worker.cancel()
        deadline = time.monotonic() + within
        while self._in_hand and time.monotonic() < deadline:
            await asyncio.wait(
                [self._workers[subject] for subject in self._in_hand if subject in self._workers],
                timeout=max(0.0, deadline - time.monotonic()),
                return_when=asyncio.FIRST_COMPLETED,
            )
        held_up = [f"{one.type} of {subject}" for subject, one in self._in_hand.items()]
        for name in held_up:
            log.warning("Stopping while %s is still being handled; it goes on at the next start", name)
        left = [*self._workers.values(), *self._tasks]
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        return held_up

    @property
    def held(self) -> int:
        """How many messages are in memory, waiting or in hand."""
        return self._held


def backoff(attempts: int) -> float:
    """Seconds until the next attempt: doubling, bounded, spread by a quarter so that retries don't march in step."""
    wait = min(BACKOFF_MOST, BACKOFF_FIRST * 2.0 ** min(attempts, 10))
    return wait * random.uniform(0.75, 1.0)  # noqa: S311 - spreads load, guards nothing


def _about(one: Message) -> dict[str, object]:
    return {"message_id": one.id, "subject": one.subject, "deployment": one.about}
