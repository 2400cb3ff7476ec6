"""Approve, reject, break the glass; reminders and expiry. Authority is asked at the click, and only one click decides."""

from __future__ import annotations

import msgspec

from bot.approvals import can_fill, complete, describe, missing
from bot.audit import ENGINE
from bot.deployments import Approval, Broken, Deployment, Vote
from bot.errors import Refused
from bot.events import (
    AboutDeployment,
    ApprovalGiven,
    Approve,
    BreakGlass,
    DeploymentQueued,
    ExpireApproval,
    GlassBroken,
    Reject,
    RemindApprovers,
    ReviewApproval,
    Tell,
)
from bot.lifecycle import Happening, State
from bot.ports import Context
from bot.reasons import Reason
from bot.routing import Router
from bot.words import refusal
from handlers import authority
from handlers.lane import known, move, touch
from handlers.notes import remind
from handlers.questions import review

router = Router()

ALREADY_BY = "Already approved by {who}."
SINCE_ENDED = "{already} Since then it has ended: {state}."
GLASS = "Nobody needs to approve it any more: the glass was broken."
ALREADY_ENDED = "Nothing to decide any more: this deployment is {state}."
NOT_ASKED_YET = "Nobody is asked to approve this deployment now: it is {state}."
ALREADY_YOU = "You have approved this already; {missing} still missing."
ALREADY_PLACE = "That part is approved already by {who}; {missing} still missing."
CHANGED = "What would run has changed since that question was asked, so the click decided nothing."
CHANGED_OUT = "The card shows what changed and asks anew."
OWN = "You asked for this deployment, so you can't approve it."
OWN_OUT = "Somebody else of {who} has to."
NOT_ALLOWED = "You may not approve this deployment: that is for {who}."
NOT_ALLOWED_REJECT = "You may not reject this deployment: that is for {who}."
NO_GLASS = "You may not break the glass here: that is for {who}."
WHY_OUT = "Say why in a few words."
WHY = "A reason is needed."
EXPIRED = "Not approved in time: {missing} still missing."
REJECTED = "{who} rejected it: {why}"
TOO_LATE = "The time to approve is over."
TOO_LATE_OUT = "Ask for the deployment again."


@router.command(Approve)
async def approve(event: Approve, ctx: Context) -> None:
    """Count one approval; the last one that is needed lets the deployment go on."""
    person = await authority.admitted(ctx, event.by, at_most=authority.DECISIVE)
    found = await _open(ctx, event, event.request)
    if found is None:
        return
    approval = _asked(found)
    if approval.four_eyes and person.id == found.requester.id:
        who = describe(approval.clauses)
        raise Refused(Reason.OWN_DEPLOYMENT, OWN, way_out=OWN_OUT.format(who=who))
    references = [one for clause in approval.clauses for one in clause.of]
    belongs = await authority.belongs(ctx, person, references, at_most=authority.DECISIVE)
    if not belongs:
        words = NOT_ALLOWED.format(who=describe(approval.clauses))
        raise Refused(Reason.NOT_ALLOWED_TO_APPROVE, words)
    still = describe(missing(approval.clauses, approval.votes))
    if any(vote.by == person.id for vote in approval.votes):
        raise Refused(Reason.ALREADY_APPROVED, ALREADY_YOU.format(missing=still))
    if not can_fill(approval, belongs):
        words = ALREADY_PLACE.format(who=voters(approval), missing=still)
        raise Refused(Reason.ALREADY_APPROVED, words)
    vote = Vote(by=person.id, name=person.name, at=ctx.clock.now(), belongs=belongs, team=person.team)
    after = msgspec.structs.replace(approval, votes=(*approval.votes, vote))
    ctx.changes.audit(
        "approved", actor=person.id, about=found.id, request=approval.request, belongs=list(belongs)
    )
    ctx.changes.publish(
        ApprovalGiven(deployment=found.id, request=approval.request, by=person.id, complete=complete(after)),
        subject=found.lane,
    )
    if not complete(after):
        touch(ctx, found, approval=after)
        return
    ctx.changes.audit(
        "approval_complete",
        actor=ENGINE,
        about=found.id,
        request=approval.request,
        by=[one.by for one in after.votes],
        fingerprint=approval.fingerprint,
    )
    _queue(ctx, found, Happening.APPROVED, approval=after)


@router.command(Reject)
async def reject(event: Reject, ctx: Context) -> None:
    """No, with a reason. Who may approve may reject; who asked may cancel instead."""
    person = await authority.admitted(ctx, event.by, at_most=authority.DECISIVE)
    found = await _open(ctx, event, event.request)
    if found is None:
        return
    approval = _asked(found)
    references = [one for clause in approval.clauses for one in clause.of]
    if not await authority.belongs(ctx, person, references, at_most=authority.DECISIVE):
        words = NOT_ALLOWED_REJECT.format(who=describe(approval.clauses))
        raise Refused(Reason.NOT_ALLOWED_TO_APPROVE, words)
    why = _why(event.why)
    ctx.changes.audit("rejected", actor=person.id, about=found.id, request=approval.request, why=why)
    move(
        ctx,
        found,
        Happening.REJECTED,
        reason=Reason.APPROVAL_REJECTED,
        sentence=REJECTED.format(who=person.name, why=why),
        rejected_by=person.id,
    )


