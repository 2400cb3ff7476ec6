"""Releases: their parts start when all may, in the order of what needs what, and not after one that did not succeed."""

from __future__ import annotations

from collections.abc import Iterator

from bot.deployments import Deployment
from tests.properties.evidence import MARGIN, Evidence, Promise, Row
from tests.properties.model import NEEDS, Clicked, Snapshot
from tests.properties.past import NEVER
from tests.properties.rules import GROUPS


def nothing_starts_before_every_part_may(evidence: Evidence) -> Iterator[str]:
    for release, parts, one, at in _begun(evidence):
        if len(parts) != len(release["detail"]["services"]):
            yield f"#{one.number} started without all parts of its release"
        for other in parts:
            queued = [row["seq"] for row in evidence.rows(other, "queued") if row["seq"] < at]
            voided = [row["seq"] for row in evidence.rows(other, "approval_voided") if row["seq"] < at]
            if not queued or (voided and voided[-1] > queued[-1]):
                yield f"#{one.number} started before #{other.number} of its release might"


def what_others_need_is_there_before(evidence: Evidence) -> Iterator[str]:
    for _, parts, one, at in _begun(evidence):
        for needed in [each for each in parts if each.service in NEEDS.get(one.service, ())]:
            build, own = evidence.built.get(needed.id), evidence.built.get(one.id)
            there = build is not None and build.result == "SUCCESS" and evidence.first(needed, "ended") < at
            if not there or (own is not None and own.item.since < build.ended - MARGIN):
                yield f"#{one.number} started before #{needed.number} was there, which it needs"


def nothing_starts_after_the_first_that_failed(evidence: Evidence) -> Iterator[str]:
    for _, parts, one, at in _begun(evidence):
        for other in parts:
            good = other.state.value == "succeeded"
            if not good and evidence.first(other, "ended") < at:
                yield f"#{one.number} started after #{other.number} of its release had not succeeded"


def a_release_ends_with_its_last_part(evidence: Evidence) -> Iterator[str]:
    for release in _requested(evidence):
        rows = [row for row in evidence.by_deployment[release["about"]] if row["action"] != "requested"]
        ended = [row["seq"] for row in rows if row["action"] == "release_ended"]
        stopped = [row["seq"] for row in rows if row["action"] == "release_stopped"]
        parts = _parts(evidence, release)
        complete = len(parts) == len(release["detail"]["services"])
        last = max((evidence.first(one, "ended") for one in parts), default=0.0)
        over = (complete or bool(stopped)) and last < NEVER
        if len(ended) != over or (ended and ended[0] < last):
            yield f"release of {release['detail']['services']}: ended {ended}, its last part at {last}"
        failed = any(one.state.ended and one.state.value != "succeeded" for one in parts)
        if len(stopped) != (failed or not complete):
            yield f"release of {release['detail']['services']}: stopped {stopped}, a part failed: {failed}"


def all_of_it_or_nothing(evidence: Evidence) -> Iterator[str]:
    known = {row["about"] for row in _requested(evidence)}
    for one in evidence.deployments:
        if one.release and one.release not in known:
            yield f"#{one.number} is a part of a release that nobody asked for"
        if bool(one.release) != (one.kind.value == "release"):
            yield f"#{one.number} is a {one.kind.value} of the release {one.release!r}"


def who_cancels_a_release_cancels_all_of_it(evidence: Evidence) -> Iterator[str]:
    """Who asked, who approves there, and in staging everybody; nobody else cancels anything."""
    for one in evidence.deployments:
        for row in evidence.rows(one, "cancel_asked"):
            if not any(_may_cancel(row["actor"], one, so) for so in evidence.model.at(row["seq"])):
                yield f"{row['actor']} cancelled #{one.number}"
    for click, parts in _clicked(evidence, "release_cancel"):
        step = evidence.model.steps[click.step]
        for one in parts:
            live = evidence.first(one, "requested") <= step.since < evidence.first(one, "ended")
            then = [row for row in evidence.rows(one) if step.since < row["seq"] <= step.seq]
            heard = [row for row in then if row["reason"] != "not_allowed_to_cancel"]
            if live and _may_cancel(click.who, one, step.stood[0]) and not heard:
                yield f"{click.who} cancelled the release of #{one.number}, and nothing came of it"


def what_was_done_is_taken_back(evidence: Evidence) -> Iterator[str]:
    """Each part that had succeeded is rolled back, or who wants that hears why not."""
    for click, parts in _clicked(evidence, "release_back"):
        step = evidence.model.steps[click.step]
        rows = evidence.audited[step.since : step.seq]
        if not any((row["action"], row["about"]) == ("release_rolled_back", click.about) for row in rows):
            continue
        refused = sum(row["action"] == "refused" and row["actor"] == click.who for row in rows)
        begun = {row["detail"].get("earlier") for row in rows if row["action"] == "requested"}
        done = {one.id for one in parts if one.state.value == "succeeded"}
        if len(done - begun) > refused:
            yield f"{len(done)} parts are to be taken back, and {len(done & begun)} are, with {refused} refused"


def _may_cancel(who: str, one: Deployment, so: Snapshot) -> bool:
    return (
        who == one.requester.id
        or one.environment == "staging"
        or any(who in GROUPS[group] for _, group in so.rules.approve)
    )


def _clicked(evidence: Evidence, action: str) -> Iterator[tuple[Clicked, list[Deployment]]]:
    for click in evidence.model.clicked:
        if click.action == action:
            yield click, [one for one in evidence.deployments if one.release == click.about]


def _requested(evidence: Evidence) -> list[Row]:
    return [row for row in evidence.audited if row["action"] == "release_requested"]


def _parts(evidence: Evidence, release: Row) -> list[Deployment]:
    return [one for one in evidence.deployments if one.release == release["about"]]


def _begun(evidence: Evidence) -> Iterator[tuple[Row, list[Deployment], Deployment, float]]:
    """Every part that had its turn: its release, all parts of that, itself, and the row of its start."""
    for release in _requested(evidence):
        parts = _parts(evidence, release)
        for one in parts:
            if (at := evidence.first(one, "started")) < NEVER:
                yield release, parts, one, at


RELEASED: tuple[Promise, ...] = (
    nothing_starts_before_every_part_may,
    what_others_need_is_there_before,
    nothing_starts_after_the_first_that_failed,
    a_release_ends_with_its_last_part,
    all_of_it_or_nothing,
    who_cancels_a_release_cancels_all_of_it,
    what_was_done_is_taken_back,
)
