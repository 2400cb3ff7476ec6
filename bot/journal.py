"""The durable queue: a table of messages, written by the one writer before anybody is thanked.

A message is `ready`, `delayed` (until `due`), `done` or `parked` (with its reason, until a human retries it). The
journal knows rows and states; who handles them and what a failure means is the bus's business.
"""

from __future__ import annotations

import sqlite3
from asyncio import Future
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from bot import audit
from bot.messages import COLUMNS, Message, NotWaiting, done, from_row, insert, message, park, put_off
from bot.reader import Reader
from bot.writer import Writer

__all__ = ["Journal", "Message", "NotWaiting", "done", "insert", "message", "park", "put_off"]

T = TypeVar("T")

READY_AGAIN = f"""
UPDATE messages SET seq = (SELECT MAX(seq) + 1 FROM messages), state = 'ready', at = ?, due = 0, attempts = 0,
    reason = NULL, sentence = NULL
WHERE seq = ? RETURNING {COLUMNS}
"""  # noqa: S608 - our own columns
"""At the end of the order, as if it were published now."""
WAITING = f"""
SELECT {COLUMNS} FROM messages INDEXED BY messages_ready WHERE state = 'ready' AND seq > ? ORDER BY seq LIMIT ?
"""  # noqa: S608 - our own columns
NEXT_DUE = "SELECT MIN(due) FROM messages INDEXED BY messages_delayed WHERE state = 'delayed'"
ABOUT = "SELECT * FROM messages WHERE about = ? AND about <> '' ORDER BY seq"
PROMOTED_MOST = 500
STATES = ("ready", "delayed", "done", "parked")
# The state stands in the text, not in a parameter: only so does SQLite use the partial index of that state.
_LISTED_AFTER = {
    state: f"SELECT * FROM messages WHERE seq > :after {only} ORDER BY seq LIMIT :n"  # noqa: S608 - a closed list
    for state, only in {"": "", **{state: f"AND state = '{state}'" for state in STATES}}.items()
}
_LISTED = {state: sql.replace("ORDER BY seq", "ORDER BY seq DESC") for state, sql in _LISTED_AFTER.items()}


