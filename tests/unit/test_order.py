"""The gate order: what counts as having been where a version has to have been, for how long; and when a rollback is none."""

from __future__ import annotations

from typing import Any

import pytest

from bot.deployments import Deployment
from bot.earlier import Earlier, GoingBack
from bot.gates import Outcome, Situation, Step
from bot.gates.order import order
from bot.gates.steps import step
from bot.gates.version import version
from bot.kinds import Kind
from bot.lifecycle import State
from bot.people import Person, Place
from bot.runs import RunTarget
from bot.soak import Soak, Verdict
from config.models import Policy

ANNA = Person(id="U1", name="anna")
TARGET = RunTarget(driver="jenkins", server="main", job="deploy", parameters={})
HOUR = 3600.0


def ran(
    number: int, version: str, at: float, state: State = State.SUCCEEDED, digest: str = "", **more: Any
) -> Deployment:
    return Deployment(
        **{
            "id": f"d{number}",
            "number": number,
            "service": "checkout",
            "environment": "staging",
            "version": version,
            "digest": digest,
            "requester": ANNA,
            "place": Place(channel="C1"),
            "channel": "C1",
            "target": TARGET,
            "policy": "open",
            "state": state,
            "requested_at": at,
            "started_at": at,
            "ended_at": at,
            **more,
        }
    )


def back(number: int, to: str, at: float, away: str, state: State = State.SUCCEEDED) -> Deployment:
    left = GoingBack(deployment="d0", number=0, environment="staging", version=away)
    return ran(number, to, at, state, kind=Kind.ROLLBACK, rolls_back=left)


def so(*steps: Step, now: float = 10_000.0, bake: float = 0.0, **more: Any) -> Situation:
    given: dict[str, Any] = {
        "service": "checkout",
        "environment": "production",
        "version": "1.4.2",
        "actor": "U1",
        "policy": Policy(after=["staging"], bake=bake),
        **more,
    }
    return Situation(now=now, steps=steps, **given)


def of(*history: Deployment, version: str = "1.4.2", digest: str = "") -> Step:
    """The step of what ran there, given oldest first."""
    return step("staging", history[::-1], version, digest)


# --- has it been there ----------------------------------------------------------------------------------------


def test_what_never_ran_there_is_blocked_with_the_command_that_brings_it_there() -> None:
    said = order(so(of()))

    assert (said.outcome, said.reason) == (Outcome.BLOCK, "order")
    assert "/deploy checkout 1.4.2 staging" in said.way_out


@pytest.mark.parametrize("state", [State.FAILED, State.ABORTED, State.LOST])
def test_only_a_success_counts_as_having_been_there(state: State) -> None:
    assert order(so(of(ran(1, "1.4.2", 100, state)))).outcome is Outcome.BLOCK


def test_what_ran_there_and_was_replaced_since_has_been_there() -> None:
    assert order(so(of(ran(1, "1.4.2", 100), ran(2, "1.5.0", 200)))).outcome is Outcome.PASS


def test_what_failed_there_since_does_not_count_until_it_succeeds_again() -> None:
    good, bad, again = ran(1, "1.4.2", 100), ran(2, "1.4.2", 200, State.FAILED), ran(3, "1.4.2", 300)

    said = order(so(of(good, bad)))
    assert (said.outcome, said.reason) == (Outcome.BLOCK, "order")
    assert "has failed in staging since (#2)" in said.sentence
    assert order(so(of(good, bad, again))).outcome is Outcome.PASS


def test_what_somebody_watched_and_found_wrong_does_not_count_until_it_is_deployed_again() -> None:
    soak = Soak(began_at=100, until=200, verdict=Verdict.WRONG, ended_at=150, ended_by="U2", why="empty")
    wrong, again = ran(1, "1.4.2", 100, soak=soak), ran(2, "1.4.2", 300)

    said = order(so(of(wrong)))
    assert (said.outcome, said.reason) == (Outcome.BLOCK, "order")
    assert "Something is wrong with checkout 1.4.2 in staging, said who watched it (#1)" in said.sentence
    assert order(so(of(wrong, again))).outcome is Outcome.PASS


