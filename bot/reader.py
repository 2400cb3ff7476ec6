"""The read side: read-only connections in a few threads of their own, so that no query runs in the event loop."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Self, TypeVar

from sqlite_utils import Database

from bot.disk import DiskFailed, named

T = TypeVar("T")

READERS = 2


class Reader:
    """`async with Reader(path) as reader: await reader.run(lambda db: …)`. Sees everything committed before.

    Raises `DiskFailed` when the file can't be read.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self._threads = ThreadPoolExecutor(READERS, thread_name_prefix="pilothouse-reader")
        self._local = threading.local()
        self._open: list[sqlite3.Connection] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.to_thread(self._threads.shutdown)
        for connection in self._open:
            connection.close()

    async def run(self, query: Callable[[Database], T]) -> T:
        """The query's answer; it runs in a thread and must not keep the database."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._call, query)

    async def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        return await self.run(lambda db: db.conn.execute(sql, values).fetchall())

    def _call(self, query: Callable[[Database], T]) -> T:
        try:
            return query(self._database())
        except sqlite3.Error as problem:
            known = named(self.path, problem)
            if isinstance(known, DiskFailed):
                raise known from problem
            raise

    def _database(self) -> Database:
        """The connection of the thread that asks."""
        database: Database | None = getattr(self._local, "database", None)
        if database is None:
            # as_uri() escapes what a path may hold and a URI may not: ?, #, %
            connection = sqlite3.connect(
                f"{self.path.absolute().as_uri()}?mode=ro",
                uri=True,
                isolation_level=None,
                check_same_thread=False,
            )
            self._open.append(connection)
            connection.execute("PRAGMA query_only=ON")
            database = self._local.database = Database(connection)
        return database
