"""Start-up with a journal of a million done messages against an empty one: until a first message was handled."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from bench.engine import BODY_BYTES, engine, event_message
from bench.report import Row, median, most
from bot.writer import Writer

FILL = """
INSERT INTO messages(id, type, version, subject, about, cause, chain, body, at, due, state, attempts, done_at)
WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?)
SELECT 'old-' || n, 'RunLost', 1, 'lane/' || (n % 100), 'd' || (n / 20), '', 'old-' || n,
    '{"deployment":"d","sentence":"' || substr(hex(zeroblob(?)), 1, ?) || '"}', n, 0, 'done', 0, n
FROM numbers
"""


def measure(quick: bool, folder: Path) -> list[Row]:
    messages, rounds = (50_000, 5) if quick else (1_000_000, 9)
    asyncio.run(_fill(folder / "full.db", messages))
    took: dict[str, list[float]] = {"empty.db": [], "full.db": []}
    for number in range(rounds):
        for name, seconds in took.items():
            seconds.append(asyncio.run(_start(folder / name, f"first-{number}")))
    empty, full = (median(seconds) * 1000 for seconds in took.values())
    size = (folder / "full.db").stat().st_size / 1e6
    note = f"{full:.1f} ms against {empty:.1f} ms, file of {size:,.0f} MB"
    return [most(f"start-up with {messages:,} done messages against none", full / empty, "×", 1.5, note)]


async def _fill(path: Path, messages: int) -> None:
    body = BODY_BYTES - 30
    async with Writer(path) as writer:
        await writer.submit(lambda connection: connection.execute(FILL, (messages, body, body)))


async def _start(path: Path, name: str) -> float:
    began = time.perf_counter()
    async with engine(path) as running:
        await running.journal.publish(event_message(name, "lane/x/y"))
        await running.when(1)
        return time.perf_counter() - began
