"""The configuration in force, and what is made of it: one value that is switched whole.

A message is handled by the snapshot that it began with. Drivers whose section is the same go on; the others are closed
when the last message that may use them is through.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from pydantic import BaseModel

from bot.ports import Runs
from config.guarded import digest_of
from config.models import Settings
from config.restarting import kept

log = logging.getLogger(__name__)

Again = Callable[[], Settings]
"""Reads the file once more. Raises `ConfigurationFaults` with everything that is wrong with it."""
Make = Callable[[str, BaseModel], Runs]
"""A driver's hands, by its name and its section."""
Follower = Callable[[Settings], None]
"""Told of each configuration that comes into force; it must not wait for anything, nor fail."""

REMEMBERED = 4


@dataclass(eq=False, kw_only=True)
class Snapshot:
    """What a message is handled by. `digest` is that of the file it came from, or of itself where it is `held`.

    `users` counts who is at it.
    """

    settings: Settings
    runs: Mapping[str, Runs]
    digest: str
    held: bool = False
    users: int = 0


class Configuration:
    """Implements `bot.ports.Configuration`. `snapshot` is in force; `leased` keeps one usable for as long as it is needed.

    `held`: some places keep an older policy than that of the file which was read at the start.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        file: Settings,
        again: Again,
        make: Make,
        redact: Callable[[str], str],
        held: bool = False,
    ) -> None:
        self._redact = redact
        self._again = again
        self._make = make
        self._followers: list[Follower] = []
        self._read: dict[str, Settings] = {digest_of(file): file}
        self._closing: set[asyncio.Task[None]] = set()
        runs = self._runs(settings, {}, None)
        self.snapshot = Snapshot(settings=settings, runs=runs, digest=digest_of(settings), held=held)
        self._alive = [self.snapshot]

    @property
    def settings(self) -> Settings:
        return self.snapshot.settings

    @property
    def digest(self) -> str:
        return self.snapshot.digest

    @property
    def held(self) -> bool:
        return self.snapshot.held

    def redacted(self, text: str) -> str:
        """Without the secrets of this configuration and of earlier ones."""
        return self._redact(text)

    def follow(self, follower: Follower) -> None:
        """Call it with every configuration that comes into force from now on."""
        self._followers.append(follower)

    @contextmanager
    def leased(self) -> Iterator[Snapshot]:
        """The snapshot in force, with its drivers open until this is left."""
        snapshot = self.snapshot
        snapshot.users += 1
        try:
            yield snapshot
        finally:
            snapshot.users -= 1
            self._let_go()

    async def read(self) -> Settings:
        """The file as it is now, checked whole; nothing changes by that. Raises `ConfigurationFaults`."""
        found = await asyncio.to_thread(self._again)
        digest = digest_of(found)
        self._read.pop(digest, None)
        self._read[digest] = found
        while len(self._read) > REMEMBERED:
            del self._read[next(iter(self._read))]
        return found

    def remembered(self, digest: str) -> Settings | None:
        """What was read with that digest, not long ago."""
        return self._read.get(digest)

    def coming(self, new: Settings) -> tuple[Settings, tuple[str, ...]]:
        """What would be in force, and the settings that need a restart."""
        return kept(self.settings, new)

    async def switch(self, digest: str) -> bool:
        """Bring what was read with that digest into force, at once and whole. False when it is not what the file says.

        Twice is once: what is in force already stays.
        """
        new = self._read.get(digest)
        if new is None:
            if self.digest == digest:
                return True
            new = await self.read()
        if digest_of(new) != digest:
            return False
        settings, _ = self.coming(new)
        if settings != self.settings or self.digest != digest:
            runs = self._runs(settings, self.snapshot.runs, self.settings)
            self.snapshot = Snapshot(settings=settings, runs=runs, digest=digest)
            self._alive.append(self.snapshot)
            for follower in self._followers:
                follower(settings)
            self._let_go()
        return True

    async def close(self) -> None:
        """Close every driver there still is."""
        for snapshot in self._alive:
            snapshot.users = 0
        last, self._alive = self._alive, []
        for runs in _each(last):
            self._close(runs)
        await asyncio.gather(*self._closing)

    def _runs(self, new: Settings, runs: Mapping[str, Runs], old: Settings | None) -> dict[str, Runs]:
        """A driver for each section; the one that there is where its section is the same."""
        return {
            name: runs[name]
            if name in runs and old is not None and old.drivers[name] == section
            else self._make(name, section)
            for name, section in new.drivers.items()
            if isinstance(section, BaseModel)
        }

    def _let_go(self) -> None:
        """Close the drivers of which only snapshots know that nobody uses any more."""
        left = [one for one in self._alive if not one.users and one is not self.snapshot]
        if not left:
            return
        self._alive = [one for one in self._alive if one not in left]
        used = {id(runs) for runs in _each(self._alive)}
        for runs in _each(left):
            if id(runs) not in used:
                self._close(runs)

    def _close(self, runs: Runs) -> None:
        task = asyncio.create_task(_closed(runs), name="closing a driver")
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)


async def _closed(runs: Runs) -> None:
    try:
        await runs.close()
    except Exception:
        log.exception("A driver that nobody uses any more did not close")


def _each(snapshots: list[Snapshot]) -> list[Runs]:
    """Every driver of these snapshots, once."""
    return list({id(runs): runs for one in snapshots for runs in one.runs.values()}.values())
