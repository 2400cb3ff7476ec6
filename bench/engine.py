"""The engine as the benches drive it: a journal and a bus over a real file, with one handler that does nothing."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

from bot.bus import Bus
from bot.clock import SystemClock
from bot.events import RunLost
from bot.journal import Journal, Message, message
from bot.ports import Context
from bot.reader import Reader
from bot.routing import Router
from bot.unit import Unit
from bot.writer import Writer

BODY_BYTES = 800
DEPLOYMENT = "0123456789abcdef0123"
_EMPTY = len('{"deployment":"","sentence":""}') + len(DEPLOYMENT)
EVENT = RunLost(deployment=DEPLOYMENT, sentence="x" * (BODY_BYTES - _EMPTY))


class Engine:
    """An open journal and a running bus; implements `bot.bus.Meter`, so that it learns what is done."""

    def __init__(self, journal: Journal) -> None:
        self.journal = journal
        self.handled_at = 0.0
        self._done = 0
        self._awaited = 0
        self._reached = asyncio.Event()

    async def handle(self, _: Any, __: Context) -> None:
        self.handled_at = time.perf_counter()

    def handled(self, kind: str, outcome: str, seconds: float) -> None:
        assert outcome == "done", (kind, outcome, seconds)
        self._done += 1
        if self._done == self._awaited:
            self._reached.set()

    async def when(self, done: int) -> None:
        """Wait until that many messages have been handled, and their end is committed."""
        if self._done < done:
            self._awaited = done
            self._reached.clear()
            await self._reached.wait()


@asynccontextmanager
async def engine(path: Path) -> AsyncIterator[Engine]:
    router = Router()
    async with AsyncExitStack() as stack:
        writer = await stack.enter_async_context(Writer(path))
        reader = await stack.enter_async_context(Reader(path))
        journal = Journal(writer, reader)
        clock = SystemClock()
        nothing: Any = None
        booted = clock.now()

        @contextmanager
        def context(one: Message, unit: Unit) -> Iterator[Context]:
            yield Context(
                message=one.id,
                at=one.at,
                fresh=not one.loaded and one.attempts == 0,
                loaded=one.loaded,
                booted_at=booted,
                settings=nothing,
                configuration=nothing,
                clock=clock,
                store=nothing,
                changes=unit,
                runs={},
                probes=nothing,
                chat=nothing,
                people=nothing,
                calendars=nothing,
                sources=nothing,
                prune=journal.prune,
            )

        running = Engine(journal)
        bus = Bus(journal, router, context, clock, running)
        router.on(RunLost)(running.handle)
        await bus.start()
        stack.push_async_callback(bus.stop, 5.0)
        yield running


def event_message(id: str, subject: str) -> Message:  # noqa: A002 - the column's name
    return message(EVENT, id=id, at=time.time(), subject=subject)
