"""Deployments, runs, posts, homes and what stands are written here, on the writer's thread, as part of a message's commit.

Optimistic: each is written over the revision that it was made from, or `Conflict` is raised and nothing of the message is kept.
"""

from __future__ import annotations

import sqlite3

import msgspec

from bot.deployments import Deployment, Post, RunRecord
from bot.errors import Conflict
from bot.homes import Home
from bot.standing import Standing
from bot.standing.codec import to_body


def save_deployment(connection: sqlite3.Connection, new: Deployment) -> None:
    """Write the next revision. Raises `Conflict` when `new.revision` is not the one that is stored.

    Revision 0 is a deployment that is not stored yet; it gets the next number.
    """
    body = msgspec.json.encode(new).decode()
    ended = new.ended_at if new.state.ended else None
    holds = 1 if new.state.holds_lane else None
    if new.revision == 0:
        connection.execute(
            "INSERT INTO deployments(id, number, lane, service, environment, channel, state, version, holds, "
            "revision, requested_at, started_at, ended_at, body, job, took) "
            "SELECT ?, COALESCE(MAX(number), 0) + 1, ?, ?, ?, ?, ?, ?, ?, 1, ?, ?, ?, ?, ?, ? FROM deployments",
            (
                new.id,
                new.lane,
                new.service,
                new.environment,
                new.channel,
                new.state.value,
                new.version,
                holds,
                new.requested_at,
                new.started_at,
                ended,
                body,
                new.target.job,
                new.took,
            ),
        )
        return
    changed = connection.execute(
        "UPDATE deployments SET state = ?, version = ?, holds = ?, revision = revision + 1, started_at = ?, "
        "ended_at = ?, body = ?, job = ?, took = ? WHERE id = ? AND revision = ?",
        (
            new.state.value,
            new.version,
            holds,
            new.started_at,
            ended,
            body,
            new.target.job,
            new.took,
            new.id,
            new.revision,
        ),
    )
    if changed.rowcount != 1:
        raise Conflict(f"deployment {new.id} is no longer at revision {new.revision}")


def save_run(connection: sqlite3.Connection, new: RunRecord) -> None:
    """Write the next revision of what following a run remembers; revision 0 is new. Raises `Conflict`."""
    body = msgspec.json.encode(new).decode()
    if new.revision == 0:
        connection.execute(
            "INSERT INTO runs(deployment, key, body, revision) VALUES (?, ?, ?, 1)",
            (new.deployment, new.key, body),
        )
        return
    changed = connection.execute(
        "UPDATE runs SET body = ?, revision = revision + 1 WHERE deployment = ? AND revision = ?",
        (body, new.deployment, new.revision),
    )
    if changed.rowcount != 1:
        raise Conflict(f"run {new.deployment} is no longer at revision {new.revision}")


def save_post(connection: sqlite3.Connection, new: Post) -> None:
    """Write a post as it is now. Only the messages of its own card write it, one at a time."""
    connection.execute(
        "INSERT INTO posts(key, deployment, channel, ts, shown, intended_at) VALUES (?, ?, ?, ?, ?, ?) "
        "ON CONFLICT(key) DO UPDATE SET channel = excluded.channel, ts = excluded.ts, "
        "shown = MAX(shown, excluded.shown), intended_at = excluded.intended_at",
        (new.key, new.deployment, new.channel, new.ts, new.shown, new.intended_at),
    )


def save_home(connection: sqlite3.Connection, new: Home) -> None:
    """Write a home as it is now. Only the messages of its own person write it, one at a time."""
    connection.execute(
        "INSERT INTO homes(user, team, opened_at, shown) VALUES (?, ?, ?, ?) ON CONFLICT(user) DO UPDATE SET "
        "team = excluded.team, opened_at = excluded.opened_at, shown = excluded.shown",
        (new.user, new.team, new.opened_at, new.shown),
    )


def save_standing(connection: sqlite3.Connection, new: Standing) -> None:
    """Write the next revision of what stands; revision 0 is new. Raises `Conflict`, also for a slot that is taken."""
    live, slot = (None if new.ended_at else 1), new.slot or None
    changed: sqlite3.Cursor
    if new.revision == 0:
        changed = connection.execute(
            "INSERT INTO standing(id, kind, service, environment, owner, until, live, slot, revision, body) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, 1, ?)",
            (
                new.id,
                type(new).__name__,
                new.service,
                new.environment,
                new.owner,
                new.until,
                live,
                slot,
                to_body(new),
            ),
        )
    else:
        changed = connection.execute(
            "UPDATE standing SET owner = ?, until = ?, live = ?, slot = ?, revision = revision + 1, body = ? "
            "WHERE id = ? AND revision = ?",
            (new.owner, new.until, live, slot, to_body(new), new.id, new.revision),
        )
    if changed.rowcount != 1:
        raise Conflict(f"{type(new).__name__} {new.id} is no longer at revision {new.revision}")
    connection.execute("UPDATE standing_count SET count = count + 1 WHERE one = 1")


def expect_standing(connection: sqlite3.Connection, count: int) -> None:
    """Raises `Conflict` when what stands has changed since it was counted."""
    now = connection.execute("SELECT count FROM standing_count WHERE one = 1").fetchone()[0]
    if now != count:
        raise Conflict("what stands has changed since it was looked at")
