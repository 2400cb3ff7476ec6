"""A judge that could not say no would be none: each promise about what stands is broken once, by hand."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from bot.audit import ENGINE
from bot.deployments import Deployment
from bot.earlier import Earlier
from bot.lifecycle import State
from bot.people import Person, Place
from bot.runs import RunTarget
from bot.sandbox.slack.harbour import DANA, OLU
from bot.standing import Freeze, Lock, Standing, Watch
from bot.standing.releases import Part, Release
from tests.chaos import judge_answers, judge_releases, judge_standing
from tests.chaos.evidence import Evidence, Promise, Row
from tests.chaos.town import CHANNELS, Town

NOW = 1_000.0
PLACE = Place(channel=CHANNELS[0])
LOCK = Lock(id="l1", service="checkout", environment="staging", owner=DANA, made_at=NOW, reason="x")
FREEZE = Freeze(id="f1", environment="staging", owner=DANA, made_at=NOW, until=NOW + 5, reason="x")
WATCH = Watch(id="w1", service="checkout", environment="staging", owner=OLU, made_at=NOW, place=PLACE)
PARTS = tuple(
    Part(service=service, version="1", deployment=f"d-{service}", needs=needs)
    for service, needs in (("checkout", ()), ("payments", ("checkout",)))
)
RELEASE = Release(
    id="r1",
    environment="staging",
    owner=DANA,
    made_at=NOW,
    parts=PARTS,
    requester=Person(id=DANA, name="dana"),
    place=PLACE,
    channel=PLACE.channel,
)


def ended(one: Any, by: str = ENGINE) -> Any:
    return msgspec.structs.replace(one, ended_at=NOW + 5, ended_by=by)


def deployment(service: str, state: State = State.SUCCEEDED, **more: Any) -> Deployment:
    return Deployment(
        **{
            "id": f"d-{service}",
            "number": 1,
            "service": service,
            "environment": "staging",
            "version": "1",
            "requester": Person(id=DANA, name="dana"),
            "place": PLACE,
            "channel": PLACE.channel,
            "target": RunTarget(driver="jenkins", server="ci", job="pipeline", parameters={}),
            "policy": "staging",
            "requested_at": NOW,
            "state": state,
            **more,
        }
    )


def row(action: str, about: str = "", **detail: Any) -> Row:
    return {"action": action, "about": about, "at": NOW, "actor": DANA, "detail": json.dumps(detail)}


@pytest.fixture
def town(tmp_path: Path) -> Town:
    return Town(tmp_path, random.Random(0), 1)


def found(
    promise: Promise,
    town: Town,
    stood: Iterable[Standing] = (),
    audited: Iterable[Row] = (),
    deployments: Iterable[Deployment] = (),
    messages: Iterable[Row] = (),
) -> list[str]:
    evidence = Evidence(
        town=town,
        messages=list(messages),
        audited=[{**one, "seq": seq} for seq, one in enumerate(audited, 1)],
        deployments=list(deployments),
        stood=list(stood),
        audit_faults=[],
        taken_at=NOW + 100,
    )
    return [violation.sentence for violation in promise(evidence)]


@pytest.mark.parametrize(
    ("stood", "audited", "sentence"),
    [
        (LOCK, [], "began 0 times"),
        (LOCK, [row("lock_given", "l1"), row("lock_given", "l1")], "began 2 times"),
        (ended(LOCK), [row("lock_given", "l1")], "ended 0 times"),
        (
            ended(LOCK),
            [row(one, "l1") for one in ("lock_given", "unlocked", "lock_expired")],
            "ended 2 times",
        ),
        (LOCK, [row("lock_given", "l1"), row("unlocked", "l1")], "stands, and ended 1 times"),
        (ended(FREEZE), [row("freeze_declared", freeze="f1")], "ended 0 times"),
        (ended(WATCH), [row("place_watched", "w1")], "ended 0 times"),
    ],
)
def test_what_stands_without_its_rows_is_found(
    town: Town, stood: Standing, audited: list[Row], sentence: str
) -> None:
    (violation,) = found(judge_standing.what_stands_began_and_ended_once, town, [stood], audited)

    assert sentence in violation


def test_what_should_have_ended_is_found(town: Town) -> None:
    (violation,) = found(judge_standing.nothing_stands_after_its_end, town, [FREEZE])

    assert "should have ended 95.0 s ago" in violation


def test_what_was_announced_never_or_twice_is_found(town: Town) -> None:
    promise, key = judge_standing.each_lock_and_freeze_was_announced_once, "announce//stands/l1/given-0"
    assert found(promise, town, [LOCK]) == [f"{key} stands 0 times in the channel"]
    for _ in range(2):
        town.slack.workspace.conversations.add(
            PLACE.channel, "bot", "locked", metadata={"event_payload": {"key": key}}
        )

    assert found(promise, town, [LOCK]) == [f"{key} stands 2 times in the channel"]


def test_an_announcement_that_offers_to_lift_what_has_ended_is_found(town: Town) -> None:
    town.slack.workspace.conversations.add(
        PLACE.channel,
        "bot",
        "locked",
        blocks=[{"type": "actions", "elements": []}],
        metadata={"event_payload": {"key": "announce//stands/l1/given-0"}},
    )
    promise = judge_standing.what_was_announced_is_true_in_the_end
    assert found(promise, town, [LOCK]) == []

    assert found(promise, town, [ended(LOCK)]) == [
        f"Lock l1 of checkout in staging: 1 in {PLACE.channel} offer to change it"
    ]


def test_who_waits_for_a_free_place_and_who_was_never_told_are_found(town: Town) -> None:
    promise = judge_standing.whoever_watches_a_free_place_was_told
    assert found(promise, town, [WATCH, LOCK]) == []
    assert found(promise, town, [WATCH, msgspec.structs.replace(LOCK, warning=True)]) == [
        f"{OLU} still watches checkout in staging, which is free"
    ]

    assert found(promise, town, [ended(WATCH)], [row("watch_ended", "w1", told=False)]) == [
        f"{OLU} was told 0 times that checkout in staging is free"
    ]


def test_what_was_planned_and_fired_twice_is_found(town: Town) -> None:
    planned = deployment("checkout", not_before=NOW)
    twice = [row("started", planned.id), row("started", planned.id)]
    promise = judge_standing.what_was_planned_fired_once_and_not_before_its_time

    assert found(promise, town, audited=twice, deployments=[planned]) == ["planned, and started 2 times"]
    assert found(promise, town, deployments=[planned]) == ["planned, never started, and yet succeeded"]


def test_a_promotion_of_something_else_is_found(town: Town) -> None:
    source = deployment("search", version="2", digest="abc")
    earlier = Earlier(deployment=source.id, number=1, environment="staging", version="2", digest="abc")
    new = deployment("search", id="d2", environment="production", version="2", digest="def", promotes=earlier)
    promise = judge_standing.a_promotion_ran_exactly_what_staging_has

    assert found(promise, town, deployments=[source, new]) == ["promotes #1 (2 abc, succeeded)"]


def test_a_release_without_an_end_and_one_that_ended_early_are_found(town: Town) -> None:
    asked, parts = row("release_requested", "r1"), [deployment("checkout"), deployment("payments")]
    (violation,) = found(judge_releases.each_release_has_one_end, town, [RELEASE], [asked], parts)
    assert violation.startswith("release r1 has no end (checkout succeeded")
    rows = [row("release_ended", "r1"), row("ended", "d-checkout")]
    promise = judge_releases.it_ends_with_its_last_part

    assert "release r1 ended before its part checkout" in found(promise, town, [ended(RELEASE)], rows, parts)


def test_a_part_that_starts_too_early_is_found(town: Town) -> None:
    parts = [deployment("checkout"), deployment("payments")]
    rows = [row("queued", "d-payments"), row("started", "d-payments"), row("queued", "d-checkout")]
    promise = judge_releases.its_parts_start_when_all_may_and_in_order

    assert found(promise, town, [RELEASE], [*rows, row("ended", "d-checkout")], parts) == [
        "release r1: payments started before checkout might",
        "release r1: payments started before checkout was there",
    ]


def test_a_command_without_an_answer_is_found(town: Town) -> None:
    asked = {"id": "m1", "type": "LockPlace", "state": "done", "about": "", "body": "{}", "cause": ""}
    (violation,) = found(judge_answers.each_command_was_answered, town, messages=[asked])
    assert violation.startswith("LockPlace m1 was not answered")
    told = {**asked, "id": "m2", "type": "Tell", "cause": "m1"}

    assert found(judge_answers.each_command_was_answered, town, messages=[asked, told]) == []
