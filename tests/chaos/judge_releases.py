"""Releases: each has an end, one card that says it, and parts that went together, in order, and not after a stop."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from bot.deployments import Deployment
from bot.lifecycle import State
from bot.standing.releases import Release
from tests.chaos.evidence import Evidence, Promise, Violation


def each_release_has_one_end(evidence: Evidence) -> Iterator[Violation]:
    for one in evidence.kept(Release):
        counts = Counter(row["action"] for row in evidence.said_of(one))
        waits = ", ".join(
            f"{live.service} {live.state.value}: {live.waits_for}" for live in _parts(evidence, one)
        )
        if not one.ended_at:
            yield Violation(f"release {one.id} has no end ({waits})", one.id)
        for action, count in (
            ("release_requested", 1),
            ("release_ended", bool(one.ended_at)),
            ("release_stopped", bool(one.stopped)),
            ("release_rolled_back", bool(one.rolled_back_by)),
        ):
            if counts[action] != count:
                yield Violation(f"release {one.id}: {action} stands {counts[action]} times", one.id)


def it_ends_with_its_last_part(evidence: Evidence) -> Iterator[Violation]:
    for one in evidence.kept(Release):
        end = next((row["seq"] for row in evidence.said_of(one) if row["action"] == "release_ended"), None)
        parts = _parts(evidence, one)
        late = [part for part in parts if end is not None and evidence.number_of(part, "ended") > end]
        for part in late:
            yield Violation(f"release {one.id} ended before its part {part.service}", one.id)
        done = [part for part in parts if part.state is State.SUCCEEDED]
        if one.ended_at and not one.stopped and len(done) != len(one.parts):
            yield Violation(f"release {one.id} succeeded with {len(done)} of {len(one.parts)} parts", one.id)


def its_parts_start_when_all_may_and_in_order(evidence: Evidence) -> Iterator[Violation]:
    for one in evidence.kept(Release):
        parts = _parts(evidence, one)
        begun = [part for part in parts if evidence.did(part, "started")]
        if begun and len(parts) != len(one.parts):
            yield Violation(f"release {one.id} started without all its parts", one.id)
        stop = next((row["seq"] for row in evidence.said_of(one) if row["action"] == "release_stopped"), None)
        needs = {part.service: part.needs for part in one.parts}
        by_service = {part.service: part for part in parts}
        for part in begun:
            at = evidence.number_of(part, "started")
            if stop is not None and at > stop:
                yield Violation(f"release {one.id}: {part.service} started after the stop", part.id)
            for other in parts:
                ready = min(evidence.number_of(other, action) for action in ("queued", "approval_complete"))
                if ready > at:
                    yield Violation(
                        f"release {one.id}: {part.service} started before {other.service} might", part.id
                    )
            for service in needs[part.service]:
                before = by_service.get(service)
                if (
                    before is None
                    or before.state is not State.SUCCEEDED
                    or evidence.number_of(before, "ended") > at
                ):
                    yield Violation(
                        f"release {one.id}: {part.service} started before {service} was there", part.id
                    )


def one_card_shows_how_it_ended(evidence: Evidence) -> Iterator[Violation]:
    for one in evidence.kept(Release):
        cards = evidence.posted[f"card/{one.id}"]
        if len(cards) != 1:
            yield Violation(f"release {one.id} has {len(cards)} cards", one.id)
        word = "Stopped" if one.stopped else "Succeeded"
        for card in cards:
            if one.ended_at and not card["text"].startswith(f"{word}: release of"):
                yield Violation(f"release {one.id}: the card says {card['text']!r}", one.id)


def _parts(evidence: Evidence, one: Release) -> list[Deployment]:
    """Those that became deployments, in the order of the release."""
    by_id = {each.id: each for each in evidence.deployments}
    return [by_id[part.deployment] for part in one.parts if part.deployment in by_id]


RELEASED: tuple[Promise, ...] = (
    each_release_has_one_end,
    it_ends_with_its_last_part,
    its_parts_start_when_all_may_and_in_order,
    one_card_shows_how_it_ended,
)
