"""The card of a release, as far as it is a pure projection: with many parts, what is to be decided is seen all the same."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from bot.deployments import Approval, Clause, Deployment
from bot.gates import Outcome, Situation
from bot.gates.release import release
from bot.gates.situation import PartNow
from bot.lifecycle import State
from bot.slack.cards import draw
from config.models import Policy
from tests.drawn import AT, deployments, release_of
from tests.e2e.shop import seen

UNREADY = tuple(f"service-number-{number}" for number in range(19))


def parts(count: int) -> Iterator[Deployment]:
    """Those that wait for the same approval."""
    one = next(one for one in deployments() if one.state is State.AWAITING_APPROVAL)
    approval = Approval(
        request="q",
        clauses=(Clause(count=2, of=("sre",)),),
        four_eyes=True,
        fingerprint={},
        asked_at=AT,
        expires_at=AT + 1800,
    )
    for number in range(count):
        name = f"service-number-{number}"
        waits = release(situation()).sentence
        yield msgspec.structs.replace(
            one, id=f"d{number}", service=name, approval=approval, override="It burns.", waits_for=waits
        )


def situation() -> Situation:
    return Situation(
        now=AT,
        service="service-number-19",
        environment="production",
        version="1.4.2",
        actor="U1",
        policy=Policy(),
        release=PartNow(unready=UNREADY),
    )


def test_who_is_needed_is_seen_on_the_card_of_a_release_of_twenty() -> None:
    for count in (2, 20):
        text = seen(draw(release_of(list(parts(count)))))
        names = ", ".join(f"service-number-{number}" for number in range(count))
        assert f"*{names}*: Still needed: *2 of sre*, not by who asked." in text
        assert text.count("In spite of a freeze: It burns.") == 1
        assert "⚠️" in text
        assert "• *service-number-0*" in text


def test_what_stopped_it_is_seen_with_a_part_that_never_became_a_deployment() -> None:
    text = seen(draw(release_of(list(parts(2)), stopped="payments 7 was refused.")))
    assert "*Stopped:* payments 7 was refused." in text
    assert "• *gone* `1`: refused" in text
    assert "Rollback asked by" in text


def test_of_many_parts_that_are_waited_for_some_are_named_and_the_others_counted() -> None:
    verdict = release(situation())
    assert verdict.outcome is Outcome.WAIT
    assert verdict.sentence == (
        "the release starts when every part may: service-number-0, service-number-1, service-number-2 "
        "and 16 others may not yet"
    )
    few = msgspec.structs.replace(situation(), release=PartNow(behind=("a", "b", "c", "d")))
    assert release(few).sentence == "it comes after a, b, c, d"
