"""The audit log: append-only, each row chained to the one before by its hash, so that a change can't hide."""

from __future__ import annotations

import hashlib
import sqlite3
import sys
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from bot.plain import plain, plain_json

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

TEXT_MOST = 500
"""Characters of what people typed that a row keeps: rows stay for ever, and anybody may type."""

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
        "escalated",
        "approval_carried",
        "delegated",
        "delegation_ended",
        "code_locked",
        "authenticator_offered",
        "authenticator_enrolled",
        "authenticator_forgotten",
        "authenticator_reset",
        "glass_broken",
        "cancel_asked",
        "cancelled",
        "queued",
        "held",
        "freeze_declared",
        "freeze_extended",
        "freeze_lifted",
        "freeze_ended",
        "freeze_overridden",
        "version_moved",
        "release_requested",
        "release_stopped",
        "release_ended",
        "release_rolled_back",
        "missed_plan_confirmed",
        # rollbacks
        "rolled_back",
        "auto_rollback",
        "auto_rollback_refused",
        "version_marked_bad",
        "lock_given",
        "started",
        "started_again",
        "run_accepted",
        "run_given_up",
        "run_cancel_sent",
        "input_answer_asked",
        "following_given_up",
        "input_answered",
        "input_answer_failed",
        "ended",
        # locks and the queue
        "lock_changed",
        "lock_extended",
        "lock_taken_over",
        "unlocked",
        "lock_expired",
        "lock_reminded",
        "version_marked_good",
        "superseded",
        "jump_asked",
        "jump_allowed",
        "jump_denied",
        "place_watched",
        "watch_ended",
        "configuration_loaded",
        "configuration_refused",
        "configuration_proposed",
        "configuration_held",
        "configuration_approved",
        "configuration_rejected",
        "configuration_expired",
        "configuration_withdrawn",
        "configuration_accepted",
        "server_started",
        "server_stopped",
        "message_retried",
        # after the run
        "verification_began",
        "verification_skipped",
        "soak_began",
        "soak_watched",
        "soak_reminded",
        "soak_ended",
        "watchdog_told",
    }
)
"""The closed list of what can be done; `docs/audit.md` explains each."""


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """A row that is not as it was written, or is not there. `seq` is the row's number."""

    seq: int
    problem: str


HEAD_MISSING = "the number and hash of the last row are missing"
UNCHAINED = "row {seq} does not follow the row before it"
CHANGED = "row {seq} was changed"
ADDED = "row {seq} was added"
NOT_LAST = "row {seq} is not the last that was written"


def chained(previous: str, seq: int, at: float, rest: Iterable[str]) -> str:
    """The hash of a row: over the hash before it, its number, time and every text in it."""
    whole = msgspec.json.encode([previous, seq, repr(at), *rest])
    return hashlib.sha256(whole).hexdigest()


def append(connection: sqlite3.Connection, entry: Entry) -> None:
    """Write one row at the end of the chain, inside the caller's transaction."""
    count, previous = connection.execute("SELECT count, hash FROM audit_head WHERE one = 1").fetchone()
    seq, at = count + 1, float(entry.at)
    detail = plain_json(msgspec.to_builtins(entry.detail)).decode()
    texts = (*map(plain, (entry.actor, entry.action, entry.about, entry.reason)), detail)
    own = chained(previous, seq, at, texts)
    connection.execute(
        "INSERT INTO audit(seq, at, actor, action, about, reason, detail, previous, hash) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (seq, at, *texts, previous, own),
    )
    connection.execute("UPDATE audit_head SET count = ?, hash = ? WHERE one = 1", (seq, own))


def verify(connection: sqlite3.Connection) -> Iterator[Fault]:
    """Walk the whole chain; yields a fault for every row that was changed, is missing, was swapped, or was added.

    Whoever can write the file can rewrite all of it, chain and head: an export kept elsewhere tells that apart.
    """
    # One transaction, so that a row that is appended meanwhile is either in the rows and in the head or in neither.
    own_transaction = not connection.in_transaction
    if own_transaction:
        connection.execute("BEGIN")
    try:
        yield from _faults(connection)
    finally:
        if own_transaction:
            connection.execute("COMMIT")


def _faults(connection: sqlite3.Connection) -> Iterator[Fault]:
    head: tuple[int, str] | None
    head = connection.execute("SELECT count, hash FROM audit_head WHERE one = 1").fetchone()
    if head is None:
        yield Fault(seq=0, problem=HEAD_MISSING)
    count, last = head or (sys.maxsize, "")
    previous, expected = GENESIS, 1
    rows = connection.execute(
        "SELECT seq, at, actor, action, about, reason, detail, previous, hash FROM audit ORDER BY seq"
    )
    for seq, at, actor, action, about, reason, detail, claimed, own in rows:
        if seq < expected or seq > count:
            yield Fault(seq=seq, problem=ADDED.format(seq=seq))
            continue
        if seq > expected:
            yield Fault(seq=expected, problem=_missing(expected, seq - 1))
        elif claimed != previous:
            yield Fault(seq=seq, problem=UNCHAINED.format(seq=seq))
        if own != chained(claimed, seq, at, (actor, action, about, reason, detail)):
            yield Fault(seq=seq, problem=CHANGED.format(seq=seq))
        previous, expected = own, seq + 1
    if head is not None and count >= expected:
        yield Fault(seq=expected, problem=f"{_missing(expected, count)} at the end")
    elif head is not None and last != previous:
        yield Fault(seq=count, problem=NOT_LAST.format(seq=count))


def _missing(first: int, last: int) -> str:
    return f"row {first} is missing" if first == last else f"rows {first} to {last} are missing"
