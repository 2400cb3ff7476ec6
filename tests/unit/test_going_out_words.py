"""What is going out, in words; and what the gates say about versions and builds."""

from __future__ import annotations

import msgspec
import pytest

from bot.deployments import Clause
from bot.gates import Outcome, Situation
from bot.gates.build import build
from bot.gates.situation import Built
from bot.gates.version import version
from bot.kinds import Kind
from bot.outgoing import Commit, Outgoing
from bot.reasons import Reason
from bot.slack.text import plain
from config.models import Policy
from handlers.going_out import KEPT, LISTED, kept, long, short


def commits(count: int, author: str = "Dana", **more: str) -> tuple[Commit, ...]:
    return tuple(
        Commit(sha=f"{n:040x}", subject=f"Change {n}", author=author, pull_request=str(n), **more)
        for n in range(count)
    )


def words(lines) -> list[str]:
    return [plain(line) for line in lines]


BRINGS = Outgoing(added=commits(2), added_count=2)
TAKES = Outgoing(removed=commits(1, "Olu"), removed_count=1)
UNKNOWN = Outgoing(known=False, why="it is away")


def test_a_card_says_it_in_a_line_for_each_side():
    both = Outgoing(added=commits(2), added_count=2, removed=commits(3, "Olu"), removed_count=3)
    assert words(short(both, ended=False)) == [
        "Going out: 2 commits by Dana · pull requests #0, #1",
        "Takes away 3 live commits by Olu.",
    ]


def test_one_is_one():
    assert words(short(TAKES, ended=False)) == ["Takes away 1 live commit by Olu."]
    one = Outgoing(added=commits(1), added_count=1)
    assert words(short(one, ended=False)) == ["Going out: 1 commit by Dana · pull request #0"]


def test_nothing_is_said_where_there_is_nothing_to_say():
    assert short(None, ended=False) == long(None) == []
    assert short(Outgoing(), ended=False) == []
    assert words(long(Outgoing())) == ["Nothing new: the same commit runs there already."]


def test_that_it_is_not_known_is_said_while_it_still_matters():
    assert words(short(UNKNOWN, ended=False)) == ["What is going out is not known: it is away"]
    assert short(UNKNOWN, ended=True) == []
    assert words(long(UNKNOWN)) == ["What is going out is not known: it is away"]


def test_many_authors_pull_requests_and_tickets_are_counted_instead_of_listed():
    many = tuple(
        Commit(sha=f"{n:040x}", subject="x", author=f"A{n}", pull_request=str(n), tickets=(f"T-{n}",))
        for n in range(12)
    )
    (line,) = words(short(Outgoing(added=many, added_count=40), ended=False))
    assert line == (
        "Going out: 40 commits by A0, A1, A2 and 9 others"
        " · pull requests #0, #1, #2, #3, #4, #5, #6, #7, 4 others"
        " · T-0, T-1, T-2, T-3, T-4, T-5, T-6, T-7, 4 others"
    )


def test_the_list_shows_the_newest_and_says_how_many_more_there_are():
    told = words(long(Outgoing(added=commits(LISTED + 3), added_count=99)))
    assert len(told) == LISTED + 2
    assert told[1] == "+ Change 0 by Dana"
    assert told[-1] == f"+ … {99 - LISTED} more"


def test_a_long_subject_is_cut():
    long_one = Commit(sha="a" * 40, subject="x" * 500, author="Dana")
    assert words(long(Outgoing(added=(long_one,), added_count=1)))[1].endswith("x… by Dana")


def test_a_commit_without_an_author_is_listed_all_the_same():
    assert words(long(Outgoing(removed=commits(1, ""), removed_count=1))) == [
        "Takes away 1 live commit.",
        "− Change 0",
    ]


def test_links_lead_to_github_where_the_comparison_is():
    url = "https://github.com/a/b/compare/1...2"
    (line,) = short(msgspec.structs.replace(BRINGS, url=url), ended=False)
    links = [(part.text, part.url) for part in line if hasattr(part, "url")]
    assert links == [
        ("#0", "https://github.com/a/b/pull/0"),
        ("#1", "https://github.com/a/b/pull/1"),
        ("compare", url),
    ]


