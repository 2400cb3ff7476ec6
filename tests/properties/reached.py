"""How often each promise had something to judge in a history: a promise that nothing ever tries proves nothing."""

from __future__ import annotations

from collections import Counter

from tests.properties.evidence import Evidence
from tests.properties.rules import PEOPLE

PARTED = ("release_requested", "release_stopped", "release_ended", "release_rolled_back")
CHANGED = ("configuration_loaded", "configuration_refused", "configuration_proposed", "configuration_held")
OTHERS = (
    "configuration_approved",
    "missed_plan_confirmed",
    "freeze_overridden",
    "approval_voided",
    "delegated",
)
STOOD = ("lock_given", "freeze_declared", "superseded", "held", "delegation_ended", "glass_broken")


def reached(evidence: Evidence) -> Counter[str]:
    counts = Counter[str](histories=1, kills=len(evidence.downs))
    for row in evidence.audited:
        if row["action"] in {*PARTED, *CHANGED, *OTHERS, *STOOD}:
            counts[row["action"]] += 1
        if row["action"] == "refused" and row["actor"] in PEOPLE:
            counts[f"refused: {row['reason']}"] += 1
        if row["action"] == "approved" and row["detail"]["on_behalf"]:
            counts["approved in somebody's place"] += 1
    counts.update(f"clicked {click.action}" for click in evidence.model.clicked)
    counts["waiting in the end"] += sum(one.state.value == "queued" for one in evidence.deployments)
    for one, start, snapshots in evidence.starts():
        kind, where = one.kind.value, one.environment
        counts[f"{kind} started in {where}"] += 1
        before = [row for row in evidence.rows(one, "approved") if row["seq"] < start["seq"]]
        if any(row["detail"]["on_behalf"] for row in before):
            counts["started by a delegate's word"] += 1
        if where == "production" and all(each.rules.level for each in snapshots):
            counts["started by stricter rules"] += 1
        if one.not_before:
            counts[f"planned started in {where}"] += 1
        if kind == "rollback" and all(each.frozen(one.service, where, start["at"]) for each in snapshots):
            counts["rollback started inside a freeze"] += 1
    return counts
