"""The engine over a real file, for tests: open it, publish, look at rows, close it, open it again."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.bus import Bus
from bot.clock import SystemClock
from bot.events import Event, FollowRun
from bot.journal import Journal, Message, message
from bot.people import Person, Place
from bot.ports import Clock, Context
from bot.reader import Reader
from bot.routing import Router
from bot.store import Store
from bot.unit import Unit
from bot.writer import Writer
from tests.clock import ShiftableClock
from tests.waiting import until

ANNA = Person(id="U0ANNA", name="Anna")
HERE = Place(channel="C0DEPLOY")


@dataclass(kw_only=True)
class Engine:
    writer: Writer
    reader: Reader
    journal: Journal
    store: Store
    bus: Bus
    clock: Clock
    outcomes: list[tuple[str, str]] = field(default_factory=list)

    def handled(self, kind: str, outcome: str, seconds: float) -> None:
        """Implements `bot.bus.Meter`."""
        assert seconds >= 0
        self.outcomes.append((kind, outcome))

    async def publish(
        self,
        event: Event,
        *,
        id: str,  # noqa: A002 - the column's name
        subject: str = "",
        due: float = 0.0,
    ) -> bool:
        new = message(event, id=id, at=self.clock.now(), subject=subject, due=due)
        return (await self.journal.publish(new))[0]

    async def row(self, id: str) -> dict[str, Any]:  # noqa: A002 - the column's name
        found = await self.journal.show(id)
        assert found is not None, f"no message {id}"
        return found

    async def state(self, id: str) -> str:  # noqa: A002 - the column's name
        return str((await self.row(id))["state"])

    async def become(self, id: str, state: str) -> None:  # noqa: A002 - the column's name
        async def so() -> bool:
            return await self.state(id) == state

        await until(so, what=f"{id} is {state}")

    async def idle(self) -> None:
        """Wait until nothing is ready any more, in memory or in the table."""

        async def so() -> bool:
            return "ready" not in await self.journal.depth() and not self.bus.held

        await until(so, within=60, what="nothing is ready any more")

    def context(self, one: Message, unit: Unit) -> Context:
        nothing: Any = None
        return Context(
            message=one.id,
            at=one.at,
            fresh=not one.loaded and one.attempts == 0,
            loaded=one.loaded,
            booted_at=0.0,
            settings=nothing,
            configuration=nothing,
            clock=self.clock,
            store=self.store,
            changes=unit,
            runs={},
            probes=nothing,
            chat=nothing,
            people=nothing,
            calendars=nothing,
            sources=nothing,
            prune=self.journal.prune,
        )


@asynccontextmanager
async def engine(
    path: Path,
    router: Router | None = None,
    *,
    clock: Clock | None = None,
    held_most: int = 20_000,
    started: bool = True,
) -> AsyncIterator[Engine]:
    """Open everything; the bus is stopped, and nothing left behind, when it is left."""
    async with AsyncExitStack() as stack:
        writer = await stack.enter_async_context(Writer(path))
        reader = await stack.enter_async_context(Reader(path))
        journal = Journal(writer, reader)
        clock = clock or SystemClock()

        @contextmanager
        def context(one: Message, unit: Unit) -> Iterator[Context]:
            yield opened.context(one, unit)

        def handled(kind: str, outcome: str, seconds: float) -> None:
            opened.handled(kind, outcome, seconds)

        meter = type("Meter", (), {"handled": staticmethod(handled)})()
        bus = Bus(journal, router or Router(), context, clock, meter, held_most=held_most)
        opened = Engine(
            writer=writer, reader=reader, journal=journal, store=Store(reader), bus=bus, clock=clock
        )
        if started:
            await bus.start()
            stack.push_async_callback(bus.stop, 5.0)
            await until(lambda: not bus.behind)
        yield opened


class Log:
    """A router whose one handler, of FollowRun, writes down what it was given, then does what it was told."""

    def __init__(self) -> None:
        self.router = Router()
        self.looks: list[int] = []
        self.contexts: list[Context] = []
        self.failures: dict[int, list[BaseException]] = {}
        self.router.command(FollowRun)(self.handle)

    async def handle(self, event: FollowRun, ctx: Context) -> None:
        self.looks.append(event.look)
        self.contexts.append(ctx)
        for problem in self.failures.get(event.look, [])[:1]:
            self.failures[event.look].pop(0)
            raise problem


def look(number: int, deployment: str = "d1") -> FollowRun:
    return FollowRun(deployment=deployment, look=number)


def in_table(path: Path, sql: str) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.close()


async def advance_until(
    clock: ShiftableClock, running: Engine, name: str, state: str, step: float = 1.0
) -> None:
    """Let time pass as soon as somebody sleeps, until the message is in that state."""
    while await running.state(name) != state:
        clock.advance(step)
        await asyncio.sleep(0.01)
