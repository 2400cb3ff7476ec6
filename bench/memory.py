"""Memory of a process after 100,000 messages against after 10,000."""

from __future__ import annotations

import asyncio
import gc
import os
import subprocess
import sys
from pathlib import Path

from bench.engine import engine, event_message
from bench.report import Row, most

PUBLISHERS = 64
PAGE_KB = os.sysconf("SC_PAGE_SIZE") / 1024


def measure(quick: bool, folder: Path) -> list[Row]:
    first, last = (1_000, 10_000) if quick else (10_000, 100_000)
    child = subprocess.run(
        [sys.executable, "-m", "bench.memory", str(folder / "journal.db"), str(first), str(last)],
        check=True,
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[1],
    )
    before, after = map(float, child.stdout.split())
    note = f"{after:.1f} MB against {before:.1f} MB"
    return [most(f"memory after {last:,} messages against after {first:,}", after / before, "×", 1.2, note)]


async def _run(path: Path, marks: list[int]) -> None:
    async with engine(path) as running:
        number = 0
        for mark in marks:
            while number < mark:
                batch = range(number, min(mark, number + PUBLISHERS))
                await asyncio.gather(
                    *(running.journal.publish(event_message(str(n), f"lane/{n % 997}/x")) for n in batch)
                )
                number = batch.stop
            await running.when(mark)
            gc.collect()
            print(_resident_mb())


def _resident_mb() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE_KB / 1024


if __name__ == "__main__":
    asyncio.run(_run(Path(sys.argv[1]), [int(mark) for mark in sys.argv[2:]]))
