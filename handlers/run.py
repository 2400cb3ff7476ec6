"""Follows a run that was started, answers its questions, cancels it; what it learns goes to the lane as facts.

Nothing here changes a deployment. Each handler looks at the deployment first, because time has passed since it was
told to act, and may be called again after a crash in its middle.
"""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec

from bot.audit import ENGINE
from bot.backoff import backoff
from bot.deployments import Deployment, RunRecord
from bot.errors import Rejected, Unreachable
from bot.events import (
    AnswerFailed,
    AnswerRun,
    CancelFailed,
    CancelRun,
    FollowRun,
    LookAtRun,
    RunLost,
    RunMissing,
    RunSeen,
    Tell,
)
from bot.ports import Context, Runs
from bot.reasons import Reason
from bot.routing import Router
from bot.runs import RunPhase, RunRef, RunStatus
from handlers.reaching import MENDABLE, driver_of, heard, looked_lately, mendable, reach, since

router = Router()

TAIL_LINES = 15
LINE_MOST = 300
LOG_READS_MOST = 20
LOG_PATIENCE = 1
"""Looks in a row that may fail for want of the end of a log before the run's end is told without it."""
NO_LOG = "(the rest of the log could not be read: {why})"
ALREADY_ANSWERED = "That question had been answered already."
GONE = "{peer} had run {number} and does not know it any more."


@router.command(FollowRun)
async def follow_run(event: FollowRun, ctx: Context) -> None:
    """One look, and another after a polite while; one that can't be had keeps nothing waiting (a cancel, an answer)."""
    found = await ctx.store.deployment(event.deployment)
    record = await ctx.store.run(event.deployment)
    if found is None or found.state.run_over or record is None or record.ref is None:
        return
    try:
        status = await _look(ctx, found, record, record.ref, patient=event.missed < LOG_PATIENCE)
    except Unreachable as away:
        _later(ctx, event, away)
        return
    if status is None or status.phase is RunPhase.FINISHED:
        return
    if status.phase is RunPhase.MISSING:
        _missing(ctx, found, record)
        return
    ctx.changes.publish(FollowRun(deployment=found.id, look=event.look + 1), after=_pause(ctx, found, status))


@router.command(LookAtRun)
async def look_at_run(event: LookAtRun, ctx: Context) -> None:
    """One look, because the peer says that there is something to see; the polite looks go on as they were."""
    found = await ctx.store.deployment(event.deployment)
    if found is None or found.state.run_over:
        return
    record = await ctx.store.run(event.deployment)
    if record is None or record.ref is None:
        return
    try:
        await _look(ctx, found, record, record.ref, patient=True)
    except Unreachable as away:
        _tell_lane(ctx, away)


async def _look(
    ctx: Context, found: Deployment, record: RunRecord, ref: RunRef, *, patient: bool
) -> RunStatus | None:
    """Tell the lane what changed, read on in the log, and remember how far. None when it is lost."""
    try:
        driver = driver_of(ctx, found)
        status = await driver.status(found.target, ref, since=since(found))
        if status.phase is RunPhase.MISSING:
            return status
        record = await _read_log(driver, found, record, status, patient=patient)
    except Unreachable as away:
        raise heard(found, away) from away
    except Rejected as no:
        if no.reason is Reason.RUN_LOST:
            ctx.changes.publish(RunLost(deployment=found.id, sentence=no.sentence), subject=found.lane)
            return None
        raise mendable(found, no) from no
    seen = _digest(ctx, found, status, record.tail)
    ended = status.phase is RunPhase.FINISHED
    if seen != record.seen or ended or found.peer_away:
        ctx.changes.publish(RunSeen(deployment=found.id, status=status, tail=record.tail), subject=found.lane)
    number_seen = record.number_seen or bool(status.ref.number)
    moved = _moved(ctx, record, status)
    ctx.changes.save(
        msgspec.structs.replace(
            record, ref=status.ref, seen=seen, number_seen=number_seen, **moved, **_looked(ctx, record)
        )
    )
    return status


def _later(ctx: Context, event: FollowRun | CancelRun | AnswerRun, away: Unreachable) -> None:
    """Do it again after a while, and let what else is to be done about the run go first."""
    _tell_lane(ctx, away)
    wait = away.retry_after if away.retry_after is not None else backoff(event.missed)
    ctx.changes.publish(msgspec.structs.replace(event, missed=event.missed + 1), after=wait)


def _tell_lane(ctx: Context, away: Unreachable) -> None:
    for subject, fact in away.facts:
        ctx.changes.publish(fact, subject=subject)


@router.command(CancelRun)
async def cancel_run(event: CancelRun, ctx: Context) -> None:
    """Take it out of the queue, or stop it; its end comes back as any other end does."""
    found = await ctx.store.deployment(event.deployment)
    record = await ctx.store.run(event.deployment)
    if found is None or found.state.run_over or record is None or record.ref is None:
        return
    try:
        sent = await reach(found, driver_of(ctx, found).cancel(found.target, record.ref))
    except Unreachable as away:
        _later(ctx, event, away)
        return
    except Rejected as no:
        if found.peer_away or no.reason in MENDABLE - {Reason.PERMISSION_MISSING}:
            _later(ctx, event, mendable(found, no))
            return
        fact = CancelFailed(deployment=found.id, reason=no.reason, sentence=no.sentence)
        raise Rejected(no.reason, no.sentence, facts=[(found.lane, fact)]) from no
    if sent:
        ctx.changes.audit("run_cancel_sent", actor=found.cancelled_by or ENGINE, about=found.id)


