"""What must be true of every history, whatever people did: each promise yields its violations."""

from __future__ import annotations

import itertools
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from bot import audit
from bot.deployments import Deployment
from bot.sandbox.slack.harbour import OLU
from tests.properties.model import SRE, Model, Snapshot
from tests.properties.world import World

MARGIN = 0.5
"""Seconds between the server's clock and the test's."""


@dataclass(frozen=True)
class Evidence:
    model: Model
    deployments: list[Deployment]
    audited: list[dict[str, Any]]
    builds: list[Any]
    standing: list[dict[str, Any]]
    faults: list[audit.Fault]

    @classmethod
    def of(cls, world: World, model: Model) -> Evidence:
        import sqlite3

        with sqlite3.connect(f"file:{world.database}?mode=ro", uri=True) as connection:
            faults = list(audit.verify(connection))
        deployments = [
            msgspec.structs.replace(msgspec.json.decode(row["body"], type=Deployment), number=row["number"])
            for row in world.rows("SELECT body, number FROM deployments ORDER BY number")
        ]
        return cls(
            model=model,
            deployments=deployments,
            audited=world.rows("SELECT * FROM audit ORDER BY seq"),
            builds=list(world.jenkins.builds("deploy")),
            standing=world.rows(
                "SELECT kind, service, environment, owner, body FROM standing WHERE live = 1"
            ),
            faults=faults,
        )

    def rows(self, one: Deployment) -> list[dict[str, Any]]:
        return [row for row in self.audited if row["about"] == one.id]

    def started(self, one: Deployment) -> dict[str, Any] | None:
        return next((row for row in self.rows(one) if row["action"] == "started"), None)


def violations(evidence: Evidence) -> list[str]:
    return [found for promise in PROMISES for found in promise(evidence)]


def never_two_runs_at_once(evidence: Evidence) -> Iterator[str]:
    lanes: dict[tuple[str, str], list[Any]] = {}
    for build in evidence.builds:
        lanes.setdefault((build.values["SERVICE"], build.values["ENVIRONMENT"]), []).append(build)
    keys = Counter(build.values["PILOTHOUSE_KEY"] for build in evidence.builds)
    yield from (f"{key} ran {count} times" for key, count in keys.items() if count > 1)
    for lane, builds in lanes.items():
        ordered = sorted(builds, key=lambda one: one.number)
        for first, second in itertools.pairwise(ordered):
            if first.ended is None or second.item.since < first.ended - MARGIN:
                yield f"{lane}: build {second.number} was asked for while {first.number} ran"


def never_without_its_approvals_at_its_fingerprint(evidence: Evidence) -> Iterator[str]:
    for one in evidence.deployments:
        start = evidence.started(one)
        if start is None or one.environment != "production":
            continue
        before = [row for row in evidence.rows(one) if row["seq"] < start["seq"]]
        if any(row["action"] == "glass_broken" and row["actor"] in SRE for row in before):
            continue
        complete = [row for row in before if row["action"] == "approval_complete"]
        voided = [row["seq"] for row in before if row["action"] == "approval_voided"]
        if not complete or any(seq > complete[-1]["seq"] for seq in voided):
            yield f"#{one.number} started without a standing approval"
            continue
        said = json.loads(complete[-1]["detail"])
        voters = set(said["by"]) - {one.requester.id}
        if not voters & SRE:
            yield f"#{one.number} started by the word of {sorted(said['by'])}"
        asked = {"service": one.service, "environment": one.environment, "version": one.version}
        if {name: said["fingerprint"].get(name) for name in asked} != asked:
            yield f"#{one.number}: approved was {said['fingerprint']}"


def never_inside_a_freeze_without_an_override(evidence: Evidence) -> Iterator[str]:
    for one, at, snapshots in starts(evidence):
        if one.broken is not None or not all(
            each.frozen(one.service, one.environment, at) for each in snapshots
        ):
            continue
        voters = {vote.by for vote in one.approval.votes} if one.approval else set()
        if not one.override or (one.environment == "production" and OLU not in voters):
            yield f"#{one.number} started inside a freeze, by the word of {sorted(voters)}"


def locks_are_honoured(evidence: Evidence) -> Iterator[str]:
    for one, at, snapshots in starts(evidence):
        who = one.requester.id
        if all(each.locked(one.service, one.environment, who, one.version, at) for each in snapshots):
            yield f"#{one.number} of {who} started in spite of a lock"


def what_stands_is_what_people_said(evidence: Evidence) -> Iterator[str]:
    at = evidence.model.steps[-1].settled if evidence.model.steps else 0.0
    expected = {
        ("Lock", scope, lock.owner, lock.only, lock.warning)
        for scope, lock in evidence.model.now.locks.items()
        if lock.stands(at)
    } | {("Freeze", scope) for scope, until in evidence.model.now.freezes.items() if until > at}
    found = set()
    for row in evidence.standing:
        body = json.loads(row["body"])
        scope = (row["service"], row["environment"])
        if body.get("until") and body["until"] <= at:
            continue
        if row["kind"] == "Lock":
            found.add(("Lock", scope, row["owner"], body.get("only", ""), body.get("warning", False)))
        elif row["kind"] == "Freeze":
            found.add(("Freeze", scope))
    if found != expected:
        yield f"the model says {sorted(map(str, expected - found))}, the server {sorted(map(str, found - expected))}"


def the_order_of_the_queue_is_kept(evidence: Evidence) -> Iterator[str]:
    """Among those that nothing held up and nobody moved: first come, first served."""
    lanes: dict[str, list[tuple[Any, int, Deployment]]] = {}
    for one in evidence.deployments:
        rows = evidence.rows(one)
        actions = {row["action"] for row in rows}
        start = evidence.started(one)
        if start is None or actions & {"held", "jumped", "started_again", "approval_voided"}:
            continue
        queued = next(row["seq"] for row in rows if row["action"] == "queued")
        turn = queued if one.environment == "production" else one.number
        lanes.setdefault(one.lane, []).append((turn, start["seq"], one))
    for lane, here in lanes.items():
        ordered = sorted(here, key=lambda each: each[0])
        for (_, first, one), (turn, second, other) in itertools.pairwise(ordered):
            waited = any(row["seq"] > turn and row["seq"] < first for row in evidence.rows(one))
            if second < first and waited:
                yield f"{lane}: #{other.number} started before #{one.number}"


def the_audit_log_is_complete(evidence: Evidence) -> Iterator[str]:
    yield from (f"audit row {fault.seq}: {fault.problem}" for fault in evidence.faults)
    for one in evidence.deployments:
        counts = Counter(row["action"] for row in evidence.rows(one))
        if counts["requested"] != 1 or counts["ended"] != one.state.ended or counts["started"] > 1:
            yield f"#{one.number} ({one.state.value}): {dict(counts)}"


def starts(evidence: Evidence) -> Iterator[tuple[Deployment, float, list[Snapshot]]]:
    """Every start, when it was, and everything that may have stood then."""
    for one in evidence.deployments:
        start = evidence.started(one)
        if start is not None:
            around = [start["at"] - MARGIN, start["at"], start["at"] + MARGIN]
            yield one, start["at"], [each for moment in around for each in evidence.model.at(moment)]


PROMISES = (
    never_two_runs_at_once,
    never_without_its_approvals_at_its_fingerprint,
    never_inside_a_freeze_without_an_override,
    locks_are_honoured,
    what_stands_is_what_people_said,
    the_order_of_the_queue_is_kept,
    the_audit_log_is_complete,
)
