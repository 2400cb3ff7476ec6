"""What is typed about locks, bad versions and the queue, and what is understood."""

from __future__ import annotations

from typing import Any

import pytest

from bot.events.locks import LockPlace, MarkVersion, ShowLocks, UnlockMine, UnlockPlace
from bot.events.queueing import AskJump, LeaveQueue, ShowQueue, UnwatchPlace, WatchPlace
from bot.grammar.intents import CommandIntent
from tests.unit.test_grammar import refused, understood

SCOPE = {"service": "checkout", "environment": "production"}


def said(text: str, here: str | None = None) -> tuple[type, dict[str, Any]]:
    found = understood(text, here)
    assert isinstance(found, CommandIntent)
    return found.kind, found.fields


def lock(**changes: Any) -> dict[str, Any]:
    usual = {"why": "we test", "only": "", "warning": False, "take_over": False, "when": ""}
    return {**SCOPE, **usual, **changes}


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("lock checkout production because we test", lock()),
        ("lock production checkout because we test", lock()),
        ("/lock till in production, because we test", lock()),
        ("lock checkout production for 2h because we test", lock(when="for 2h")),
        ("lock checkout production until tomorrow 9am because we test", lock(when="until tomorrow 9am")),
        ("lock checkout production tomorrow 9am because we test", lock(when="tomorrow 9am")),
        ("lock checkout production only 1.4.x because we test", lock(only="1.4.x")),
        ("lock checkout production only 1.4.* because we test", lock(only="1.4.*")),
        ("lock checkout production only “1.4.*”, because we test", lock(only="1.4.*")),
        ("lock checkout production warning because we test", lock(warning=True)),
        ("lock checkout production take over because we test", lock(take_over=True)),
        ("lock checkout production takeover because we test", lock(take_over=True)),
        (
            "lock checkout production only 1.4.x for 1h 30m warning because we test",
            lock(only="1.4.x", when="for 1h 30m", warning=True),
        ),
        ("lock checkout production for 2h", lock(why="", when="for 2h")),
        ("lock everything because we test", lock(service="", environment="")),
        ("lock checkout because we test", lock(environment="")),
        ("lock production because we test", lock(service="")),
    ],
)
def test_a_lock_is_asked_for_in_these_words(text: str, fields: dict[str, Any]) -> None:
    assert said(text.removeprefix("/")) == (LockPlace, fields)


def test_in_a_services_channel_an_environment_means_that_services() -> None:
    assert said("lock production because we test", "checkout") == (LockPlace, lock())
    assert said("lock everything because we test", "checkout")[1]["service"] == ""


@pytest.mark.parametrize(
    ("text", "kind", "fields"),
    [
        ("unlock checkout production", UnlockPlace, {**SCOPE, "why": ""}),
        ("unlock checkout production because it is over", UnlockPlace, {**SCOPE, "why": "it is over"}),
        ("unlock mine", UnlockMine, {}),
        ("locks", ShowLocks, {"service": "", "environment": "", "at_page": 1}),
        ("locks checkout page 3", ShowLocks, {"service": "checkout", "environment": "", "at_page": 3}),
        (
            "bad checkout 1.4.2 because it burns",
            MarkVersion,
            {"service": "checkout", "version_marked": "1.4.2", "why": "it burns"},
        ),
        (
            "good checkout version 1.4.2",
            MarkVersion,
            {"service": "checkout", "version_marked": "1.4.2", "why": "", "good": True},
        ),
        ("queue", ShowQueue, {"service": "", "environment": ""}),
        ("queue checkout prod", ShowQueue, SCOPE),
        ("watch checkout production", WatchPlace, SCOPE),
        ("unwatch checkout production", UnwatchPlace, SCOPE),
        ("leave", LeaveQueue, {"service": "", "environment": ""}),
        ("leave #12", LeaveQueue, {"number": 12}),
        ("leave checkout production", LeaveQueue, SCOPE),
        ("jump #12 because customers can't pay", AskJump, {"number": 12, "why": "customers can't pay"}),
    ],
)
def test_the_rest_is_asked_for_in_these(text: str, kind: type, fields: dict[str, Any]) -> None:
    assert said(text) == (kind, fields)


@pytest.mark.parametrize(
    ("text", "reason", "way_out"),
    [
        ("lock", "missing_word", "lock checkout production because …"),
        ("lock for 2h because x", "missing_word", "lock checkout production for 2h because x"),
        ("lock chekout because x", "unknown_service", "lock checkout because x"),
        ("lock checkout chekout because x", "unknown_environment", "help"),
        ("lock prod because x", "ambiguous", "lock live because x"),
        ("lock staging production because x", "ambiguous", "lock staging because x"),
        ("lock checkout qa because x", "unknown_environment", "help"),
        ("lock checkout because", "reason_required", "lock checkout because …"),
        ("lock checkout take over", "reason_required", "lock checkout take over because …"),
        ("lock checkout only because x", "missing_word", "help"),
        ("lock checkout only ??? because x", "missing_word", "help"),
        ("lock checkout for 2h until monday because x", "ambiguous", "lock checkout for 2h because x"),
        ("lock checkout break-glass because x", "unknown_command", "lock checkout because x"),
        ("unlock", "missing_word", "unlock checkout production"),
        ("unlock checkout for 2h", "unknown_command", "help"),
        ("locks because x", "unknown_command", "locks"),
        ("locks page", "unknown_command", "locks page 2"),
        ("locks page 0", "unknown_command", "locks page 2"),
        ("locks chekout", "unknown_service", "locks checkout"),
        ("bad checkout", "missing_word", "bad checkout … because …"),
        ("bad checkout 1.4.2", "reason_required", "bad checkout 1.4.2 because …"),
        ("bad payments 1.4.2 because x", "version_invalid", "help"),
        ("good checkout 1 2", "unknown_command", "help"),
        ("watch", "missing_word", "watch checkout production"),
        ("watch checkout", "missing_word", "watch checkout production"),
        ("watch staging", "missing_word", "watch checkout staging"),
        ("watch chekout production", "unknown_service", "watch checkout production"),
        ("jump", "missing_word", "jump #12 because …"),
        ("jump x because y", "unknown_deployment", "jump #12 because …"),
        ("jump #12", "reason_required", "jump #12 because …"),
        ("leave #0", "unknown_deployment", "leave #12"),
        ("queue nonsense", "unknown_service", "help"),
    ],
)
def test_what_makes_no_sense_is_refused_with_the_nearest_right_command(
    text: str, reason: str, way_out: str
) -> None:
    no = refused(text)

    assert no.reason.value == reason
    assert f"`/deploy {way_out}`" in no.way_out


def test_a_reason_has_an_end() -> None:
    assert refused(f"lock checkout because {'x' * 1001}").reason.value == "reason_required"
