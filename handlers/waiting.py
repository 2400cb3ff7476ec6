"""How long something waits in the queue: by its policy, counted from when it could have gone first."""

from __future__ import annotations

from bot.audit import ENGINE
from bot.deployments import Deployment
from bot.events.queueing import ExpireQueued
from bot.lifecycle import Happening, State
from bot.ports import Context
from bot.reasons import Reason
from bot.routing import Router
from handlers.card_view import duration
from handlers.lane import move, policy_of

router = Router()

WAITED = "It waited in the queue for longer than {time}."
WAITED_FOR = "It waited in the queue for longer than {time}: {why}."


def since(found: Deployment) -> float:
    """Since when it waits: since people were done with it, since its planned time was seen to come, or its start was lost."""
    return max(found.queued_at, found.not_before, found.came_at, found.start_asked_at)


def expire_later(ctx: Context, found: Deployment) -> None:
    """Come back when it has waited for too long; once for each time that it enters the queue."""
    begun = since(found)
    left = begun + policy_of(ctx, found).wait_at_most - ctx.clock.now()
    ctx.changes.publish(
        ExpireQueued(deployment=found.id),
        subject=found.lane,
        after=max(0.0, left),
        id=f"wait/{found.id}/{begun:.3f}",
    )


@router.command(ExpireQueued)
async def expire(event: ExpireQueued, ctx: Context) -> None:
    """What counts is how long it has waited, not when this arrives. A part of a release waits for the others."""
    found = await ctx.store.deployment(event.deployment)
    if found is None or found.state is not State.QUEUED:
        return
    most = policy_of(ctx, found).wait_at_most
    left = since(found) + most - ctx.clock.now()
    if left > 0 or found.waits is Reason.RELEASE_ORDER:
        ctx.changes.publish(event, subject=found.lane, after=left if left > 0 else most)
        return
    template = WAITED_FOR if found.waits_for else WAITED
    sentence = template.format(time=duration(most), why=found.waits_for.rstrip("."))
    move(ctx, found, Happening.WAITED_TOO_LONG, reason=Reason.WAITED_TOO_LONG, sentence=sentence)
    ctx.changes.audit("expired", actor=ENGINE, about=found.id, reason=Reason.WAITED_TOO_LONG.value)
