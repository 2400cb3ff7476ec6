"""What must be true of every history, whatever people did: each promise yields its violations."""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

from bot.deployments import Deployment
from tests.properties.evidence import MARGIN, Evidence, Promise
from tests.properties.judge_approvals import APPROVED
from tests.properties.judge_moving import MOVED
from tests.properties.judge_releases import RELEASED
from tests.properties.judge_standing import STANDING
from tests.properties.judge_times import TIMED

OTHER_TURN = {"held", "jumped", "started_again", "approval_voided"}
"""What has any of these rows comes when it can, not when it was asked for."""
ENDS = {"succeeded": "SUCCESS", "failed": "FAILURE", "aborted": "ABORTED"}


def violations(evidence: Evidence) -> list[str]:
    return [found for promise in PROMISES for found in promise(evidence)]


def never_two_runs_at_once(evidence: Evidence) -> Iterator[str]:
    lanes: dict[tuple[str, str], list[Any]] = defaultdict(list)
    for build in evidence.builds:
        lanes[build.values["SERVICE"], build.values["ENVIRONMENT"]].append(build)
    keys = Counter(build.values["PILOTHOUSE_KEY"] for build in evidence.builds)
    yield from (f"{key} ran {count} times" for key, count in keys.items() if count > 1)
    for lane, builds in lanes.items():
        ordered = sorted(builds, key=lambda one: one.number)
        for first, second in itertools.pairwise(ordered):
            if first.ended is None or second.item.since < first.ended - MARGIN:
                yield f"{lane}: build {second.number} was asked for while {first.number} ran"


def each_ends_as_its_run_did(evidence: Evidence) -> Iterator[str]:
    for one in evidence.deployments:
        build = evidence.built.get(one.id)
        if build is not None and build.values["VERSION"] != one.version:
            yield f"#{one.number} of {one.version} ran {build.values['VERSION']}"
        if not one.state.ended:
            continue
        if build is not None and build.result != ENDS.get(one.state.value):
            yield f"#{one.number} is {one.state.value}, and its run {build.result}"
        if build is None and one.state.value in {"succeeded", "failed"}:
            yield f"#{one.number} is {one.state.value} without a run"


def the_order_of_the_queue_is_kept(evidence: Evidence) -> Iterator[str]:
    """Among those that nothing held up and nobody moved: rollbacks first, else first come, first served."""
    lanes: dict[str, list[tuple[tuple[int, float], float, Deployment]]] = defaultdict(list)
    for one in evidence.deployments:
        start = evidence.started(one)
        if start is None or {row["action"] for row in evidence.rows(one)} & OTHER_TURN:
            continue
        decided = one.environment == "production"
        turn = evidence.first(one, "queued") if decided else float(one.number)
        lanes[one.lane].append(((one.kind.value != "rollback", turn), start["seq"], one))
    for lane, here in lanes.items():
        for (turn, first, one), (other_turn, second, other) in itertools.permutations(here, 2):
            waited = evidence.first(one, "queued") < second
            if turn < other_turn and second < first and waited:
                yield f"{lane}: #{other.number} started before #{one.number}"


def nothing_is_on_its_way_twice(evidence: Evidence) -> Iterator[str]:
    """Of two that ask for the very same there one wins; not so for another time, nor for who goes without approval."""
    for one, other in itertools.combinations(evidence.deployments, 2):
        same = (one.lane, one.version) == (other.lane, other.version)
        back = one.lane == other.lane and one.kind.value == other.kind.value == "rollback"
        unlike = "rollback" in {one.kind.value, other.kind.value} and not back
        if unlike or not (same or back) or _planned(one, evidence) or _planned(other, evidence):
            continue
        glass = evidence.rows(other, "requested")[0]["detail"]["break_glass"]
        begun = evidence.first(other, "requested")
        if begun < evidence.first(one, "ended") and not (glass and evidence.first(one, "started") > begun):
            yield f"{one.lane}: #{other.number} was taken while #{one.number} was on its way with the same"


def _planned(one: Deployment, evidence: Evidence) -> bool:
    return bool(evidence.rows(one, "requested")[0]["detail"]["not_before"])


def who_is_refused_hears_it(evidence: Evidence) -> Iterator[str]:
    refused = Counter(row["actor"] for row in evidence.audited if row["action"] == "refused")
    for who, heard in evidence.whispers.items():
        if refused[who] > heard:
            yield f"{who} was refused {refused[who]} times and heard {heard} words"


def the_audit_log_is_complete(evidence: Evidence) -> Iterator[str]:
    yield from (f"audit row {fault.seq}: {fault.problem}" for fault in evidence.faults)
    for one in evidence.deployments:
        counts = Counter(row["action"] for row in evidence.rows(one))
        if counts["requested"] != 1 or counts["ended"] != one.state.ended or counts["started"] > 1:
            yield f"#{one.number} ({one.state.value}): {dict(counts)}"


PROMISES: tuple[Promise, ...] = (
    never_two_runs_at_once,
    each_ends_as_its_run_did,
    the_order_of_the_queue_is_kept,
    nothing_is_on_its_way_twice,
    who_is_refused_hears_it,
    the_audit_log_is_complete,
    *STANDING,
    *APPROVED,
    *MOVED,
    *RELEASED,
    *TIMED,
)
