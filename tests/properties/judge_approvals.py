"""Production runs by the word of those who were entitled when they said it, and are when it starts; by the rules in force."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from bot.deployments import Deployment
from tests.properties.evidence import Evidence, Promise, Row, around
from tests.properties.model import Snapshot
from tests.properties.rules import SRE, filled, written

VOIDS = {"approval_voided", "missed_plan_confirmed"}
"""After that it is asked about anew: the time is a part of what people said yes to."""
DECIDED = {"approved", "approval_voided", "approval_requested", "ended"}
"""What has become of a question of which it may have been too late to answer it."""


def never_without_its_approvals_at_its_fingerprint(evidence: Evidence) -> Iterator[str]:
    for one, start, snapshots in evidence.starts():
        if one.environment != "production":
            continue
        before = [row for row in evidence.rows(one) if row["seq"] < start["seq"]]
        if any(row["action"] == "glass_broken" and row["actor"] in SRE for row in before):
            continue
        complete = [row for row in before if row["action"] == "approval_complete"]
        voided = [row["seq"] for row in before if row["action"] in VOIDS]
        if not complete or any(seq > complete[-1]["seq"] for seq in voided):
            yield f"#{one.number} started without a standing approval"
            continue
        said = complete[-1]["detail"]
        asked = {"service": one.service, "environment": one.environment, "version": one.version}
        if {name: said["fingerprint"].get(name) for name in asked} != asked:
            yield f"#{one.number}: approved was {said['fingerprint']}"
        given = [row for row in before if row["action"] == "approved"]
        votes = _votes(
            evidence, one, [row for row in given if row["detail"]["request"] == said["request"]], start
        )
        kind = one.kind.value
        if not any(filled(each.rules.clauses(kind, override=bool(one.extra)), votes) for each in snapshots):
            yield f"#{one.number} ({kind}) started by the word of {votes}"


def _votes(evidence: Evidence, one: Deployment, rows: list[Row], start: Row) -> Mapping[str, set[str]]:
    """Whose places each of them could fill at his word and still could at the start; never that of who asked."""
    found: dict[str, set[str]] = {}
    for row in rows:
        if row["actor"] != one.requester.id:
            rights = _rights(evidence, one, row["actor"], row) & _rights(evidence, one, row["actor"], start)
            found[row["actor"]] = rights - {one.requester.id}
    return found


def _rights(evidence: Evidence, one: Deployment, who: str, row: Row) -> set[str]:
    """Everything that he may have been entitled to when that was written."""
    snapshots: list[Snapshot] = list(evidence.model.at(row["seq"]))
    return {
        right
        for each in snapshots
        for at in around(row["at"])
        for right in each.rights(who, one.service, one.environment, at)
    }


def each_question_is_that_of_the_rules_in_force(evidence: Evidence) -> Iterator[str]:
    for one in evidence.deployments:
        for row in evidence.rows(one, "approval_requested"):
            asked = row["detail"]["fingerprint"]["policy"].partition(",")[0]
            expected = {
                " and ".join(written(each.rules.clauses(one.kind.value, override=bool(one.extra))))
                for each in evidence.model.at(row["seq"])
            }
            if asked not in expected:
                yield f"#{one.number} asked for {asked}, and the rules say {expected}"


def nobody_approves_beyond_what_is_needed(evidence: Evidence) -> Iterator[str]:
    """Of two at once for one place one counts, and each question is answered once."""
    for one in evidence.deployments:
        answered = Counter(row["detail"]["request"] for row in evidence.rows(one, "approval_complete"))
        given = Counter(row["detail"]["request"] for row in evidence.rows(one, "approved"))
        asked = {row["detail"]["request"]: row for row in evidence.rows(one, "approval_requested")}
        for request, row in asked.items():
            policy = row["detail"]["fingerprint"]["policy"].partition(",")[0]
            places = sum(int(word) for word in policy.split() if word.isdigit())
            if answered[request] > 1 or given[request] > places:
                yield f"#{one.number}: {policy} answered {answered[request]} times by {given[request]}"


def who_may_approve_is_heard(evidence: Evidence) -> Iterator[str]:
    """Where one word is enough, it counts; unless somebody else did something there in the same step."""
    for click in evidence.model.clicked:
        if click.action != "approve":
            continue
        step = evidence.model.steps[click.step]
        one = next(each for each in evidence.deployments if each.id == click.about)
        before = [row for row in evidence.rows(one) if row["seq"] <= step.since]
        asked = [row for row in before if row["action"] == "approval_requested"]
        open_now = asked and not {"queued", "ended"} & {
            row["action"] for row in before if row["seq"] > asked[-1]["seq"]
        }
        clauses = step.stood[0].rules.clauses(one.kind.value, override=bool(one.extra))
        rights = step.stood[0].rights(
            click.who, one.service, one.environment, asked[-1]["at"] if asked else 0
        )
        may = click.who != one.requester.id and filled(clauses, {click.who: rights - {one.requester.id}})
        after = {row["action"] for row in evidence.rows(one) if step.since < row["seq"] <= step.seq}
        if open_now and may and not after & DECIDED:
            yield f"{click.who} approved #{one.number}, and was not heard"


APPROVED: tuple[Promise, ...] = (
    never_without_its_approvals_at_its_fingerprint,
    each_question_is_that_of_the_rules_in_force,
    nobody_approves_beyond_what_is_needed,
    who_may_approve_is_heard,
)
