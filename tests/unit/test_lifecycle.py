from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.lifecycle import ENDED, HOLDS_LANE, TRANSITIONS, Happening, State, advance

# Written from the sentences in docs/architecture.md, not from the table in the code: state, happening, what follows.
TABLE = """
requested          refused      refused
requested          asked        awaiting_approval
requested          cleared      queued
requested          cancelled    cancelled
requested          given_up     failed
awaiting_approval  approved     queued
awaiting_approval  cleared      queued
awaiting_approval  rejected     rejected
awaiting_approval  expired      expired
awaiting_approval  voided       awaiting_approval
awaiting_approval  cancelled    cancelled
awaiting_approval  refused      refused
queued             lane_free    starting
queued             superseded   superseded
queued             waited_too_long expired
queued             voided       awaiting_approval
queued             cancelled    cancelled
queued             refused      refused
starting           running      running
starting           verifying    verifying
starting           missing      queued
starting           given_up     failed
starting           succeeded    succeeded
starting           failed       failed
starting           aborted      aborted
starting           lost         lost
running            verifying    verifying
running            succeeded    succeeded
running            failed       failed
running            aborted      aborted
running            lost         lost
verifying          succeeded    succeeded
verifying          failed       failed
verifying          aborted      aborted
verifying          lost         lost
"""
FOLLOWS = {
    (state, happening): after for state, happening, after in map(str.split, TABLE.strip().splitlines())
}

happenings = st.lists(st.sampled_from(Happening), max_size=40)


def life(told: list[Happening]) -> list[State]:
    """The states a deployment goes through; what can't happen is passed over, as the handlers do."""
    states = [State.REQUESTED]
    for happening in told:
        states.append(advance(states[-1], happening) or states[-1])
    return states


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("happening", Happening)
def test_every_state_and_happening_leads_where_the_book_says_or_nowhere(state, happening):
    assert advance(state, happening) == FOLLOWS.get((state.value, happening.value))


def test_every_state_has_its_row_in_the_table():
    assert set(TRANSITIONS) == set(State)


@given(happenings)
def test_ended_states_never_change(told):
    states = life(told)
    ends = [state for state in states if state.ended]

    assert len(set(ends)) <= 1
    assert states[len(states) - len(ends) :] == ends


@given(happenings)
def test_only_a_state_that_holds_the_lane_reaches_success_or_can_be_lost_or_aborted(told):
    states = life(told)
    for before, after in itertools.pairwise(states):
        if after in (State.SUCCEEDED, State.ABORTED, State.LOST) and before != after:
            assert before.holds_lane


@given(happenings)
def test_the_lane_is_taken_only_from_the_queue_and_given_back_before_anything_ran(told):
    states = life(told)
    entered = [a for a, b in itertools.pairwise(states) if b.holds_lane and not a.holds_lane]

    assert set(entered) <= {State.QUEUED}
    left = [a for a, b in itertools.pairwise(states) if a.holds_lane and not b.holds_lane and not b.ended]
    assert set(left) <= {State.STARTING}


@given(happenings)
def test_nothing_runs_that_was_not_queued_and_nothing_is_queued_that_was_not_cleared_or_approved(told):
    states = life(told)
    if State.STARTING in states:
        assert State.QUEUED in states[: states.index(State.STARTING)]
    for happening, before, after in zip(told, states, states[1:], strict=False):
        if after is State.QUEUED and before is not State.QUEUED:
            assert happening in (Happening.APPROVED, Happening.CLEARED, Happening.MISSING)


@given(happenings)
def test_what_was_voided_needs_approval_again(told):
    states = life(told)
    for index, (happening, after) in enumerate(zip(told, states[1:], strict=False)):
        if happening is Happening.VOIDED and states[index] in (State.QUEUED, State.AWAITING_APPROVAL):
            assert after is State.AWAITING_APPROVAL


@pytest.mark.parametrize("state", State)
def test_a_state_is_ended_holds_the_lane_or_waits_and_only_one_of_them(state):
    waits = {State.REQUESTED, State.AWAITING_APPROVAL, State.QUEUED}

    assert [state.ended, state.holds_lane, state in waits].count(True) == 1
    assert (state in ENDED, state in HOLDS_LANE) == (state.ended, state.holds_lane)


@pytest.mark.parametrize("state", sorted(set(State) - ENDED))
def test_from_every_living_state_there_is_a_way_to_an_end(state):
    reached = {state}
    while True:
        further = {after for one in reached for after in TRANSITIONS[one].values()} - reached
        if not further:
            break
        reached |= further

    assert reached & ENDED
    assert State.SUCCEEDED in reached


@pytest.mark.parametrize("state", [State.REQUESTED, State.AWAITING_APPROVAL, State.QUEUED])
def test_whatever_has_not_started_can_be_cancelled_at_once(state):
    assert advance(state, Happening.CANCELLED) is State.CANCELLED


@pytest.mark.parametrize("state", sorted(HOLDS_LANE))
def test_what_has_started_is_cancelled_only_by_its_run_coming_to_an_end(state):
    assert advance(state, Happening.CANCELLED) is None
    assert advance(state, Happening.ABORTED) is State.ABORTED
