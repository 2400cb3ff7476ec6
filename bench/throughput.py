"""Publish → handler → done, 64 publishers, an 800-byte event, a handler that does nothing: events per second.

Against Redis streams and litequeue, with the same event, in turns. litequeue does as well as it can: in one thread,
without asyncio, so that no publisher waits for another. As shipped it does not sync its commits
(synchronous=NORMAL), so that what it took may be gone after a power cut; the goal is for the same promise as ours.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

from litequeue import LiteQueue

from bench.engine import BODY_BYTES, engine, event_message
from bench.redis import NoRedis, RedisServer, consume
from bench.report import Row, least, median

PUBLISHERS = 64
GOALS = {
    "litequeue, synced": 4.0,
    "litequeue as shipped, not synced": None,
    "Redis streams, appendfsync always": 2.0,
}
BODY = "x" * BODY_BYTES
Runner = Callable[[int, Path], float]


def measure(quick: bool, folder: Path) -> list[Row]:
    events, rounds = (6_400, 2) if quick else (25_600, 5)
    runners: dict[str, Runner] = {
        "journal": lambda n, where: asyncio.run(_journal(n, where)),
        "litequeue, synced": lambda n, where: _litequeue(n // 8, where, "FULL"),
        "litequeue as shipped, not synced": lambda n, where: _litequeue(n // 4, where, "NORMAL"),
        "Redis streams, appendfsync always": lambda n, where: asyncio.run(_redis(n, where)),
    }
    found: dict[str, list[float]] = {name: [] for name in runners}
    missing: dict[str, str] = {}
    for number in range(rounds):
        for turn, (name, run) in enumerate(runners.items()):
            where = folder / f"{number}-{turn}"
            where.mkdir()
            try:
                found[name].append(run(events, where))
            except NoRedis as why:
                missing[name] = str(why)
    return _rows(found, missing)


def _rows(found: dict[str, list[float]], missing: dict[str, str]) -> list[Row]:
    ours = median(found["journal"])
    note = f"median of {len(found['journal'])}, best {max(found['journal']):,.0f}"
    rows = [least("publish → handler → done, 64 publishers", ours, "events/s", 10_000, note)]
    for name, goal in GOALS.items():
        if name in missing:
            rows.append(Row(what=f"… against {name}", figure=None, note=missing[name]))
            continue
        # Each round by itself: what else the machine did then slowed both.
        ratio = median(ours / theirs for ours, theirs in zip(found["journal"], found[name], strict=True))
        what, note = f"… against {name}", f"{median(found[name]):,.0f} events/s"
        rows.append(
            least(what, ratio, "×", goal, note) if goal else Row(what=what, figure=ratio, unit="×", note=note)
        )
    return rows


async def _journal(events: int, folder: Path) -> float:
    """Ours: every publisher waits for its commit before it publishes the next; each has its own subject."""
    each = events // PUBLISHERS
    async with engine(folder / "journal.db") as running:

        async def publisher(number: int) -> None:
            for count in range(each):
                await running.journal.publish(event_message(f"{number}-{count}", f"lane/{number}/x"))

        began = time.perf_counter()
        async with asyncio.TaskGroup() as group:
            for number in range(PUBLISHERS):
                group.create_task(publisher(number))
        await running.when(each * PUBLISHERS)
        return each * PUBLISHERS / (time.perf_counter() - began)


def _litequeue(events: int, folder: Path, synchronous: str) -> float:
    queue = LiteQueue(folder / "litequeue.db")
    queue.conn.execute(f"PRAGMA synchronous={synchronous}")
    began = time.perf_counter()
    for _ in range(events // PUBLISHERS):
        for _ in range(PUBLISHERS):
            queue.put(BODY)
        for _ in range(PUBLISHERS):
            taken = queue.pop()
            queue.done(taken.message_id)
    took = time.perf_counter() - began
    queue.close()
    return events / took


async def _redis(events: int, folder: Path) -> float:
    """Every publisher has its own connection; one consumer reads up to 64 at once and acknowledges them together."""
    each = events // PUBLISHERS
    async with RedisServer(folder) as server, server.client(PUBLISHERS + 2) as redis:

        async def publisher() -> None:
            for _ in range(each):
                await redis.xadd("events", {"body": BODY})

        await redis.xgroup_create("events", "handlers", mkstream=True)
        began = time.perf_counter()
        async with asyncio.TaskGroup() as group:
            for _ in range(PUBLISHERS):
                group.create_task(publisher())
            group.create_task(consume(redis, each * PUBLISHERS, at_once=PUBLISHERS))
        return each * PUBLISHERS / (time.perf_counter() - began)
