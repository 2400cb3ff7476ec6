"""The one writer: a thread that owns the only writing connection and commits what is waiting as one group.

SQLite 3.7.0 to 3.51.2 can corrupt a WAL database when two connections write or checkpoint at the same moment
(https://sqlite.org/wal.html#walresetbug), and a commit costs an fsync however little it holds. So every change in
the house goes through here, `synchronous=FULL`, hundreds to a commit when it is busy.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import logging
import os
import queue
import sqlite3
import stat
import threading
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any, Self, TypeVar

from sqlite_utils import Database

from bot.disk import CLOSED, DiskFailed, named
from bot.schema import migrations

log = logging.getLogger(__name__)

T = TypeVar("T")
Change = Callable[[sqlite3.Connection], Any]
"""Changes the database inside the group's transaction. It may be run again when a neighbour in its group fails, so
it must not keep anything from one run to the next."""

GROUP_CAP = 1000
CHECKPOINT_PAGES = 4000
PRIVATE, OTHERS = 0o600, 0o077

IN_USE = "{path} is open in another pilothouse process: stop it first, or name another database"
UNUSABLE = "{path} can't be opened for writing: {problem}. Is the disk full, and may this user write there?"
NO_WAL = "write-ahead logging is not possible here (a network file system?)"

_Then = Callable[[Any], None]
_Work = tuple[Change, "asyncio.Future[Any]", _Then | None]
_Outcome = tuple["asyncio.Future[Any]", Any, Exception | None, _Then | None]


class DatabaseUnusable(Exception):  # noqa: N818 - says what is the case
    """The database can't be opened for writing; the sentence says why and what to look at."""


class DatabaseInUse(DatabaseUnusable):
    """Another process has this database open for writing."""


