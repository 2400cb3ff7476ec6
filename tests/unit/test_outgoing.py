"""What a commit's subject tells, and what several commits tell together."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.outgoing import (
    LONGEST_SUBJECT,
    TICKETS_MOST,
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