def test_what_a_deployment_remembers_is_bounded_and_its_counts_stay_true():
    many = Outgoing(added=commits(50), removed=commits(50), added_count=500, removed_count=400)
    small = kept(many)
    assert (len(small.added), len(small.removed)) == (KEPT, KEPT)
    assert (small.added_count, small.removed_count) == (500, 400)
    assert kept(None) is None


# --- gates ----------------------------------------------------------------------------------------------------


def so(**more) -> Situation:
    return Situation(
        **{
            "now": 0.0,
            "clock": 0.0,
            "service": "checkout",
            "environment": "staging",
            "version": "main",
            "actor": "U1",
            "policy": Policy(),
            **more,
        }
    )


MOVED = {"digest": "a" * 40, "moved_to": "b" * 40}


def test_who_promotes_one_commit_does_not_get_another_by_the_same_name():
    said = version(so(kind=Kind.PROMOTE, **MOVED))
    assert (said.outcome, said.reason) == (Outcome.BLOCK, Reason.VERSION_MOVED)
    assert "another commit now (bbbbbbbbbbbb) than the one that was asked for (aaaaaaaaaaaa)" in said.sentence
    assert "`/deploy checkout main staging`" in said.way_out


def test_who_goes_back_to_one_commit_does_not_get_another_by_the_same_name():
    said = version(so(kind=Kind.ROLLBACK, **MOVED))
    assert (said.outcome, said.reason) == (Outcome.BLOCK, Reason.VERSION_MOVED)
    assert "`/deploy checkout main staging` asks for the one of now" in said.way_out
    assert "`/deploy rollback checkout staging`" in said.way_out


@pytest.mark.parametrize("kind", [Kind.PROMOTE, Kind.ROLLBACK])
def test_what_ran_while_nobody_knew_its_commit_is_not_taken_for_the_one_of_now(kind):
    said = version(so(kind=kind, moved_to="b" * 40))
    assert (said.outcome, said.reason) == (Outcome.BLOCK, Reason.VERSION_MOVED)
    assert (
        "Which commit checkout main was when it ran before is not known; now it is bbbbbbbbbbbb"
        in said.sentence
    )


ASKED = {"clauses": (Clause(count=1, of=("sre",)),), "commit_unknown": "git is away."}


@pytest.mark.parametrize("more", [ASKED, {"commit_unknown": "git is away.", "kind": Kind.PROMOTE}])
def test_what_is_bound_to_its_commit_waits_while_nobody_can_say_which_that_is(more):
    said = version(so(**more))
    assert (said.outcome, said.reason) == (Outcome.WAIT, Reason.COMMIT_UNKNOWN)
    assert said.sentence == "Which commit checkout main is can't be known now: git is away."


@pytest.mark.parametrize(
    "more",
    [
        {"commit_unknown": "git is away.", "kind": Kind.ROLLBACK},
        {**ASKED, "kind": Kind.ROLLBACK},
        {**ASKED, "glass": "it burns"},
    ],
)
def test_a_rollback_and_who_breaks_the_glass_go_on_and_are_told(more):
    said = version(so(**more))
    assert said.outcome is Outcome.PASS
    assert "can't be known now: git is away." in said.sentence


def test_what_need_not_be_any_commit_goes_on_without_a_word():
    said = version(so(commit_unknown="git is away."))
    assert (said.outcome, said.sentence) == (Outcome.PASS, "")


@pytest.mark.parametrize("kind", [Kind.DEPLOY, Kind.RELEASE])
def test_anything_else_is_told_that_the_name_leads_elsewhere_now_and_not_stopped(kind):
    said = version(so(kind=kind, **MOVED))
    assert said.outcome is Outcome.PASS
    assert "is another commit now" in said.sentence


def test_while_nobody_can_say_whether_it_was_built_it_waits():
    said = build(so(build_needed=True, build_unknown="Jenkins is away."))
    assert (said.outcome, said.reason) == (Outcome.WAIT, Reason.BUILD_UNKNOWN)
    assert said.sentence.endswith("can't be known now: Jenkins is away.")
    green = Built(green=True, number="7")
    assert build(so(build_needed=True, built=green, build_unknown="x")).outcome is Outcome.PASS
