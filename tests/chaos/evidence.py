"""What is left after the storm: the database's rows, Jenkins' records, Slack's messages; read, not asked of the server."""

from __future__ import annotations

import math
import sqlite3
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import msgspec

from bot import audit
from bot.deployments import Deployment
from bot.events import Event, decode
from bot.sandbox.jenkins.records import Build, Start
from bot.standing import Freeze, Lock, Standing
from bot.standing.codec import from_body
from bot.trace import lines
from tests.chaos.town import ANNOUNCE, CHANNELS, Town

Row = dict[str, Any]
S = TypeVar("S", bound=Standing)
E = TypeVar("E", bound=Event)

FAR_AWAY = 12.0
"""Seconds: what is due later than that is not waited for in the end, and what ends later is lifted."""


class Violation(NamedTuple):
    """A broken promise. `about` is the id of the deployment, "" when it is about none."""

    sentence: str
    about: str = ""


@dataclass
class Evidence:
    """Of one moment; take it anew for another."""

    town: Town
    messages: list[Row]
    audited: list[Row]
    deployments: list[Deployment]
    stood: list[Standing]
    audit_faults: list[audit.Fault]
    taken_at: float

    @classmethod
    def taken(cls, town: Town) -> Evidence:
        with _reading(town.database) as db:
            return cls(
                town=town,
                messages=_rows(db, "SELECT * FROM messages ORDER BY seq"),
                audited=_rows(db, "SELECT * FROM audit ORDER BY seq"),
                deployments=[
                    msgspec.structs.replace(
                        msgspec.json.decode(row["body"], type=Deployment),
                        number=row["number"],
                        revision=row["revision"],
                    )
                    for row in _rows(db, "SELECT * FROM deployments ORDER BY number")
                ],
                stood=[
                    from_body(row["kind"], row["body"], row["revision"])
                    for row in _rows(db, "SELECT * FROM standing ORDER BY rowid")
                ],
                audit_faults=list(audit.verify(db)),
                taken_at=time.time(),
            )

    @cached_property
    def by_id(self) -> dict[str, Row]:
        return {row["id"]: row for row in self.messages}

    @cached_property
    def caused(self) -> dict[str, list[Row]]:
        """Messages by the one that published them."""
        found: dict[str, list[Row]] = defaultdict(list)
        for row in self.messages:
            found[row["cause"]].append(row)
        return found

    def events(self, kind: type[E]) -> Iterator[tuple[Row, E]]:
        """The messages of a type, with what they say."""
        for row in self.messages:
            if row["type"] == kind.__name__:
                event = decode(row["type"], row["version"], row["body"])
                assert isinstance(event, kind)
                yield row, event

    def kept(self, kind: type[S]) -> list[S]:
        """Everything of a kind that stands or stood."""
        return [one for one in self.stood if isinstance(one, kind)]

    def said_of(self, one: Standing) -> list[Row]:
        """Audit rows about something that stands or stood; those of freezes name it beside."""
        found = self.decisions[one.id]
        if isinstance(one, Freeze):
            found = [row for row in self.audited if f'"freeze":"{one.id}"' in row["detail"].replace(" ", "")]
        return found

    def did(self, one: Deployment, action: str) -> bool:
        return any(row["action"] == action for row in self.decisions[one.id])

    def number_of(self, one: Deployment, action: str) -> float:
        """The number of the first audit row about that; never, as a number, when there is none."""
        rows = (row["seq"] for row in self.decisions[one.id] if row["action"] == action)
        return float(next(rows, math.inf))

    def started_in(self, lane: str) -> list[Deployment]:
        """What was started in a lane, in that order."""
        here = [one for one in self.deployments if one.lane == lane and self.did(one, "started")]
        return sorted(here, key=lambda one: self.number_of(one, "started"))

    def holding(self) -> list[Lock | Freeze]:
        """What would hold deployments up for longer than anybody wants to wait in the end."""
        soon = time.time() + FAR_AWAY
        return [
            one
            for one in self.stood
            if (isinstance(one, Lock) and not one.warning) or isinstance(one, Freeze)
            if not one.ended_at and not 0 < one.until < soon
        ]

    @cached_property
    def decisions(self) -> dict[str, list[Row]]:
        """Audit rows by deployment."""
        found: dict[str, list[Row]] = defaultdict(list)
        for row in self.audited:
            found[row["about"]].append(row)
        return found

    @cached_property
    def starts(self) -> dict[str, list[Start]]:
        """Accepted requests that led to a place of their own in Jenkins' queue, by key, unless Jenkins lost it."""
        engine = self.town.jenkins.engine
        found: dict[str, list[Start]] = defaultdict(list)
        for start in engine.starts:
            if not start.folded and start.queue in engine.items:
                found[str(start.values["PILOTHOUSE_KEY"])].append(start)
        return found

    @cached_property
    def builds(self) -> dict[str, list[Build]]:
        found: dict[str, list[Build]] = defaultdict(list)
        for state in self.town.jenkins.engine.jobs.values():
            for build in state.builds.values():
                found[str(build.values["PILOTHOUSE_KEY"])].append(build)
        return found

    @cached_property
    def posted(self) -> dict[str, list[Row]]:
        """Lasting messages of the bot that carry a key, by key."""
        found: dict[str, list[Row]] = defaultdict(list)
        for channel in (*CHANNELS, ANNOUNCE):
            for message in self.town.slack.workspace.conversations.in_channel(channel):
                if message.metadata and not message.only_for:
                    key = message.metadata["event_payload"]["key"]
                    found[key].append(
                        {
                            "channel": channel,
                            "ts": message.ts,
                            "text": message.text,
                            "clickable": any(block.get("type") == "actions" for block in message.blocks),
                        }
                    )
        return found

    def story(self, deployment: str) -> list[str]:
        """Everything that is known of one deployment, in order: what it was, its chain, what was called and started."""
        one = next((one for one in self.deployments if one.id == deployment), None)
        about = [row for row in self.messages if row["about"] == deployment]
        told = lines(one, about, self.decisions[deployment])
        told += ["", "Jenkins:"]
        key = f"pilothouse-{deployment}"
        told += [f"  start {start}" for start in self.starts[key]]
        told += [
            f"  build {build.job.name} #{build.number} {build.result} {build.started:.3f} to {build.ended}"
            for build in self.builds[key]
        ]
        told += ["", "Slack:"]
        told += [
            f"  {call['at']:.3f} {call['method']} {call.get('error', 'ok')} {str(call['args'])[:160]}"
            for call in self.town.slack.calls()
            if deployment in str(call["args"])
        ]
        return told

    def waiting(self) -> list[Row]:
        """Messages that something may still come of soon: not done, and not about a deployment that has ended."""
        ended = {one.id for one in self.deployments if one.state.ended}
        soon = time.time() + FAR_AWAY
        return [
            row
            for row in self.messages
            if row["state"] in {"ready", "parked"}
            or (row["state"] == "delayed" and row["about"] not in ended and row["due"] < soon)
        ]


Promise = Callable[[Evidence], Iterator[Violation]]
"""What has to be true after the storm; it yields how it was broken."""


def backlog(town: Town) -> int:
    """How many subjects have something to be handled; of a card, many changes become one."""
    with _reading(town.database) as db:
        asked = "SELECT COUNT(DISTINCT subject) FROM messages WHERE state = 'ready'"
        return int(db.execute(asked).fetchone()[0])


def tail(log: Path, count: int = 60) -> Iterable[str]:
    return log.read_text(errors="replace").splitlines()[-count:]


def _reading(path: Path) -> Any:
    return _Closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True))


class _Closing:
    """`sqlite3`'s own context is a transaction and leaves the connection open."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def __enter__(self) -> sqlite3.Connection:
        return self._db

    def __exit__(self, *_: object) -> None:
        self._db.close()


def _rows(db: sqlite3.Connection, sql: str) -> list[Row]:
    asked = db.execute(sql)
    names = [column[0] for column in asked.description]
    return [dict(zip(names, row, strict=True)) for row in asked]
