"""What has to be true after the storm, each promise a function that yields its violations."""

from __future__ import annotations

import itertools
import json
import re
from collections import Counter
from collections.abc import Iterator

from bot.approvals import complete
from bot.deployments import Deployment, deployment_id
from bot.errors import BadRequest
from bot.events import Announce, PostNote
from bot.kinds import Kind
from bot.lifecycle import State
from bot.sandbox.slack.delivery.parcel import Parcel
from bot.slack.payloads import block_action, message_event, slash_command
from bot.slack.view_payloads import viewed
from bot.verification import CheckState
from handlers.card_view import STATES
from tests.chaos.crowd import opens_a_dialog
from tests.chaos.evidence import Evidence, Promise, Row, Violation
from tests.chaos.judge_answers import ANSWERED
from tests.chaos.judge_releases import RELEASED
from tests.chaos.judge_standing import STANDING

ONCE = {
    "requested",
    "approval_requested",
    "approval_complete",
    "rejected",
    "expired",
    "cancelled",
    "glass_broken",
    "queued",
    "started",
    "run_accepted",
    "run_given_up",
    "superseded",
    "missed_plan_confirmed",
    "auto_rollback",
    "ended",
}
ANEW = {"approval_requested", "approval_complete", "queued"}
"""Those that stand once more for each time that approvals became void."""
LATE = {("views.open", "exchanged_trigger_id"), ("views.open", "expired_trigger_id")}
"""A click on a dialog's button that Slack delivered again, or to a server that was just starting."""
RESULTS = {State.SUCCEEDED: "SUCCESS", State.FAILED: "FAILURE", State.ABORTED: "ABORTED"}
VERIFIED = {"checkout", "search"}
"""Services whose deployments are looked at after the run."""
NEVER_STARTED = {State.REFUSED, State.REJECTED, State.EXPIRED, State.CANCELLED}


ASKS = ("Deploy", "RollBack", "RollBackDeployment")
"""What leads to one deployment, or to a refusal."""
NOT_IN_TURN = {"held", "jump_allowed", "started_again", "approval_voided"}
"""Who was held stepped aside; who was let go first, or asked about again, comes in another order."""


def violations(evidence: Evidence) -> list[Violation]:
    return [found for promise in PROMISES for found in promise(evidence)]


def every_thanked_delivery_was_kept(evidence: Evidence) -> Iterator[Violation]:
    slack = evidence.town.slack
    for parcel, record in zip(slack.courier._sent, slack.workspace.records.deliveries, strict=True):
        key = _key(parcel)
        if key and record.ok and evidence.by_id.get(key, {}).get("state") != "done":
            yield Violation(f"delivery {record.n} ({record.kind}) was thanked, and {key} is not done")


def every_command_led_to_one_deployment_or_refusal(evidence: Evidence) -> Iterator[Violation]:
    known = {one.id for one in evidence.deployments}
    asked = {
        deployment_id(row["id"]) for row in evidence.messages if row["type"] in {*ASKS, "RollBackFailed"}
    }
    for row in evidence.messages:
        if row["type"] in ASKS and row["state"] == "done":
            refused = any(one["type"] == "Tell" for one in evidence.caused[row["id"]])
            made = deployment_id(row["id"]) in known
            if made == refused:
                yield Violation(
                    f"{row['id']}: deployment {made}, refusal {refused}", deployment_id(row["id"])
                )
    for stray in known - asked:
        yield Violation("nobody asked for this deployment", stray)


def every_deployment_ended_as_its_run_did(evidence: Evidence) -> Iterator[Violation]:
    for one in evidence.deployments:
        starts, builds = evidence.starts[one.key], evidence.builds[one.key]
        if not one.state.ended:
            yield Violation(f"still {one.state.value}", one.id)
        if len(starts) > 1 or len(builds) > 1:
            yield Violation(f"started {len(starts)} times, built {len(builds)} times", one.id)
        if one.state in NEVER_STARTED and starts:
            yield Violation(f"{one.state.value}, and was started all the same", one.id)
        # What is cancelled while it is looked at has run to a good end.
        expected = "SUCCESS" if one.verification is not None else RESULTS.get(one.state)
        if builds and one.state.ended and builds[0].result != expected:
            yield Violation(f"{one.state.value}, but its build is {builds[0].result}", one.id)
        if not builds and one.state in {State.SUCCEEDED, State.FAILED, State.LOST}:
            yield Violation(f"{one.state.value} ({one.sentence}), without a build", one.id)


