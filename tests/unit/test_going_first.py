"""A rollback goes before whatever else waits in its lane, and what is the very same is not asked for twice."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from bot.deployments import Broken, Deployment
from bot.earlier import GoingBack
from bot.gates import Outcome, Situation
from bot.gates.queue import queue
from bot.kinds import Kind
from bot.lifecycle import State
from config.models import Policy
from handlers.going import going
from handlers.turns import ahead_of, asked_before, waiting_in
from tests.unit.test_order import ran


def live(number: int, state: State = State.QUEUED, **more: Any) -> Deployment:
    return ran(number, more.pop("version", f"1.{number}.0"), float(number), state, ended_at=0.0, **more)


def rollback(number: int, state: State = State.QUEUED) -> Deployment:
    return live(number, state, kind=Kind.ROLLBACK)


def numbers(found: list[Deployment]) -> list[int]:
    return [one.number for one in found]


def so(**more: Any) -> Situation:
    given: dict[str, Any] = {
        "now": 50.0,
        "clock": 50.0,
        "service": "checkout",
        "environment": "staging",
        "version": "1.4.2",
        "actor": "U1",
        "policy": Policy(),
        **more,
    }
    return Situation(**given)


def test_a_rollback_is_first_in_the_queue() -> None:
    assert numbers(waiting_in([live(1), live(2), rollback(3)])) == [3, 1, 2]


def test_only_what_runs_and_other_rollbacks_come_before_one() -> None:
    there = [live(1, State.RUNNING), live(2), rollback(3)]

    assert numbers(ahead_of(there[2], there)) == [1]
    assert numbers(ahead_of(there[1], there)) == [1, 3]
    assert numbers(ahead_of(None, there, Kind.ROLLBACK)) == [1, 3]
    assert numbers(ahead_of(None, there)) == [1, 3, 2]


def test_everybody_waits_for_the_check_of_a_rollback_and_a_rollback_for_nobodys() -> None:
    checked = rollback(3, State.REQUESTED)

    assert asked_before(live(1), [live(1), checked]) is checked
    assert asked_before(rollback(3), [live(1, State.REQUESTED), rollback(3)]) is None


def test_a_rollback_of_the_engine_that_people_are_asked_about_comes_before_all_but_rollbacks_and_broken_glass() -> (
    None
):
    back = GoingBack(
        deployment="d1", number=1, environment="staging", version="9.0.0", automatic="run_failed"
    )
    asked = live(3, State.AWAITING_APPROVAL, kind=Kind.ROLLBACK, rolls_back=back)
    glass = live(5, broken=Broken(by="U1", at=5.0, why="down"))
    there = [live(2), asked, rollback(4), glass]

    assert numbers(ahead_of(there[0], there)) == [3, 4, 5]
    assert numbers(ahead_of(there[2], there)) == []
    assert numbers(ahead_of(glass, there)) == [4]
    assert numbers(ahead_of(None, there)) == [3, 4, 5, 2]
    assert numbers(ahead_of(None, there, glass=True)) == [4, 5, 2]
    by_people = live(3, State.AWAITING_APPROVAL, kind=Kind.ROLLBACK, rolls_back=replace(back, automatic=""))
    assert numbers(ahead_of(there[0], [there[0], by_people])) == []


def test_the_very_same_that_is_on_its_way_makes_asking_again_pointless() -> None:
    one = live(7, State.AWAITING_APPROVAL, version="1.4.2")
    found = going(so(), [live(6), one])
    said = queue(so(going=found))

    assert (said.outcome, said.reason) == (Outcome.BLOCK, "already_going")
    assert "#7, waiting for approval, asked by anna" in said.sentence
    assert "/deploy why checkout staging" in said.way_out


def test_another_commit_of_the_same_name_is_another_thing() -> None:
    assert going(so(version="main", digest="b"), [live(7, version="main", digest="a")]) is None
    assert going(so(version="main", digest="a"), [live(7, version="main", digest="a")]) is not None


def test_what_is_planned_for_later_is_the_same_only_for_the_same_moment() -> None:
    planned = live(7, version="1.4.2", not_before=500.0)

    assert going(so(), [planned]) is None
    assert going(so(not_before=500.0), [planned]) is not None
    assert going(so(not_before=600.0), [planned]) is None
    assert going(so(clock=501.0, now=501.0), [planned]) is not None, "its time has come"


def test_breaking_the_glass_passes_over_one_that_waits_and_not_over_one_that_runs() -> None:
    for state, outcome in ((State.AWAITING_APPROVAL, Outcome.PASS), (State.RUNNING, Outcome.BLOCK)):
        found = going(so(), [live(7, state, version="1.4.2")])
        assert queue(so(going=found, glass="it burns")).outcome is outcome


def test_a_rollback_is_not_held_up_by_a_deployment_of_the_same_but_by_another_rollback() -> None:
    back = so(kind=Kind.ROLLBACK)

    assert going(back, [live(7, version="1.4.2")]) is None
    said = queue(so(kind=Kind.ROLLBACK, going=going(back, [rollback(8)])))
    assert (said.outcome, said.reason) == (Outcome.BLOCK, "already_going")
    assert "/deploy cancel #8" in said.way_out
