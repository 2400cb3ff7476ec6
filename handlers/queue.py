"""One run at a time in each service × environment: whose turn it is, asked again at the moment of starting."""

from __future__ import annotations

from collections.abc import Container
from enum import Enum

import msgspec

from bot.audit import ENGINE
from bot.deployments import Deployment
from bot.errors import Rejected, Unreachable
from bot.events import ApprovalRequested, DeploymentEnded, DeploymentQueued, DeploymentStarted, StartRun
from bot.events.rollback import RollBackFailed
from bot.gates import Situation, Verdict, blocking
from bot.gates import waiting as held_by
from bot.gates.queue import in_line
from bot.kinds import Kind
from bot.lifecycle import Happening, State
from bot.ports import Context
from bot.reasons import Reason
from bot.routing import Router
from handlers import sources
from handlers.aside import NOBODY_SAYS, held
from handlers.frozen import audit_overridden
from handlers.going_out import kept
from handlers.lane import come_back, move, refuse, rolls_itself_back, touch
from handlers.notes import plan_missed
from handlers.passing import passes_more, review_open
from handlers.questions import approved, review, void
from handlers.situation import Wanted, ahead_now, judged
from handlers.superseding import supersede
from handlers.turns import asked_before, holder_of, waiting_in
from handlers.waiting import expire_later

router = Router()

LEAST_WAIT = 0.05
PATIENCE = 30.0
"""Seconds after which it is asked again what nobody could say."""
ASKED_AGAIN = 60.0
"""Seconds in which the same hold is looked forward to once, however often it is found."""

WORTH_SAYING = 60.0
"""Seconds by which an expected start has to move before the card is drawn anew for it."""
CHECKED_FIRST = "#{number} goes back to {version} first, and is still being checked"
ASKED_BEFORE = "#{number} ({version}) was asked for before and is still being checked"


@router.on(DeploymentQueued)
async def queued(event: DeploymentQueued, ctx: Context) -> None:
    found = await ctx.store.deployment(event.deployment)
    if found is not None and found.state is State.QUEUED:
        expire_later(ctx, found)
    await next_in_lane(event.deployment, ctx)


@router.on(DeploymentEnded)
async def lane_freed(event: DeploymentEnded, ctx: Context) -> None:
    """What is rolled back by itself comes before whatever waits, so the lane is given when that is decided."""
    found = await ctx.store.deployment(event.deployment)
    if found is not None and (found.back_next or rolls_itself_back(ctx, found)):
        ctx.changes.publish(RollBackFailed(deployment=found.id), subject=found.lane)
        return
    if found is not None and found.state is State.SUCCEEDED:
        review_open(ctx, await ctx.store.live(lane=found.lane))
    await next_in_lane(event.deployment, ctx)


@router.on(ApprovalRequested)
async def left_the_queue(event: ApprovalRequested, ctx: Context) -> None:
    """What has to wait for people now stands in nobody's way."""
    await next_in_lane(event.deployment, ctx)


async def next_in_lane(deployment: str, ctx: Context) -> None:
    """Start the first in the queue that nothing holds, when the lane is free; tell the others whom they wait for."""
    found = await ctx.store.deployment(deployment)
    if found is None or await _goes_back_next(ctx, found):
        return
    live = [_come(ctx, one) for one in await ctx.store.live(lane=found.lane)]
    live = await supersede(ctx, live)
    holder, waiting = holder_of(live), waiting_in(live)
    aside: frozenset[str] = frozenset()
    while holder is None and waiting:
        first, waiting = waiting[0], waiting[1:]
        outcome = await _start(ctx, first, aside, live)
        if outcome is Turn.UNKNOWN:
            return
        if outcome is Turn.BEHIND_A_CHECK:
            await _behind_a_check(ctx, [first, *waiting], live)
            return
        holder = first if outcome is Turn.STARTED else None
        aside |= {first.id}
    there = [_started(one) if one is holder else one for one in live]
    own = await held(ctx, waiting)
    aside = (aside | own.keys()) - {holder.id if holder else ""}
    for one in waiting:
        if one.id in own:
            hold(ctx, one, own[one.id])
        else:
            await _behind(ctx, one, there, aside)


def _come(ctx: Context, one: Deployment) -> Deployment:
    """The time that it is planned for has come: from now on it is not missed, whatever holds it."""
    now = ctx.clock.now()
    if one.state is not State.QUEUED or one.came_at or not 0 < one.not_before <= now:
        return one
    return touch(ctx, one, came_at=now)


async def _goes_back_next(ctx: Context, found: Deployment) -> bool:
    """Whether what ran there last failed, and it is not decided yet whether it is rolled back by itself: whoever decides gives the lane."""
    ran = await ctx.store.ran(found.service, found.environment, 1)
    return bool(ran) and ran[0].back_next


class Turn(Enum):
    """What came of somebody's turn: it started, something holds it or it left the queue, or nobody can say yet.

    Behind a check is what could start, and has to wait until it is known whether the job takes what was asked for before.
    """

    STARTED = "started"
    ASIDE = "aside"
    BEHIND_A_CHECK = "behind_a_check"
    UNKNOWN = "unknown"


async def wake(ctx: Context, service: str, environment: str) -> None:
    """Ask again what waits in every lane that a scope covers; empty is every one."""
    there = [
        one
        for one in await ctx.store.live()
        if service in {"", one.service} and environment in {"", one.environment}
    ]
    review_open(ctx, there)
    lanes = {one.lane: one for one in reversed(there) if one.state is State.QUEUED}
    for one in lanes.values():
        ctx.changes.publish(DeploymentQueued(deployment=one.id), subject=one.lane)