def every_success_was_looked_at_and_no_check_started_twice(evidence: Evidence) -> Iterator[Violation]:
    for one in evidence.deployments:
        looked_at = one.verification.checks if one.verification is not None else ()
        if one.state is State.SUCCEEDED and one.service in VERIFIED and not looked_at:
            yield Violation("succeeded without having been looked at", one.id)
        if one.state is State.SUCCEEDED and any(check.state is not CheckState.GOOD for check in looked_at):
            yield Violation("succeeded, and something that was looked at is not good", one.id)
        for key, starts in evidence.starts.items():
            if key.startswith(f"{one.key}-verify-") and len(starts) > 1:
                yield Violation(f"{key} was started {len(starts)} times", one.id)


def nothing_ran_without_its_approvals(evidence: Evidence) -> Iterator[Violation]:
    for one in evidence.deployments:
        rows = evidence.decisions[one.id]
        if one.environment != "production" or not any(row["action"] == "started" for row in rows):
            continue
        if one.rolls_back is not None and one.rolls_back.automatic:
            continue  # its policy says so: `auto_rollback: run`
        before = list(itertools.takewhile(lambda row: row["action"] != "started", rows))
        asked = one.approval.request if one.approval else ""
        voters = {row["actor"] for row in before if row["action"] == "approved" and _asked_by(row) == asked}
        voters.discard(one.requester.id)
        broken = any(row["action"] == "glass_broken" for row in before)
        if not broken and (len(voters) < 2 or one.approval is None or not complete(one.approval)):
            yield Violation(f"started with approvals by {sorted(voters)}", one.id)


def one_run_at_a_time_in_each_lane(evidence: Evidence) -> Iterator[Violation]:
    """By Jenkins' own records, and by the audit log, in which what is looked at after the run holds the lane, too."""
    for lane in sorted({one.lane for one in evidence.deployments}):
        here = evidence.started_in(lane)
        ran = [one for one in here if evidence.builds[one.key]]
        for first, second in itertools.pairwise(ran):
            ended = evidence.builds[first.key][0].ended
            began = evidence.starts[second.key][0].at
            if ended is None or began < ended:
                yield Violation(f"{lane}: #{second.number} was started while #{first.number} ran", second.id)
        for first, second in itertools.pairwise(here):
            over, begun = evidence.number_of(first, "ended"), evidence.number_of(second, "started")
            # What Jenkins lost before it ran went back to the queue, and held nothing meanwhile.
            went_back = evidence.did(first, "started_again") or not evidence.builds[first.key]
            if begun < over and not went_back:
                yield Violation(
                    f"{lane}: #{second.number} had its turn while #{first.number} held it", second.id
                )


def the_order_of_the_queue_is_kept(evidence: Evidence) -> Iterator[Violation]:
    for lane in sorted({one.lane for one in evidence.deployments}):
        here = [
            one
            for one in evidence.started_in(lane)
            if one.kind is not Kind.ROLLBACK and not any(evidence.did(one, action) for action in NOT_IN_TURN)
        ]
        for expected, found in zip(sorted(here, key=_turn), here, strict=True):
            if expected.id != found.id:
                yield Violation(f"{lane}: #{found.number} started before #{expected.number}", found.id)


def each_decision_stands_once_in_a_whole_audit_log(evidence: Evidence) -> Iterator[Violation]:
    for fault in evidence.audit_faults:
        yield Violation(f"audit row {fault.seq}: {fault.problem}")
    for one in evidence.deployments:
        rows = evidence.decisions[one.id]
        counts = Counter(row["action"] for row in rows)
        votes = Counter((row["actor"], _asked_by(row)) for row in rows if row["action"] == "approved")
        again = counts["approval_voided"]
        for action in sorted(ONCE):
            if counts[action] > 1 + again * (action in ANEW):
                yield Violation(f"{action} stands {counts[action]} times in the audit log", one.id)
        for (voter, _), count in votes.items():
            if count > 1:
                yield Violation(f"{voter} approved {count} times", one.id)
        if counts["requested"] != 1 or counts["ended"] != one.state.ended:
            yield Violation(f"requested {counts['requested']}, ended {counts['ended']} times", one.id)


