"""The gate freeze: when it can go on, who is asked, what goes through."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.deployments import Broken, Clause
from bot.gates import FreezeNow, Outcome, Situation
from bot.gates.freeze import extra, freeze, named, opens, overridden, unnamed
from bot.kinds import Kind
from bot.reasons import Reason
from config.models import Policy

NOW = 1_000_000.0
HOUR = 3_600.0
OWNERS = (Clause(count=1, of=("owners",)),)
SRE = (Clause(count=2, of=("sre",)),)


def held(what="production is frozen by olu", since=0.0, until=NOW + HOUR, **more):
    return FreezeNow(id=what, what=what, since=since, until=until, **more)


def so(*freezes, **more):
    usual = {
        "service": "checkout",
        "environment": "production",
        "version": "1.4.2",
        "actor": "U1",
        "policy": Policy(),
    }
    return Situation(now=NOW, clock=NOW, freezes=freezes, **{**usual, **more})


def test_where_nothing_is_frozen_it_has_nothing_to_say():
    verdict = freeze(so())
    assert (verdict.outcome, verdict.sentence) == (Outcome.PASS, "")


def test_what_ends_soon_is_waited_for():
    verdict = freeze(so(held(reason="the sale", lift=("U2", "sre"))))
    assert verdict.outcome is Outcome.WAIT
    assert verdict.reason is Reason.FROZEN
    assert verdict.until == NOW + HOUR
    assert verdict.who == ("U2", "sre")
    assert verdict.sentence == "production is frozen by olu, until 1970-01-12 14:47 (UTC): the sale."


def test_what_ends_later_than_the_policy_waits_is_a_no_with_the_command_that_plans_it():
    verdict = freeze(so(held(until=NOW + 5 * HOUR)))
    assert verdict.outcome is Outcome.BLOCK
    assert verdict.way_out == "`/deploy checkout 1.4.2 production at 1970-01-12 18:47` plans it."


def test_what_has_no_end_is_waited_for_where_somebody_can_lift_it():
    verdict = freeze(so(held(until=0.0, lift=("U2",))))
    assert (verdict.outcome, verdict.until) == (Outcome.WAIT, 0.0)
    assert verdict.sentence == "production is frozen by olu, until somebody lifts it."
    assert verdict.way_out == "`/deploy why checkout production` says who can lift it."


def test_what_has_no_end_and_nobody_can_lift_is_a_no():
    verdict = freeze(so(held("outside of office, which never comes", until=0.0)))
    assert (verdict.outcome, verdict.until) == (Outcome.BLOCK, 0.0)
    assert verdict.sentence == "Outside of office, which never comes, and nobody can lift that."
    assert verdict.way_out == "Only another configuration opens it."


def test_what_ends_too_late_is_a_no_beside_what_somebody_can_lift_too():
    endless, late = held(until=0.0, lift=("U2",)), held("frozen by elections", until=NOW + 5 * HOUR)
    assert freeze(so(endless, late)).outcome is Outcome.BLOCK


def test_each_of_several_is_named_the_longest_first_with_who_lifts_that_one():
    window = held("outside of office", until=NOW + 2 * HOUR)
    verdict = freeze(so(held(reason="the sale", lift=("U2", "sre")), window))
    assert verdict.sentence == "Outside of office, until 1970-01-12 15:47 (UTC)."
    assert verdict.who == ()
    (other,) = verdict.also
    assert other.sentence == "production is frozen by olu, until 1970-01-12 14:47 (UTC): the sale."
    assert other.who == ("U2", "sre")


def test_what_follows_on_a_freeze_counts_and_is_said():
    window = held("outside of office", since=NOW + HOUR, until=NOW + 3 * HOUR)
    verdict = freeze(so(held(), window))
    assert verdict.until == NOW + 3 * HOUR
    assert verdict.sentence.endswith("Then: outside of office, until 1970-01-12 16:47 (UTC).")


def test_what_only_begins_later_holds_nothing_up():
    assert freeze(so(held(since=NOW + 1))).outcome is Outcome.PASS


def test_a_way_back_is_never_frozen():
    verdict = freeze(so(held(until=0.0), kind=Kind.ROLLBACK))
    assert verdict.outcome is Outcome.PASS
    assert "a way back is never frozen" in verdict.sentence


def test_whoever_broke_the_glass_goes_through():
    assert freeze(so(held(until=0.0), broken=Broken(by="U1", at=NOW, why="x"))).outcome is Outcome.PASS
    assert freeze(so(held(until=0.0), glass="the till is down")).outcome is Outcome.PASS


def test_an_override_goes_through_once_those_whom_it_takes_are_asked():
    frozen = held(override=OWNERS)
    assert freeze(so(frozen, override="the fix")).outcome is Outcome.WAIT
    asked = so(frozen, override="the fix", clauses=OWNERS, passes=frozenset({frozen.id}))
    assert freeze(asked).outcome is Outcome.PASS
    assert freeze(asked).sentence == "production is frozen by olu; passes because of the override: the fix"
    assert overridden(asked) == (frozen,)
    assert extra(asked) == OWNERS


def test_an_override_goes_through_no_freeze_whose_people_were_not_asked():
    second = held("frozen by elections", until=NOW + 2 * HOUR, override=SRE)
    first = held(override=OWNERS)
    both = frozenset({first.id, second.id})
    situation = so(first, second, override="the fix", clauses=OWNERS, passes=both)
    assert unnamed(situation) == (second,)
    verdict = freeze(situation)
    assert verdict.outcome is Outcome.WAIT
    assert (
        verdict.sentence == "Frozen by elections, until 1970-01-12 15:47 (UTC). "
        "The override was for another freeze; this one is asked about anew."
    )


def test_an_override_goes_through_no_freeze_that_was_not_named_though_the_same_people_decide():
    first, second = held(override=OWNERS), held("checkout is frozen by sam", override=OWNERS)
    situation = so(first, second, override="the fix", clauses=OWNERS, passes=frozenset({first.id}))
    verdict = freeze(situation)
    assert verdict.outcome is Outcome.WAIT
    assert "checkout is frozen by sam" in verdict.sentence
    assert "The override was for another freeze; this one is asked about anew." in verdict.sentence
    assert (overridden(situation), unnamed(situation)) == ((first,), (second,))


def test_what_is_asked_about_anew_is_waited_for_however_long_it_lasts():
    late, never = held("late", until=NOW + 90 * HOUR, override=OWNERS), held("never", until=0.0, override=SRE)
    assert freeze(so(late, never, override="the fix")).outcome is Outcome.WAIT
    assert freeze(so(late, override="")).outcome is Outcome.BLOCK
    assert freeze(so(late, held("b", until=NOW + 90 * HOUR), override="the fix")).outcome is Outcome.BLOCK


def test_what_goes_through_anyway_or_through_nothing_has_nothing_left_to_be_named():
    frozen, later = held(override=OWNERS), held("later", since=NOW + 1, override=OWNERS)
    assert unnamed(so(frozen, later, override="x")) == (frozen,)
    assert unnamed(so(frozen)) == unnamed(so(held(), override="x")) == ()
    assert unnamed(so(frozen, override="x", kind=Kind.ROLLBACK)) == ()
    assert unnamed(so(frozen, override="x", glass="the till is down")) == ()


def test_a_freeze_is_named_with_its_end_unless_somebody_may_move_that():
    window, declared = held("outside of office"), held(reason="the sale", lift=("U2",))
    assert [(one.what, one.reason, one.until) for one in named((window, declared))] == [
        ("outside of office", "", NOW + HOUR),
        ("production is frozen by olu", "the sale", 0.0),
    ]


def test_nobody_overrides_what_names_nobody_for_it():
    verdict = freeze(so(held(), override="the fix", clauses=OWNERS, passes=frozenset({held().id})))
    assert verdict.outcome is Outcome.WAIT
    assert verdict.sentence.endswith(" Nobody can override it.")
    assert extra(so(held(), override="the fix")) == ()


def test_who_decides_of_an_override_is_said():
    said = freeze(so(held(override=OWNERS))).way_out
    assert said.endswith(
        "`/deploy checkout 1.4.2 production override because …` asks for it all the same, "
        "with the approval of 1 of owners."
    )


def test_those_of_all_freezes_in_force_are_asked_and_of_none_to_come():
    later = held("later", since=NOW + HOUR, until=NOW + 2 * HOUR, override=(Clause(count=1, of=("board",)),))
    assert extra(so(held(override=OWNERS), held("b", override=SRE), later, override="x")) == (*OWNERS, *SRE)
    assert extra(so(held(override=OWNERS))) == ()


FREEZES = st.lists(
    st.builds(
        lambda since, long: held(
            str((since, long)), since=NOW + since, until=NOW + since + long if long else 0.0
        ),
        st.integers(-20, 40),
        st.integers(0, 20),
    ),
    max_size=8,
)


@given(FREEZES)
def test_the_earliest_time_is_the_first_at_which_none_of_them_holds(freezes):
    def holding(at):
        return [one for one in freezes if one.since <= at and (not one.until or at < one.until)]

    at = opens(freezes, NOW)
    if at:
        assert not holding(at)
        assert all(holding(NOW + step) for step in range(int(at - NOW)))
    else:
        assert any(not one.until for one in freezes)
