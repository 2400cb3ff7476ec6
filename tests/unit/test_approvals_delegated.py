"""Places when people approve for others: no person and no right ever fills two of them."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from bot.approvals import missing, widened
from bot.deployments import Clause, Vote

GROUPS = ("sre", "owners", "security")
PEOPLE = ("ana", "ben", "cleo", "dora")

clauses_of = st.lists(
    st.builds(
        Clause,
        count=st.integers(1, 3),
        of=st.lists(st.sampled_from(GROUPS), min_size=1, max_size=2, unique=True).map(tuple),
    ),
    min_size=1,
    max_size=3,
).map(tuple)
votes_of = st.lists(
    st.builds(
        Vote,
        by=st.sampled_from(PEOPLE),
        name=st.just(""),
        at=st.just(0.0),
        belongs=st.lists(st.sampled_from(GROUPS), max_size=3, unique=True).map(tuple),
        on_behalf=st.sampled_from(("", *PEOPLE)),
    ),
    max_size=5,
)


def filled(clauses, votes) -> int:
    places = sum(one.count for one in clauses)
    return places - sum(one.count for one in missing(clauses, votes))


def most_honest(clauses, votes) -> int:
    """By trying everything: how many places can be filled when each person and each right is used once at most."""
    places = [one for one in clauses for _ in range(one.count)]
    best = 0
    for size in range(min(len(votes), len(places)), 0, -1):
        for some in itertools.combinations(votes, size):
            if len({one.by for one in some}) < size or len({one.right for one in some}) < size:
                continue
            for seats in itertools.permutations(places, size):
                if all(set(one.belongs) & set(seat.of) for one, seat in zip(some, seats, strict=True)):
                    return size
    return best


def vote(by: str, *belongs: str, on_behalf: str = "") -> Vote:
    return Vote(by=by, name=by.title(), at=1.0, belongs=belongs, on_behalf=on_behalf)


@given(clauses_of, votes_of)
def test_no_person_and_no_right_fills_two_places(clauses, votes):
    assert filled(clauses, votes) <= most_honest(clauses, votes)


@given(clauses_of, votes_of, st.randoms())
def test_the_order_of_votes_does_not_matter(clauses, votes, dice):
    shuffled = list(votes)
    dice.shuffle(shuffled)

    assert missing(clauses, shuffled) == missing(clauses, votes)


@given(clauses_of, votes_of)
def test_votes_that_share_nobody_count_like_any_others(clauses, votes):
    apart: list[Vote] = []
    for one in votes:
        if all(one.by != other.by and one.right != other.right for other in apart):
            apart.append(one)

    assert filled(clauses, apart) == most_honest(clauses, apart)


@given(clauses_of, votes_of, st.lists(st.sampled_from(GROUPS), max_size=2, unique=True))
def test_whoever_is_added_takes_nothing_away(clauses, votes, add):
    assert filled(widened(clauses, add), votes) >= filled(clauses, votes)
    assert [one.count for one in widened(clauses, add)] == [one.count for one in clauses]


def test_two_of_a_group_are_not_met_by_a_member_and_his_delegate():
    two = (Clause(count=2, of=("sre",)),)
    ana, for_ana = vote("ana", "sre"), vote("sam", "sre", on_behalf="ana")

    assert missing(two, [ana, for_ana]) == (Clause(count=1, of=("sre",)),)
    assert missing(two, [ana, vote("sam", "sre")]) == ()


def test_two_of_a_group_are_not_met_by_one_member_for_himself_and_for_another():
    two = (Clause(count=2, of=("sre",)),)

    assert missing(two, [vote("sam", "sre"), vote("sam", "sre", on_behalf="ana")]) != ()


def test_two_delegates_of_one_right_are_one():
    two = (Clause(count=2, of=("sre",)),)

    assert missing(two, [vote("sam", "sre", on_behalf="ana"), vote("ben", "sre", on_behalf="ana")]) != ()


def test_two_people_with_two_rights_are_two_even_when_they_swap():
    """Ana acts for Ben, and Ben for Ana: two people have looked at it, and two rights were used."""
    two = (Clause(count=2, of=("sre",)),)
    swapped = [vote("ana", "sre", on_behalf="ben"), vote("ben", "sre", on_behalf="ana")]

    assert missing(two, swapped) == ()


def test_an_override_that_is_not_widened_stays_as_it_is():
    assert widened((Clause(count=1, of=("sre",)),), ("sre", "owners")) == (
        Clause(count=1, of=("sre", "owners")),
    )
