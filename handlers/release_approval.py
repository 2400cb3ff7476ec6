"""Yes and no to a whole release: each part is still decided by the question that is open for it."""

from __future__ import annotations

from bot.approvals import can_fill
from bot.deployments import Deployment
from bot.errors import Refused
from bot.events import Approve, Reject, button_value
from bot.events.releases import ApproveRelease, RejectRelease
from bot.lifecycle import State
from bot.people import Person
from bot.ports import Context
from bot.reasons import Reason
from bot.routing import Router
from bot.words import Button
from handlers import authority, codes
from handlers.capacities import asked, capacities, references_of
from handlers.release_parts import open_release, parts_of, questions

router = Router()

NOTHING_OPEN = "Nobody is asked to approve anything of this release now."
CHANGED = "What is asked has changed since that card was drawn, so the click decided nothing."
CHANGED_OUT = "The card shows what is asked now."
NOT_YOURS = "You may not approve any part of this release that still has to be approved."
WITH_CODE = "Approve with a code…"


@router.command(ApproveRelease)
async def approve_release(event: ApproveRelease, ctx: Context) -> None:
    """Approve every part that this person may still approve, each by the question that is open for it."""
    person = await authority.admitted(ctx, event.by, at_most=authority.DECISIVE)
    release = await open_release(ctx, event.release)
    live = [one for one in await parts_of(ctx, release) if one is not None]
    waiting = [one for one in live if one.state is State.AWAITING_APPROVAL and one.approval is not None]
    if not waiting:
        raise Refused(Reason.ALREADY_DECIDED, NOTHING_OPEN)
    if event.request != questions(live):
        raise Refused(Reason.FINGERPRINT_CHANGED, CHANGED, way_out=CHANGED_OUT)
    mine = [one for one in waiting if await _fits(ctx, person, one)]
    if not mine:
        raise Refused(Reason.NOT_ALLOWED_TO_APPROVE, NOT_YOURS)
    coded = any(asked(one).step_up for one in mine)
    if coded and not await _coded(ctx, event, person):
        return
    for one in mine:
        yes = Approve(
            by=event.by,
            place=event.place,
            text=event.text,
            deployment=one.id,
            request=asked(one).request,
            comment=event.comment,
            coded=coded,
        )
        ctx.changes.publish(yes, subject=one.lane)


async def _fits(ctx: Context, person: Person, one: Deployment) -> bool:
    """Whether his approval would count for a part; not as four eyes see it, so that he hears that from the part itself."""
    approval = asked(one)
    usable = await capacities(ctx, person, one, references_of(approval), at_most=authority.DECISIVE)
    return any(can_fill(approval, each.belongs) for each in usable)


async def _coded(ctx: Context, event: ApproveRelease, person: Person) -> bool:
    """Whether his code is right: one for all parts."""
    value = button_value(event.release, event.request)
    field = Button(action="release_approve_code", label=WITH_CODE, value=value)
    return await codes.is_right(ctx, event, person, event.code, field, about=event.release)


@router.command(RejectRelease)
async def reject_release(event: RejectRelease, ctx: Context) -> None:
    """No to the first part that waits: that stops all of it. Whether he may is asked there."""
    await authority.admitted(ctx, event.by)
    release = await open_release(ctx, event.release)
    for one in await parts_of(ctx, release):
        if one is not None and one.state is State.AWAITING_APPROVAL and one.approval is not None:
            no = Reject(
                by=event.by,
                place=event.place,
                text=event.text,
                deployment=one.id,
                why=event.why,
                request=one.approval.request,
            )
            ctx.changes.publish(no, subject=one.lane)
            return
    raise Refused(Reason.ALREADY_DECIDED, NOTHING_OPEN)
