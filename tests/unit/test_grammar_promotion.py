"""The words of promotions and rollbacks: lenient at the edges, strict where they could mean two things."""

from __future__ import annotations

from typing import Any

import pytest

from bot.events.promotion import Promote
from bot.events.rollback import RollBack
from bot.grammar.intents import CommandIntent
from bot.reasons import Reason
from tests.unit.test_grammar import refused, understood


def fields(text: str, kind: type, here: str | None = None) -> dict[str, Any]:
    """What was said, without what was not."""
    found = understood(text, here=here)
    assert isinstance(found, CommandIntent)
    assert found.kind is kind
    return {name: value for name, value in found.fields.items() if value}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("promote checkout", {}),
        ("promote till", {}),
        ("promote checkout to production", {"target": "production"}),
        ("promote checkout production", {"target": "production"}),
        ("promote checkout to prod please", {"target": "production"}),
        ("promote checkout from staging", {"source": "staging"}),
        ("promote checkout from staging to production", {"source": "staging", "target": "production"}),
        ("promote checkout to production from stage", {"source": "staging", "target": "production"}),
        ("promote checkout staging to production", {"source": "staging", "target": "production"}),
        ("PROMOTE `checkout` to *Production*!", {"target": "production"}),
        ("promote checkout to production at 14:00", {"target": "production", "when": "at 14:00"}),
        ("promote checkout to production removing", {"target": "production", "removing": True}),
        ("promote checkout to production override because the fix is in it", {"target": "production", "override": "the fix is in it"}),
        ("promote checkout to production break-glass because it burns", {"target": "production", "break_glass": "it burns"}),
        ("plan promote checkout", {"plan": True}),
    ],
)  # fmt: skip
def test_a_promotion_is_asked_for_in_these_words(text: str, said: dict[str, Any]) -> None:
    assert fields(text, Promote) == {"service": "checkout", **said}


def test_a_promotion_in_a_channel_of_the_service_needs_no_service() -> None:
    assert fields("promote", Promote, here="checkout") == {"service": "checkout"}
    assert fields("promote to production", Promote, here="checkout") == {
        "service": "checkout",
        "target": "production",
    }


@pytest.mark.parametrize(
    ("text", "reason", "words"),
    [
        ("promote", Reason.MISSING_WORD, "/deploy promote checkout"),
        ("promote chekcout", Reason.UNKNOWN_SERVICE, "/deploy promote checkout"),
        ("promote checkout 1.4.2", Reason.UNKNOWN_COMMAND, "/deploy promote checkout`"),
        ("promote checkout 1.4.2 to production", Reason.UNKNOWN_COMMAND, "/deploy checkout 1.4.2 to production`"),
        ("promote checkout to prodution", Reason.UNKNOWN_ENVIRONMENT, "/deploy promote checkout to production"),
        ("promote checkout from", Reason.MISSING_WORD, "/deploy promote checkout"),
        ("promote checkout staging production", Reason.UNKNOWN_COMMAND, "/deploy promote checkout from staging to production"),
        ("promote checkout because it is time", Reason.UNKNOWN_COMMAND, "/deploy promote checkout`"),
        ("promote checkout break-glass", Reason.REASON_REQUIRED, "/deploy promote checkout break-glass because …"),
    ],
)  # fmt: skip
def test_what_is_no_promotion_is_refused_with_the_nearest(text: str, reason: Reason, words: str) -> None:
    failure = refused(text)
    assert failure.reason is reason
    assert words in failure.way_out


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("rollback checkout production", {}),
        ("rollback production checkout", {}),
        ("rollback till in prod", {}),
        ("rollback checkout production to 1.4.1", {"version_wanted": "1.4.1"}),
        ("rollback checkout production 1.4.1", {"version_wanted": "1.4.1"}),
        ("rollback checkout production to version staging", {"version_wanted": "staging"}),
        ("rollback checkout production because it burns", {"why": "it burns"}),
        ("rollback checkout production to 1.4.1 because it burns", {"version_wanted": "1.4.1", "why": "it burns"}),
        ("rollback checkout production bad because it burns", {"mark_bad": True, "why": "it burns"}),
        ("rollback lock bad checkout production because it burns", {"mark_bad": True, "lock_place": True, "why": "it burns"}),
        ("rollback checkout production to version bad", {"version_wanted": "bad"}),
        ("rollback checkout production break-glass because it burns", {"break_glass": "it burns", "why": "it burns"}),
        ("plan rollback checkout production", {"plan": True}),
    ],
)  # fmt: skip
def test_a_rollback_is_asked_for_in_these_words(text: str, said: dict[str, Any]) -> None:
    assert fields(text, RollBack) == {"service": "checkout", "environment": "production", **said}


def test_a_rollback_in_a_channel_of_the_service_needs_no_service() -> None:
    assert fields("rollback production to 1.4.1", RollBack, here="checkout") == {
        "service": "checkout",
        "environment": "production",
        "version_wanted": "1.4.1",
    }


@pytest.mark.parametrize(
    ("text", "reason", "words"),
    [
        ("rollback", Reason.MISSING_WORD, "/deploy rollback checkout production"),
        ("rollback checkout", Reason.MISSING_WORD, "/deploy rollback checkout production"),
        ("rollback production", Reason.MISSING_WORD, "/deploy rollback checkout production"),
        ("rollback chekcout production", Reason.UNKNOWN_SERVICE, "/deploy rollback checkout"),
        ("rollback checkout prodution", Reason.UNKNOWN_ENVIRONMENT, "/deploy rollback checkout production"),
        ("rollback everything production", Reason.MISSING_WORD, "/deploy rollback checkout production"),
        ("rollback checkout production staging", Reason.AMBIGUOUS, ""),
        ("rollback checkout production 1.4.1 1.4.0", Reason.AMBIGUOUS, "/deploy rollback checkout production 1.4.1`"),
        ("rollback payments live 1.4.1", Reason.VERSION_INVALID, ""),
        ("rollback checkout production version", Reason.MISSING_WORD, ""),
        ("rollback checkout production break-glass", Reason.REASON_REQUIRED, "break-glass because …"),
        (f"rollback checkout production because {'x' * 1001}", Reason.REASON_REQUIRED, ""),
    ],
)  # fmt: skip
def test_what_is_no_rollback_is_refused_with_the_nearest(text: str, reason: Reason, words: str) -> None:
    failure = refused(text)
    assert failure.reason is reason
    assert words in failure.way_out
