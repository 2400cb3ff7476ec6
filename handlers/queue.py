"""One run at a time in each service × environment: whose turn it is, asked again at the moment of starting."""

from __future__ import annotations

from bot.audit import ENGINE
from bot.deployments import Deployment
from bot.errors import Rejected, Unreachable
from bot.events import ApprovalRequested, DeploymentEnded, DeploymentQueued, DeploymentStarted, StartRun
from bot.lifecycle import Happening, State
from bot.ports import Context
from bot.reasons import Reason
from bot.routing import Router
from handlers import rights
from handlers.lane import come_back, move, refuse, touch
from handlers.questions import approved, review, void

router = Router()

BEHIND = "#{number} ({version}) is on its way there now"
ASKED_BEFORE = "#{number} ({version}) was asked for before and is still being checked"


@router.on(DeploymentQueued)
async def queued(event: DeploymentQueued, ctx: Context) -> None:
    await next_in_lane(event.deployment, ctx)


@router.on(DeploymentEnded)
async def lane_freed(event: DeploymentEnded, ctx: Context) -> None:
    await next_in_lane(event.deployment, ctx)


@router.on(ApprovalRequested)
async def left_the_queue(event: ApprovalRequested, ctx: Context) -> None:
    """What has to wait for people now stands in nobody's way."""
    await next_in_lane(event.deployment, ctx)


async def next_in_lane(deployment: str, ctx: Context) -> None:
    """Start the first in the queue when the lane is free; tell the others whom they wait for."""
    found = await ctx.store.deployment(deployment)
    if found is None:
        return
    live = await ctx.store.live(lane=found.lane)
    holder = next((one for one in live if one.state.holds_lane), None)
    waiting = sorted((one for one in live if one.state is State.QUEUED), key=_turn)
    if holder is None and waiting and (before := _asked_before(waiting[0], live)):
        for one in waiting:
            _behind(ctx, one, before, ASKED_BEFORE)
        return
    if holder is None and waiting:
        holder, waiting = await _start(ctx, waiting[0]), waiting[1:]
    for one in waiting:
        _behind(ctx, one, holder, BEHIND)


def _turn(one: Deployment) -> tuple[float, int]:
    """What people approved comes in the order of the approvals, anything else as it was asked for."""
    decided = one.approval is not None or one.broken is not None
    return (one.queued_at if decided else one.requested_at, one.number)


def _asked_before(first: Deployment, live: list[Deployment]) -> Deployment | None:
    """Who was asked for earlier and is only held up by its check: it must not end up as the last that ran."""
    if first.approval is not None or first.broken is not None:
        return None
    earlier = (one for one in live if one.state is State.REQUESTED and one.number < first.number)
    return next(earlier, None)


async def _start(ctx: Context, first: Deployment) -> Deployment | None:
    """After waiting, look again: only what was approved, and is still what would run, starts."""
    if review(ctx, first) is None or not await _still_right(ctx, first):
        return None
    assert approved(first), "only what people approved is queued"
    again = first.start_asked_at > 0
    last = await ctx.store.last_good(first.lane)
    usual = await ctx.store.usual_seconds(first.lane, first.target.job)
    after = move(
        ctx,
        first,
        Happening.LANE_FREE,
        waits=None,
        waits_for="",
        start_asked_at=first.start_asked_at or ctx.clock.now(),
        replaces=last.version if last else "",
        expected_seconds=usual,
    )
    assert after is not None
    ctx.changes.audit(
        "started_again" if again else "started",
        actor=ENGINE,
        about=after.id,
        version=after.version,
        job=f"{after.target.driver}/{after.target.server}/{after.target.job}",
    )
    ctx.changes.publish(DeploymentStarted(deployment=after.id), subject=after.lane)
    ctx.changes.publish(StartRun(deployment=after.id, again=again))
    return after


async def _still_right(ctx: Context, first: Deployment) -> bool:
    """Whether those who asked, approved or broke the glass still may; if not, it is refused or asked anew.

    While nobody can be asked it waits, and so does what is behind it, but the lane does not.
    """
    glass = first.broken.by if first.broken else ""
    try:
        no = await rights.gone(ctx, first, glass=glass)
        lost = await rights.votes_gone(ctx, first.approval) if first.approval and not glass else ()
    except (Unreachable, Rejected) as away:
        come_back(ctx, first, DeploymentQueued(deployment=first.id), away)
        return False
    if no is not None:
        refuse(ctx, first, no.reason, no.sentence, no.way_out)
    elif lost:
        void(ctx, first, Reason.APPROVER_GONE, lost)
    return no is None and not lost


def _behind(ctx: Context, one: Deployment, holder: Deployment | None, template: str) -> None:
    words = template.format(number=holder.number, version=holder.version) if holder else ""
    if holder is not None and (one.waits, one.waits_for) != (Reason.LANE_BUSY, words):
        touch(ctx, one, waits=Reason.LANE_BUSY, waits_for=words)
