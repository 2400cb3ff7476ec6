"""The durable queue: a table of messages, written by the one writer before anybody is thanked.

A message is `ready`, `delayed` (until `due`), `done` or `parked` (with its reason, until a human retries it). The
journal knows rows and states; who handles them and what a failure means is the bus's business.
"""

from __future__ import annotations

import sqlite3
from asyncio import Future
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import msgspec

from bot.errors import Conflict
from bot.events import Event, decode, encode
from bot.reader import Reader
from bot.writer import Writer

T = TypeVar("T")


class Message(msgspec.Struct, kw_only=True):
    """One row of the journal. `event` is None when the row can't be read by this program (`problem` says why).

    `id` is unique for ever: a redelivery has the same. `cause` is the id of the message that published this one,
    `chain` the id of the first in the chain. `attempts` counts handlings that failed. `loaded` is true when it was
    read back from the table, so that an earlier process may have handled it partly.
    """

    id: str
    type: str
    version: int
    subject: str
    body: bytes
    at: float
    seq: int = 0
    about: str = ""
    cause: str = ""
    chain: str = ""
    due: float = 0.0
    attempts: int = 0
    loaded: bool = False
    event: Event | None = None
    problem: str = ""


def message(
    event: Event, *, id: str, at: float, subject: str = "", cause: str = "", chain: str = "", due: float = 0.0
) -> Message:  # noqa: A002 - the column's name
    """A new message for an event. Raises `ValueError` when neither the event nor the caller names a subject."""
    subject = subject or event.subject
    if not subject:
        raise ValueError(f"{type(event).__name__} needs a subject")
    return Message(
        id=id,
        type=type(event).__name__,
        version=event.version,
        subject=subject,
        about=event.about,
        cause=cause,
        chain=chain or id,
        body=encode(event),
        at=at,
        due=due,
        event=event,
    )


INSERT = """
INSERT INTO messages(id, type, version, subject, about, cause, chain, body, at, due, state, attempts)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0)
ON CONFLICT(id) DO NOTHING
RETURNING seq
"""
COLUMNS = "seq, id, type, version, subject, about, cause, chain, body, at, due, attempts"


_READY_AGAIN = (
    "UPDATE messages SET state = 'ready', due = 0, attempts = 0, reason = NULL, sentence = NULL, "
    f"seq = (SELECT MAX(seq) + 1 FROM messages) WHERE seq = ? RETURNING {COLUMNS}"
)
"""At the end of the order, as if it were published now."""


def insert(connection: sqlite3.Connection, new: Message) -> bool:
    """Write one message; False when its id is there already. Sets `seq`."""
    row = connection.execute(
        INSERT,
        (
            new.id,
            new.type,
            new.version,
            new.subject,
            new.about,
            new.cause,
            new.chain,
            new.body.decode(),
            new.at,
            new.due,
            "delayed" if new.due else "ready",
        ),
    ).fetchone()
    if row is None:
        return False
    new.seq = row[0]
    return True


