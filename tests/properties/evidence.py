"""What is there after a step: the rows of the database, Jenkins' own records, what Slack shows; held against the model."""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import msgspec

from bot import audit
from bot.deployments import Deployment
from tests.properties.model import Model, Snapshot
from tests.properties.past import NEVER, Ran
from tests.properties.rules import PEOPLE
from tests.properties.world import World

MARGIN = 0.5
"""Seconds between the server's clock and the test's."""

Row = dict[str, Any]


@dataclass
class Evidence:
    """`detail` of an audit row is read already. `builds` are Jenkins', `whispers` what each heard alone."""

    model: Model
    deployments: list[Deployment]
    audited: list[Row]
    builds: list[Any]
    standing: list[Row] = field(default_factory=list)
    faults: list[audit.Fault] = field(default_factory=list)
    downs: list[tuple[float, float]] = field(default_factory=list)
    whispers: Mapping[str, int] = field(default_factory=dict)
    now: float = 0.0

    @classmethod
    def of(cls, world: World, model: Model, moment: sqlite3.Connection) -> Evidence:
        rows = world.rows("SELECT * FROM audit ORDER BY seq")
        return cls(
            model=model,
            deployments=[
                msgspec.structs.replace(
                    msgspec.json.decode(row["body"], type=Deployment), number=row["number"]
                )
                for row in world.rows("SELECT body, number FROM deployments ORDER BY number")
            ],
            audited=[row | {"detail": json.loads(row["detail"])} for row in rows],
            builds=list(world.builds()),
            standing=standing(world),
            faults=list(audit.verify(moment)),
            downs=list(world.downs),
            whispers={who: len(world.whispers(who)) for who in PEOPLE},
            now=world.clock.now(),
        )

    @cached_property
    def by_deployment(self) -> dict[str, list[Row]]:
        found: dict[str, list[Row]] = defaultdict(list)
        for row in self.audited:
            found[row["about"]].append(row)
        return found

    def rows(self, one: Deployment, action: str = "") -> list[Row]:
        return [row for row in self.by_deployment[one.id] if action in {"", row["action"]}]

    def first(self, one: Deployment, action: str) -> float:
        """The number of the first such row about it; never, as a number, when there is none."""
        return next((float(row["seq"]) for row in self.rows(one, action)), NEVER)

    def started(self, one: Deployment) -> Row | None:
        return next(iter(self.rows(one, "started")), None)

    @cached_property
    def built(self) -> dict[str, Any]:
        """Jenkins' runs by the deployment's id."""
        return {one.values["PILOTHOUSE_KEY"].removeprefix("pilothouse-"): one for one in self.builds}

    @cached_property
    def past(self) -> list[Ran]:
        """Everything that had its turn."""
        return [
            Ran(
                number=one.number,
                service=one.service,
                environment=one.environment,
                version=one.version,
                kind=one.kind.value,
                started=self.first(one, "started"),
                ended=self.first(one, "ended"),
                built=one.id in self.built,
                good=one.id in self.built and self.built[one.id].result == "SUCCESS",
                left=one.rolls_back.version if one.rolls_back else "",
                failed=one.id in self.built and self.built[one.id].result == "FAILURE",
            )
            for one in self.deployments
            if self.started(one) is not None
        ]

    def starts(self) -> Iterator[tuple[Deployment, Row, list[Snapshot]]]:
        """Every start, its row, and everything that may have stood then."""
        for one in self.deployments:
            start = self.started(one)
            if start is not None:
                yield one, start, list(self.model.at(start["seq"]))


Promise = Callable[[Evidence], Iterator[str]]
"""What must be true of every history; it yields how it was broken."""


def standing(world: World) -> list[Row]:
    """What stands by the database, with its body read."""
    rows = world.rows("SELECT kind, service, environment, owner, body FROM standing WHERE live = 1")
    return [row | {"body": json.loads(row["body"])} for row in rows]


def around(at: float) -> tuple[float, float, float]:
    """A moment, and the others that it may have been by the other clock."""
    return at - MARGIN, at, at + MARGIN
