"""Takes ready messages, hands each to its handlers, and decides what a failure means.

::

    handler returns            commit changes + messages + done, then the next of the subject
    Conflict                   handle again at once, on fresh state
    Refused                    tell the person, audit, done (nobody to tell: park)
    Unreachable                try again with backoff; the subject waits, its order is kept
                               (a person waits some seconds, then hears it as a refusal)
    Rejected                   park with its reason; the subject goes on
    anything else              try again a few times, then park

Messages of one subject are handled one at a time, in order; different subjects side by side.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import time
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from typing import Protocol

from bot import journal
from bot.backoff import backoff
from bot.disk import DiskFailed
from bot.errors import Conflict, Failure, Refused, Rejected, Unreachable
from bot.events import Asked, Command
from bot.feed import CLOCK_TICK, Feed
from bot.journal import Journal, Message, NotWaiting
from bot.plain import plain
from bot.ports import Clock, Context
from bot.reasons import Reason
from bot.routing import Handler, Router
from bot.telling import nobody_answered, tell, tell_of_parking
from bot.unit import Unit, child_id

log = logging.getLogger(__name__)

NOT_READABLE = "this program can't read it: {problem}"
NO_HANDLER = "nothing here handles {type}"
FAILED = "{kind}: {problem}"
TOO_LONG = "No answer came within {seconds:g} s."
CONFLICTS = "the state changed under it {count} times in a row; the last time: {problem}"

RETRY_AFTER_LEAST = 0.05
DISK_PAUSE = 2.0
UNEXPECTED_ATTEMPTS = 5
CONFLICTS_MOST = 50
ASKED_WITHIN = 15.0
"""Seconds, since the first attempt, after which a person hears that a peer could not be asked. His lane waits behind him:
a run's end, a cancel, other people's clicks. And who hears nothing must not find his click counted hours later."""
PUT_OFF_MOST = 3600.0
"""Seconds; nobody is put off for longer, so a `due` further ahead was written under a clock that was wrong."""
CANCEL_WITHIN = 1.0


class Meter(Protocol):
    """What the bus tells about its work; seconds."""

    def handled(self, kind: str, outcome: str, seconds: float) -> None: ...


class Bus:
    """`await bus.start()`, then all that the journal has ready is handled, until `await bus.stop(within)`.

    `held_most` bounds what is kept in memory: beyond it, messages are read back from the table later.
    """

    def __init__(
        self,
        journal: Journal,
        router: Router,
        context: Callable[[Message, Unit], AbstractContextManager[Context]],
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
        self._feed = Feed(journal, clock, self._take, held_most=held_most)
        self._queues: dict[str, deque[Message]] = {}
        self._workers: dict[str, asyncio.Task[None]] = {}
        self._in_hand: dict[str, Message] = {}
        self._stopping = False

    async def start(self) -> None:
        """Begin: what an earlier process left comes first, then what is published."""
        self._feed.start()

    @property
    def held(self) -> int:
        """How many messages are in memory, waiting or in hand."""
        return self._feed.held

    @property
    def behind(self) -> bool:
        """True while there is more than memory holds, so that messages are read back from the table."""
        return self._feed.behind

    # --- one subject, one worker -----------------------------------------------------------------------------

    def _take(self, one: Message) -> None:
        queue = self._queues.get(one.subject)
        if queue is not None:
            queue.append(one)
            return
        self._queues[one.subject] = deque((one,))
        worker = asyncio.create_task(self._work(one.subject), name=f"handling {one.subject}")
        self._workers[one.subject] = worker

    async def _work(self, subject: str) -> None:
        """Handle the messages of one subject until none is left."""
        queue = self._queues[subject]
        try:
            while queue and not self._stopping:
                if await self._attempt(subject, queue[0]):
                    queue.popleft()
                    self._feed.let_go()
        finally:
            del self._workers[subject]
            del self._queues[subject]

    async def _attempt(self, subject: str, one: Message) -> bool:
        """Handle a message when it is due; False when it is to be handled again (its `due` says when)."""
        one.due = min(one.due, self._clock.now() + PUT_OFF_MOST)
        # Before `put_off_at` is only a clock that was set back: what was to wait seconds must not wait hours.
        while one.put_off_at <= (now := self._clock.now()) < one.due:
            await self._clock.sleep(min(one.due - now, CLOCK_TICK))
        self._in_hand[subject] = one
        try:
            return await self._handle(one)
        except NotWaiting as gone:
            log.warning("%s is let go: %s", one.type, gone, extra=_about(one))
            return True
        except DiskFailed as problem:
            log.warning("%s is handled again in %g s: %s", one.type, DISK_PAUSE, problem, extra=_about(one))
        except Exception:
            log.exception("What became of %s can't be written down", one.type, extra=_about(one))
        finally:
            del self._in_hand[subject]
        one.loaded = True
        one.put_off_at = self._clock.now()
        one.due = one.put_off_at + DISK_PAUSE
        return False

    # --- one message -----------------------------------------------------------------------------------------

    async def _handle(self, one: Message) -> bool:
        """Handle one message once and commit what came of it; False when it is to be handled again."""
        began = time.perf_counter()
        one.tried_since = one.tried_since or self._clock.now()
        failure = await self._dispatch(one)
        if failure is None:
            outcome, ended = "done", True
        else:
            outcome, ended = failure.reason.value, await self._end(one, failure)
        self._meter.handled(one.type, outcome, time.perf_counter() - began)
        return ended

    async def _dispatch(self, one: Message) -> Failure | None:
        """Run the handlers and commit, again and again while others write in between; what went wrong, if anything.

        Raises `NotWaiting` and `DiskFailed`: then nothing was decided.
        """
        problem: BaseException = Conflict()
        for _ in range(CONFLICTS_MOST):
            unit = Unit(one, self._clock.now())
            try:
                await self._run(one, unit)
                await self._commit(unit, lambda row: journal.done(row, one, self._clock.now()))
            except (NotWaiting, DiskFailed):
                raise
            except Conflict as conflict:
                log.info("%s is handled again: %s", one.type, conflict, extra=_about(one))
                one.loaded = True
                problem = conflict
            except Failure as failure:
                return failure
            except asyncio.CancelledError as cancelled:
                if _asked_to_stop():
                    raise
                return self._unforeseen(one, cancelled)
            except Exception as unforeseen:  # noqa: BLE001 - here it is decided what a failure means
                return self._unforeseen(one, unforeseen)
            else:
                return None
        return self._unforeseen(one, RuntimeError(CONFLICTS.format(count=CONFLICTS_MOST, problem=problem)))

    async def _run(self, one: Message, unit: Unit) -> None:
        """All handlers of a message are given the same context, and with it one configuration."""
        handlers = self._handlers(one)
        with self._context(one, unit) as ctx:
            if not isinstance(one.event, Asked):
                for handler in handlers:
                    await handler(one.event, ctx)
                return
            try:
                async with asyncio.timeout(ASKED_WITHIN) as limit:
                    for handler in handlers:
                        await handler(one.event, ctx)
            except TimeoutError as slow:
                if not limit.expired():
                    raise
                raise Unreachable(Reason.PEER_SLOW, TOO_LONG.format(seconds=ASKED_WITHIN)) from slow

    def _handlers(self, one: Message) -> Iterable[Handler]:
        if one.event is None:
            raise Rejected(Reason.MESSAGE_UNREADABLE, NOT_READABLE.format(problem=one.problem))
        handlers = self._router.handlers.get(type(one.event), [])
        if not handlers and isinstance(one.event, Command):
            raise Rejected(Reason.HANDLER_MISSING, NO_HANDLER.format(type=one.type))
        return handlers

    def _unforeseen(self, one: Message, problem: BaseException) -> Failure:
        """A fault of ours: perhaps a passing one, so tried a few times; then a human must look."""
        log.error("%s failed", one.type, exc_info=problem, extra=_about(one))
        one.stumbles += 1
        kind = Rejected if one.stumbles >= UNEXPECTED_ATTEMPTS else Unreachable
        return kind(Reason.HANDLER_FAILED, FAILED.format(kind=type(problem).__name__, problem=problem))

    # --- what a failure means --------------------------------------------------------------------------------

    async def _end(self, one: Message, failure: Failure) -> bool:
        """Commit what a failure means, with the facts it carries; without them when they can't be written."""
        if failure.reason is not Reason.HANDLER_FAILED:
            one.stumbles = 0
        try:
            return await self._failed(one, failure, self._clock.now())
        except (NotWaiting, DiskFailed):
            raise
        except Exception as problem:
            log.exception("%s failed, and what that means can't be written", one.type, extra=_about(one))
            sentence = FAILED.format(kind=type(problem).__name__, problem=problem)
            return await self._failed(one, Rejected(Reason.HANDLER_FAILED, sentence), self._clock.now())

    async def _failed(self, one: Message, failure: Failure, now: float) -> bool:
        unit = Unit(one, now)
        if isinstance(failure, Unreachable) and _waited_long(one, failure, now):
            failure = nobody_answered(failure)
        for count, (subject, fact) in enumerate(failure.facts, 1):
            # The row's number changes when a human retries it: then these are news again.
            name = f"failed/{one.seq}.{one.attempts + 1}.{count}"
            unit.publish(fact, subject=subject, id=child_id(one.id, name))
        if isinstance(failure, Refused) and isinstance(one.event, Asked):
            tell(unit, one.event, one, failure)
            await self._commit(unit, lambda row: journal.done(row, one, now))
            return True
        if isinstance(failure, Unreachable):
            await self._try_again(one, failure, unit, now)
            return False
        log.error("%s is parked: %s", one.type, plain(str(failure)), extra=_about(one))
        tell_of_parking(unit, one, failure)
        await self._commit(unit, lambda row: journal.park(row, one, failure.reason.value, failure.sentence))
        return True

    async def _try_again(self, one: Message, failure: Unreachable, unit: Unit, now: float) -> None:
        wanted = failure.retry_after
        wait = backoff(one.attempts) if wanted is None else max(wanted, RETRY_AFTER_LEAST)
        log.info("%s is tried again in %.1f s: %s", one.type, wait, plain(str(failure)), extra=_about(one))
        due, reason, sentence = now + wait, failure.reason.value, failure.sentence
        await self._commit(unit, lambda row: journal.put_off(row, one, due, reason, sentence))
        if failure.maybe_done or failure.reason is Reason.HANDLER_FAILED:
            one.loaded = True  # it may have got part of the way, like one that an earlier process left
        one.attempts += 1
        one.put_off_at, one.due = now, due

    async def _commit(self, unit: Unit, end: Callable[[sqlite3.Connection], None]) -> None:
        await self._journal.submit(lambda row: unit.apply(row, end), unit.messages)

    # --- stopping --------------------------------------------------------------------------------------------

    async def stop(self, within: float) -> list[str]:
        """Finish what is in hand, for at most that many seconds. Returns what still held it up, by name."""
        self._stopping = True
        await self._feed.stop()
        for subject, worker in self._workers.items():
            if subject not in self._in_hand:
                worker.cancel()
        if self._in_hand:
            await asyncio.wait([self._workers[subject] for subject in self._in_hand], timeout=within)
        held_up = [f"{one.type} of {subject}" for subject, one in self._in_hand.items()]
        for name in held_up:
            log.warning("Stopping while %s is still being handled; it goes on at the next start", name)
        left = list(self._workers.values())
        for worker in left:
            worker.cancel()
        if left:
            await asyncio.wait(left, timeout=CANCEL_WITHIN)
        return held_up


def _waited_long(one: Message, away: Unreachable, now: float) -> bool:
    """Whether a person has been waiting for a peer as long as he should. Our own faults have their own end."""
    if not isinstance(one.event, Asked) or away.reason is Reason.HANDLER_FAILED:
        return False
    return now - one.tried_since + (away.retry_after or 0.0) >= ASKED_WITHIN


def _asked_to_stop() -> bool:
    """True when this task was cancelled, false when only something was that it waited for."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def _about(one: Message) -> dict[str, object]:
    return {"message_id": one.id, "subject": one.subject, "deployment": one.about}
