"""A clock that a test moves for a server in another process: eight bytes in a file say by how many seconds."""

from __future__ import annotations

import asyncio
import mmap
import struct
from functools import partial
from pathlib import Path

from bot.app import App
from bot.drivers import settings_by_driver
from bot.signals import asked_to_reload, stopped_by_signal
from config.loader import from_environment
from tests.clock import ShiftableClock

LOOK_EVERY = 0.005
_SHIFT = struct.Struct("d")


class SharedShift:
    """The seconds in the file, for whoever moves them and whoever follows."""

    def __init__(self, path: Path) -> None:
        if not path.exists():
            path.write_bytes(_SHIFT.pack(0.0))
        with path.open("r+b") as file:
            self._map = mmap.mmap(file.fileno(), _SHIFT.size)

    def get(self) -> float:
        return float(_SHIFT.unpack_from(self._map)[0])

    def set(self, seconds: float) -> None:
        _SHIFT.pack_into(self._map, 0, seconds)


def serve_by(clock: Path, config: Path) -> None:
    """Serve as `pilothouse run` does, by a clock that follows the file; SIGHUP has the configuration read again."""
    again = partial(from_environment, config, settings_by_driver())
    app = App(again(), clock=_follower(SharedShift(clock)), again=again)
    asyncio.run(_serve(SharedShift(clock), app))


def _follower(shift: SharedShift) -> ShiftableClock:
    clock = ShiftableClock()
    clock.advance(shift.get())
    return clock


async def _serve(shift: SharedShift, app: App) -> None:
    clock, seen = app.clock, shift.get()
    assert isinstance(clock, ShiftableClock)
    async with stopped_by_signal() as stop, asked_to_reload() as asked, app:
        while not stop.is_set():
            if asked.is_set():
                asked.clear()
                await app.read_again()
            now = shift.get()
            if now != seen:
                clock.advance(now - seen)
                seen = now
            await asyncio.sleep(LOOK_EVERY)
