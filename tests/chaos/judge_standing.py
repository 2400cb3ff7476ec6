"""What stands has to be whole: it stands, or it has ended and the audit log says how; it was told once, and fired once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from bot.audit import ENGINE
from bot.deployments import deployment_id
from bot.lifecycle import State
from bot.standing import BadVersion, Freeze, Lock, Standing, Watch
from bot.standing.base import announced_name
from tests.chaos.evidence import Evidence, Promise, Violation
from tests.chaos.town import VERSIONED

ENDS: dict[type[Standing], tuple[tuple[str, ...], tuple[str, ...]]] = {
    Lock: (("lock_given",), ("unlocked", "lock_taken_over", "lock_expired")),
    Freeze: (("freeze_declared",), ("freeze_lifted", "freeze_ended")),
    Watch: (("place_watched",), ("watch_ended",)),
    BadVersion: (("version_marked_bad",), ("version_marked_good",)),
}
"""By which audit rows each kind begins, and by which it ends."""
GRACE = 5.0
"""Seconds after its end in which what has run out may still stand, in the database of a server that was killed."""


def what_stands_began_and_ended_once(evidence: Evidence) -> Iterator[Violation]:
    for kind, (begins, ends) in ENDS.items():
        for one in evidence.kept(kind):
            counts = Counter(row["action"] for row in evidence.said_of(one))
            begun, ended = (sum(counts[action] for action in actions) for actions in (begins, ends))
            # A rollback marks a version with a row about the deployment that it left.
            if begun != 1 and not (isinstance(one, BadVersion) and one.deployment):
                yield Violation(f"{kind.__name__} {one.id} of {one.scope} began {begun} times")
            if ended != bool(one.ended_at):
                stands = f"ended by {one.ended_by}" if one.ended_at else "stands"
                yield Violation(f"{kind.__name__} {one.id} of {one.scope} {stands}, and ended {ended} times")


def nothing_stands_after_its_end(evidence: Evidence) -> Iterator[Violation]:
    for one in evidence.stood:
        if one.until and not one.ended_at and one.until < evidence.taken_at - GRACE:
            late = evidence.taken_at - one.until
            yield Violation(
                f"{type(one).__name__} {one.id} of {one.scope} should have ended {late:.1f} s ago"
            )


def one_thing_stands_in_one_slot(evidence: Evidence) -> Iterator[Violation]:
    slots = Counter((type(one).__name__, one.slot) for one in evidence.stood if one.slot and not one.ended_at)
    yield from (
        Violation(f"{count} of {kind} stand in {slot}") for (kind, slot), count in slots.items() if count > 1
    )


def each_lock_and_freeze_was_announced_once(evidence: Evidence) -> Iterator[Violation]:
    """By the key in the message's metadata. A rollback's lock is on the rollback's card, a failure's in its thread."""
    for one in evidence.kept(Lock):
        keys = [f"announce//{announced_name(one.id, 'given-0')}"] if not one.deployment else []
        keys += [
            f"announce//lock/{one.id}/lifted" for row in evidence.said_of(one) if row["action"] == "unlocked"
        ]
        yield from _posted_once(evidence, keys)
    for freeze in evidence.kept(Freeze):
        # Who lifts it at once is faster than what would have been said of it.
        lifted = freeze.ended_at and freeze.ended_by != ENGINE
        starts = [f"announce//{freeze.id}-over-"] if freeze.ended_at else []
        starts += [] if lifted else [f"announce//{announced_name(freeze.id, 'until-')}"]
        yield from _posted_once(evidence, [key for start in starts for key in _beginning(evidence, start)])


def what_was_announced_is_true_in_the_end(evidence: Evidence) -> Iterator[Violation]:
    """What has ended offers nothing to click on; what stands offers that once in each channel, in its newest announcement."""
    for one in (*evidence.kept(Lock), *evidence.kept(Freeze)):
        start = f"announce//{announced_name(one.id)}"
        said = [row for key, rows in evidence.posted.items() if key.startswith(start) for row in rows]
        offers = Counter(row["channel"] for row in said if row["clickable"])
        for channel in {row["channel"] for row in said}:
            if offers[channel] != (not one.ended_at):
                name = type(one).__name__
                yield Violation(
                    f"{name} {one.id} of {one.scope}: {offers[channel]} in {channel} offer to change it"
                )


def whoever_watches_a_free_place_was_told(evidence: Evidence) -> Iterator[Violation]:
    """Once; and nobody goes on waiting for a place that nothing holds, locks or freezes."""
    freezes = [one for one in evidence.kept(Freeze) if one.stands(evidence.taken_at)]
    locks = [one for one in evidence.kept(Lock) if one.stands(evidence.taken_at) and not one.warning]
    live = {one.lane for one in evidence.deployments if not one.state.ended}
    for one in evidence.kept(Watch):
        frozen = any(freeze.covers(one.service, one.environment) for freeze in freezes)
        in_the_way = (
            frozen
            or f"lane/{one.service}/{one.environment}" in live
            or any(
                lock.covers(one.service, one.environment) and (lock.owner != one.owner or lock.only)
                for lock in locks
            )
        )
        if not one.ended_at and not in_the_way:
            yield Violation(f"{one.owner} still watches {one.scope}, which is free")
        told = [row for row in evidence.said_of(one) if '"told":true' in row["detail"].replace(" ", "")]
        if one.ended_at and len(told) != (one.ended_by == ENGINE):
            yield Violation(f"{one.owner} was told {len(told)} times that {one.scope} is free")


def what_was_planned_fired_once_and_not_before_its_time(evidence: Evidence) -> Iterator[Violation]:
    for one in evidence.deployments:
        if not one.not_before:
            continue
        fired = [row["at"] for row in evidence.decisions[one.id] if row["action"] == "started"]
        starts = evidence.starts[one.key]
        if len(fired) > 1 or len(starts) > 1:
            yield Violation(f"planned, and started {max(len(fired), len(starts))} times", one.id)
        if starts and starts[0].at < one.not_before:
            yield Violation(f"started {one.not_before - starts[0].at:.3f} s before its time", one.id)
        if not fired and one.state in {State.SUCCEEDED, State.FAILED, State.LOST}:
            yield Violation(f"planned, never started, and yet {one.state.value}", one.id)


def a_promotion_ran_exactly_what_staging_has(evidence: Evidence) -> Iterator[Violation]:
    by_id = {one.id: one for one in evidence.deployments}
    asked = {deployment_id(row["id"]): row for row in evidence.messages if row["type"] == "Deploy"}
    for one in evidence.deployments:
        source = by_id.get(one.promotes.deployment) if one.promotes else None
        if one.promotes is None or source is None:
            continue
        if (one.version, one.digest) != (
            source.version,
            source.digest,
        ) or source.state is not State.SUCCEEDED:
            yield Violation(
                f"promotes #{source.number} ({source.version} {source.digest}, {source.state.value})", one.id
            )
        for build in evidence.builds[one.key]:
            ran = (build.values["VERSION"], build.values["DIGEST"])
            expected = (source.version, source.digest if one.service == VERSIONED else "")
            if ran != expected:
                yield Violation(f"ran {ran}, and staging has {expected}", one.id)
        cause = evidence.by_id.get(asked[one.id]["cause"] or "") if one.id in asked else None
        if cause is None or cause["type"] != "Promote":
            continue
        for newer in evidence.deployments:
            later = newer.lane == source.lane and newer.state is State.SUCCEEDED
            if later and source.ended_at < newer.ended_at < cause["at"]:
                yield Violation(f"promotes #{source.number}, and #{newer.number} was there by then", one.id)


def _posted_once(evidence: Evidence, keys: list[str]) -> Iterator[Violation]:
    for key in keys:
        if len(evidence.posted[key]) != 1:
            yield Violation(f"{key} stands {len(evidence.posted[key])} times in the channel")


def _beginning(evidence: Evidence, start: str) -> list[str]:
    """The keys that begin so; the beginning itself when there is none, which then was posted nowhere."""
    return [key for key in list(evidence.posted) if key.startswith(start) and evidence.posted[key]] or [start]


STANDING: tuple[Promise, ...] = (
    what_stands_began_and_ended_once,
    nothing_stands_after_its_end,
    one_thing_stands_in_one_slot,
    each_lock_and_freeze_was_announced_once,
    what_was_announced_is_true_in_the_end,
    whoever_watches_a_free_place_was_told,
    what_was_planned_fired_once_and_not_before_its_time,
    a_promotion_ran_exactly_what_staging_has,
)
