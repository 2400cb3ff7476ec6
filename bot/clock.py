"""Time as the system tells it."""

from __future__ import annotations

import asyncio
import time


class SystemClock:
    """Implements `bot.ports.Clock`."""

    def now(self) -> float:
        return time.time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(max(0.0, seconds))
