"""Promotions and rollbacks: what is taken is what the model predicts from what ran, and who asked is told when there is nothing."""

from __future__ import annotations

from collections.abc import Iterator

from bot.deployments import Deployment
from tests.properties.evidence import Evidence, Promise, Row
from tests.properties.model import ORDERED, Saying
from tests.properties.past import goes_back_from, goes_back_to, has_been, last_good
from tests.properties.rules import SRE

ANSWERS = {"requested", "refused", "release_requested"}
DONE = {
    "lock": {"lock_given", "lock_changed"},
    "unlock": {"unlocked"},
    "freeze": {"freeze_declared"},
    "unfreeze": {"freeze_lifted"},
    "delegate": {"delegated"},
    "take back": {"delegation_ended"},
}
"""What is written when somebody's words have made something stand, or stand no longer."""


def each_saying_has_its_answer(evidence: Evidence) -> Iterator[str]:
    """It was done, or refused: of two at once as well."""
    for one in evidence.model.said:
        step = evidence.model.steps[one.step]
        done = {row["action"] for row in evidence.audited[step.since : step.seq] if row["actor"] == one.who}
        if not answers(evidence, one) and not done & DONE.get(one.what, set()):
            yield f"{one.who} said {one.words!r}, and nothing came of it"


def a_promotion_takes_what_runs_before(evidence: Evidence) -> Iterator[str]:
    for one, row in _answered(evidence, "promote"):
        (service,) = one.of
        moments = _moments(evidence, row)
        runs = {last_good(evidence.past, service, "staging", at) for at in moments}
        if row["action"] == "requested":
            version, where = row["detail"]["version"], row["detail"]["environment"]
            if where != "production" or version not in runs - {""}:
                yield f"{one.words!r} took {version} to {where}, and staging ran {runs}"
        elif row["reason"] not in _no_promotion(evidence, one, row, runs, moments):
            yield f"{one.words!r} was refused ({row['reason']}), and staging ran {runs}"


def _no_promotion(
    evidence: Evidence, one: Saying, row: Row, runs: set[str], moments: list[float]
) -> Iterator[str]:
    """The reasons there are to refuse it."""
    (service,) = one.of
    there = {last_good(evidence.past, service, "production", at) for at in moments}
    going = {each.version for each in _live(evidence, service, "production", row)}
    if "" in runs:
        yield "nothing_runs"
    if runs & there - {""}:
        yield "already_there"
    if runs & going:
        yield "already_going"
    if service == ORDERED[0] and any(not all(_were(evidence, service, each, row)) for each in runs):
        yield "order"
    if "break-glass" in one.words and one.who not in SRE:
        yield "not_allowed_to_break_glass"


def a_rollback_goes_back_to_the_last_good_one(evidence: Evidence) -> Iterator[str]:
    """Or to the one that was named; from what is there, whoever asked and however."""
    for one in evidence.deployments:
        if one.kind.value != "rollback":
            continue
        at = evidence.first(one, "requested")
        away = goes_back_from(evidence.past, one.service, one.environment, at)
        named = next((said for said in _said(evidence, "rollback") if _made(evidence, said, one.id)), None)
        good = goes_back_to(evidence.past, one.service, one.environment, at)
        expected = [named.of[2]] if named and named.of[2] else good[:1]
        if one.version not in good or [one.version] != expected:
            yield f"#{one.number} goes back to {one.version}, and the model says {expected} of {good}"
        left = one.rolls_back.version if one.rolls_back else ""
        if away is None or left != away.version:
            yield f"#{one.number} goes back from {left}, and the model says {away}"


def a_rollback_is_refused_for_a_reason(evidence: Evidence) -> Iterator[str]:
    for one, row in _answered(evidence, "rollback"):
        if row["action"] == "requested":
            continue
        service, environment, to = one.of
        away = goes_back_from(evidence.past, service, environment, row["seq"])
        good = goes_back_to(evidence.past, service, environment, row["seq"])
        reasons = set()
        if not to and not good:
            reasons.add("nothing_to_go_back_to")
        if away is None:
            reasons.add("nothing_to_go_back_to")
        elif to and to not in good:
            reasons.add("already_there" if to == away.version else "never_ran_there")
        if any(each.kind.value == "rollback" for each in _live(evidence, service, environment, row)):
            reasons.add("already_going")
        if row["reason"] not in reasons:
            yield f"{one.words!r} was refused ({row['reason']}), and the model says {good}"