def from_row(row: tuple[Any, ...]) -> Message:
    found = Message(
        seq=row[0],
        id=row[1],
        type=row[2],
        version=row[3],
        subject=row[4],
        about=row[5],
        cause=row[6] or "",
        chain=row[7] or "",
        body=row[8].encode(),
        at=row[9],
        due=row[10],
        attempts=row[11],
        loaded=True,
    )
    try:
        found.event = decode(found.type, found.version, found.body)
    except ValueError as unreadable:
        found.problem = str(unreadable)
    return found


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
        return await self.submit(lambda connection: [insert(connection, one) for one in new], new)

    def submit(self, change: Callable[[sqlite3.Connection], T], new: Iterable[Message]) -> Future[T]:
        """Commit a change that inserts these messages, then hand them on."""
        waiting = tuple(new)
        return self._writer.submit(change, (lambda _: self._announce(waiting)) if waiting else None)

    def _announce(self, new: tuple[Message, ...]) -> None:
        ready = [one for one in new if one.seq and not one.due]
        if ready:
            self.on_ready(ready)
        for one in new:
            if one.seq and one.due:
                self.on_delayed(one.due)

    async def waiting(self, after: int, limit: int) -> list[Message]:
        """Ready messages beyond a number, in order."""
        rows = await self._reader.rows(
            f"SELECT {COLUMNS} FROM messages WHERE state = 'ready' AND seq > ? ORDER BY seq LIMIT ?",
            after,
            limit,
        )
        return [from_row(row) for row in rows]

    async def next_due(self) -> float | None:
        rows = await self._reader.rows("SELECT MIN(due) FROM messages WHERE state = 'delayed'")
        return rows[0][0] if rows else None

    async def promote(self, now: float) -> int:
        """Make delayed messages ready whose time has come; how many."""
        ready: list[Message] = []

        def change(connection: sqlite3.Connection) -> int:
            ready.clear()
            rows = connection.execute(
                "SELECT seq FROM messages WHERE state = 'delayed' AND due <= ? ORDER BY due, seq LIMIT 500",
                (now,),
            ).fetchall()
            for (seq,) in rows:
                found = from_row(connection.execute(_READY_AGAIN, (seq,)).fetchone())
                found.loaded = False
                ready.append(found)
            return len(ready)

        return await self._writer.submit(change, lambda _: self.on_ready(ready) if ready else None)

    async def show(self, id: str) -> dict[str, Any] | None:  # noqa: A002 - the column's name
        """One row as a mapping, found by id or by number."""
        rows = await self._reader.run(
            lambda db: list(
                db.query("SELECT * FROM messages WHERE id = :id OR CAST(seq AS TEXT) = :id", {"id": id})
            )
        )
        return rows[0] if rows else None

    async def listed(self, state: str, limit: int, after: int = 0) -> list[dict[str, Any]]:
        """The newest rows of a state ("" for all), oldest first; `after` continues beyond a number."""
        sql = "SELECT * FROM messages WHERE seq > :after AND (:state = '' OR state = :state) ORDER BY seq DESC LIMIT :n"
        rows = await self._reader.run(
            lambda db: list(db.query(sql, {"after": after, "state": state, "n": limit}))
        )
        return rows[::-1]

    async def about(self, deployment: str) -> list[dict[str, Any]]:
        """Every message of one deployment, in order."""
        return await self._reader.run(
            lambda db: list(
                db.query("SELECT * FROM messages WHERE about = :about ORDER BY seq", {"about": deployment})
            )
        )

    async def retry(self, id: str, now: float) -> bool:  # noqa: A002 - the column's name
        """Put a parked message back at the end of its subject; False when no such message is parked."""
        back: list[Message] = []

        def change(connection: sqlite3.Connection) -> bool:
            back.clear()
            parked = connection.execute(
                "SELECT seq FROM messages WHERE state = 'parked' AND (id = ? OR CAST(seq AS TEXT) = ?)",
                (id, id),
            ).fetchone()
            row = connection.execute(_READY_AGAIN, parked).fetchone() if parked else None
            if row is not None:
                back.append(from_row(row))
            return row is not None

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


def done(connection: sqlite3.Connection, finished: Message, now: float) -> None:
    """Mark a message handled. Raises `Conflict` when it is not waiting any more."""
    changed = connection.execute(
        "UPDATE messages SET state = 'done', done_at = ? WHERE seq = ? AND state = 'ready'",
        (now, finished.seq),
    )
    if changed.rowcount != 1:
        raise Conflict(f"message {finished.seq} is not waiting")


def put_off(connection: sqlite3.Connection, failed: Message, due: float, reason: str, sentence: str) -> None:
    """Count a failed attempt and say when it is tried again; its subject waits until then."""
    connection.execute(
        "UPDATE messages SET attempts = attempts + 1, due = ?, reason = ?, sentence = ? WHERE seq = ?",
        (due, reason, sentence, failed.seq),
    )


def park(connection: sqlite3.Connection, failed: Message, reason: str, sentence: str) -> None:
    """Set a message aside for a human; its subject goes on."""
    connection.execute(
        "UPDATE messages SET state = 'parked', attempts = attempts + 1, reason = ?, sentence = ? WHERE seq = ?",
        (reason, sentence, failed.seq),
    )


def _nobody(_: object) -> None:
    """Nobody listens yet; the rows are read when somebody does."""