class Writer:
    """`async with Writer(path) as writer: await writer.submit(change)`.

    A change either commits whole or not at all, and `submit` returns only after the commit reached the disk.
    Entering raises `DatabaseInUse` or `DatabaseUnusable`; leaving commits what was submitted before.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self._work: queue.SimpleQueue[_Work | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._lock: IO[str] | None = None
        self._closed = False
        self.commits = 0

    async def __aenter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        connection = await asyncio.to_thread(self._open)
        self._thread = threading.Thread(
            target=self._run, args=(connection,), name="pilothouse-writer", daemon=True
        )
        self._thread.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._closed = True
        self._work.put(None)
        if self._thread is not None:
            await asyncio.to_thread(self._thread.join)
        if self._lock is not None:
            self._lock.close()

    def submit(
        self, change: Callable[[sqlite3.Connection], T], then: Callable[[T], None] | None = None
    ) -> asyncio.Future[T]:
        """Hand a change in; the future is done when its group has committed.

        `then` is called in the event loop right after the commit, in the order of the commits, with the result,
        also when nobody waits for the future any more.

        Raises (through the future) `Conflict` for a broken uniqueness, `DiskFailed` when the disk says no, and
        whatever the change raised.
        """
        assert self._loop is not None, "the writer is not open"
        future: asyncio.Future[T] = self._loop.create_future()
        if self._closed:
            future.set_exception(DiskFailed(CLOSED.format(path=self.path)))
        else:
            self._work.put((change, future, then))
        return future

    # --- opening ---------------------------------------------------------------------------------------------

    def _open(self) -> sqlite3.Connection:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            lock = self.path.with_name(self.path.name + ".lock")
            self._lock = os.fdopen(os.open(lock, os.O_CREAT | os.O_RDWR, PRIVATE), "w")
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return self._connected()
        except BlockingIOError as busy:
            self._unlock()
            raise DatabaseInUse(IN_USE.format(path=self.path)) from busy
        except (OSError, sqlite3.Error) as problem:
            self._unlock()
            raise DatabaseUnusable(UNUSABLE.format(path=self.path, problem=problem)) from problem

    def _unlock(self) -> None:
        if self._lock is not None:
            self._lock.close()

    def _connected(self) -> sqlite3.Connection:
        _ours_alone(self.path)
        connection = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False)
        try:
            _log_ahead(connection)
            connection.execute("PRAGMA synchronous=FULL")
            connection.execute("PRAGMA foreign_keys=ON")
            connection.execute(f"PRAGMA wal_autocheckpoint={CHECKPOINT_PAGES}")
            migrations.apply(Database(connection))
        except BaseException:
            connection.close()
            raise
        return connection

    # --- the thread ------------------------------------------------------------------------------------------

    def _run(self, connection: sqlite3.Connection) -> None:
        stopping = False
        while not stopping:
            group, stopping = self._gather()
            if group:
                self._answer(self._commit(connection, group))
        try:
            connection.close()
        except sqlite3.Error:
            log.exception("Closing %s failed; what was committed is safe", self.path)

    def _gather(self) -> tuple[list[_Work], bool]:
        """Wait for work, then take all that is there; true when it is the last."""
        group: list[_Work] = []
        item = self._work.get()
        while item is not None:
            group.append(item)
            if len(group) >= GROUP_CAP:
                return group, False
            try:
                item = self._work.get_nowait()
            except queue.Empty:
                return group, False
        return group, True

    def _commit(self, connection: sqlite3.Connection, group: list[_Work]) -> list[_Outcome]:
        try:
            return self._together(connection, group)
        except BaseException as problem:  # noqa: BLE001 - told to whoever submitted; the thread must live on
            named_problem = named(self.path, problem)
            self._roll_back(connection)
        if len(group) > 1 and not isinstance(named_problem, DiskFailed):
            try:
                return self._each_for_itself(connection, group)
            except BaseException as problem:  # noqa: BLE001 - as above
                named_problem = named(self.path, problem)
                self._roll_back(connection)
        return [(future, None, named_problem, None) for _, future, _ in group]

    def _together(self, connection: sqlite3.Connection, group: list[_Work]) -> list[_Outcome]:
        connection.execute("BEGIN IMMEDIATE")
        outcomes: list[_Outcome] = [
            (future, change(connection), None, then) for change, future, then in group
        ]
        connection.execute("COMMIT")
        self.commits += 1
        return outcomes

    def _each_for_itself(self, connection: sqlite3.Connection, group: list[_Work]) -> list[_Outcome]:
        """Once more, each change in a savepoint of its own, so that only the culprit hears of its failure."""
        outcomes: list[_Outcome] = []
        connection.execute("BEGIN IMMEDIATE")
        for change, future, then in group:
            connection.execute("SAVEPOINT own")
            try:
                outcomes.append((future, change(connection), None, then))
            except Exception as problem:
                if not connection.in_transaction or isinstance(named(self.path, problem), DiskFailed):
                    raise
                connection.execute("ROLLBACK TO own")
                outcomes.append((future, None, named(self.path, problem), None))
            connection.execute("RELEASE own")
        connection.execute("COMMIT")
        self.commits += 1
        return outcomes

    def _roll_back(self, connection: sqlite3.Connection) -> None:
        try:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
        except sqlite3.Error:
            # The next BEGIN fails and comes back here: it heals when the disk does.
            log.exception("Rolling back failed")

    def _answer(self, outcomes: list[_Outcome]) -> None:
        assert self._loop is not None
        try:
            self._loop.call_soon_threadsafe(_settle, outcomes)
        except RuntimeError:
            log.warning("%d commits had nobody left to tell: the event loop was closed", len(outcomes))


def _ours_alone(path: Path) -> None:
    """What people typed and what jobs printed is nobody else's on this machine. SQLite's own files take after the database.

    A file that belongs to somebody else is left as its owner wants it.
    """
    os.close(os.open(path, os.O_CREAT | os.O_RDONLY, PRIVATE))
    for one in (path, *(path.with_name(path.name + suffix) for suffix in ("-wal", "-shm"))):
        with contextlib.suppress(FileNotFoundError):
            known = one.stat()
            if known.st_uid == os.geteuid() and known.st_mode & OTHERS:
                one.chmod(stat.S_IMODE(known.st_mode) & ~OTHERS)


def _log_ahead(connection: sqlite3.Connection) -> None:
    mode = connection.execute("PRAGMA journal_mode=WAL").fetchone()[0]
    if mode != "wal":
        raise sqlite3.OperationalError(NO_WAL)


def _settle(outcomes: list[_Outcome]) -> None:
    for future, value, problem, then in outcomes:
        if then is not None and problem is None:
            try:
                then(value)
            except Exception:
                # The commit stands, and the others of the group must hear of theirs.
                log.exception("Somebody failed at hearing of a commit")
        if future.done():
            continue
        if problem is not None:
            future.set_exception(problem)
        else:
            future.set_result(value)
