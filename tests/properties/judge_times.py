"""What is planned never starts before its time; and when that passed while nothing ran, production waits for somebody's word."""

from __future__ import annotations

from collections.abc import Iterator

from bot.deployments import Deployment
from tests.properties.configured import LATE
from tests.properties.evidence import MARGIN, Evidence, Promise
from tests.properties.judge_moving import answers
from tests.properties.model import NEEDS

UNREADY = {"requested", "awaiting_approval"}
SAID_WITHIN = 5.0
"""Seconds that may lie between what somebody says and when it is heard, with what passes for nobody to wait."""


def what_is_planned_is_planned_for_what_was_said(evidence: Evidence) -> Iterator[str]:
    for one in evidence.model.said:
        for row in answers(evidence, one):
            found = row["detail"].get("not_before") if row["action"] == "requested" else None
            expected = one.at + one.after if one.after else 0.0
            if found is not None and abs(found - expected) > SAID_WITHIN:
                yield f"{one.words!r} was planned for {found - one.at:.0f} s later"


def nothing_starts_before_its_time(evidence: Evidence) -> Iterator[str]:
    for one, start, _ in evidence.starts():
        planned = evidence.rows(one, "requested")[0]["detail"]["not_before"]
        build = evidence.built.get(one.id)
        begun = min(start["at"], build.item.since if build is not None else start["at"])
        if planned and begun < planned - MARGIN and not evidence.rows(one, "missed_plan_confirmed"):
            yield f"#{one.number} started {planned - begun:.1f} s before its time"


def what_was_missed_waits_for_somebody(evidence: Evidence) -> Iterator[str]:
    """In production; in staging it runs. What was approved only after its time could not have gone at its time."""
    for one, start, _ in evidence.starts():
        planned = evidence.rows(one, "requested")[0]["detail"]["not_before"]
        if not planned or one.environment != "production":
            continue
        approved = [row["at"] for row in evidence.rows(one, "approval_complete") if row["seq"] < start["seq"]]
        due = max([planned, *approved[-1:]])
        missed = any(down <= due and up > due + LATE and up < start["at"] for down, up in evidence.downs)
        said = [row for row in evidence.rows(one, "missed_plan_confirmed") if row["seq"] < start["seq"]]
        if missed and not said:
            yield f"#{one.number} started though its time had passed while nothing ran"


def nobody_waits_for_nothing(evidence: Evidence) -> Iterator[str]:
    """What is through with its approvals, in a place where nothing runs, is held by something that stands."""
    running = {one.lane for one in evidence.deployments if one.state.holds_lane}
    for one in evidence.deployments:
        if one.state.value == "queued" and one.lane not in running and not _held(evidence, one):
            yield f"#{one.number} waits for nothing ({one.waits_for})"


def _held(evidence: Evidence, one: Deployment) -> bool:
    """By the model; what ends in this very moment may still hold it."""
    so, place = evidence.model.now, (one.service, one.environment)
    at = evidence.now - SAID_WITHIN
    passes = bool(one.extra) or one.broken is not None or one.kind.value == "rollback"
    late = any(up > one.not_before + LATE - MARGIN for _, up in evidence.downs)
    parts = [each for each in evidence.deployments if one.release and each.release == one.release]
    return (
        so.locked(*place, one.requester.id, one.version, at)
        or (so.frozen(*place, at) and not passes)
        or one.not_before > at
        or (bool(one.not_before) and late and one.environment == "production")
        or any(each.state.value in UNREADY for each in parts)
        or any(
            each.service in NEEDS.get(one.service, ()) and each.state.value != "succeeded" for each in parts
        )
    )


TIMED: tuple[Promise, ...] = (
    what_is_planned_is_planned_for_what_was_said,
    nothing_starts_before_its_time,
    what_was_missed_waits_for_somebody,
    nobody_waits_for_nothing,
)
