"""Is the process alive, and can it do its work? Parts are looked at in the background and told from memory.

`/healthz` is about this process only: a peer that is away must not get it restarted. `/readyz` is about everything
the work needs. That a part is gone is said once, and once that it is back: in words in the log, while anybody who asks
over HTTP gets the reason's code, because sentences name addresses.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Self

from bot.errors import Failure
from bot.ports import Clock
from bot.reasons import Reason
from bot.writer import Writer

log = logging.getLogger(__name__)

NOT_YET = "not looked at yet"
SLOW = "no answer within {seconds:g} s"
GONE = "{part} is not available: {sentence}"
BACK = "{part} is available again, after {seconds:.0f} s"
STOPPING = "the server is stopping"

EVERY = 30.0
WITHIN = 10.0
BEAT = 1.0
STALLED = 15.0
JOURNAL_FRESH = 1.0

Check = Callable[[], Awaitable[object]]
"""Returns when the part is there; raises `Failure`, `sqlite3.Error`, `OSError` or takes too long otherwise."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """What is known of one part. `ok` is None until it was looked at; `since` is when that began, epoch seconds.

    `sentence` and `reason` say why it is not available.
    """

    name: str
    ok: bool | None = None
    sentence: str = NOT_YET
    reason: Reason | None = None
    since: float = 0.0
    looked_at: float = 0.0


Told = Callable[[Part, str], Awaitable[None]]
"""Told of a part that is gone or back, with the sentence that the log got."""


async def _nobody(_: Part, __: str) -> None:
    """The log is told; nobody else wants to know."""


class Health:
    """`async with Health(clock) as health`, after `add` for every part. `told` may be set until then.

    A check that raises anything else than it may ends its own watch, and with it `/healthz`.
    """

    def __init__(
        self, clock: Clock, *, every: float = EVERY, within: float = WITHIN, told: Told = _nobody
    ) -> None:
        self.told = told
        self.stopping = False
        self._clock = clock
        self._every = every
        self._within = within
        self._parts: dict[str, Part] = {}
        self._checks: dict[str, Check] = {}
        self._fresh_for: dict[str, float] = {}
        self._locks: dict[str, asyncio.Lock] = {}
        self._watching: dict[str, asyncio.Task[None]] = {}
        self._beating: asyncio.Task[None] | None = None
        self._relied_on: list[asyncio.Task[None]] = []
        self._beat_at = time.monotonic()
        self.lag = 0.0

    def add(self, name: str, check: Check, *, fresh_for: float = 0.0) -> None:
        """Watch a part. With `fresh_for`, `ready` looks again when the last look is older than that many seconds."""
        self._parts[name] = Part(name=name)
        self._checks[name] = check
        self._fresh_for[name] = fresh_for
        self._locks[name] = asyncio.Lock()

    def watch(self, name: str, check: Check) -> None:
        """Watch one more part from now on."""
        self.add(name, check)
        self._watching[name] = asyncio.create_task(self._watch(name), name=f"health of {name}")

    def forget(self, name: str) -> None:
        """That part is none any more."""
        self._watching.pop(name).cancel()
        for of in (self._parts, self._checks, self._fresh_for, self._locks):
            of.pop(name)

    def add_journal(self, writer: Writer) -> None:
        self.add("journal", lambda: journal_writable(writer), fresh_for=JOURNAL_FRESH)

    def rely_on(self, task: asyncio.Task[None]) -> None:
        """A task of somebody else that has to go on as long as the process does."""
        self._relied_on.append(task)

    async def __aenter__(self) -> Self:
        self._beat_at = time.monotonic()
        self._beating = asyncio.create_task(self._beat(), name="health's heartbeat")
        for name in self._checks:
            self._watching[name] = asyncio.create_task(self._watch(name), name=f"health of {name}")
        return self

    async def __aexit__(self, *_: object) -> None:
        tasks = [*self._watching.values(), *([self._beating] if self._beating else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    # --- what is told ----------------------------------------------------------------------------------------

    def alive(self) -> tuple[bool, dict[str, Any]]:
        """Does the event loop turn, and is everything still being watched? With the details as JSON."""
        behind = max(0.0, time.monotonic() - self._beat_at - BEAT)
        beating = [self._beating] if self._beating else []
        tasks = (*beating, *self._watching.values(), *self._relied_on)
        ended = [task.get_name() for task in tasks if task.done()]
        ok = behind < STALLED and not ended
        return ok, {"ok": ok, "loop_behind_seconds": round(max(behind, self.lag), 3), "ended": ended}

    async def ready(self, only: Iterable[str] = ()) -> tuple[bool, dict[str, Any]]:
        """Is every part there, or each of those in `only`? With each part as JSON."""
        wanted = set(only)
        await asyncio.gather(*(self._freshen(name) for name in self._checks if self._fresh_for[name]))
        ok = not self.stopping and all(
            part.ok for part in self._parts.values() if not wanted or part.name in wanted
        )
        parts = {name: _as_json(part) for name, part in self._parts.items()}
        answer: dict[str, Any] = {"ok": ok, "parts": parts}
        return ok, answer | ({"stopping": STOPPING} if self.stopping else {})

    @property
    def parts(self) -> dict[str, Part]:
        return dict(self._parts)

    def up(self) -> dict[str, float]:
        """1 or 0 for each part, for the metrics."""
        return {name: float(bool(part.ok)) for name, part in self._parts.items()}

    # --- looking ---------------------------------------------------------------------------------------------

    async def _beat(self) -> None:
        while True:
            before = time.monotonic()
            await asyncio.sleep(BEAT)
            self._beat_at = time.monotonic()
            self.lag = max(0.0, self._beat_at - before - BEAT)

    async def _watch(self, name: str) -> None:
        while True:
            await self.look(name)
            await asyncio.sleep(self._every)

    async def _freshen(self, name: str) -> None:
        if abs(self._clock.now() - self._parts[name].looked_at) > self._fresh_for[name]:
            await self.look(name)

    async def look(self, name: str) -> Part:
        """Look at one part now; several who ask at once get one answer."""
        if self._locks[name].locked():
            async with self._locks[name]:
                return self._parts[name]
        async with self._locks[name]:
            known = self._parts[name]
            reason, sentence = await self._problem(self._checks[name])
            now = self._clock.now()
            ok = reason is None
            since = known.since if known.ok is ok else now
            found = replace(known, ok=ok, sentence=sentence, reason=reason, since=since, looked_at=now)
            self._parts[name] = found
        await self._say(known, found)
        return found

    async def _problem(self, check: Check) -> tuple[Reason | None, str]:
        try:
            async with asyncio.timeout(self._within):
                await check()
        except TimeoutError:
            return Reason.PEER_SLOW, SLOW.format(seconds=self._within)
        except Failure as failure:
            return failure.reason, failure.sentence
        except sqlite3.Error as problem:
            return Reason.PEER_BROKEN, str(problem)
        except OSError as problem:
            return Reason.PEER_DOWN, f"{type(problem).__name__}: {problem}"
        return None, ""

    async def _say(self, before: Part, now: Part) -> None:
        extra = {"part": now.name, "action": "health"}
        if before.ok is not False and now.ok is False:
            sentence = GONE.format(part=now.name, sentence=now.sentence)
            log.warning(sentence, extra=extra)
        elif before.ok is False and now.ok:
            sentence = BACK.format(part=now.name, seconds=now.since - before.since)
            log.info(sentence, extra=extra)
        else:
            return
        await self.told(now, sentence)


async def journal_writable(writer: Writer) -> None:
    """Commit something that changes nothing: SQLite writes its header again, and the disk has to confirm it."""

    def change(connection: sqlite3.Connection) -> None:
        (unused,) = connection.execute("PRAGMA user_version").fetchone()
        connection.execute(f"PRAGMA user_version = {int(unused)}")

    await writer.submit(change)


def _as_json(part: Part) -> dict[str, Any]:
    since = datetime.fromtimestamp(part.since, UTC).isoformat(timespec="seconds") if part.since else None
    return {"ok": part.ok, "reason": part.reason.value if part.reason else "", "since": since}
