"""A judge that could not say no would be none: each promise is kept once, and broken once, by hand."""

from __future__ import annotations

import pytest

from bot.kinds import Kind
from bot.sandbox.slack.harbour import DANA, SAM, SOFIA
from tests.properties import tales
from tests.properties.evidence import Row
from tests.properties.judge import PROMISES
from tests.properties.stories import Story
from tests.properties.tales import Tale, good_day, planned, promoted, refused, rolled_back
from tests.properties.tales_approvals import by, lent, loosened, stricter, taken_back, unheard_approval

BROKEN: tuple[tuple[str, Tale], ...] = (
    ("never_two_runs_at_once", tales.twice),
    ("each_ends_as_its_run_did", tales.called_good),
    ("the_order_of_the_queue_is_kept", tales.overtaken),
    ("nothing_is_on_its_way_twice", tales.asked_again),
    ("who_is_refused_hears_it", tales.unheard),
    ("the_audit_log_is_complete", tales.changed_by_hand),
    ("the_audit_log_is_complete", tales.requested_twice),
    ("each_saying_has_its_answer", tales.unanswered),
    ("each_saying_has_its_answer", tales.one_of_two_unanswered),
    ("what_stands_is_what_people_said", tales.stands_by_words_alone),
    ("locks_are_honoured", tales.LOCKED),
    ("never_inside_a_freeze_without_an_override", tales.FROZEN),
    ("nothing_starts_before_every_part_may", tales.without_the_other),
    ("what_others_need_is_there_before", tales.without_what_it_needs),
    ("nothing_starts_after_the_first_that_failed", tales.after_a_failure),
    ("a_release_ends_with_its_last_part", tales.without_an_end),
    ("all_of_it_or_nothing", tales.without_a_release),
    ("who_cancels_a_release_cancels_all_of_it", tales.cancelled_in_vain),
    ("who_cancels_a_release_cancels_all_of_it", tales.cancelled_by_anybody),
    ("what_was_done_is_taken_back", tales.taken_back_in_part),
    ("never_without_its_approvals_at_its_fingerprint", by(DANA, who=SAM)),
    ("never_without_its_approvals_at_its_fingerprint", by(SAM, who=SAM)),
    ("never_without_its_approvals_at_its_fingerprint", by(SAM, kind=Kind.ROLLBACK, policy="1 of owners")),
    ("never_without_its_approvals_at_its_fingerprint", lent(before=False)),
    ("never_without_its_approvals_at_its_fingerprint", lent(until=0.0)),
    ("never_without_its_approvals_at_its_fingerprint", taken_back),
    ("never_without_its_approvals_at_its_fingerprint", stricter(SAM)),
    ("never_without_its_approvals_at_its_fingerprint", loosened(SAM)),
    (
        "never_without_its_approvals_at_its_fingerprint",
        planned(at=3600.0, down=1000.0, confirmed=True, anew=False),
    ),
    ("each_question_is_that_of_the_rules_in_force", stricter(SAM, SOFIA, policy="1 of sre")),
    ("each_question_is_that_of_the_rules_in_force", loosened()),
    ("nobody_approves_beyond_what_is_needed", by(SAM, SOFIA)),
    ("a_promotion_takes_what_runs_before", promoted("2.0.0", "1.4.0")),
    ("a_promotion_takes_what_runs_before", promoted("1.4.0")),
    ("a_promotion_takes_what_runs_before", promoted("1.4.0", "1.4.0", "2.0.0")),
    ("a_promotion_takes_what_runs_before", refused("promote checkout", "nothing_runs", "checkout")),
    ("a_promotion_takes_what_runs_before", refused("promote checkout", "already_there", "checkout")),
    ("a_rollback_goes_back_to_the_last_good_one", rolled_back("1.4.0", "2.0.0", "1.4.0", "1.4.1", "2.0.0")),
    ("a_rollback_goes_back_to_the_last_good_one", rolled_back("1.4.0", "1.4.0", "1.4.0", "1.4.1")),
    (
        "a_rollback_is_refused_for_a_reason",
        refused("rollback checkout", "nothing_to_go_back_to", "checkout", "staging", ""),
    ),
    (
        "a_rollback_is_refused_for_a_reason",
        refused("rollback checkout to 1.4.0", "never_ran_there", "checkout", "staging", "1.4.0"),
    ),
    (
        "a_deployment_is_refused_for_a_reason",
        refused("deploy", "already_going", "staging", "checkout", "1.4.0"),
    ),
    ("nothing_goes_where_it_has_not_been_before", tales.out_of_order),
    ("who_may_approve_is_heard", unheard_approval),
    ("nobody_waits_for_nothing", tales.left_waiting),
    ("what_is_planned_is_planned_for_what_was_said", planned(at=3600.0, said=7200.0)),
    ("nothing_starts_before_its_time", planned(at=3600.0)),
    ("what_was_missed_waits_for_somebody", planned(at=3600.0, down=1000.0)),
)
KEPT: tuple[Tale, ...] = (
    good_day,
    by(SAM),
    lent(),
    stricter(SAM, SOFIA),
    loosened(SAM, SOFIA),
    promoted("2.0.0", "1.4.0", "2.0.0"),
    refused("promote checkout", "nothing_runs", "checkout", ran=()),
    refused("rollback checkout", "nothing_to_go_back_to", "checkout", "staging", "", ran=("1.4.0",)),
    rolled_back("1.4.1", "2.0.0", "1.4.0", "1.4.1", "2.0.0"),
    rolled_back("1.4.0", "2.0.0", "1.4.0", "2.0.0", environment="production"),
    planned(at=3600.0, down=10.0),
    planned(at=3600.0, down=1000.0, confirmed=True),
)


def kept(told: Story) -> list[Row]:
    """What stands by the model, as the server would have it."""
    return [
        {
            "kind": "Delegation",
            "service": one.scope[0],
            "environment": one.scope[1],
            "owner": one.owner,
            "body": {"to": one.to, "until": one.until},
        }
        for one in told.model.now.delegations.values()
    ]


@pytest.mark.parametrize("tale", KEPT)
def test_what_is_as_it_should_be_breaks_no_promise(tale: Tale) -> None:
    told = Story()
    tale(told)
    told.evidence.standing = kept(told)
    assert [found for promise in PROMISES for found in promise(told.evidence)] == []


@pytest.mark.parametrize(("name", "tale"), BROKEN)
def test_each_promise_can_be_broken(name: str, tale: Tale) -> None:
    told = Story()
    tale(told)
    promise = next(one for one in PROMISES if one.__name__ == name)
    assert list(promise(told.evidence))


def test_no_promise_is_without_its_test() -> None:
    assert {one.__name__ for one in PROMISES} == {name for name, _ in BROKEN}
