"""One message of the journal as a value and as a row, and what can become of it inside a transaction."""

from __future__ import annotations

import sqlite3
from typing import Any

import msgspec

from bot.errors import Conflict
from bot.events import Event, decode, encode, writable
from bot.plain import plain


class Message(msgspec.Struct, kw_only=True):
    """One row of the journal. `event` is None when the row can't be read by this program (`problem` says why).

    `id` is unique for ever: a redelivery has the same. `cause` is the id of the message that published this one,
    `chain` the id of the first in the chain. `at` is when it was published, or became ready again. `due` is when it
    may be handled, 0 = at once. `attempts` counts handlings that failed; `stumbles` those of this process, in a row,
    that nobody foresaw. `tried_since` is when this process first handled it, `put_off_at` when it was last told to
    wait. `loaded` is true when it was read back from the table, so that an earlier process may have handled it partly.
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
    stumbles: int = 0
    tried_since: float = 0.0
    put_off_at: float = 0.0
    loaded: bool = False
    event: Event | None = None
    problem: str = ""


class NotWaiting(Conflict):
    """The row has been handled, parked or removed: there is nothing to do with it any more."""


def message(
    event: Event,
    *,
    id: str,  # noqa: A002 - the column's name
    at: float,
    subject: str = "",
    cause: str = "",
    chain: str = "",
    due: float = 0.0,
) -> Message:
    """A new message for an event. Raises `ValueError` when neither the event nor the caller names a subject.

    Text that can't be written as UTF-8 (half a surrogate pair, as JSON from outside may hold) gets `?` in its place.
    """
    subject = plain(subject or event.subject)
    if not subject:
        raise ValueError(f"{type(event).__name__} needs a subject")
    try:
        body = encode(event)
    except UnicodeEncodeError:
        event = writable(event)
        body = encode(event)
    id = plain(id)  # noqa: A001 - the column's name
    return Message(
        id=id,
        type=type(event).__name__,
        version=event.version,
        subject=subject,
        about=event.about,
        cause=cause,
        chain=chain or id,
        body=body,
        at=at,
        due=due,
        event=event,
    )


INSERT = """
INSERT INTO messages(id, type, version, subject, about, cause, chain, body, at, due, state, attempts)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0)
ON CONFLICT(id) DO NOTHING
"""
COLUMNS = "seq, id, type, version, subject, about, cause, chain, body, at, due, attempts"


def insert(connection: sqlite3.Connection, new: Message) -> bool:
    """Write one message and set its `seq`; False, and nothing else, when its id is there already."""
    written = connection.execute(
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
    )
    if not written.rowcount:
        return False
    new.seq = written.lastrowid or 0
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


def done(connection: sqlite3.Connection, finished: Message, now: float) -> None:
    """Mark a message handled. Raises `NotWaiting` when it is not waiting any more, as the next two do."""
    _change(connection, "state = 'done', done_at = ?", finished, now)


def put_off(connection: sqlite3.Connection, failed: Message, due: float, reason: str, sentence: str) -> None:
    """Count a failed attempt and say when it is tried again; its subject waits until then."""
    _change(
        connection,
        "attempts = attempts + 1, due = ?, reason = ?, sentence = ?",
        failed,
        due,
        reason,
        plain(sentence),
    )


def park(connection: sqlite3.Connection, failed: Message, reason: str, sentence: str) -> None:
    """Set a message aside for a human; its subject goes on."""
    _change(
        connection,
        "state = 'parked', attempts = attempts + 1, due = 0, reason = ?, sentence = ?",
        failed,
        reason,
        plain(sentence),
    )


def _change(connection: sqlite3.Connection, what: str, one: Message, *values: float | str) -> None:
    changed = connection.execute(
        f"UPDATE messages SET {what} WHERE seq = ? AND state = 'ready'",  # noqa: S608 - one of the three above
        (*values, one.seq),
    )
    if changed.rowcount != 1:
        raise NotWaiting(f"message {one.seq} is not waiting any more")