@router.command(BreakGlass)
async def break_glass(event: BreakGlass, ctx: Context) -> None:
    """Go without the missing approvals: allowed people only, with a reason that everybody can read."""
    person = await authority.admitted(ctx, event.by, at_most=authority.DECISIVE)
    found = await _open(ctx, event, event.request)
    if found is None:
        return
    _, policy = ctx.settings.policy_for(found.service, found.environment)
    if not await authority.belongs(ctx, person, policy.break_glass, at_most=authority.DECISIVE):
        words = NO_GLASS.format(who=authority.named(policy.break_glass))
        raise Refused(Reason.NOT_ALLOWED_TO_BREAK_GLASS, words)
    why = _why(event.why)
    ctx.changes.audit("glass_broken", actor=person.id, about=found.id, why=why)
    ctx.changes.publish(GlassBroken(deployment=found.id, by=person.id, why=why), subject=found.lane)
    broken = Broken(by=person.id, at=ctx.clock.now(), why=why, team=person.team)
    _queue(ctx, found, Happening.APPROVED, broken=broken)


@router.command(ExpireApproval)
async def expire(event: ExpireApproval, ctx: Context) -> None:
    """The time is over: nothing runs that nobody approved in time."""
    found = await ctx.store.deployment(event.deployment)
    if found is None or found.approval is None or found.approval.request != event.request:
        return
    _expire(ctx, found)


@router.command(RemindApprovers)
async def remind_approvers(event: RemindApprovers, ctx: Context) -> None:
    """Mention the approvers once more, in the card's thread."""
    found = await ctx.store.deployment(event.deployment)
    if found is None or found.state is not State.AWAITING_APPROVAL or found.approval is None:
        return
    if found.approval.request != event.request:
        return
    ctx.changes.audit("reminded", actor=ENGINE, about=found.id, request=event.request)
    remind(ctx, found, event.count)


@router.command(ReviewApproval)
async def review_approval(event: ReviewApproval, ctx: Context) -> None:
    """After a start, perhaps with another configuration: the open question may no longer fit."""
    found = await ctx.store.deployment(event.deployment)
    if found is not None and found.state is State.AWAITING_APPROVAL:
        review(ctx, found)


def voters(approval: Approval) -> str:
    return ", ".join(vote.name for vote in approval.votes)


async def _open(ctx: Context, event: AboutDeployment, request: str) -> Deployment | None:
    """The deployment, when the question on the clicked card is the one that is open.

    Raises `Refused` with what was decided already. None, with everything changed and told, when the click found that
    the question no longer fits or its time is over.
    """
    found = await known(ctx, event.deployment)
    if found.state is not State.AWAITING_APPROVAL:
        raise _decided(found)
    approval = _asked(found)
    if request != approval.request:
        raise Refused(Reason.FINGERPRINT_CHANGED, CHANGED, way_out=CHANGED_OUT)
    if approval.expires_at <= ctx.clock.now():
        _tell(ctx, event, found, TOO_LATE, TOO_LATE_OUT)
        _refusal(ctx, event, found, Reason.APPROVAL_EXPIRED)
        _expire(ctx, found)
        return None
    if review(ctx, found) is None:
        _tell(ctx, event, found, CHANGED, CHANGED_OUT)
        _refusal(ctx, event, found, Reason.FINGERPRINT_CHANGED)
        return None
    return found


def _decided(found: Deployment) -> Refused:
    state = found.state.value.replace("_", " ")
    approval = found.approval
    if approval is not None and complete(approval):
        already = ALREADY_BY.format(who=voters(approval))
        said = SINCE_ENDED.format(already=already, state=state) if found.state.ended else already
        return Refused(Reason.ALREADY_APPROVED, said)
    if found.state.ended:
        reason = Reason.ALREADY_DECIDED if found.rejected_by else Reason.ALREADY_ENDED
        return Refused(reason, f"{ALREADY_ENDED.format(state=state)} {found.sentence}".strip())
    if found.broken is not None:
        return Refused(Reason.ALREADY_DECIDED, GLASS)
    return Refused(Reason.ALREADY_DECIDED, NOT_ASKED_YET.format(state=state))


def _asked(found: Deployment) -> Approval:
    assert found.approval is not None, "a deployment that awaits approval has its question"
    return found.approval


def _queue(ctx: Context, found: Deployment, happening: Happening, **changes: object) -> None:
    now = ctx.clock.now()
    if move(ctx, found, happening, queued_at=now, waits=None, waits_for="", voided=(), **changes) is not None:
        ctx.changes.audit("queued", actor=ENGINE, about=found.id)
        ctx.changes.publish(DeploymentQueued(deployment=found.id), subject=found.lane)


def _expire(ctx: Context, found: Deployment) -> None:
    approval = _asked(found)
    sentence = EXPIRED.format(missing=describe(missing(approval.clauses, approval.votes)))
    if move(ctx, found, Happening.EXPIRED, reason=Reason.APPROVAL_EXPIRED, sentence=sentence) is not None:
        ctx.changes.audit("expired", actor=ENGINE, about=found.id, reason=Reason.APPROVAL_EXPIRED.value)


def _tell(ctx: Context, event: AboutDeployment, found: Deployment, sentence: str, way_out: str) -> None:
    ctx.changes.publish(
        Tell(user=event.by.id, place=event.place, words=refusal(sentence, way_out), deployment=found.id)
    )


def _refusal(ctx: Context, event: AboutDeployment, found: Deployment, reason: Reason) -> None:
    ctx.changes.audit("refused", actor=event.by.id, about=found.id, reason=reason.value, command=event.text)


def _why(words: str) -> str:
    why = " ".join(words.split())
    if not why:
        raise Refused(Reason.REASON_REQUIRED, WHY, way_out=WHY_OUT)
    return why
