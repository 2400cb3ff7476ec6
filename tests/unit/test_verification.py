"""What answers mean for a deployment, as pure rules; and how a place is, in words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from bot.deployments import Deployment
from bot.lifecycle import State
from bot.people import Person, Place
from bot.probing import UrlAnswer
from bot.reasons import Reason
from bot.runs import RunTarget
from bot.soak import Soak, Verdict
from bot.verification import (
    Answer,
    Bad,
    CheckState,
    Verification,
    baked,
    baking,
    begun,
    heard,
    judged,
    marked_bad,
    name_of,
    overdue,
    plan_of,
    prolonged,
    taken_up,
    unseen,
)
from config.verifying import Check, UrlCheck
from handlers.health_words import health

NOW = 1000.0
URL = Check.model_validate({"url": {"address": "https://shop.example.com/healthz?token={{ version }}"}})
JOB = Check.model_validate({"job": {"job": "team/smoke"}})
COMMAND = Check.model_validate({"command": {"run": ["/usr/bin/smoke", "-v"]}})
BAKE = Check.model_validate({"bake": 600.0})
ALL = [URL, JOB, COMMAND, BAKE]


def good(at: float = NOW, **other) -> Answer:
    return Answer(at=at, good=True, words="fine", **other)


def bad(at: float = NOW, **other) -> Answer:
    return Answer(at=at, good=False, words="ill", **other)


def after(verification: Verification, n: int, answer: Answer, checks=ALL) -> Verification:
    found = heard(verification, n, answer, checks[n])
    assert isinstance(found, Verification)
    return found


def in_the_oven() -> Verification:
    found = begun(ALL, NOW)
    for n in (0, 1, 2):
        found = after(found, n, good())
    baking_now = baking(found, ALL, NOW)
    assert baking_now is not None
    return baking_now


def test_checks_are_named_for_people_without_what_an_address_may_hold():
    assert [name_of(one) for one in ALL] == [
        "shop.example.com/healthz",
        "job team/smoke",
        "command smoke",
        "bake",
    ]
    assert name_of(Check.model_validate({"name": "front page", "bake": 1.0})) == "front page"


def test_everything_is_open_but_the_baking_and_has_its_own_time():
    found = begun(ALL, NOW)
    assert found.open == (0, 1, 2)
    assert [one.until for one in found.checks] == [NOW + 300, NOW + 900, NOW + 300, NOW]
    assert overdue(found, NOW + 299) is None
    assert overdue(found, NOW + 300) == 0
    assert overdue(after(after(found, 0, good()), 2, good()), NOW + 899) is None


def test_an_address_may_be_bad_until_its_time_is_over_and_a_job_says_no_once():
    found = begun(ALL, NOW)
    for _ in range(10):
        found = after(found, 0, bad())
    assert found.checks[0].state is CheckState.OPEN
    assert found.checks[0].bad == 10
    said = heard(found, 1, bad(final=True), JOB)
    assert said == Bad(Reason.VERIFICATION_FAILED, "job team/smoke: ill")


def test_it_bakes_once_everything_is_good_and_only_where_that_is_wanted():
    found = in_the_oven()
    assert found.open == ()
    assert (found.baking_since, found.bake_until) == (NOW, NOW + 600)
    assert baking(found, ALL, NOW) is None
    assert baking(after(begun([URL], NOW), 0, good(), [URL]), [URL], NOW) is None


def test_while_it_bakes_several_bad_answers_in_a_row_are_a_no():
    found = in_the_oven()
    for answer in (bad(), bad(), good(), bad(), bad()):
        found = after(found, 0, answer)
    assert heard(found, 0, bad(), URL) == Bad(Reason.VERIFICATION_FAILED, "shop.example.com/healthz: ill")


def test_it_is_baked_when_every_address_was_good_after_the_time():
    found = in_the_oven()
    assert not baked(found)
    assert not baked(after(found, 0, good(NOW + 599)))
    assert not baked(after(found, 0, bad(NOW + 601)))
    assert baked(after(found, 0, good(NOW + 600)))


def test_time_in_which_nobody_looked_prolongs_the_baking():
    found = prolonged(in_the_oven(), NOW + 300, NOW + 600)
    assert found.bake_until == NOW + 900
    assert not baked(after(found, 0, good(NOW + 899)))
    assert baked(after(found, 0, good(NOW + 900)))


def test_what_comes_much_later_than_it_was_to_shows_that_nobody_looked():
    assert not unseen(NOW, NOW + 600, NOW + 630)
    assert unseen(NOW, NOW + 600, NOW + 631)
    assert not unseen(0.0, 0.0, NOW), "nobody has looked before"
    assert unseen(NOW, 0.0, NOW + 31), "of an older version, which did not say when it was to be"


def test_a_stretch_in_which_nobody_looked_counts_once_however_many_tell_of_it():
    found = in_the_oven()
    for since, until in ((10, 3600), (8, 3601), (10, 3602), (20, 3000)):
        found = prolonged(found, NOW + since, NOW + until)
    assert found.bake_until == NOW + 600 + (3602 - 8)
    assert prolonged(found, NOW + 5000, NOW + 5100).bake_until == found.bake_until + 100, "another stretch"


def test_what_is_open_has_as_much_more_time_and_what_is_good_or_does_not_bake_stays_as_it_is():
    before = after(begun(ALL, NOW), 0, good())
    found = prolonged(before, NOW + 10, NOW + 1210)
    assert [one.until for one in found.checks] == [NOW + 300, NOW + 2100, NOW + 1500, NOW]
    assert [one.since for one in found.checks] == [NOW, NOW + 1200, NOW + 1200, NOW]
    assert found.bake_until == 0
    assert overdue(found, NOW + 1499) is None


def test_looks_that_came_to_nothing_have_baked_nothing():
    found = taken_up(in_the_oven(), NOW + 900)
    assert (found.turn, found.bake_until) == (2, NOW + 1500)
    found = prolonged(in_the_oven(), NOW + 100, NOW + 400)
    assert taken_up(found, NOW + 900).bake_until == NOW + 1500, "what was unseen within it counts once"


@given(
    st.lists(st.tuples(st.integers(0, 2), st.sampled_from([True, False, None]), st.booleans()), max_size=40)
)
def test_whatever_is_answered_nothing_is_good_before_all_of_it_was(answers):
    found, seen = begun(ALL, NOW), set()
    for n, is_good, final in answers:
        result = heard(found, n, Answer(at=NOW, good=is_good, words="x", final=final and not is_good), ALL[n])
        if isinstance(result, Bad):
            assert is_good is False
            assert final
            return
        seen |= {n} if is_good else set()
        found = result
        assert set(found.open) == {0, 1, 2} - seen


def test_a_plan_differs_by_anything_but_secrets():
    def with_header(secret: str, status: int = 200) -> Check:
        url = {"address": "https://x.com/", "status": status, "secret_headers": {"Authorization": secret}}
        return Check.model_validate({"url": url})

    assert plan_of([with_header("a")]) == plan_of([with_header("b")])
    assert plan_of([with_header("a")]) != plan_of([with_header("a", 204)])
    assert plan_of(ALL) != plan_of(ALL[:-1])


def test_a_plan_begun_anew_uses_no_job_key_and_no_turn_again():
    first = begun(ALL, NOW)
    second = begun([JOB], NOW + 1, first)
    assert (second.turn, second.base) == (first.turn + 1, 4)
    assert begun([JOB], NOW + 2, second).base == 5


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (UrlAnswer(status=200, body="all ok"), (True, "answered 200")),
        (UrlAnswer(status=200, body="not good"), (False, "answered 200, without the expected text")),
        (UrlAnswer(status=500, body="all ok"), (False, "answered 500")),
        (UrlAnswer(problem="nobody listens there"), (False, "nobody listens there")),
    ],
)
def test_an_answer_is_good_when_status_and_text_are(answer, said):
    assert judged(UrlCheck(address="https://x.com/", text=r"\bok\b"), answer) == said


@pytest.fixture
def deployment():
    return Deployment(
        id="d",
        service="checkout",
        environment="production",
        version="1.2.3",
        requester=Person(id="U1", name="Anna"),
        place=Place(channel="C1"),
        channel="C1",
        target=RunTarget(driver="jenkins", server="ci", job="deploy"),
        policy="production",
        requested_at=NOW,
    )


def test_how_a_place_is_in_words(deployment):
    verification = begun([URL, BAKE], NOW)
    verified = replace(deployment, state=State.SUCCEEDED, verification=verification)
    soak = Soak(began_at=NOW, until=NOW + 1)

    def words(one):
        return " ".join(health(one))

    assert words(replace(deployment, state=State.SUCCEEDED)) == "✅ succeeded"
    assert words(verified) == "✅ verified"
    skipped = replace(verification, skipped_by="U2")
    assert words(replace(verified, verification=skipped)) == "✅ said to be fine"
    assert words(replace(verified, soak=soak)) == "✅ verified"
    assert words(replace(verified, soak=replace(soak, verdict=Verdict.WRONG))) == "⚠️ something is wrong"
    assert words(replace(verified, soak=replace(soak, verdict=Verdict.GOOD))) == "✅ looks good"
    assert words(replace(verified, state=State.VERIFYING)) == "➡️ verifying, 0 of 1 good"
    ill = marked_bad(verification, 0, "answered 500")
    failed = replace(verified, state=State.FAILED, verification=ill, reason=Reason.VERIFICATION_FAILED)
    assert words(failed) == "❌ failed its verification"
    assert words(replace(deployment, state=State.LOST, reason=Reason.RUN_LOST)) == "❌ lost"
    assert words(replace(deployment, state=State.AWAITING_APPROVAL)) == "➡️ awaiting approval"
