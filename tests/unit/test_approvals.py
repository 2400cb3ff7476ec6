from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.approvals import can_fill, changes, complete, describe, digest, fingerprint, missing
from bot.deployments import Approval, Clause, PassedFreeze, Vote
from bot.outgoing import TakenAway
from bot.runs import RunTarget

GROUPS = ("sre", "owners", "security", "U1")

clauses_of = st.lists(
    st.builds(
        Clause,
        count=st.integers(1, 3),
        of=st.lists(st.sampled_from(GROUPS), min_size=1, max_size=3, unique=True).map(tuple),
    ),
    min_size=1,
    max_size=3,
).map(tuple)
votes_of = st.lists(
    st.builds(
        Vote,
        by=st.sampled_from(("anna", "ben", "cleo", "dora", "emil")),
        name=st.just(""),
        at=st.just(0.0),
        belongs=st.lists(st.sampled_from(GROUPS), max_size=3, unique=True).map(tuple),
    ),
    max_size=5,
    unique_by=lambda vote: vote.by,
)


def clause(count: int, *of: str) -> Clause:
    return Clause(count=count, of=of)


def vote(by: str, *belongs: str) -> Vote:
    return Vote(by=by, name=by.title(), at=1.0, belongs=belongs)


def approval(clauses: tuple[Clause, ...], votes: tuple[Vote, ...] = ()) -> Approval:
    return Approval(
        request="r", clauses=clauses, four_eyes=True, fingerprint={}, asked_at=0, expires_at=9, votes=votes
    )


def open_places(clauses, votes) -> int:
    return sum(one.count for one in missing(clauses, votes))


def most_filled(clauses: tuple[Clause, ...], votes: list[Vote]) -> int:
    """By trying everything: for each way to seat the voters, how many places are filled."""
    places = [one for one in clauses for _ in range(one.count)]
    seats = [[None, *(p for p, one in enumerate(places) if set(one.of) & set(v.belongs))] for v in votes]
    ways = (tuple(p for p in way if p is not None) for way in itertools.product(*seats))
    return max(len(way) for way in ways if len(set(way)) == len(way))


@given(clauses_of, votes_of)
def test_places_are_filled_as_well_as_possible(clauses, votes):
    places = sum(one.count for one in clauses)

    assert open_places(clauses, votes) == places - most_filled(clauses, votes)


@given(clauses_of, votes_of, st.randoms())
def test_the_order_of_votes_does_not_matter(clauses, votes, dice):
    shuffled = list(votes)
    dice.shuffle(shuffled)

    assert missing(clauses, shuffled) == missing(clauses, votes)


@given(clauses_of, votes_of)
def test_one_person_fills_one_place_however_often_he_votes(clauses, votes):
    assert missing(clauses, votes * 3) == missing(clauses, votes)
    assert sum(one.count for one in clauses) - open_places(clauses, votes * 3) <= len(votes)


@given(clauses_of, votes_of)
def test_another_vote_fills_one_place_or_none_as_foretold(clauses, votes):
    for number in range(len(votes)):
        before = open_places(clauses, votes[:number])
        after = open_places(clauses, votes[: number + 1])
        foretold = can_fill(approval(clauses, tuple(votes[:number])), votes[number].belongs)

        assert before - after == (1 if foretold else 0)


@given(clauses_of, votes_of)
def test_it_is_complete_exactly_when_nothing_is_missing(clauses, votes):
    assert complete(approval(clauses, tuple(votes))) == (missing(clauses, votes) == ())


def test_two_of_a_group_need_two_of_it():
    clauses = (clause(2, "sre"),)

    assert missing(clauses, []) == (clause(2, "sre"),)
    assert missing(clauses, [vote("anna", "sre")]) == (clause(1, "sre"),)
    assert missing(clauses, [vote("anna", "sre"), vote("ben", "owners")]) == (clause(1, "sre"),)
    assert missing(clauses, [vote("anna", "sre"), vote("ben", "sre", "owners")]) == ()


def test_who_could_fill_either_place_is_moved_when_another_can_fill_only_one():
    clauses = (clause(1, "sre"), clause(1, "owners"))

    assert missing(clauses, [vote("both", "sre", "owners")]) == (clause(1, "owners"),)
    assert missing(clauses, [vote("both", "sre", "owners"), vote("sre only", "sre")]) == ()
    assert not can_fill(approval((clause(1, "sre"),), (vote("anna", "sre"),)), ["sre"])


