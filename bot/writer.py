"""The one writer: a thread that owns the only writing connection and commits what is waiting as one group.

SQLite 3.7.0 to 3.51.2 can corrupt a WAL database when two connections write or checkpoint at the same moment
(https://sqlite.org/wal.html#walresetbug), and a commit costs an fsync however little it holds. So every change in
the house goes through here, `synchronous=FULL`, hundreds to a commit when it is busy.
"""

from __future__ import annotations

import asyncio
import fcntl
import logging
import queue
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any, TypeVar

from sqlite_utils import Database

from bot.errors import Conflict
from bot.schema import migrations

log = logging.getLogger(__name__)

T = TypeVar("T")
Change = Callable[[sqlite3.Connection], Any]
"""Changes the database inside the group's transaction. It may be run again when a neighbour in its group fails, so
it must not keep anything from one run to the next."""

GROUP_CAP = 1000

_Then = Callable[[Any], None]
_Work = tuple[Change, "asyncio.Future[Any]", _Then | None]
_Done = tuple["asyncio.Future[Any]", Any, BaseException | None, _Then | None]


class DatabaseInUse(Exception):  # noqa: N818 - says what is the case
    """Another process has this database open for writing."""


class Writer:
    """`async with Writer(path) as writer: await writer.submit(change)`.

    A change either commits whole or not at all, and `submit` returns only after the commit reached the disk.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self._work: queue.SimpleQueue[_Work | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._lock: IO[str] | None = None
        self._connection: sqlite3.Connection | None = None
        self.commits = 0

    async def __aenter__(self) -> Writer:
        self._loop = asyncio.get_running_loop()
        await asyncio.to_thread(self._open)
        self._thread = threading.Thread(target=self._run, name="pilothouse-writer", daemon=True)
        self._thread.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._work.put(None)
        if self._thread is not None:
            await asyncio.to_thread(self._thread.join)
        if self._lock is not None:
            self._lock.close()

    def submit(
        self, change: Callable[[sqlite3.Connection], T], then: Callable[[T], None] | None = None
    ) -> asyncio.Future[T]:
        """Hand a change in; the future is done when its group has committed.

        `then` is called in the event loop right after the commit, in the order of the commits, with the result.

        Raises (through the future) `Conflict` for a broken uniqueness, `sqlite3.Error` when the disk says no.
        """
        assert self._loop is not None, "the writer is not open"
        future: asyncio.Future[T] = self._loop.create_future()
        self._work.put((change, future, then))
        return future

    def _open(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = self.path.with_name(self.path.name + ".lock").open("w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as busy:
            self._lock.close()
            raise DatabaseInUse(
                f"{self.path} is open in another pilothouse process: stop it first, or name another database"
            ) from busy
        connection = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute("PRAGMA wal_autocheckpoint=4000")
        migrations.apply(Database(connection))
        self._connection = connection

    def _run(self) -> None:
        connection = self._connection
        assert connection is not None
        stopping = False
        while not stopping:
            group: list[_Work] = []
            item = self._work.get()
            while True:
                if item is None:
                    stopping = True
                    break
                group.append(item)
                if len(group) >= GROUP_CAP:
                    break
                try:
                    item = self._work.get_nowait()
                except queue.Empty:
                    break
            if group:
                self._answer(self._commit(connection, group))
        connection.execute("PRAGMA optimize")
        connection.close()

    def _commit(self, connection: sqlite3.Connection, group: list[_Work]) -> list[_Done]:
        try:
            connection.execute("BEGIN IMMEDIATE")
            results: list[_Done] = [
                (future, change(connection), None, then) for change, future, then in group
            ]
            connection.execute("COMMIT")
        except BaseException as problem:  # noqa: BLE001 - told to whoever submitted; the thread must live on
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            if len(group) == 1:
                return [(group[0][1], None, _named(problem), None)]
            # One of them failed: each alone, so that only the culprit hears of it.
            return [done for item in group for done in self._commit(connection, [item])]
        self.commits += 1
        return results

    def _answer(self, results: list[_Done]) -> None:
        assert self._loop is not None
        try:
            self._loop.call_soon_threadsafe(_settle, results)
        except RuntimeError:
            log.warning("%d commits had nobody left to tell: the event loop was closed", len(results))


def _named(problem: BaseException) -> BaseException:
    if isinstance(problem, sqlite3.IntegrityError):
        conflict = Conflict(str(problem))
        conflict.__cause__ = problem
        return conflict
    return problem


def _settle(results: list[_Done]) -> None:
    for future, value, problem, then in results:
        if problem is None and then is not None:
            then(value)
        if future.done():
            continue
        if problem is not None:
            future.set_exception(problem)
        else:
            future.set_result(value)
