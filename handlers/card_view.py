"""How a deployment's card looks in each state: a pure projection of what is stored."""

from __future__ import annotations

from collections.abc import Sequence

from bot.deployments import Deployment
from bot.events import GIVE_UP, button_value
from bot.lifecycle import State
from bot.reasons import Reason
from bot.words import Bold, Button, CardView, Code, Confirm, Link, Mention, When, Words
from handlers import going_out
from handlers.card_links import Links, related
from handlers.card_queue import queue_buttons, queue_lines
from handlers.input_view import input_buttons
from handlers.passing_view import without
from handlers.soak_view import soak_buttons, soak_lines
from handlers.verification_view import skip_button, verification_lines
from handlers.votes_view import approve_buttons, vote_lines

NO_LINKS: Links = {}

STATES: dict[State, tuple[str, str]] = {
    State.REQUESTED: ("hourglass_flowing_sand", "Being checked"),
    State.REFUSED: ("no_entry", "Refused"),
    State.AWAITING_APPROVAL: ("raised_hand", "Waiting for approval"),
    State.REJECTED: ("no_entry_sign", "Rejected"),
    State.EXPIRED: ("alarm_clock", "Expired"),
    State.CANCELLED: ("heavy_multiplication_x", "Cancelled"),
    State.QUEUED: ("hourglass", "Queued"),
    State.SUPERSEDED: ("fast_forward", "Superseded"),
    State.STARTING: ("rocket", "Starting"),
    State.RUNNING: ("gear", "Running"),
    State.VERIFYING: ("mag", "Verifying"),
    State.SUCCEEDED: ("white_check_mark", "Succeeded"),
    State.FAILED: ("x", "Failed"),
    State.ABORTED: ("octagonal_sign", "Aborted"),
    State.LOST: ("question", "Lost"),
}
CANCELLING = "Being cancelled"
PAUSED = "Paused: the run asks a question"
VOIDED = "Earlier approvals are void, because this changed:"
SECONDS_IN_HOUR, SECONDS_IN_MINUTE = 3600, 60

CANCEL_SURE = Confirm(
    title="Cancel this deployment?",
    text="What has started is stopped where it stands; nothing is rolled back.",
    yes="Cancel it",
    no="Keep it",
)
UNVERIFIED_SURE = Confirm(
    title="Cancel the verification?",
    text="The version is deployed already and stays; it does not count as good, and the next one may start.",
    yes="Cancel it",
    no="Keep it",
)
GIVE_UP_SURE = Confirm(
    title="Give up following?",
    text="The run can't be reached and may still be going on: look at it where it runs. The deployment ends here as lost, and the next one may start.",
    yes="Give it up",
    no="Keep waiting",
)
AGAIN_SURE = Confirm(
    title="Deploy again?",
    text="The same version is asked for again, in your name; every gate is asked anew.",
    yes="Deploy",
    no="Never mind",
)


def card(one: Deployment, now: float, policy: Approvers) -> CardView:
    """The card as it should look now. `policy` says what is allowed here, for the buttons."""
    emoji, word = state_of(one)
    title = f"{one.service} {one.version} → {one.environment}"
    return CardView(
        title=title,
        emoji=emoji,
        state=(Bold(word), f" · #{one.number} · ", *_who(one)),
        fallback=_fallback(one, word),
        fields=tuple(_fields(one, now)),
        stages=one.stages,
        progress=_progress(one, now),
        lines=(*related(one, policy.links), *_before(policy), *_lines(one)),
        buttons=tuple(_buttons(one, policy)),
        context=tuple(_context(one)),
        final=one.state.ended,
    )


class Approvers:
    """What is so around this card, and allowed here.

    Whether the glass may be broken, and takes a code; whether there is something to go `back` to; where other cards are; what
    became of the very same there `before`.
    """

    def __init__(
        self,
        *,
        break_glass: bool,
        glass_code: bool = False,
        back: bool = False,
        links: Links = NO_LINKS,
        before: str = "",
    ) -> None:
        self.break_glass = break_glass
        self.glass_code = glass_code
        self.back = back
        self.links = links
        self.before = before


def state_of(one: Deployment) -> tuple[str, str]:
    """An emoji, and the word for how it is."""
    emoji, word = STATES[one.state]
    if one.state.holds_lane and one.cancelled_by:
        return emoji, CANCELLING
    if one.input is not None and not one.state.ended:
        return emoji, PAUSED
    return emoji, word


def versions(one: Deployment) -> Words:
    """What is there before, and what comes."""
    # A rollback leaves what was tried there, which need not have been the last that succeeded.
    before = one.rolls_back.version if one.rolls_back else one.replaces
    return (Code(before), " → ", Code(one.version)) if before else (Code(one.version),)


def job(one: Deployment) -> Words:
    """The job, with the number of its run where that is known."""
    if one.ref is None or not one.ref.url:
        return (one.target.job,)
    return (Link(f"{one.target.job} #{one.ref.number}" if one.ref.number else one.target.job, one.ref.url),)