@pytest.mark.parametrize("verdict", [Verdict.GOOD, Verdict.OVER, Verdict.REPLACED, None])
def test_any_other_end_of_watching_changes_nothing(verdict: Verdict | None) -> None:
    soak = Soak(began_at=100, until=200, verdict=verdict)

    assert order(so(of(ran(1, "1.4.2", 100, soak=soak)))).outcome is Outcome.PASS


def test_another_version_that_failed_there_since_changes_nothing() -> None:
    assert order(so(of(ran(1, "1.4.2", 100), ran(2, "1.5.0", 200, State.FAILED)))).outcome is Outcome.PASS


def test_what_was_rolled_back_there_since_does_not_count_until_it_is_deployed_again() -> None:
    good, gone, again = ran(1, "1.4.2", 100), back(2, "1.4.1", 200, away="1.4.2"), ran(3, "1.4.2", 300)

    said = order(so(of(good, gone)))
    assert said.outcome is Outcome.BLOCK
    assert "was rolled back in staging (#2)" in said.sentence
    assert order(so(of(good, gone, again))).outcome is Outcome.PASS


def test_going_back_to_it_from_another_one_is_no_rollback_of_it() -> None:
    history = [ran(1, "1.4.2", 100), ran(2, "1.5.0", 200), back(3, "1.4.2", 300, away="1.5.0")]

    assert order(so(of(*history))).outcome is Outcome.PASS


def test_several_environments_before_are_all_asked_and_a_block_goes_before_a_wait() -> None:
    baking = Step(environment="staging", since=9_000.0)
    said = order(so(baking, Step(environment="qa"), bake=2_000.0))

    assert said.outcome is Outcome.BLOCK
    assert "has not run in qa" in said.sentence


# --- is it the very same --------------------------------------------------------------------------------------


def test_the_same_name_with_another_commit_is_another_one() -> None:
    said = order(
        so(of(ran(1, "main", 100, digest="a" * 40), version="main", digest="b" * 40), digest="b" * 40)
    )

    assert (said.outcome, said.reason) == (Outcome.BLOCK, "order")
    assert "is another one now (bbbbbbbbbbbb) than what ran in staging (aaaaaaaaaaaa)" in said.sentence
    assert "promote checkout from staging to production" in said.way_out


def test_the_same_commit_under_another_name_is_the_same() -> None:
    assert (
        order(so(of(ran(1, "main", 100, digest="abc"), digest="abc"), digest="abc")).outcome is Outcome.PASS
    )


def test_an_older_run_of_the_same_commit_counts_though_the_name_went_on() -> None:
    history = [ran(1, "main", 100, digest="aaa"), ran(2, "main", 200, digest="bbb")]

    assert of(*history, version="main", digest="aaa").since == 100


def test_where_one_side_knows_no_commit_the_names_decide_and_that_is_said() -> None:
    said = order(so(of(ran(1, "1.4.2", 100), digest="abc"), digest="abc"))

    assert said.outcome is Outcome.PASS
    assert "whether it is the same commit can't be told" in said.sentence


def by_commit(*history: Deployment, version: str = "main", digest: str = "") -> Step:
    """The same where the service has a repository."""
    return step("staging", history[::-1], version, digest, by_commit=True)


def test_where_there_is_a_repository_a_commit_that_nobody_knew_then_is_not_taken_for_the_one_of_now() -> None:
    ran_there = by_commit(ran(3, "main", 100), digest="abc")
    said = order(so(ran_there, version="main", digest="abc"))

    assert (said.outcome, said.reason) == (Outcome.BLOCK, "order")
    assert "under that name (#3) can't be told: nobody knew its commit then" in said.sentence
    assert "`/deploy checkout main staging` deploys it there" in said.way_out


def test_where_there_is_a_repository_a_name_that_it_knows_no_more_is_not_taken_for_what_ran() -> None:
    said = order(so(by_commit(ran(3, "main", 100, digest="abc")), version="main"))

    assert (said.outcome, said.reason) == (Outcome.BLOCK, "order")
    assert "the repository knows no such name now" in said.sentence
    assert "`/deploy promote checkout from staging to production`" in said.way_out


