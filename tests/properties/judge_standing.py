"""What stands is what people said, by the model; and nothing starts in spite of it."""

from __future__ import annotations

from collections.abc import Iterator

from tests.properties.evidence import Evidence, Promise, Row, around
from tests.properties.model import Snapshot
from tests.properties.rules import OWNERS

Stands = tuple[object, ...]


def what_stands_is_what_people_said(evidence: Evidence) -> Iterator[str]:
    said = said_to_stand(evidence.model.now, evidence.now)
    kept = kept_to_stand(evidence.standing, evidence.now)
    if said != kept:
        yield f"the model says {sorted(map(str, said - kept))}, the server {sorted(map(str, kept - said))}"


def locks_are_honoured(evidence: Evidence) -> Iterator[str]:
    for one, start, snapshots in evidence.starts():
        who = one.requester.id
        if all(
            each.locked(one.service, one.environment, who, one.version, at)
            for each in snapshots
            for at in around(start["at"])
        ):
            yield f"#{one.number} of {who} started in spite of a lock"


def never_inside_a_freeze_without_an_override(evidence: Evidence) -> Iterator[str]:
    """A rollback is never frozen."""
    for one, start, snapshots in evidence.starts():
        if one.broken is not None or one.kind.value == "rollback":
            continue
        if not all(
            each.frozen(one.service, one.environment, at) for each in snapshots for at in around(start["at"])
        ):
            continue
        votes = one.approval.votes if one.approval else ()
        voters = {vote.on_behalf or vote.by for vote in votes}
        if not one.override or (one.environment == "production" and not voters & OWNERS):
            yield f"#{one.number} started inside a freeze, by the word of {sorted(voters)}"


def said_to_stand(so: Snapshot, at: float) -> set[Stands]:
    """As the model has it."""
    now = so.without(at)
    return {
        *(("Lock", scope, one.owner, one.only, one.warning) for scope, one in now.locks.items()),
        *(("Freeze", scope) for scope in now.freezes),
        *(("Delegation", one.scope, one.owner, one.to) for one in now.delegations.values()),
        *(("Proposal",) for _ in filter(None, [now.proposal])),
    }


def kept_to_stand(rows: list[Row], at: float) -> set[Stands]:
    """As the server has it."""
    found: set[Stands] = set()
    for row in rows:
        body, scope = row["body"], (row["service"], row["environment"])
        if body.get("until") and body["until"] <= at:
            continue
        if row["kind"] == "Lock":
            found.add(("Lock", scope, row["owner"], body.get("only", ""), body.get("warning", False)))
        elif row["kind"] == "Freeze":
            found.add(("Freeze", scope))
        elif row["kind"] == "Delegation":
            found.add(("Delegation", scope, row["owner"], body["to"]))
        elif row["kind"] == "ConfigurationChange":
            found.add(("Proposal",))
    return found


STANDING: tuple[Promise, ...] = (
    what_stands_is_what_people_said,
    locks_are_honoured,
    never_inside_a_freeze_without_an_override,
)
