"""Checks a target and starts its run, once by key; what comes of it goes to the lane as facts.

Nothing here changes a deployment. Each handler looks at the deployment first, because time has passed since it was
told to act, and may be called again after a crash in its middle. Whatever waited for the driver is judged once more right
before its start, and goes back to its lane when anything is in its way by now.
"""

from __future__ import annotations

import msgspec

from bot.audit import ENGINE
from bot.deployments import Deployment, RunRecord
from bot.errors import Refused, Rejected, Unreachable
from bot.events import (
    CheckTarget,
    FollowRun,
    RunAccepted,
    RunGivenUp,
    RunLost,
    RunMissing,
    StartRun,
    TargetAccepted,
    TargetRefused,
)
from bot.lifecycle import State
from bot.ports import Context
from bot.reasons import Reason
from bot.routing import Router
from bot.runs import RunRef
from handlers.lane import policy_of
from handlers.reaching import MENDABLE, driver_of, mendable, reach, since
from handlers.still import may_still

router = Router()

GIVEN_UP = "{peer} could not be used for {minutes} minutes: {why}"
CANCELLED_BEFORE = "Cancelled before it was started."
JUDGED_JUST_NOW = 5.0
"""Seconds for which the start trusts what the lane found when it said that it may."""


@router.command(CheckTarget)
async def check_target(event: CheckTarget, ctx: Context) -> None:
    """Would the job take the parameters? Asked before anything is asked of people."""
    found = await ctx.store.deployment(event.deployment)
    if found is None or found.state not in {State.REQUESTED, State.AWAITING_APPROVAL}:
        return
    try:
        await reach(found, driver_of(ctx, found).check(found.target))
    except Refused as no:
        fact = TargetRefused(deployment=found.id, reason=no.reason, sentence=no.sentence, way_out=no.way_out)
        ctx.changes.publish(fact, subject=found.lane)
    except Unreachable as away:
        if not _overdue(ctx, found):
            raise
        sentence = _given_up(ctx, found, away.sentence)
        fact = TargetRefused(deployment=found.id, reason=Reason.START_TIMED_OUT, sentence=sentence)
        ctx.changes.publish(fact, subject=found.lane)
    except Rejected as no:
        fact = TargetRefused(deployment=found.id, reason=no.reason, sentence=no.sentence)
        raise Rejected(no.reason, no.sentence, facts=[(found.lane, fact)]) from no
    else:
        accepted = TargetAccepted(deployment=found.id, break_glass=event.break_glass)
        ctx.changes.publish(accepted, subject=found.lane)


@router.command(StartRun)
async def start_run(event: StartRun, ctx: Context) -> None:
    """Start once by key, whatever happened to earlier attempts."""
    found = await ctx.store.deployment(event.deployment)
    record = await ctx.store.run(event.deployment)
    if (
        found is None
        or not found.state.holds_lane
        or found.state.run_over
        or (record and record.ref and not event.again)
    ):
        return
    untouched = not ctx.loaded and not event.again and not found.maybe_started
    if found.cancelled_by and untouched:
        _give_up(ctx, found, Reason.CANCELLED, CANCELLED_BEFORE)
        return
    try:
        ref = await reach(found, _start(ctx, found, fresh=ctx.fresh and not event.again))
    except Unreachable as away:
        if not (untouched and not away.maybe_done and _overdue(ctx, found)):
            raise
        _give_up(ctx, found, Reason.START_TIMED_OUT, _given_up(ctx, found, away.sentence))
    except Refused as no:
        # The job as it is now would not run what was asked for, and nothing was sent to it.
        _give_up(ctx, found, no.reason, f"{no.sentence} {no.way_out}".strip())
    except Rejected as no:
        _start_rejected(ctx, found, no, untouched=untouched)
    else:
        if ref is not None:
            _accepted(ctx, found, record, ref)


async def _start(ctx: Context, found: Deployment, *, fresh: bool) -> RunRef | None:
    """The run, started now or before. None when it was not and must not be started now: the lane has heard why."""
    driver = driver_of(ctx, found)
    if not fresh:
        there = await driver.find(found.target, found.key, since=since(found))
        if there is not None:
            return there
        if found.cancelled_by:
            _give_up(ctx, found, Reason.CANCELLED, CANCELLED_BEFORE)
            return None
        if _overdue(ctx, found) and found.peer_away:
            _give_up(ctx, found, Reason.START_TIMED_OUT, _given_up(ctx, found, found.waits_for))
            return None
        if ctx.at < ctx.booted_at:
            # Asked for before this process began: what people and the configuration allow may have changed since.
            _ask_again(ctx, found)
            return None
    await driver.check(found.target)
    just_now = ctx.fresh and ctx.clock.now() - ctx.at <= JUDGED_JUST_NOW
    if not just_now and not await may_still(ctx, found):
        _ask_again(ctx, found)
        return None
    return await driver.start(found.target, found.key, fresh=True)


def _ask_again(ctx: Context, found: Deployment) -> None:
    """Nothing of it has begun: it goes back to the queue, where its lane judges it and says what is in the way."""
    ctx.changes.publish(RunMissing(deployment=found.id), subject=found.lane)


def _start_rejected(ctx: Context, found: Deployment, no: Rejected, *, untouched: bool) -> None:
    if no.reason is Reason.RUN_LOST:
        ctx.changes.publish(RunLost(deployment=found.id, sentence=no.sentence), subject=found.lane)
        return
    if not untouched and no.reason in MENDABLE:
        # Another must not start beside it: wait until it can be looked for.
        raise mendable(found, no) from no
    fact = RunGivenUp(deployment=found.id, reason=no.reason, sentence=no.sentence)
    raise Rejected(no.reason, no.sentence, facts=[(found.lane, fact)]) from no


def _accepted(ctx: Context, found: Deployment, record: RunRecord | None, ref: RunRef) -> None:
    before = record or RunRecord(deployment=found.id, key=found.key)
    ctx.changes.save(msgspec.structs.replace(before, ref=ref))
    ctx.changes.audit("run_accepted", actor=ENGINE, about=found.id, key=ref.key, queue=ref.queue)
    ctx.changes.publish(RunAccepted(deployment=found.id, ref=ref), subject=found.lane)
    ctx.changes.publish(FollowRun(deployment=found.id), after=ctx.settings.following.at_least)


def _give_up(ctx: Context, found: Deployment, reason: Reason, sentence: str) -> None:
    ctx.changes.audit("run_given_up", actor=ENGINE, about=found.id, reason=reason.value, sentence=sentence)
    fact = RunGivenUp(deployment=found.id, reason=reason, sentence=sentence)
    ctx.changes.publish(fact, subject=found.lane)


def _given_up(ctx: Context, found: Deployment, why: str) -> str:
    minutes = max(1, round(policy_of(ctx, found).start_within / 60))
    return GIVEN_UP.format(peer=found.target.server, minutes=minutes, why=why)


def _overdue(ctx: Context, found: Deployment) -> bool:
    """Whether the driver has been waited for, since it was its turn, longer than the policy says."""
    return ctx.clock.now() - ctx.at > policy_of(ctx, found).start_within