def test_no_clause_is_complete_at_once_and_nobody_can_fill_it():
    assert complete(approval(()))
    assert not can_fill(approval(()), GROUPS)


# --- what was asked ----------------------------------------------------------------------------------------------

ASKED = {
    "service": "checkout",
    "environment": "production",
    "version": "1.2.3",
    "target": RunTarget(
        driver="jenkins", server="main", job="team/deploy", parameters={"VERSION": "1.2.3", "DRY": "no"}
    ),
    "address": "https://ci.example.com",
    "clauses": (clause(2, "sre"), clause(1, "owners", "U1")),
    "groups": {"sre": ["U2", "S1"], "unasked": ["U9"]},
    "four_eyes": True,
}


def target(**other) -> RunTarget:
    return RunTarget(**{"driver": "jenkins", "server": "main", "job": "team/deploy", **other})


def test_a_fingerprint_names_every_part_of_what_is_asked():
    assert fingerprint(**ASKED) == {
        "service": "checkout",
        "environment": "production",
        "version": "1.2.3",
        "job": "jenkins/main/team/deploy",
        "server": "https://ci.example.com",
        "policy": "2 of sre and 1 of owners or U1, not by who asked",
        "group sre": "S1, U2",
        "parameter DRY": "no",
        "parameter VERSION": "1.2.3",
    }


@pytest.mark.parametrize(
    ("changed", "sentences"),
    [
        ({"version": "1.2.4"}, ("version was 1.2.3, now 1.2.4",)),
        ({"version": ""}, ("version was 1.2.3, now (the job's default)",)),
        (
            {"target": target(parameters={"VERSION": "1.2.3", "DRY": "yes"})},
            ("parameter DRY was no, now yes",),
        ),
        ({"target": target(parameters={"VERSION": "1.2.3"})}, ("parameter DRY is gone (was no)",)),
        (
            {"target": target(parameters={"VERSION": "1.2.3", "DRY": "no", "WET": "yes"})},
            ("parameter WET is new: yes",),
        ),
        (
            {"target": target(server="other", parameters={"VERSION": "1.2.3", "DRY": "no"})},
            ("job was jenkins/main/team/deploy, now jenkins/other/team/deploy",),
        ),
        (
            {"four_eyes": False},
            (
                "policy was 2 of sre and 1 of owners or U1, not by who asked, now 2 of sre and 1 of owners or U1",
            ),
        ),
        (
            {"clauses": ()},
            (
                "policy was 2 of sre and 1 of owners or U1, not by who asked, now nobody, not by who asked",
                "group sre is gone (was S1, U2)",
            ),
        ),
        ({"groups": {"sre": ["S2"]}}, ("group sre was S1, U2, now S2",)),
        ({"address": "https://b.example"}, ("server was https://ci.example.com, now https://b.example",)),
        (
            {
                "passes": (
                    PassedFreeze(id="1", what="production is frozen by olu", reason="the sale"),
                    PassedFreeze(id="2", what="outside of office", until=1_798_794_000.0),
                )
            },
            (
                "override is new: production is frozen by olu: the sale; outside of office until 2027-01-01 09:00 UTC",
            ),
        ),
        (
            {"takes_away": TakenAway(count=2, authors=("Olu",), commits=("a" * 40, "b" * 40))},
            ("what it takes away is new: 2 live commits by Olu, the newest aaaaaaaaaaaa",),
        ),
    ],
)
def test_when_any_part_changes_the_approval_is_void_and_it_is_said_what_changed(changed, sentences):
    before, now = fingerprint(**ASKED), fingerprint(**(ASKED | changed))

    assert changes(before, now) == sentences
    assert digest(before) != digest(now)


@given(st.dictionaries(st.text(), st.text()), st.dictionaries(st.text(), st.text()))
def test_changes_and_digest_agree_about_what_is_the_same(before, now):
    assert (changes(before, now) == ()) == (before == now)
    assert (digest(before) == digest(now)) == (before == now)
    assert digest(dict(reversed(before.items()))) == digest(before)


def test_clauses_are_described_in_words():
    assert describe((clause(2, "sre"), clause(1, "owners", "U1"))) == "2 of sre and 1 of owners or U1"
    assert describe(()) == "nobody"