def a_deployment_is_refused_for_a_reason(evidence: Evidence) -> Iterator[str]:
    """So is a release, for that of any part."""
    for what in ("deploy", "release"):
        for one, row in _answered(evidence, what):
            if row["action"] != "refused":
                continue
            environment, *parts = one.of
            reasons = set()
            for service, version in zip(parts[::2], parts[1::2], strict=True):
                going = {each.version for each in _live(evidence, service, environment, row)}
                released = _released(evidence, environment, row) if what == "release" else set()
                if version in going or f"{service} {version}" in released:
                    reasons.add("already_going")
                if (service, environment) == ORDERED and not all(_were(evidence, service, version, row)):
                    reasons.add("order")
            if "break-glass" in one.words and (one.who not in SRE or environment == "staging"):
                reasons.add("not_allowed_to_break_glass")
            if row["reason"] not in reasons:
                yield f"{one.words!r} was refused ({row['reason']}), and the model says {reasons}"


def nothing_goes_where_it_has_not_been_before(evidence: Evidence) -> Iterator[str]:
    """A rollback is exempt."""
    for one, start, _ in evidence.starts():
        if (one.service, one.environment) != ORDERED or one.kind.value == "rollback" or one.broken:
            continue
        if not any(_were(evidence, one.service, one.version, start)):
            yield f"#{one.number} of {one.version} started, which has not been in staging"


def _were(evidence: Evidence, service: str, version: str, row: Row) -> list[bool]:
    """Whether it had been in staging when that was written, and at the moments before: it is looked up from another lane."""
    return [has_been(evidence.past, service, "staging", version, at) for at in _moments(evidence, row)]


def _moments(evidence: Evidence, row: Row) -> list[float]:
    """Each row of its step up to it after which something else may be so of what ran."""
    since = _since(evidence, row)
    return [
        since + 0.5,
        row["seq"],
        *(ran.ended + 0.5 for ran in evidence.past if since < ran.ended < row["seq"]),
    ]


def answers(evidence: Evidence, one: Saying) -> list[Row]:
    """What came of it, in its step."""
    step = evidence.model.steps[one.step]
    return [
        row
        for row in evidence.audited
        if step.since < row["seq"] <= step.seq
        and row["action"] in ANSWERS
        and (row["actor"], row["detail"].get("command")) == (one.who, one.words)
    ]


def _said(evidence: Evidence, what: str) -> Iterator[Saying]:
    return (one for one in evidence.model.said if one.what == what)


def _answered(evidence: Evidence, what: str) -> Iterator[tuple[Saying, Row]]:
    return ((one, row) for one in _said(evidence, what) for row in answers(evidence, one))


def _made(evidence: Evidence, one: Saying, deployment: str) -> bool:
    return any(row["about"] == deployment for row in answers(evidence, one))


def _live(evidence: Evidence, service: str, environment: str, row: Row) -> Iterator[Deployment]:
    """What may have been on its way there at that row, as whoever wrote it has seen it."""
    since = _since(evidence, row)
    for one in evidence.deployments:
        here = (one.service, one.environment) == (service, environment)
        if here and evidence.first(one, "requested") < row["seq"] and since < evidence.first(one, "ended"):
            yield one


def _released(evidence: Evidence, environment: str, row: Row) -> set[str]:
    """What is to be released there by releases that may have been open at that row; its parts need not be there yet."""
    since = _since(evidence, row)
    over = {
        each["about"]
        for each in evidence.audited
        if each["action"] == "release_ended" and each["seq"] < since
    }
    return {
        part
        for each in evidence.audited
        if each["action"] == "release_requested" and each["seq"] < row["seq"] and each["about"] not in over
        if each["detail"]["environment"] == environment
        for part in each["detail"]["services"]
    }


def _since(evidence: Evidence, row: Row) -> int:
    """The last row before the step in which that was written."""
    return max((step.since for step in evidence.model.steps if step.since < row["seq"]), default=0)


MOVED: tuple[Promise, ...] = (
    each_saying_has_its_answer,
    a_promotion_takes_what_runs_before,
    a_rollback_goes_back_to_the_last_good_one,
    a_rollback_is_refused_for_a_reason,
    a_deployment_is_refused_for_a_reason,
    nothing_goes_where_it_has_not_been_before,
)
