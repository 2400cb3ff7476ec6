"""Moments inside the server that no peer sees: a message is written down and not handled yet, or its time has come.

They are looked for in the database, so that the kill falls between the transaction that decided something and what
follows from it.
"""

from __future__ import annotations

import asyncio
import random
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MESSAGES = (
    *("LockPlace", "UnlockPlace", "TakeOverLock", "LockGiven", "LockEnded", "ExpireLock"),
    *("FreezePlaces", "LiftFreeze", "FreezeDeclared", "FreezeEnded", "EndFreeze"),
    *("Promote", "RollBack", "RollBackFailed", "DeploymentRequested", "DeploymentQueued", "DeploymentEnded"),
    *("AskRelease", "CancelRelease", "PartReady", "PartRefused", "StopPart", "ShowRelease"),
    *("WatchPlace", "LookAtWatches", "Announce", "Tell"),
)
AT_ONCE = 6
"""So many kinds are looked for together: most of them are rare."""
TIMED = ("DeploymentQueued", "ExpireLock", "EndFreeze", "RemindOfLock")
"""What happens by time: the moment of a planned deployment, the end of a lock or a freeze, a reminder."""
LOOK_EVERY = 0.001
MISSED = "(waited for nothing)"


async def at_a_message(database: Path, rng: random.Random, within: float) -> str:
    """Until a message of one of a few kinds waits to be handled; what came, for the report."""
    kinds = rng.sample(MESSAGES, AT_ONCE)
    asked = (
        f"SELECT type FROM messages WHERE state = 'ready' AND type IN ({', '.join('?' * AT_ONCE)}) LIMIT 1"
    )
    deadline = time.monotonic() + within
    with _reading(database) as db:
        while time.monotonic() < deadline:
            if found := db.execute(asked, kinds).fetchone():
                await asyncio.sleep(rng.choice((0.0, rng.uniform(0.0, 0.01))))
                return f"at {found[0]}"
            await asyncio.sleep(LOOK_EVERY)
    return MISSED


async def when_due(database: Path, rng: random.Random, within: float) -> str:
    """Until the time of something has come that happens by time, or a moment before or after; what it was."""
    asked = (
        "SELECT type, due FROM messages WHERE state = 'delayed' AND due > ? AND due < ? "
        f"AND type IN ({', '.join('?' * len(TIMED))}) ORDER BY RANDOM() LIMIT 1"
    )
    deadline = time.monotonic() + within
    with _reading(database) as db:
        while time.monotonic() < deadline:
            now = time.time()
            if found := db.execute(asked, (now, now + within, *TIMED)).fetchone():
                await asyncio.sleep(max(0.0, found[1] - now + rng.uniform(-0.02, 0.15)))
                return f"due {found[0]}"
            await asyncio.sleep(10 * LOOK_EVERY)
    return MISSED


@contextmanager
def _reading(database: Path) -> Iterator[sqlite3.Connection]:
    db = sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True)
    try:
        yield db
    finally:
        db.close()