def duration(seconds: float) -> str:
    """`48 s`, `3 min 20 s`, `2 h 5 min`."""
    whole = max(0, round(seconds))
    if whole < SECONDS_IN_MINUTE:
        return f"{whole} s"
    if whole < SECONDS_IN_HOUR:
        minutes, rest = divmod(whole, SECONDS_IN_MINUTE)
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, rest = divmod(whole // SECONDS_IN_MINUTE, 60)
    return f"{hours} h {rest} min" if rest else f"{hours} h"


def _who(one: Deployment) -> Words:
    return ("asked by ", Mention(one.requester.id))


def _fallback(one: Deployment, word: str) -> str:
    what = f"{one.service} {one.version} to {one.environment}"
    why = one.sentence if one.state.ended else one.waits_for
    sentence = f"{word}: deployment #{one.number} of {what}, asked by {one.requester.name}"
    return f"{sentence}. {why}" if why else f"{sentence}."


def _fields(one: Deployment, now: float) -> list[tuple[str, Words]]:
    return [
        ("Environment", (one.environment,)),
        ("Version", versions(one)),
        ("Job", job(one)),
        ("Time", _time(one, now)),
    ]


def _time(one: Deployment, now: float) -> Words:
    if one.state.ended:
        if one.started_at:
            return ("took ", duration(one.took))
        return ("ended ", When(one.ended_at))
    if one.state is State.VERIFYING and one.started_at:
        return ("took ", duration(one.took), ", ended ", When(one.run_ended_at))
    if one.started_at:
        elapsed = duration(now - one.started_at)
        if one.expected_seconds:
            return (elapsed, " of about ", duration(one.expected_seconds))
        return (elapsed, ", started ", When(one.started_at))
    if one.not_before:
        return ("planned for ", When(one.not_before, "date_time"))
    return ("asked ", When(one.requested_at))


def _progress(one: Deployment, now: float) -> float | None:
    """How far, between 0 and 1, by the history of the same job; never full before the end."""
    if one.state is not State.RUNNING or not one.expected_seconds or not one.started_at:
        return None
    return min(0.99, max(0.0, (now - one.started_at) / one.expected_seconds))


def _lines(one: Deployment) -> list[Words]:
    found: list[Words] = []
    found += voided(one)
    found += going_out.short(one.outgoing, ended=one.state.ended)
    found += [*without(one), *vote_lines(one)]
    if one.rejected_by:
        found.append(("Rejected by ", Mention(one.rejected_by), " at ", When(one.ended_at)))
    if one.cancelled_by:
        found.append(("Cancel asked by ", Mention(one.cancelled_by)))
    if one.state.ended:
        if one.sentence:
            found.append((one.sentence,))
    elif one.waits is Reason.INPUT_NEEDED:
        found.append(("The run asks: ", one.waits_for))
    elif one.waits_for:
        found.append(("Waiting: ", one.waits_for))
    found += queue_lines(one)
    if one.state is State.AWAITING_APPROVAL and one.approval is not None:
        found.append(("Expires ", When(one.approval.expires_at, "relative"), "."))
    found += [*verification_lines(one), *soak_lines(one)]
    return found


def voided(one: Deployment) -> list[Words]:
    """What has changed, so that approvals count no more."""
    if not one.voided or one.state.ended:
        return []
    return [(Bold(VOIDED),), *(("• ", change) for change in one.voided)]


def _before(policy: Approvers) -> list[Words]:
    return [warned(policy.before)] if policy.before else []


def warned(sentence: str) -> Words:
    """What became of the very same there before."""
    return ("⚠️ ", sentence, ".")


def _buttons(one: Deployment, policy: Approvers) -> Sequence[Button]:
    found: list[Button] = []
    if one.state is State.AWAITING_APPROVAL and one.approval is not None:
        value = button_value(one.id, one.approval.request)
        found += approve_buttons(one)
        found.append(Button(action="reject", label="Reject…", value=value, style="danger"))
        if policy.break_glass:
            action = "break_glass_code" if policy.glass_code else "break_glass"
            found.append(Button(action=action, label="Break glass…", value=value))
    if one.input is not None and not one.state.ended:
        found += input_buttons(one.id, one.input)
    if one.state is State.QUEUED and one.waits is Reason.PLAN_MISSED:
        found.append(
            Button(action="run_now", label="Run it now", value=button_value(one.id), style="primary")
        )
    found += [*skip_button(one), *soak_buttons(one)]
    if not one.state.ended:
        found.append(_cancel(one))
    found += queue_buttons(one)
    if one.state.ended and one.state is not State.SUCCEEDED:
        found.append(
            Button(action="redeploy", label="Deploy again", value=button_value(one.id), confirm=AGAIN_SURE)
        )
    if policy.back:
        found.append(Button(action="rollback", label="Roll back…", value=button_value(one.id)))
    if one.ref is not None and one.ref.url:
        found.append(Button(action="open_link", label="Open the run", url=one.ref.url))
    return found


def _cancel(one: Deployment) -> Button:
    """Cancel, cancel again when it did not help, or stop waiting for a run that can't be reached."""
    if one.cancelled_by and one.peer_away:
        value = button_value(one.id, GIVE_UP)
        return Button(
            action="cancel", label="Give up following…", value=value, style="danger", confirm=GIVE_UP_SURE
        )
    return Button(
        action="cancel",
        label="Cancel again" if one.cancelled_by else "Cancel",
        value=button_value(one.id),
        style="" if one.state is State.AWAITING_APPROVAL else "danger",
        confirm=UNVERIFIED_SURE if one.state is State.VERIFYING else CANCEL_SURE,
    )


def _context(one: Deployment) -> list[Words]:
    found: list[Words] = [("Requested ", When(one.requested_at, "date_time"))]
    if one.state.ended:
        found.append(("ended ", When(one.ended_at, "date_time")))
    if one.reason is not None and one.state.ended:
        found.append(("reason ", Code(one.reason.value)))
    return found
