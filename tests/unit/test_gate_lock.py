"""The gate lock: whom a lock is in the way of, until when, and who can lift it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.audit import ENGINE
from bot.gates import Outcome, Situation, Verdict
from bot.gates.lock import lock, matches
from bot.kinds import Kind
from bot.reasons import Reason
from bot.standing import Lock
from config.models import Policy

NOW, HOUR = 1_700_000_000.0, 3600.0
SAM, DANA = "U0SAM", "U0DANA"


def stands(owner: str = SAM, **changes: Any) -> Lock:
    usual: dict[str, Any] = {
        "id": "l1",
        "service": "checkout",
        "environment": "production",
        "owner_name": "" if owner == ENGINE else "sam",
        "made_at": NOW - 60,
        "reason": "we test",
    }
    return Lock(owner=owner, **{**usual, **changes})


def judged(*locks: Lock, actor: str = DANA, version: str = "1.4.2", **changes: Any) -> Verdict:
    return lock(
        Situation(
            now=NOW,
            service="checkout",
            environment="production",
            version=version,
            actor=actor,
            policy=Policy(lock=["sre"]),
            locks=locks,
            **changes,
        )
    )


def test_without_a_lock_it_says_nothing() -> None:
    assert judged() == Verdict(gate="lock")


@pytest.mark.parametrize(
    "changes",
    [{"ended_at": NOW - 1}, {"until": NOW}, {"service": "payments"}, {"environment": "staging"}],
)
def test_what_is_over_or_elsewhere_holds_nobody(changes: dict[str, Any]) -> None:
    assert judged(stands(**changes)).outcome is Outcome.PASS


@pytest.mark.parametrize(
    "scope", [("checkout", "production"), ("", "production"), ("checkout", ""), ("", "")]
)
def test_a_lock_on_any_scope_that_covers_the_place_holds(scope: tuple[str, str]) -> None:
    found = judged(stands(service=scope[0], environment=scope[1]))

    assert (found.outcome, found.reason, found.until) == (Outcome.WAIT, Reason.LOCKED, 0.0)
    named = " ".join(filter(None, scope)) or "everything"
    assert f"`/deploy unlock {named} because …`" in found.way_out
    assert "`/deploy watch checkout production`" in found.way_out


def test_its_owner_goes_through_and_others_wait_until_its_end() -> None:
    assert judged(stands(), actor=SAM).outcome is Outcome.PASS
    assert judged(stands(until=NOW + HOUR)).until == NOW + HOUR


def test_what_lasts_longer_than_anybody_waits_is_a_no() -> None:
    assert judged(stands(until=NOW + 5 * HOUR)).outcome is Outcome.BLOCK
    assert judged(stands(until=NOW + 4 * HOUR)).outcome is Outcome.WAIT


@pytest.mark.parametrize("actor", [SAM, DANA])
@pytest.mark.parametrize(("version", "passes"), [("1.4.2", True), ("1.5.0", False), ("1.40", False)])
def test_a_lock_on_versions_is_about_the_change_and_not_about_the_person(
    actor: str, version: str, passes: bool
) -> None:
    found = judged(stands(only="1.4.x"), actor=actor, version=version)

    assert (found.outcome is Outcome.PASS) == passes
    assert passes or "takes only 1.4.x" in found.sentence


def test_a_warning_is_said_and_holds_nobody() -> None:
    found = judged(stands(warning=True, reason="the disk is full"))

    assert found.outcome is Outcome.PASS
    assert found.sentence == "sam warns about checkout in production: the disk is full"
    assert (
        judged(stands(warning=True), actor=SAM).sentence == "sam warns about checkout in production: we test"
    )


def test_what_a_failure_locked_lets_a_rollback_through_and_nobody_else() -> None:
    failed = stands(ENGINE, deployment="d1")

    assert judged(failed).outcome is Outcome.WAIT
    assert judged(failed, kind=Kind.ROLLBACK).outcome is Outcome.PASS
    assert judged(failed, stands(id="l2"), kind=Kind.ROLLBACK).outcome is Outcome.WAIT
    assert "because" not in judged(failed).way_out, "nobody has to be told a reason"
    assert judged(failed).who == ("sre",)


def test_each_of_several_is_named_the_longest_first_with_who_can_lift_that_one() -> None:
    found = judged(
        stands(until=NOW + HOUR),
        stands("U0OLU", id="l2", owner_name="olu", until=NOW + 2 * HOUR, environment=""),
        lifters={"l2": ("owners",)},
    )

    assert found.until == NOW + 2 * HOUR
    assert found.sentence.startswith("checkout is locked by olu until")
    assert found.who == ("U0OLU", "owners")
    (other,) = found.also
    assert other.sentence.startswith("checkout in production is locked by sam until")
    assert other.who == (SAM, "sre")
    assert found.said == f"{found.sentence}; {other.sentence}"
    assert (
        "`/deploy unlock checkout because …` lifts the lock of checkout, for olu or owners" in found.way_out
    )
    assert "`/deploy unlock checkout production because …` lifts the lock of" in found.way_out
    assert judged(stands(until=NOW + HOUR), stands(id="l2", environment="")).until == 0.0


def test_what_only_warns_is_said_beside_a_lock_and_is_not_why_it_waits() -> None:
    found = judged(stands(), stands(id="l2", environment="", warning=True, reason="the disk is full"))

    assert [one.sentence for one in found.also] == ["sam warns about checkout: the disk is full"]
    assert found.said == found.sentence == "checkout in production is locked by sam: we test"


@pytest.mark.parametrize("reader", [SAM, DANA])
def test_ones_own_lock_is_said_as_ones_own_to_oneself_alone(reader: str) -> None:
    found = judged(stands(), actor=SAM, reader=reader)

    assert found.outcome is Outcome.PASS
    theirs = "checkout in production is locked by sam: we test; it does not hold up sam"
    assert found.sentence == (
        "checkout in production is locked by you: we test; you may" if reader == SAM else theirs
    )


def test_what_ends_too_late_is_a_no_beside_what_has_no_end() -> None:
    endless, late = stands(), stands(id="l2", environment="", until=NOW + 5 * HOUR)
    found = judged(endless, late)

    assert (found.outcome, found.until) == (Outcome.BLOCK, 0.0)


@pytest.mark.parametrize(
    ("only", "version", "so"),
    [
        ("1.4.x", "1.4.2", True),
        ("1.4.X", "1.4.2-rc1", True),
        ("1.4.*", "1.4.2", True),
        ("1.x.2", "1.9.2", True),
        ("1.x.2", "1.9.3", False),
        ("1.4.2", "1.4.2", True),
        ("1.4.2", "1.4.20", False),
        ("release-*", "release-7", True),
        ("fix", "fax", False),
        ("1.4.x", "1.4", False),
        ("v[1-3]", "v2", False),
        ("1.4.?", "1.4.2", False),
    ],
)
def test_patterns_of_versions(only: str, version: str, so: bool) -> None:
    assert matches(only, version) is so


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_pattern_judges_any_version(only: str, version: str) -> None:
    assert matches(only, version) in {True, False}


@given(st.from_regex(r"[0-9a-z._+-]{1,20}", fullmatch=True).filter(lambda version: "x" not in version))
def test_a_version_as_it_is_lets_exactly_itself_through(version: str) -> None:
    assert matches(version, version)
    assert not matches(version, version + "0")
