"""The model knows what it should: who may keep others out, who fills whose place, what runs where, what is gone back to."""

from __future__ import annotations

from dataclasses import replace

from bot.sandbox.slack.harbour import DANA, OLU, SAM, SOFIA
from tests.properties.model import Delegation, Lock, Model, Snapshot
from tests.properties.past import Ran, goes_back_from, goes_back_to, has_been, last_good
from tests.properties.rules import LEVELS, filled

PLACE = ("checkout", "staging")
LATER = 100.0


def test_locks_and_freezes_hold_whom_they_should() -> None:
    so = Snapshot().lock(SAM, ("checkout", "production"), Lock(SAM), 0)
    assert so.locked("checkout", "production", DANA, "1", 5)
    assert not so.locked("checkout", "production", SAM, "1", 5)
    assert so.lock(SOFIA, ("checkout", "production"), Lock(SOFIA), 1) is so, "the first of two wins"
    assert so.lock(SAM, ("checkout", "production"), Lock(SAM, warning=True), 1) is so
    assert so.lock(DANA, ("payments", "production"), Lock(DANA), 1) is so, "Dana may not lock production"
    frozen = so.freeze(SAM, ("", "staging"), 10.0, 2)
    assert frozen.frozen("payments", "staging", 5)
    assert not frozen.frozen("payments", "staging", 11)
    assert not frozen.without(11).frozen("payments", "staging", 5), "what has run out does not stand again"


def test_somebody_fills_the_place_of_who_lets_him_and_one_right_counts_once() -> None:
    so = Snapshot().delegate(Delegation(SAM, ("", "production"), DANA, LATER), 0)
    assert so.rights(DANA, "checkout", "production", 5) == {DANA, SAM}
    assert so.rights(DANA, "checkout", "production", LATER) == {DANA}
    assert so.take_back(SAM).rights(DANA, "checkout", "production", 5) == {DANA}
    assert so.delegate(Delegation(DANA, ("", ""), OLU, LATER), 0) is so, "Dana has nothing to lend"
    two = LEVELS[1].approve
    assert filled(two, {SAM: {SAM}, SOFIA: {SOFIA}})
    assert filled(two, {DANA: {DANA, SAM}, SOFIA: {SOFIA}})
    assert not filled(two, {DANA: {DANA, SAM}, SAM: {SAM}})
    assert not filled(LEVELS[2].approve, {SAM: {SAM}, SOFIA: {SOFIA}, DANA: {DANA}})


def test_what_is_looser_waits_for_those_whom_it_guards() -> None:
    strict = Snapshot().read(1)
    assert strict.rules is LEVELS[1]
    asked = strict.read(0, DANA)
    assert asked.rules is LEVELS[1]
    assert asked.agree(SAM).agree(SAM).rules is LEVELS[1]
    assert asked.agree(SAM).agree(SOFIA).rules is LEVELS[0]
    assert asked.read(2).agree(SAM).agree(SOFIA).rules is LEVELS[2], "what was asked is not asked any more"


def test_of_two_things_at_once_either_may_have_been_first() -> None:
    model = Model()
    ways = model.ways(
        [lambda so: so.lock(SAM, PLACE, Lock(SAM), 0), lambda so: so.lock(SOFIA, PLACE, Lock(SOFIA), 0)]
    )
    assert [way[-1].locks[PLACE].owner for way in ways] == [SAM, SOFIA]
    model.settle(ways[1], since=3, seq=7, at=1)
    assert [so.locks for so in model.at(3)] == [{}]
    assert [bool(so.locks) for so in model.at(5)] == [False, True, True]
    assert [so.locks[PLACE].owner for so in model.at(8)] == [SOFIA]


def ran(number: int, version: str, *, good: bool = True, left: str = "", ended: bool = True) -> Ran:
    kind = "rollback" if left else "deploy"
    end = number * 10.0 + 5 if ended else float("inf")
    return Ran(number, *PLACE, version, kind, number * 10.0, end, built=True, good=good, left=left)


def test_what_runs_is_what_succeeded_last_and_a_rollback_never_goes_forth_again() -> None:
    past = [ran(1, "1"), ran(2, "2"), ran(3, "9", good=False)]
    assert last_good(past, *PLACE, 40) == "2"
    assert last_good(past, *PLACE, 10) == ""
    away = goes_back_from(past, *PLACE, 40)
    assert away is not None
    assert away.version == "9", "what failed may have got half of the way"
    assert goes_back_to(past, *PLACE, 40) == ["2", "1"]
    past.append(ran(4, "2", left="9"))
    assert goes_back_to(past, *PLACE, 50) == ["1"]
    past.append(ran(5, "1", left="2"))
    assert goes_back_to(past, *PLACE, 60) == []
    past.append(ran(6, "3", ended=False))
    assert goes_back_to(past, *PLACE, 65) == ["1"], "it goes back from what runs now"
    assert goes_back_to(past, "payments", "staging", 65) == []


def test_it_has_been_somewhere_until_it_fails_or_is_rolled_back_there() -> None:
    past = [ran(1, "1"), ran(2, "2")]
    assert has_been(past, *PLACE, "1", 30)
    assert not has_been(past, *PLACE, "3", 30)
    past.append(ran(3, "1", left="2"))
    assert not has_been(past, *PLACE, "2", 40)
    assert has_been(past, *PLACE, "1", 40)
    past.append(replace(ran(4, "1", good=False), failed=True))
    assert not has_been(past, *PLACE, "1", 50)
