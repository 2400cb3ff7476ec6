"""What happens while approval is missing: a rung of the ladder is climbed when its time has come, once."""

from __future__ import annotations

import msgspec

from bot.audit import ENGINE
from bot.deployments import Approval, Deployment, Rung
from bot.events.approving import ClimbLadder
from bot.lifecycle import State
from bot.ports import Context
from bot.routing import Router
from handlers.lane import touch
from handlers.notes import added, escalated, remind
from handlers.questions import review
from handlers.terms import with_added

router = Router()

REMINDERS_FROM = 100
"""Reminders of a ladder are numbered from here, so that they are not taken for that of `remind`."""


@router.command(ClimbLadder)
async def climb(event: ClimbLadder, ctx: Context) -> None:
    """Look again first: the question may be decided, over, or another one by now."""
    found = await ctx.store.deployment(event.deployment)
    if found is None or found.state is not State.AWAITING_APPROVAL or found.approval is None:
        return
    approval = found.approval
    over = approval.expires_at <= ctx.clock.now()
    if over or approval.request != event.request or event.rung >= len(approval.ladder):
        return
    rung = approval.ladder[event.rung]
    early = approval.asked_at + rung.after - ctx.clock.now()
    if early > 0:
        # A clock that was set back: nobody counts before his time.
        ctx.changes.publish(event, subject=found.lane, after=early)
        return
    if rung.climbed_at or review(ctx, found) is None:
        return
    after = touch(ctx, found, approval=_climbed(found, approval, event.rung, ctx.clock.now()))
    ctx.changes.audit(
        "escalated",
        actor=ENGINE,
        about=found.id,
        request=approval.request,
        rung=event.rung + 1,
        remind=rung.remind,
        tell=list(rung.tell),
        add=list(rung.add),
    )
    await _say(ctx, after, rung, event.rung)


def _climbed(found: Deployment, approval: Approval, number: int, now: float) -> Approval:
    """With whom the rung adds."""
    ladder = list(approval.ladder)
    ladder[number] = msgspec.structs.replace(ladder[number], climbed_at=now)
    clauses = with_added(approval.clauses, found.extra, ladder[number].add)
    return msgspec.structs.replace(approval, ladder=tuple(ladder), clauses=clauses)


async def _say(ctx: Context, found: Deployment, rung: Rung, number: int) -> None:
    if rung.remind:
        await remind(ctx, found, REMINDERS_FROM + number)
    if rung.tell:
        escalated(ctx, found, rung.tell, number)
    if rung.add:
        added(ctx, found, rung.add, number)
