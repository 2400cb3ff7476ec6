"""The question on a clicked card, if it is the one that is open and still fits."""

from __future__ import annotations

from bot.approvals import complete, describe, missing
from bot.audit import ENGINE, TEXT_MOST
from bot.deployments import Approval, Deployment
from bot.errors import Refused
from bot.events import AboutDeployment, Asked, BreakGlass, Reject, Tell
from bot.lifecycle import Happening, State
from bot.ports import Context
from bot.reasons import Reason
from bot.words import Button, refusal
from handlers.capacities import asked
from handlers.lane import ended_words, known, move
from handlers.passing import passes_more_now
from handlers.questions import review

ALREADY_BY = "Already approved by {who}."
SINCE_ENDED = "{already} Since then it has ended: {state}."
GLASS = "Nobody needs to approve it any more: the glass was broken."
ALREADY_ENDED = "Nothing to decide any more: this deployment {state}."
NOT_ASKED_YET = "Nobody is asked to approve this deployment now: it is {state}."
CHANGED = "What would run has changed since that question was asked, so the click decided nothing."
CHANGED_OUT = "The card shows what changed and asks anew."
EXPIRED = "Not approved in time: {missing} still missing."
TOO_LATE = "The time to approve is over."
TOO_LATE_OUT = "Ask for the deployment again."


async def open_question(ctx: Context, event: AboutDeployment, request: str) -> Deployment | None:
    """The deployment, when the question on the clicked card is the one that is open.

    Raises `Refused` with what was decided already. None, with everything changed and told, when the click found that
    the question no longer fits or its time is over.
    """
    found = await known(ctx, event.deployment)
    if found.state is not State.AWAITING_APPROVAL:
        raise _decided(found)
    approval = asked(found)
    if request != approval.request:
        raise Refused(Reason.FINGERPRINT_CHANGED, CHANGED, way_out=CHANGED_OUT)
    if approval.expires_at <= ctx.clock.now():
        refused(ctx, event, Reason.APPROVAL_EXPIRED, TOO_LATE, TOO_LATE_OUT)
        expire(ctx, found)
        return None
    if review(ctx, found) is None or await _passes_more(ctx, event, found):
        refused(ctx, event, Reason.FINGERPRINT_CHANGED, CHANGED, CHANGED_OUT)
        return None
    return found


async def _passes_more(ctx: Context, event: AboutDeployment, found: Deployment) -> bool:
    """Whether it would pass more by now than the card said. Whoever says no need not read it first."""
    if isinstance(event, Reject):
        return False
    return await passes_more_now(ctx, found, glass=event.why if isinstance(event, BreakGlass) else "")


def expire(ctx: Context, found: Deployment) -> None:
    """The time is over: nothing runs that nobody approved in time."""
    approval = asked(found)
    sentence = EXPIRED.format(missing=describe(missing(approval.clauses, approval.votes)))
    if move(ctx, found, Happening.EXPIRED, reason=Reason.APPROVAL_EXPIRED, sentence=sentence) is not None:
        ctx.changes.audit("expired", actor=ENGINE, about=found.id, reason=Reason.APPROVAL_EXPIRED.value)


def refused(  # noqa: PLR0917 - as `Refused` has them, and where to say it
    ctx: Context,
    event: Asked,
    reason: Reason,
    sentence: str,
    way_out: str = "",
    buttons: tuple[Button, ...] = (),
) -> None:
    """No, said and audited, when something else is to be committed with it."""
    words = refusal(sentence, way_out)
    told = Tell(user=event.by.id, place=event.place, words=words, deployment=event.about, buttons=buttons)
    ctx.changes.publish(told)
    ctx.changes.audit(
        "refused",
        actor=event.by.id,
        about=event.about,
        reason=reason.value,
        command=event.text[:TEXT_MOST],
        sentence=sentence,
    )


def voters(approval: Approval) -> str:
    return ", ".join(vote.name for vote in approval.votes)


def _decided(found: Deployment) -> Refused:
    state = found.state.value.replace("_", " ")
    approval = found.approval
    if approval is not None and complete(approval):
        already = ALREADY_BY.format(who=voters(approval))
        said = SINCE_ENDED.format(already=already, state=state) if found.state.ended else already
        return Refused(Reason.ALREADY_APPROVED, said)
    if found.state.ended:
        reason = Reason.ALREADY_DECIDED if found.rejected_by else Reason.ALREADY_ENDED
        ended = ALREADY_ENDED.format(state=ended_words(found.state))
        return Refused(reason, f"{ended} {found.sentence}".strip())
    if found.broken is not None:
        return Refused(Reason.ALREADY_DECIDED, GLASS)
    return Refused(Reason.ALREADY_DECIDED, NOT_ASKED_YET.format(state=state))
