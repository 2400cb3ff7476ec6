"""Hands parcels over, keeps a record of each attempt, and tries events again.

https://docs.slack.dev/apis/events-api#retries
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from bot.sandbox.slack.delivery.parcel import NOBODY, Ack, Parcel, Transport
from bot.sandbox.slack.records import DeliveryRecord
from bot.sandbox.slack.workspace import Workspace

RETRY_DELAYS = (0.0, 60.0, 300.0)
"""Seconds before each of the three retries of an event: at once, after a minute, after five."""

TIMEOUT = "http_timeout"


class Courier:
    """One per stand-in. `transport` is `None` until an app was connected."""

    def __init__(self, workspace: Workspace, *, retry_delays: Sequence[float] = RETRY_DELAYS) -> None:
        self.transport: Transport | None = None
        self._workspace = workspace
        self._delays = tuple(retry_delays)
        self._sent: list[Parcel] = []
        self._running = 0
        self._retries: set[asyncio.Task[None]] = set()
        self._quiet = asyncio.Event()
        self._quiet.set()

    async def hand_over(self, parcel: Parcel) -> Ack:
        """One attempt. Commands and interactions get no other."""
        with self._busy():
            record = DeliveryRecord(
                n=len(self._sent) + 1,
                at=self._workspace.clock(),
                kind=parcel.kind,
                retry_num=parcel.retry_num,
            )
            self._sent.append(parcel)
            self._workspace.records.deliveries.append(record)
            before = time.perf_counter()
            ack = Ack(error=NOBODY) if self.transport is None else await self.transport.hand_over(parcel)
            record.ms = round((time.perf_counter() - before) * 1000, 3)
            record.status, record.ok, record.error = ack.status, ack.ok, ack.error or None
            self._workspace.stream.tell("delivery", n=record.n, ok=ack.ok)
        return ack

    async def event(self, parcel: Parcel) -> Ack:
        """The first attempt; when it fails, the retries go on behind."""
        with self._busy():
            ack = await self.hand_over(parcel)
            if not ack.ok and not ack.no_retry:
                self._running += 1
                task = asyncio.create_task(self._retry(parcel, ack), name=f"retry {parcel.kind}")
                self._retries.add(task)
                task.add_done_callback(self._retried)
        return ack

    async def again(self, n: int) -> Ack:
        """Delivery `n` once more, signed anew, with a retry's headers. Raises `IndexError` when there was none."""
        if not 1 <= n <= len(self._sent):
            raise IndexError(f"there was no delivery {n}")
        parcel = self._sent[n - 1]
        return await self.hand_over(replace(parcel, retry_num=parcel.retry_num + 1, retry_reason=TIMEOUT))

    async def idle(self) -> None:
        """Until nothing is under way and no retry is due."""
        await self._quiet.wait()

    async def stop(self) -> None:
        """Gives up on retries."""
        for task in tuple(self._retries):
            task.cancel()
        await asyncio.gather(*self._retries, return_exceptions=True)

    async def _retry(self, parcel: Parcel, ack: Ack) -> None:
        for number, delay in enumerate(self._delays, start=1):
            await asyncio.sleep(delay)
            ack = await self.hand_over(replace(parcel, retry_num=number, retry_reason=ack.error))
            if ack.ok or ack.no_retry:
                return

    def _retried(self, task: asyncio.Task[None]) -> None:
        self._retries.discard(task)
        self._ended()

    @contextmanager
    def _busy(self) -> Iterator[None]:
        """While it is entered, the courier is not idle."""
        self._running += 1
        self._quiet.clear()
        try:
            yield
        finally:
            self._ended()

    def _ended(self) -> None:
        self._running -= 1
        if not self._running:
            self._quiet.set()
