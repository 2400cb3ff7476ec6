"""The audit log: append-only, each row chained to the one before by its hash, so that a change can't hide."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

GENESIS = ""


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """Who did what, about which deployment, why. `actor` is a user id, or `pilothouse` for what the engine does.

    `action` is a word from `ACTIONS`, `reason` a code from `bot.reasons` or "", `detail` says the rest.
    """

    at: float
    actor: str
    action: str
    about: str = ""
    reason: str = ""
    detail: dict[str, Any] = {}


ENGINE = "pilothouse"

ACTIONS = frozenset(
    {
        "asked",
        "refused",
        "requested",
        "approval_requested",
        "approved",
        "approval_complete",
        "approval_voided",
        "rejected",
        "expired",
        "reminded",
        "glass_broken",
        "cancel_asked",
        "cancelled",
        "queued",
        "started",
        "run_accepted",
        "run_given_up",
        "run_cancel_sent",
        "input_answered",
        "ended",
        "configuration_loaded",
        "server_started",
        "server_stopped",
        "message_retried",
    }
)
"""The closed list of what can be done; `docs/audit.md` explains each."""


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """A row that is not as it was written, or is not there. `seq` is the row's number."""

    seq: int
    problem: str


def chained(previous: str, seq: int, at: float, rest: Iterable[str]) -> str:
    """The hash of a row: over the hash before it, its number, time and every text in it."""
    whole = msgspec.json.encode([previous, seq, repr(at), *rest])
    return hashlib.sha256(whole).hexdigest()


def append(connection: sqlite3.Connection, entry: Entry) -> None:
    """Write one row at the end of the chain, inside the caller's transaction."""
    count, previous = connection.execute("SELECT count, hash FROM audit_head WHERE one = 1").fetchone()
    seq = count + 1
    detail = msgspec.json.encode(entry.detail, order="sorted").decode()
    texts = (entry.actor, entry.action, entry.about, entry.reason, detail)
    own = chained(previous, seq, entry.at, texts)
    connection.execute(
        "INSERT INTO audit(seq, at, actor, action, about, reason, detail, previous, hash) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (seq, entry.at, *texts, previous, own),
    )
    connection.execute("UPDATE audit_head SET count = ?, hash = ? WHERE one = 1", (seq, own))


def verify(connection: sqlite3.Connection) -> Iterator[Fault]:
    """Walk the whole chain; yields a fault for every row that was changed, is missing, or was added."""
    previous, expected = GENESIS, 1
    rows = connection.execute(
        "SELECT seq, at, actor, action, about, reason, detail, previous, hash FROM audit ORDER BY seq"
    )
    for seq, at, actor, action, about, reason, detail, claimed, own in rows:
        if seq != expected:
            span = (
                f"row {expected} is missing"
                if seq == expected + 1
                else f"rows {expected} to {seq - 1} are missing"
            )
            yield Fault(seq=expected, problem=span)
        elif claimed != previous:
            yield Fault(seq=seq, problem=f"row {seq} does not follow the row before it")
        if own != chained(claimed, seq, at, (actor, action, about, reason, detail)):
            yield Fault(seq=seq, problem=f"row {seq} was changed")
        previous, expected = own, seq + 1
    count, head = connection.execute("SELECT count, hash FROM audit_head WHERE one = 1").fetchone()
    if count >= expected:
        cut = f"row {count} is missing" if count == expected else f"rows {expected} to {count} are missing"
        yield Fault(seq=expected, problem=f"{cut} at the end")
    elif head != previous:
        yield Fault(seq=expected - 1, problem=f"row {expected - 1} is not the last that was written")