@router.command(AnswerRun)
async def answer_run(event: AnswerRun, ctx: Context) -> None:
    """Answer the question that the run is paused on; somebody may have been faster."""
    found = await ctx.store.deployment(event.deployment)
    record = await ctx.store.run(event.deployment)
    if found is None or found.state.run_over or record is None or record.ref is None:
        return
    try:
        answer = driver_of(ctx, found).answer(found.target, record.ref, event.question, proceed=event.proceed)
        answered = await reach(found, answer)
    except Unreachable as away:
        _later(ctx, event, away)
        return
    except Rejected as no:
        fact = AnswerFailed(
            deployment=found.id, question=event.question, by=event.by, reason=no.reason, sentence=no.sentence
        )
        raise Rejected(no.reason, no.sentence, facts=[(found.lane, fact)]) from no
    about = {"actor": event.by, "about": found.id}
    question = event.question.message
    if answered:
        ctx.changes.audit("input_answered", **about, question=question, proceed=event.proceed)
        return
    gone = Reason.INPUT_GONE.value
    ctx.changes.audit("input_answer_failed", **about, reason=gone, question=question)
    if event.place is not None:
        ctx.changes.publish(
            Tell(user=event.by, place=event.place, words=(ALREADY_ANSWERED,), deployment=found.id)
        )


async def _read_log(
    driver: Runs, found: Deployment, record: RunRecord, status: RunStatus, *, patient: bool
) -> RunRecord:
    """The record with what was new in the log; at the end of the run the log is read to its end.

    A run whose log can't be had is followed all the same. At the end, `patient` raises `Unreachable` for the log to
    come later.
    """
    if not status.ref.number:
        return record
    ended = status.phase is RunPhase.FINISHED
    for _ in range(LOG_READS_MOST if ended else 1):
        try:
            chunk = await driver.log(found.target, status.ref, record.offset)
        except (Unreachable, Rejected) as no:
            if isinstance(no, Unreachable) and not ended:
                return record
            if isinstance(no, Unreachable) and patient:
                raise
            why = NO_LOG.format(why=no.sentence)
            tail = record.tail if why in record.tail else _tail(record.tail, why)
            return msgspec.structs.replace(record, tail=tail)
        moved = chunk.offset != record.offset
        record = msgspec.structs.replace(record, offset=chunk.offset, tail=_tail(record.tail, chunk.text))
        if not chunk.more or not moved:
            break
    return record


def _tail(before: tuple[str, ...], text: str) -> tuple[str, ...]:
    lines = [line[:LINE_MOST].rstrip() for line in text.split("\n")]
    return (*before, *(line for line in lines if line))[-TAIL_LINES:]


def _missing(ctx: Context, found: Deployment, record: RunRecord) -> None:
    if record.number_seen:
        sentence = GONE.format(peer=found.target.server, number=record.ref.number if record.ref else "")
        ctx.changes.publish(RunLost(deployment=found.id, sentence=sentence), subject=found.lane)
        return
    # Its queue is written to disk only now and then: a restart may have lost what it had accepted.
    ctx.changes.publish(RunMissing(deployment=found.id), subject=found.lane)


def _pause(ctx: Context, found: Deployment, status: RunStatus) -> float:
    """Seconds until the next look: a twentieth of what it usually takes, inside the configured bounds."""
    least, most = ctx.settings.following.at_least, ctx.settings.following.at_most
    expected = found.expected_seconds or status.expected_seconds
    if status.phase is RunPhase.QUEUED or not expected:
        return min(most, least * 2)
    return max(least, min(most, expected / 20))


def _moved(ctx: Context, record: RunRecord, status: RunStatus) -> dict[str, Any]:
    """When it last showed anything new: log, stage, or a question."""
    stages = [(stage.name, stage.state.value) for stage in status.stages]
    whole = [record.offset, status.phase.value, stages, status.input.id if status.input else ""]
    sign = hashlib.blake2s(msgspec.json.encode(whole), digest_size=8).hexdigest()
    return {} if sign == record.sign else {"sign": sign, "moved_at": ctx.clock.now()}


def _looked(ctx: Context, record: RunRecord) -> dict[str, float]:
    """When it was looked at, and since when without a gap."""
    now = ctx.clock.now()
    return {"looked_at": now, "looks_since": record.looks_since if looked_lately(ctx, record) else now}


def _digest(ctx: Context, found: Deployment, status: RunStatus, tail: tuple[str, ...]) -> str:
    """Equal while a card about the run would look the same; the progress bar moves in twentieths."""
    took = ctx.clock.now() - found.started_at if found.started_at else 0.0
    expected = found.expected_seconds or status.expected_seconds
    progress = min(20, int(20 * took / expected)) if expected else 0
    stages = [(stage.name, stage.state.value) for stage in status.stages]
    question = status.input.id if status.input else ""
    whole = [status.phase.value, status.waiting_for, status.ref.number, stages, question, tail, progress]
    return hashlib.blake2s(msgspec.json.encode(whole), digest_size=8).hexdigest()
