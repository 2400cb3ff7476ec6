"""One event after the other: from the call of `publish` to the handler, in milliseconds."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from bench.engine import engine, event_message
from bench.report import Row, most, percentile


def measure(quick: bool, folder: Path) -> list[Row]:
    events = 500 if quick else 5_000
    took = asyncio.run(_took(events, folder / "journal.db"))
    note = f"{events:,} events, one at a time"
    return [
        most("publish → handler, p50", percentile(took, 0.50) * 1000, "ms", 1.0, note),
        most("publish → handler, p99", percentile(took, 0.99) * 1000, "ms", 5.0, note),
    ]


async def _took(events: int, path: Path) -> list[float]:
    took: list[float] = []
    async with engine(path) as running:
        for number in range(1, events + 1):
            began = time.perf_counter()
            await running.journal.publish(event_message(str(number), "lane/x/y"))
            await running.when(number)
            took.append(running.handled_at - began)
    return took