class Journal:
    """The messages, over the one writer and the readers.

    `on_ready` is called in the event loop, in the order of the commits, with messages that may be handled now;
    `on_delayed` with the time at which the next one may be.
    """

    def __init__(self, writer: Writer, reader: Reader) -> None:
        self._writer = writer
        self._reader = reader
        self.on_ready: Callable[[Iterable[Message]], None] = _nobody
        self.on_delayed: Callable[[float], None] = _nobody

    async def publish(self, *new: Message) -> list[bool]:
        """Make messages durable. Returns, for each, False when a message of that id was there before."""

        def announce(written: list[bool]) -> None:
            self._announce(one for one, fresh in zip(new, written, strict=True) if fresh)

        return await self._writer.submit(
            lambda connection: [insert(connection, one) for one in new], announce if new else None
        )

    def submit(self, change: Callable[[sqlite3.Connection], T], new: Iterable[Message]) -> Future[T]:
        """Commit a change that sets the `seq` of those of these messages that it inserts, then hand them on."""
        waiting = tuple(new)
        return self._writer.submit(change, (lambda _: self._announce(waiting)) if waiting else None)

    def _announce(self, new: Iterable[Message]) -> None:
        written = [one for one in new if one.seq]
        ready = [one for one in written if not one.due]
        if ready:
            self.on_ready(ready)
        for one in written:
            if one.due:
                self.on_delayed(one.due)

    async def waiting(self, after: int, limit: int) -> list[Message]:
        """Ready messages beyond a number, in order."""
        rows = await self._reader.rows(WAITING, after, limit)
        return [from_row(row) for row in rows]

    async def next_due(self) -> float | None:
        rows = await self._reader.rows(NEXT_DUE)
        return rows[0][0] if rows else None

    async def promote(self, now: float) -> int:
        """Make delayed messages ready whose time has come; how many."""
        ready: list[Message] = []

        def change(connection: sqlite3.Connection) -> int:
            ready.clear()
            rows = connection.execute(
                "SELECT seq FROM messages WHERE state = 'delayed' AND due <= ? ORDER BY due, seq LIMIT ?",
                (now, PROMOTED_MOST),
            ).fetchall()
            for (seq,) in rows:
                found = from_row(connection.execute(READY_AGAIN, (now, seq)).fetchone())
                found.loaded = False  # nobody can have handled it while it was delayed
                ready.append(found)
            return len(ready)

        return await self._writer.submit(change, lambda _: self.on_ready(ready) if ready else None)

    async def set_back(self, now: float) -> int:
        """Delayed messages of a moment that is still to come wait their own delay, from now on; how many."""
        return await self._writer.submit(
            lambda connection: (
                connection.execute(
                    "UPDATE messages INDEXED BY messages_delayed SET due = ? + (due - at), at = ? "
                    "WHERE state = 'delayed' AND at > ?",
                    (now, now, now),
                ).rowcount
            )
        )

    async def show(self, id: str) -> dict[str, Any] | None:  # noqa: A002 - the column's name
        """One row as a mapping, found by id or by number."""
        rows = await self._reader.run(
            lambda db: list(db.query("SELECT * FROM messages WHERE id = ? OR seq = ?", (id, _number(id))))
        )
        return rows[0] if rows else None

    async def listed(self, state: str, limit: int, after: int = 0) -> list[dict[str, Any]]:
        """Rows of a state ("" for all), oldest first: the newest `limit` of them, or the first beyond `after`."""
        sql = _LISTED_AFTER if after else _LISTED
        rows = await self._reader.run(lambda db: list(db.query(sql[state], {"after": after, "n": limit})))
        return rows if after else rows[::-1]

    async def about(self, deployment: str) -> list[dict[str, Any]]:
        """Every message of one deployment, in order."""
        return await self._reader.run(lambda db: list(db.query(ABOUT, (deployment,))))

    async def retry(self, id: str, now: float, by: str = audit.ENGINE) -> bool:  # noqa: A002 - the column's name
        """Put a parked message back at the end of its subject, audited; False when no such message is parked."""
        back: list[Message] = []

        def change(connection: sqlite3.Connection) -> bool:
            back.clear()
            parked = connection.execute(
                "SELECT seq, reason, sentence FROM messages WHERE state = 'parked' AND (id = ? OR seq = ?)",
                (id, _number(id)),
            ).fetchone()
            if parked is None:
                return False
            back.append(from_row(connection.execute(READY_AGAIN, (now, parked[0])).fetchone()))
            audit.append(connection, _retried(back[0], by, now, *parked[1:]))
            return True

        return await self._writer.submit(change, lambda _: self.on_ready(back) if back else None)

    async def prune(self, before: float, limit: int = 5000) -> int:
        """Remove messages done before a moment; at most `limit`, so that nobody waits long for the writer."""

        def change(connection: sqlite3.Connection) -> int:
            return connection.execute(
                # Rows are about as old as their number says, so the first window tells whether there is anything;
                # the last row stays, because its number must not be given again.
                "DELETE FROM messages WHERE seq IN ("
                "SELECT seq FROM (SELECT seq, state, done_at FROM messages ORDER BY seq LIMIT ?) "
                "WHERE state = 'done' AND done_at < ?) AND seq < (SELECT MAX(seq) FROM messages)",
                (limit, before),
            ).rowcount

        return await self._writer.submit(change)

    async def depth(self) -> dict[str, tuple[int, float]]:
        """For each state that is not done: how many messages, and when the oldest was published."""
        rows = await self._reader.rows(
            "SELECT state, COUNT(*), MIN(at) FROM messages INDEXED BY messages_ready WHERE state = 'ready' "
            "UNION ALL SELECT state, COUNT(*), MIN(at) FROM messages INDEXED BY messages_delayed WHERE state = 'delayed' "
            "UNION ALL SELECT state, COUNT(*), MIN(at) FROM messages INDEXED BY messages_parked WHERE state = 'parked'"
        )
        return {state: (count, oldest) for state, count, oldest in rows if count}


def _number(text: str) -> int:
    """A row's number as a person typed it; 0, which no row has, when it isn't one."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


def _retried(back: Message, by: str, now: float, reason: str | None, sentence: str | None) -> audit.Entry:
    detail = {"message": back.id, "type": back.type, "sentence": sentence or ""}
    return audit.Entry(
        at=now, actor=by, action="message_retried", about=back.about, reason=reason or "", detail=detail
    )


def _nobody(_: object) -> None:
    """Nobody listens yet; the rows are read when somebody does."""
