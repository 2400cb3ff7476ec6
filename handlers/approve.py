"""Approve, reject, break the glass; reminders and expiry. Authority is asked at the click, and only one click decides."""

from __future__ import annotations

import contextlib

import msgspec

from bot.approvals import complete, describe
from bot.audit import ENGINE
from bot.deployments import Broken, Deployment, Vote
from bot.errors import Refused, Rejected, Unreachable
from bot.events import (
    ApprovalGiven,
    Approve,
    BreakGlass,
    ExpireApproval,
    GlassBroken,
    Reject,
    RemindApprovers,
    ReviewApproval,
    button_value,
)
from bot.lifecycle import Happening, State
from bot.people import Person
from bot.ports import Context
from bot.reasons import Reason
from bot.routing import Router
from bot.words import Button
from handlers import authority, capacities, codes
from handlers.capacities import asked
from handlers.lane import move, touch
from handlers.notes import remind
from handlers.open_question import expire as let_expire
from handlers.open_question import open_question
from handlers.passing import passes_more_now
from handlers.questions import completed, let_go, review

router = Router()

NOT_ALLOWED_REJECT = "You may not reject this deployment: that is for {who}."
NO_GLASS = "You may not break the glass here: that is for {who}."
WHY_OUT = "Say why in a few words."
WHY = "A reason is needed."
REJECTED = "{who} rejected it: {why}"
APPROVE_WITH_CODE = "Approve with a code…"
GLASS_WITH_CODE = "Break the glass with a code…"


@router.command(Approve)
async def approve(event: Approve, ctx: Context) -> None:
    """Count one approval; the last one that is needed lets the deployment go on."""
    person = await authority.admitted(ctx, event.by, at_most=authority.DECISIVE)
    counted = await ctx.store.standing_count()
    found = await open_question(ctx, event, event.request)
    if found is None:
        return
    approval = asked(found)
    capacity = await capacities.fitting(ctx, person, found)
    if approval.step_up and not event.coded and not await _coded(ctx, event, person, found):
        return
    if capacity.delegation is not None:
        # A delegation that ends meanwhile is heard.
        ctx.changes.expect(standing=counted)
    comment = " ".join(event.comment.split())
    vote = capacities.vote_by(ctx, person, capacity, comment=comment, coded=approval.step_up)
    _count(ctx, found, vote)


def _count(ctx: Context, found: Deployment, vote: Vote) -> None:
    """Write one approval down; with the last one that is needed it goes on."""
    approval = asked(found)
    after = msgspec.structs.replace(approval, votes=(*approval.votes, vote))
    ctx.changes.audit(
        "approved",
        actor=vote.by,
        about=found.id,
        request=approval.request,
        belongs=list(vote.belongs),
        on_behalf=vote.on_behalf,
        delegation=vote.delegation,
        comment=vote.comment,
        coded=vote.coded,
    )
    ctx.changes.publish(
        ApprovalGiven(deployment=found.id, request=approval.request, by=vote.by, complete=complete(after)),
        subject=found.lane,
    )
    if complete(after):
        completed(ctx, msgspec.structs.replace(found, approval=after))
    else:
        touch(ctx, found, approval=after)


@router.command(Reject)
async def reject(event: Reject, ctx: Context) -> None:
    """No, with a reason. Who may approve, also for somebody else, may reject; who asked may cancel instead."""
    person = await authority.admitted(ctx, event.by, at_most=authority.DECISIVE)
    found = await open_question(ctx, event, event.request)
    if found is None:
        return
    approval = asked(found)
    if not await capacities.may_decide(ctx, person, found):
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
    found = await open_question(ctx, event, event.request)
    if found is None:
        return
    _, policy = ctx.settings.policy_for(found.service, found.environment)
    if not await authority.belongs(ctx, person, policy.break_glass, at_most=authority.DECISIVE):
        words = NO_GLASS.format(who=authority.named(policy.break_glass))
        raise Refused(Reason.NOT_ALLOWED_TO_BREAK_GLASS, words)
    why = _why(event.why)
    coded = policy.step_up is not None
    if coded and not await _coded(ctx, event, person, found):
        return
    ctx.changes.audit("glass_broken", actor=person.id, about=found.id, why=why, coded=coded)
    ctx.changes.publish(GlassBroken(deployment=found.id, by=person.id, why=why), subject=found.lane)
    let_go(ctx, found, broken=Broken(by=person.id, at=ctx.clock.now(), why=why, team=person.team))


@router.command(ExpireApproval)
async def expire(event: ExpireApproval, ctx: Context) -> None:
    """The time is over: nothing runs that nobody approved in time."""
    found = await ctx.store.deployment(event.deployment)
    if found is None or found.approval is None or found.approval.request != event.request:
        return
    let_expire(ctx, found)


@router.command(RemindApprovers)
async def remind_approvers(event: RemindApprovers, ctx: Context) -> None:
    """Mention the approvers once more, in the card's thread."""
    found = await ctx.store.deployment(event.deployment)
    if found is None or found.state is not State.AWAITING_APPROVAL or found.approval is None:
        return
    if found.approval.request != event.request:
        return
    ctx.changes.audit("reminded", actor=ENGINE, about=found.id, request=event.request)
    await remind(ctx, found, event.count)


@router.command(ReviewApproval)
async def review_approval(event: ReviewApproval, ctx: Context) -> None:
    """After a start, perhaps with another configuration, or as the place changes: the open question may no longer fit."""
    found = await ctx.store.deployment(event.deployment)
    if found is None or found.state is not State.AWAITING_APPROVAL or review(ctx, found) is None:
        return
    # While people can't be asked about, whoever clicks is told.
    with contextlib.suppress(Unreachable, Rejected):
        await passes_more_now(ctx, found)


async def _coded(ctx: Context, event: Approve | BreakGlass, person: Person, found: Deployment) -> bool:
    approving = isinstance(event, Approve)
    field = Button(
        action="approve_code" if approving else "break_glass_code",
        label=APPROVE_WITH_CODE if approving else GLASS_WITH_CODE,
        value=button_value(found.id, event.request),
    )
    return await codes.is_right(ctx, event, person, event.code, field)


def _why(words: str) -> str:
    why = " ".join(words.split())
    if not why:
        raise Refused(Reason.REASON_REQUIRED, WHY, way_out=WHY_OUT)
    return why