def one_card_for_each_deployment_shows_how_it_ended(evidence: Evidence) -> Iterator[Violation]:
    for one in evidence.deployments:
        cards = evidence.posted[f"card/{one.id}"]
        if one.release:
            if cards:
                yield Violation("a part of a release has a card of its own", one.id)
            continue
        # What is refused at once is told to who asked; later, it has been shown, or is now.
        if len(cards) != (one.state is not State.REFUSED or one.approval is not None or bool(one.queued_at)):
            yield Violation(f"{len(cards)} cards", one.id)
        for card in cards:
            expected = f"{STATES[one.state][1]}: deployment #{one.number} of"
            if not card["text"].startswith(expected):
                yield Violation(f"{one.state.value}, but the card says {card['text']!r}", one.id)


def every_note_is_posted_once(evidence: Evidence) -> Iterator[Violation]:
    for key, messages in evidence.posted.items():
        if len(messages) > 1:
            yield Violation(f"{len(messages)} messages of {key}", key.split("/")[1])
    notes = [(row, f"note/{one.deployment}/{one.name}") for row, one in evidence.events(PostNote)]
    news = [(row, f"announce/{one.deployment}/{one.name}") for row, one in evidence.events(Announce)]
    for row, key in (*notes, *news):
        if row["state"] == "done" and not evidence.posted[key]:
            yield Violation(f"{key} is done and was not posted", row["about"])
    for one in evidence.deployments:
        for action, key in _expected_notes(evidence, one):
            if not any(posted.startswith(key) for posted in evidence.posted):
                yield Violation(f"{action}, but {key} was not posted", one.id)


def nothing_is_left_over(evidence: Evidence) -> Iterator[Violation]:
    for row in evidence.waiting():
        yield Violation(f"{row['id']} ({row['type']}) is {row['state']}: {row['sentence']}", row["about"])


def nobody_was_asked_for_nonsense(evidence: Evidence) -> Iterator[Violation]:
    for refused in evidence.town.slack.refused:
        if (refused["method"], refused["error"]) in LATE:
            continue
        yield Violation(f"Slack refused {refused['method']}: {refused['error']} {refused.get('detail', '')}")
    for unknown in evidence.town.jenkins.routes.unknown:
        yield Violation(f"Jenkins knows no {unknown}")


PROMISES: tuple[Promise, ...] = (
    every_thanked_delivery_was_kept,
    every_command_led_to_one_deployment_or_refusal,
    every_deployment_ended_as_its_run_did,
    every_success_was_looked_at_and_no_check_started_twice,
    nothing_ran_without_its_approvals,
    one_run_at_a_time_in_each_lane,
    the_order_of_the_queue_is_kept,
    each_decision_stands_once_in_a_whole_audit_log,
    one_card_for_each_deployment_shows_how_it_ended,
    every_note_is_posted_once,
    nothing_is_left_over,
    nobody_was_asked_for_nonsense,
    *STANDING,
    *RELEASED,
    *ANSWERED,
)


def _asked_by(row: Row) -> str:
    """The question that an approval answers."""
    return str(json.loads(row["detail"]).get("request", ""))


def _turn(one: Deployment) -> tuple[float, int]:
    """Whose turn it is: as it was asked for, and where people had to decide, as they did."""
    decided = one.approval is not None or one.broken is not None
    return (one.queued_at if decided else 0.0, one.number)


def _expected_notes(evidence: Evidence, one: Deployment) -> Iterator[tuple[str, str]]:
    for row in evidence.decisions[one.id]:
        if row["action"] == "approval_requested":
            request = re.search(r'"request":"([^"]+)"', row["detail"])
            yield "approval was asked for", f"note/{one.id}/approval-{request[1] if request else '?'}"
        if row["action"] == "glass_broken":
            yield "the glass was broken", f"announce/{one.id}/glass"
    if one.state in {State.FAILED, State.ABORTED, State.REJECTED, State.EXPIRED}:
        yield f"it is {one.state.value}", f"note/{one.id}/end"


def _key(parcel: Parcel) -> str:
    """The id under which the journal has to hold it; "" for what is not kept."""
    payload = parcel.payload
    try:
        match parcel.kind:
            case "slash_command":
                return slash_command(payload).key
            case "app_mention" | "message":
                return message_event(payload).key
            case "view_submission":
                return viewed(payload).key
            case "block_actions" if not opens_a_dialog(parcel):
                return block_action(payload).key
    except BadRequest as nonsense:
        return f"unreadable: {nonsense.sentence}"
    return ""