def test_while_the_repository_is_away_the_order_says_nothing_and_the_version_waits() -> None:
    asked = so(by_commit(ran(3, "main", 100, digest="abc")), version="main", commit_unknown="git is away.")

    assert order(asked).outcome is Outcome.PASS
    assert (version(asked).outcome, version(asked).reason) == (Outcome.WAIT, "commit_unknown")
    assert "can't be known now: git is away." in version(asked).sentence


def test_what_both_sides_know_by_its_name_only_is_the_same() -> None:
    assert order(so(by_commit(ran(3, "317", 100), version="317"), version="317")).outcome is Outcome.PASS


def test_only_the_stay_of_the_very_commit_bakes() -> None:
    history = [ran(1, "main", 100), ran(2, "main", 200, digest="abc")]

    assert by_commit(*history, digest="abc").since == 200


def test_a_failure_under_that_name_counts_though_nobody_knew_its_commit() -> None:
    history = [ran(1, "main", 100, digest="abc"), ran(2, "main", 200, State.FAILED)]

    assert by_commit(*history, digest="abc").failed == 2


# --- for how long ---------------------------------------------------------------------------------------------


def test_it_waits_until_it_has_baked() -> None:
    said = order(so(of(ran(1, "1.4.2", 9_000)), bake=HOUR))

    assert (said.outcome, said.reason, said.until) == (Outcome.WAIT, "baking", 9_000 + HOUR)
    assert order(so(of(ran(1, "1.4.2", 9_000)), bake=1_000.0)).outcome is Outcome.PASS


def test_what_bakes_longer_than_anybody_waits_is_blocked_with_the_command_that_plans_it() -> None:
    said = order(so(of(ran(1, "1.4.2", 9_000)), bake=48 * HOUR))

    assert (said.outcome, said.reason) == (Outcome.BLOCK, "baking")
    assert "/deploy checkout 1.4.2 production at " in said.way_out


def test_the_same_deployed_again_goes_on_baking() -> None:
    assert of(ran(1, "1.4.2", 100), ran(2, "1.4.2", 9_000)).since == 100


def test_what_was_replaced_before_it_had_baked_is_blocked() -> None:
    said = order(so(of(ran(1, "1.4.2", 100), ran(2, "1.5.0", 220)), bake=HOUR))

    assert (said.outcome, said.reason) == (Outcome.BLOCK, "baking")
    assert "ran in staging for 2m only, and has to for 1h: 1.5.0 took its place" in said.sentence


def test_one_stay_that_was_long_enough_is_enough() -> None:
    history = [ran(1, "1.4.2", 100), ran(2, "1.5.0", 100 + HOUR), back(3, "1.4.2", 9_900, away="1.5.0")]

    assert order(so(of(*history), bake=HOUR)).outcome is Outcome.PASS


# --- rollbacks and broken glass -------------------------------------------------------------------------------


def test_breaking_the_glass_passes_over_it() -> None:
    assert order(so(of(), glass="the shop is down")).outcome is Outcome.PASS


def rollback(there: Earlier | None) -> Situation:
    left = GoingBack(deployment="d2", number=2, environment="production", version="1.4.2")
    return so(of(), kind=Kind.ROLLBACK, version="1.4.1", back=left, there=there)


def test_a_rollback_is_exempt_while_what_it_leaves_is_still_there() -> None:
    there = Earlier(deployment="d2", number=2, environment="production", version="1.4.2")

    assert order(rollback(there)).outcome is Outcome.PASS
    assert order(rollback(None)).outcome is Outcome.PASS


def test_a_rollback_of_what_is_no_longer_there_is_blocked() -> None:
    there = Earlier(deployment="d3", number=3, environment="production", version="1.5.0")
    said = order(rollback(there))

    assert (said.outcome, said.reason) == (Outcome.BLOCK, "moved_on")
    assert "since then #3 (1.5.0) ran there" in said.sentence
    assert "/deploy rollback checkout production" in said.way_out


def test_a_rollback_to_what_is_there_already_says_that_there_is_nothing_to_do() -> None:
    there = Earlier(deployment="d1", number=1, environment="production", version="1.4.1")
    said = order(rollback(there))

    assert (said.outcome, said.reason) == (Outcome.BLOCK, "already_there")
