"""What a commit's subject tells, and what several commits tell together."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.outgoing import (
    LONGEST_SUBJECT,
    TICKETS_MOST,
    Commit,
    Outgoing,
    TakenAway,
    authors,
    commit,
    one_line,
    pull_request_of,
    pull_requests,
    tickets,
)
from config.sources import Repository

TICKETS = Repository().tickets


def made(subject, author="Dana", pattern=TICKETS):
    return commit(sha="a" * 40, subject=subject, author=author, at=1.0, tickets=pattern)


@pytest.mark.parametrize(
    ("subject", "number"),
    [
        ("Show prices with tax (#123)", "123"),
        ("Show prices with tax (#123) ", "123"),
        ("Merge pull request #7 from harbour/tax", "7"),
        ('Revert "Show prices with tax (#123)" (#130)', "130"),
        ("Merged in tax (pull request #45)", "45"),
        ("Merged PR 12: tax", "12"),
        ("Show prices with tax #123", ""),
        ("Merge branch 'main' into tax", ""),
        ("(#12345678901)", ""),
        ("", ""),
    ],
)
def test_the_pull_request_is_read_from_the_subject_as_hosts_write_it(subject, number):
    assert pull_request_of(subject) == number


@pytest.mark.parametrize(
    ("subject", "found"),
    [
        ("SHOP-42: Show prices", ("SHOP-42",)),
        ("SHOP-48 SHOP-51: Phones, and SHOP-48 again", ("SHOP-48", "SHOP-51")),
        ("[SHOP-1] x", ("SHOP-1",)),
        ("shop-42 is no ticket, nor is X-1", ()),
    ],
)
def test_tickets_are_read_from_the_subject_each_once(subject, found):
    assert made(subject).tickets == found


def test_what_a_ticket_is_can_be_said():
    assert made("Fix GH#12 and GH#13", pattern=r"GH#\d+").tickets == ("GH#12", "GH#13")


def test_a_pattern_that_matches_nothing_much_makes_no_empty_tickets():
    assert made("abc", pattern="x*").tickets == ()


def test_a_subject_full_of_tickets_tells_the_first():
    assert len(made(" ".join(f"SHOP-{n}" for n in range(50))).tickets) == TICKETS_MOST


def test_authors_come_with_the_most_commits_first():
    commits = [made("a", "Olu"), made("b", "Dana"), made("c", "Dana"), made("d", "")]
    assert authors(commits) == ("Dana", "Olu")


def test_pull_requests_and_tickets_are_told_each_once():
    commits = [made("SHOP-1: a (#2)"), made("SHOP-1 SHOP-2: b (#2)"), made("c (#3)"), made("d")]
    assert pull_requests(commits) == ("2", "3")
    assert tickets(commits) == ("SHOP-1", "SHOP-2")


@given(st.text(max_size=3000), st.integers(1, 300))
def test_a_line_is_one_printable_line_of_bounded_length(text, longest):
    line = one_line(text, longest)
    assert line.isprintable()
    assert len(line) <= longest
    assert line == line.strip()


def test_a_long_subject_is_cut_and_says_so():
    assert made("x" * 1000).subject == "x" * (LONGEST_SUBJECT - 1) + "…"


def test_control_characters_of_a_subject_reach_nobody():
    assert made("a\x1b[31mred\x00\u202eevil\nb").subject == "a [31mred evil b"


# --- what is taken away ------------------------------------------------------------------------------------------


def taking(*shas, count=0, by=("Olu",)):
    removed = tuple(Commit(sha=sha, subject="x", author=by[n % len(by)]) for n, sha in enumerate(shas))
    return Outgoing(removed=removed, removed_count=count or len(shas)).takes


def test_what_takes_nothing_away_has_nothing_to_remember():
    assert Outgoing(added_count=3).takes is None
    assert Outgoing(known=False, why="the host is away").takes is None


def test_all_that_was_there_to_be_read_covers_the_same_and_less():
    said = taking("a", "b", "c")
    assert said.covers(said)
    assert said.covers(taking("c", "a"))
    assert not said.covers(taking("a", "b", "c", "d"))
    assert not said.covers(taking("d"))


def test_of_what_is_not_listed_whole_only_the_very_same_is_covered():
    many = taking("a", "b", count=60)
    assert many.covers(taking("a", "b", count=60))
    assert many.covers(taking("b"))
    assert not many.covers(taking("a", "b", count=61))
    assert not many.covers(taking("c", "a", count=60))
    assert not taking("a", "b").covers(many)


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (taking("a"), "1 live commit by Olu"),
        (taking("a", "b", by=("Olu", "Sam")), "2 live commits by Olu and Sam"),
        (taking(*"abcd", by=("Olu", "Sam", "Ana", "Bo")), "4 live commits by Olu, Sam, Ana and others"),
        (TakenAway(count=2), "2 live commits"),
    ],
)
def test_it_is_said_how_many_and_whose(one, words):
    assert one.said() == words
