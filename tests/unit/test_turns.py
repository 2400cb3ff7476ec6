"""Whose turn it is, who is before whom, and what a newer one takes the place of: pure, over what is live."""

from __future__ import annotations

from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from bot.deployments import Broken, Deployment
from bot.kinds import Kind
from bot.lifecycle import State
from bot.people import Person, Place
from bot.reasons import Reason
from bot.runs import RunTarget
from handlers.turns import ahead_of, newer_of, turn, waiting_in

NOW = 1_000.0


def queued(number: int, **changes: Any) -> Deployment:
    """One that waits, asked for and queued in the order of the numbers."""
    usual: dict[str, Any] = {
        "id": f"d{number}",
        "number": number,
        "service": "checkout",
        "environment": "production",
        "version": f"{number}.0",
        "requester": Person(id="U1", name="ann"),
        "place": Place(channel="C1"),
        "channel": "C1",
        "target": RunTarget(driver="jenkins", server="ci", job="deploy"),
        "policy": "production",
        "state": State.QUEUED,
        "requested_at": float(number),
        "queued_at": float(number),
    }
    return Deployment(**{**usual, **changes})


def numbers(found: list[Deployment]) -> list[int]:
    return [one.number for one in found]


def test_rollbacks_come_first_then_what_was_let_go_first_then_the_rest_in_its_order() -> None:
    live = [
        queued(1),
        queued(2, jumped_at=60.0),
        queued(3, jumped_at=50.0),
        queued(4, kind=Kind.ROLLBACK),
        queued(5),
    ]

    assert numbers(waiting_in(live)) == [4, 3, 2, 1, 5]


def test_what_runs_is_before_all_and_the_queue_up_to_it_whatever_is_remembered_of_it() -> None:
    runs = queued(1, state=State.RUNNING)
    live = [runs, queued(2, waits=Reason.LOCKED), queued(3), queued(4)]

    assert numbers(ahead_of(live[3], live)) == [1, 2, 3]
    assert numbers(ahead_of(None, live)) == [1, 2, 3, 4]
    assert ahead_of(runs, live) == []


def test_a_newer_one_takes_the_place_of_an_older_one_of_its_kind() -> None:
    live = [queued(1), queued(2), queued(3)]

    assert numbers(newer_of(live[0], live, NOW)) == [3, 2]
    assert numbers(newer_of(live[1], live, NOW)) == [3]
    assert newer_of(live[2], live, NOW) == []


def test_no_other_kind_takes_its_place() -> None:
    back = queued(1, kind=Kind.ROLLBACK)

    assert newer_of(back, [back, queued(2), queued(3, kind=Kind.PROMOTE)], NOW) == []
    assert numbers(newer_of(back, [back, queued(2, kind=Kind.ROLLBACK)], NOW)) == [2]


def test_nothing_takes_the_place_of_these() -> None:
    broken = Broken(by="U1", at=1.0, why="it burns")
    for old in (
        queued(1, release="r1", kind=Kind.RELEASE),
        queued(1, broken=broken),
        queued(1, jumped_at=5.0),
        queued(1, not_before=NOW + 60),
    ):
        kind = old.kind
        assert newer_of(old, [old, queued(2, kind=kind)], NOW) == [], old


def test_what_is_planned_for_later_takes_no_place_before_its_time() -> None:
    old, new = queued(1), queued(2, not_before=NOW + 60)

    assert newer_of(old, [old, new], NOW) == []
    assert numbers(newer_of(old, [old, new], NOW + 61)) == [2]


def test_what_was_approved_late_is_not_passed_over() -> None:
    late, new = queued(1, queued_at=9.0), queued(2, queued_at=5.0)

    assert newer_of(late, [late, new], NOW) == []


any_of = st.builds(
    queued,
    st.integers(1, 30),
    kind=st.sampled_from(Kind),
    jumped_at=st.sampled_from([0.0, 0.0, 7.0, 8.0]),
    queued_at=st.floats(1, 40),
    waits=st.sampled_from([None, Reason.LANE_BUSY, Reason.LOCKED, Reason.FROZEN]),
)


@given(st.lists(any_of, max_size=12, unique_by=lambda one: one.number))
def test_the_order_is_one_and_agrees_with_who_is_before_whom(live: list[Deployment]) -> None:
    queue = waiting_in(live)

    assert sorted(queue, key=turn) == queue
    for index, one in enumerate(queue):
        assert ahead_of(one, live) == queue[:index]


@given(st.lists(any_of, max_size=12, unique_by=lambda one: one.number))
def test_superseding_ends_and_leaves_the_newest_of_each_kind(live: list[Deployment]) -> None:
    left = [one for one in live if not newer_of(one, live, NOW)]

    for kind in {one.kind for one in live}:
        newest = max((one for one in live if one.kind is kind), key=lambda one: one.number)
        assert newest in left
    again = [one for one in left if not newer_of(one, left, NOW)]
    assert again == left, "one look is enough"


def test_a_deployment_that_jumps_over_another_keeps_its_own_order_otherwise() -> None:
    one = queued(3)
    jumped = msgspec.structs.replace(one, jumped_at=10.0)

    assert turn(jumped) < turn(queued(1))
    assert turn(queued(1)) < turn(one)