async def _start(ctx: Context, first: Deployment, aside: frozenset[str], live: list[Deployment]) -> Turn:
    """After waiting, look again: only what was approved, and is still what would run, and what no gate holds, starts."""
    first = await sources.refreshed(ctx, first)
    if review(ctx, first) is None:
        return Turn.ASIDE
    counted = await ctx.store.standing_count()
    try:
        so, verdicts = await judged(ctx, Wanted.of(first, aside=aside))
    except (Unreachable, Rejected) as away:
        come_back(ctx, first, DeploymentQueued(deployment=first.id), away)
        return Turn.UNKNOWN
    # What stands was looked at now: whoever locks the place meanwhile is heard.
    ctx.changes.expect(standing=counted)
    if so.votes_gone:
        void(ctx, first, Reason.APPROVER_GONE, so.votes_gone)
        return Turn.ASIDE
    if passes_more(ctx, first, so):
        return Turn.ASIDE
    if (no := blocking(verdicts)) is not None:
        assert no.reason is not None, "every block has its reason code"
        refuse(ctx, first, no.reason, no.said, no.way_out)
        return Turn.ASIDE
    if (wait := held_by(verdicts)) is not None:
        hold(ctx, first, wait)
        return Turn.ASIDE
    if asked_before(first, live) is not None:
        return Turn.BEHIND_A_CHECK
    audit_overridden(ctx, so, first)
    await _go(ctx, first, so)
    return Turn.STARTED


def hold(ctx: Context, one: Deployment, verdict: Verdict) -> None:
    """It keeps its place and its approvals, the card says what holds it, and it is asked again when that may be over."""
    if (one.waits, one.waits_for, one.waits_until) != (verdict.reason, verdict.said, verdict.until):
        if verdict.reason is Reason.PLAN_MISSED:
            plan_missed(ctx, one, verdict.said)
        touch(
            ctx,
            one,
            waits=verdict.reason,
            waits_for=verdict.said,
            waits_until=verdict.until,
            queue_place=0,
        )
        ctx.changes.audit(
            "held",
            actor=ENGINE,
            about=one.id,
            reason=verdict.reason.value if verdict.reason else "",
            sentence=verdict.said,
            until=verdict.until,
        )
    until = verdict.until or (ctx.clock.now() + PATIENCE if verdict.reason in NOBODY_SAYS else 0.0)
    if until:
        again = DeploymentQueued(deployment=one.id)
        wait = max(LEAST_WAIT, until - ctx.clock.now())
        name = f"held/{one.id}/{int(until)}/{_looked_forward(ctx.clock.now(), wait)}"
        ctx.changes.publish(again, subject=one.lane, after=wait, id=name)


def _looked_forward(now: float, wait: float) -> str:
    """Names the times at which the same hold is found. Shortly before its end each is another: it may be looked at too early."""
    return str(int(now // ASKED_AGAIN)) if wait > ASKED_AGAIN else f"{now:.3f}"


async def _go(ctx: Context, first: Deployment, so: Situation) -> None:
    assert approved(first), "only what people approved is queued"
    again = first.start_asked_at > 0
    last = await ctx.store.last_good(first.lane)
    before = await ctx.store.ran(first.service, first.environment, 1)
    usual = await ctx.store.usual_seconds(first.lane, first.target.job)
    after = move(
        ctx,
        first,
        Happening.LANE_FREE,
        waits=None,
        waits_for="",
        waits_until=0.0,
        queue_place=0,
        start_asked_at=first.start_asked_at or ctx.clock.now(),
        follows=before[0].ended_at if before else 0.0,
        replaces=last.version if last else "",
        expected_seconds=usual,
        outgoing=kept(so.outgoing) if so.outgoing and so.outgoing.known else first.outgoing,
        slow_after=await ctx.store.slow_seconds(first.lane, first.target.job),
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


def _started(holder: Deployment) -> Deployment:
    """As it will be stored: what has been started in this handling holds the lane."""
    return holder if holder.state.holds_lane else msgspec.structs.replace(holder, state=State.STARTING)


async def _behind(ctx: Context, one: Deployment, live: list[Deployment], aside: Container[str]) -> None:
    """Its place in the queue, and when it starts if all before it take as long as usual; in the words of the gate."""
    ahead = await ahead_now(ctx, one, live, aside)
    if not ahead:
        return
    found = in_line(ahead, one.kind)
    same = (one.waits, one.waits_for, one.queue_place) == (Reason.LANE_BUSY, found.sentence, found.place)
    if same and abs(one.waits_until - found.expected) < WORTH_SAYING:
        return
    touch(
        ctx,
        one,
        waits=Reason.LANE_BUSY,
        waits_for=found.sentence,
        waits_until=found.expected,
        queue_place=found.place,
    )


async def _behind_a_check(ctx: Context, waiting: list[Deployment], live: list[Deployment]) -> None:
    """The first could start; the others wait with it, but for what something of its own holds."""
    before = asked_before(waiting[0], live)
    own = await held(ctx, waiting[1:])
    for one in waiting:
        if one.id in own:
            hold(ctx, one, own[one.id])
        elif before is not None:
            _checked_before(ctx, one, before)


def _checked_before(ctx: Context, one: Deployment, before: Deployment) -> None:
    template = CHECKED_FIRST if before.kind is Kind.ROLLBACK else ASKED_BEFORE
    words = template.format(number=before.number, version=before.version)
    if (one.waits, one.waits_for) != (Reason.LANE_BUSY, words):
        touch(ctx, one, waits=Reason.LANE_BUSY, waits_for=words, waits_until=0.0, queue_place=0)
