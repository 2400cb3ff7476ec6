"""The signals that a server listens to: SIGTERM and SIGINT end it, SIGHUP has it read its configuration again."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager


@asynccontextmanager
async def stopped_by_signal() -> AsyncIterator[asyncio.Event]:
    """An event that SIGTERM and SIGINT set."""
    async with _set_by((signal.SIGTERM, signal.SIGINT)) as stop:
        yield stop


@asynccontextmanager
async def asked_to_reload() -> AsyncIterator[asyncio.Event]:
    """An event that SIGHUP sets; whoever waits for it clears it. Without this, SIGHUP would end the process."""
    async with _set_by((signal.SIGHUP,)) as asked:
        yield asked


@asynccontextmanager
async def _set_by(signals: Iterable[signal.Signals]) -> AsyncIterator[asyncio.Event]:
    event = asyncio.Event()
    loop = asyncio.get_running_loop()
    for which in signals:
        loop.add_signal_handler(which, event.set)
    try:
        yield event
    finally:
        for which in signals:
            loop.remove_signal_handler(which)
