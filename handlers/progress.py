"""What the driver told of a run becomes the state of its deployment."""

from __future__ import annotations

from typing import Any

from bot.deployments import Deployment
from bot.events import (
    CancelFailed,
    DeploymentQueued,
    InputRequested,
    RunAccepted,
    RunDelayed,
    RunGivenUp,
    RunLost,
    RunMissing,
    RunSeen,
)
from bot.lifecycle import Happening
from bot.ports import Context
from bot.reasons import Reason
from bot.routing import Router
from bot.runs import RunPhase, RunResult, RunStatus, StageState
from handlers.lane import move, touch
from handlers.notes import cancel_failed
from handlers.verification import begin

router = Router()

FINISHED = {
    RunResult.SUCCESS: (Happening.SUCCEEDED, Reason.SUCCEEDED, ""),
    RunResult.UNSTABLE: (Happening.FAILED, Reason.RUN_UNSTABLE, "It finished, but unstable."),
    RunResult.FAILURE: (Happening.FAILED, Reason.RUN_FAILED, "The run failed."),
    RunResult.ABORTED: (Happening.ABORTED, Reason.RUN_ABORTED, "The run was aborted outside of Slack."),
    RunResult.LOST: (Happening.LOST, Reason.RUN_LOST, "The run is gone: its result can't be known."),
}
CANCELLED = "Cancelled while it ran."
CANCELLED_WAITING = "Cancelled before it ran."
MISSING = "{peer} has not begun it: it is asked again whether it may start."
TOO_LATE = "It had finished before it could be cancelled."
FAILED_AT = "The run failed in the stage {stage}."


@router.on(RunAccepted)
async def accepted(event: RunAccepted, ctx: Context) -> None:
    found = await ctx.store.deployment(event.deployment)
    if found is not None and not found.state.run_over:
        touch(ctx, found, ref=event.ref, waits=None, waits_for="")


@router.on(RunSeen)
async def seen(event: RunSeen, ctx: Context) -> None:
    """Queued, running, paused or finished: whatever the newest look says."""
    found = await ctx.store.deployment(event.deployment)
    if found is None or found.state.run_over:
        return
    status = event.status
    looks: dict[str, Any] = {"ref": status.ref, "log_tail": event.tail, **_stages(found, status)}
    if status.phase is RunPhase.FINISHED:
        _finish(ctx, found, status, looks)
        return
    if status.phase is RunPhase.QUEUED:
        touch(ctx, found, **looks, waits=Reason.RUNNER_BUSY, waits_for=status.waiting_for)
        return
    now = ctx.clock.now()
    looks["started_at"] = found.started_at or min(status.started_at or now, now)
    looks["expected_seconds"] = found.expected_seconds or status.expected_seconds
    question = status.input
    looks |= {
        "input": question,
        "waits": Reason.INPUT_NEEDED if question else None,
        "waits_for": question.message if question else "",
    }
    if move(ctx, found, Happening.RUNNING, **looks) is None:
        touch(ctx, found, **looks)
    if question is not None and (found.input is None or found.input.id != question.id):
        ctx.changes.publish(InputRequested(deployment=found.id, question=question), subject=found.lane)


@router.on(RunDelayed)
async def delayed(event: RunDelayed, ctx: Context) -> None:
    found = await ctx.store.deployment(event.deployment)
    if found is None or found.state.run_over:
        return
    touch(
        ctx,
        found,
        waits=event.reason,
        waits_for=event.sentence,
        maybe_started=found.maybe_started or event.maybe_started,
    )


@router.on(RunGivenUp)
async def given_up(event: RunGivenUp, ctx: Context) -> None:
    found = await ctx.store.deployment(event.deployment)
    if found is None or found.state.run_over:
        return
    happening = Happening.ABORTED if event.reason is Reason.CANCELLED else Happening.GIVEN_UP
    move(ctx, found, happening, reason=event.reason, sentence=event.sentence)


@router.on(RunLost)
async def lost(event: RunLost, ctx: Context) -> None:
    found = await ctx.store.deployment(event.deployment)
    if found is not None and not found.state.run_over:
        move(ctx, found, Happening.LOST, reason=Reason.RUN_LOST, sentence=event.sentence)


@router.on(RunMissing)
async def missing(event: RunMissing, ctx: Context) -> None:
    """It goes back to the queue, where everything is asked again before anything starts: time has passed."""
    found = await ctx.store.deployment(event.deployment)
    if found is None or found.state.run_over:
        return
    if found.cancelled_by:
        move(ctx, found, Happening.ABORTED, reason=Reason.CANCELLED, sentence=CANCELLED_WAITING)
        return
    words = MISSING.format(peer=found.target.server)
    if move(ctx, found, Happening.MISSING, ref=None, waits=None, waits_for=words, maybe_started=False):
        ctx.changes.publish(DeploymentQueued(deployment=found.id), subject=found.lane)


@router.on(CancelFailed)
async def cancel_refused(event: CancelFailed, ctx: Context) -> None:
    """The run goes on, so the card may not say that it is being cancelled."""
    found = await ctx.store.deployment(event.deployment)
    if found is None or found.state.run_over:
        return
    cancel_failed(ctx, found, event.sentence)
    touch(ctx, found, cancelled_by="", cancelled_at=0.0)


def _finish(ctx: Context, found: Deployment, status: RunStatus, looks: dict[str, Any]) -> None:
    happening, reason, sentence = FINISHED[status.result or RunResult.LOST]
    started = found.started_at or status.started_at
    if happening is Happening.ABORTED and found.cancelled_by:
        reason, sentence = Reason.CANCELLED, CANCELLED if started else CANCELLED_WAITING
    elif happening is Happening.SUCCEEDED and found.cancelled_by:
        sentence = TOO_LATE
    stage = next((one.name for one in status.stages if one.state is StageState.FAILED), "")
    if happening is Happening.FAILED and stage:
        sentence = FAILED_AT.format(stage=stage)
    looks |= _times(ctx.clock.now(), started, status.duration)
    if happening is Happening.SUCCEEDED and begin(ctx, found, **looks, sentence=sentence):
        return
    looks["ended_at"] = looks["run_ended_at"]
    move(ctx, found, happening, **looks, reason=reason, sentence=sentence)


def _times(now: float, started: float, took: float) -> dict[str, float]:
    """When the run began and ended. The peer's clock may go wrong, so nothing ends in the future, and what it took holds."""
    if not started:
        return {"run_ended_at": now}
    ended = min(now, started + took) if took else now
    return {"started_at": ended - took if took else min(started, now), "run_ended_at": ended}


def _stages(found: Deployment, status: RunStatus) -> dict[str, Any]:
    """A look that knows no stages (yet, or any more) does not wipe those that were seen."""
    return {"stages": status.stages or found.stages}
