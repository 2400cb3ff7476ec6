"""What a rollback goes back from, and what it can go back to."""

from __future__ import annotations

from bot.deployments import Deployment
from bot.goods import goods, there
from bot.lifecycle import State
from tests.unit.test_order import back, ran


def chosen(
    *history: Deployment, bad: tuple[tuple[str, str], ...] = (), told_digest: bool = False
) -> list[str]:
    """The versions that could be gone back to, from what ran there, given oldest first."""
    newest = history[::-1]
    away = there(newest)
    assert away is not None
    return [one.version for one in goods(newest, away, bad=bad, told_digest=told_digest)]


def test_where_nothing_ran_there_is_nothing_to_go_back_from() -> None:
    assert there([]) is None


def test_the_last_good_one_comes_first_and_each_version_once() -> None:
    history = [ran(1, "1.0", 1), ran(2, "1.1", 2), ran(3, "1.0", 3), ran(4, "1.2", 4)]

    assert chosen(*history) == ["1.0", "1.1"]


def test_what_failed_is_gone_back_from_and_never_to() -> None:
    history = [ran(1, "1.0", 1), ran(2, "1.1", 2, State.FAILED), ran(3, "1.2", 3, State.FAILED)]

    newest = there(history[::-1])
    assert newest is not None
    assert newest.version == "1.2"
    assert chosen(*history) == ["1.0"]


def test_a_version_that_failed_when_it_was_deployed_again_is_left_too() -> None:
    assert chosen(ran(1, "1.0", 1), ran(2, "1.1", 2), ran(3, "1.1", 3, State.FAILED)) == ["1.0"]


def test_what_is_bad_is_passed_over() -> None:
    assert chosen(ran(1, "1.0", 1), ran(2, "1.1", 2), ran(3, "1.2", 3), bad=(("1.1", ""),)) == ["1.0"]


def test_what_is_bad_is_known_by_its_commit_under_any_name() -> None:
    history = [ran(1, "1.0", 1, digest="a"), ran(2, "main", 2, digest="b"), ran(3, "1.2", 3, digest="c")]

    assert chosen(*history, bad=(("1.1", "b"),)) == ["1.0"]


def test_what_was_rolled_back_is_not_gone_back_to_until_it_was_deployed_again() -> None:
    history = [ran(1, "1.0", 1), ran(2, "1.1", 2), ran(3, "1.2", 3), back(4, "1.1", 4, away="1.2")]

    assert chosen(*history) == ["1.0"]
    assert chosen(*history, ran(5, "1.2", 5), ran(6, "1.3", 6)) == ["1.2", "1.1", "1.0"]


def test_a_rollback_that_failed_leaves_what_it_went_back_from_to_be_left() -> None:
    history = [ran(1, "1.0", 1), ran(2, "1.1", 2), back(3, "1.0", 3, away="1.1", state=State.FAILED)]

    newest = there(history[::-1])
    assert newest is not None
    assert newest.number == 2
    assert chosen(*history) == ["1.0"]


def test_one_name_for_two_commits_is_two_things_only_where_the_job_is_told_the_commit() -> None:
    history = [ran(1, "main", 1, digest="a"), ran(2, "main", 2, digest="b")]

    assert chosen(*history) == []
    assert chosen(*history, told_digest=True) == ["main"]


def test_two_names_for_one_commit_are_one_thing() -> None:
    assert chosen(ran(1, "1.0", 1, digest="a"), ran(2, "v1.0", 2, digest="a")) == []
