"""Touches the driver: checks, starts by key, follows, answers, cancels; what it learns goes to the lane as facts.

Nothing here changes a deployment. Each handler looks at the deployment first, because time has passed since it was
told to act, and may be called again after a crash in its middle.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable
from typing import TypeVar

import msgspec

from bot.audit import ENGINE
from bot.backoff import backoff
from bot.deployments import Deployment, RunRecord
from bot.errors import Refused, Rejected, Unreachable
from bot.events import (
    AnswerFailed,
    AnswerRun,
    CancelFailed,
    CancelRun,
    CheckTarget,
    FollowRun,
    LookAtRun,
    RunAccepted,
    RunDelayed,
    RunGivenUp,
    RunLost,
    RunMissing,
    RunSeen,
    StartRun,
    TargetAccepted,
    TargetRefused,
    Tell,
)
from bot.lifecycle import State
from bot.ports import Context, Runs
from bot.reasons import Reason
from bot.routing import Router
from bot.runs import RunPhase, RunRef, RunStatus
from handlers.lane import policy_of

router = Router()

T = TypeVar("T")

TAIL_LINES = 15
LINE_MOST = 300
LOG_READS_MOST = 20
LOG_PATIENCE = 1
"""Looks in a row that may fail for want of the end of a log before the run's end is told without it."""
NO_LOG = "(the rest of the log could not be read: {why})"
ALREADY_ANSWERED = "That question had been answered already."
GIVEN_UP = "{peer} could not be used for {minutes} minutes: {why}"
CANCELLED_BEFORE = "Cancelled before it was started."
GONE = "{peer} had run {number} and does not know it any more."
PATIENCE = 30.0
MENDABLE = frozenset(
    {
        Reason.CREDENTIALS_WRONG,
        Reason.PERMISSION_MISSING,
        Reason.PEER_BROKEN,
        Reason.ANSWER_UNREADABLE,
        Reason.JOB_MISSING,
    }
)
"""What a human can mend without anything having happened to the run meanwhile; a job may be only unreadable."""
NO_DRIVER = "No driver is called {driver} in the configuration any more."


@router.command(CheckTarget)
async def check_target(event: CheckTarget, ctx: Context) -> None:
    """Would the job take the parameters? Asked before anything is asked of people."""
    found = await ctx.store.deployment(event.deployment)
    if found is None or found.state not in {State.REQUESTED, State.AWAITING_APPROVAL}:
        return
    try:
        await _reach(found, _driver(ctx, found).check(found.target))
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
    if found is None or not found.state.holds_lane or (record and record.ref and not event.again):
        return
    untouched = not ctx.loaded and not event.again and not found.maybe_started
    if found.cancelled_by and untouched:
        _give_up(ctx, found, Reason.CANCELLED, CANCELLED_BEFORE)
        return
    try:
        ref = await _reach(found, _start(ctx, found, fresh=ctx.fresh and not event.again))
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
    driver = _driver(ctx, found)
    if not fresh:
        there = await driver.find(found.target, found.key, since=_since(found))
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
            ctx.changes.publish(RunMissing(deployment=found.id), subject=found.lane)
            return None
    await driver.check(found.target)
    return await driver.start(found.target, found.key, fresh=True)


def _start_rejected(ctx: Context, found: Deployment, no: Rejected, *, untouched: bool) -> None:
    if no.reason is Reason.RUN_LOST:
        ctx.changes.publish(RunLost(deployment=found.id, sentence=no.sentence), subject=found.lane)
        return
    if not untouched and no.reason in MENDABLE:
        # Another must not start beside it: wait until it can be looked for.
        raise _mendable(found, no) from no
    fact = RunGivenUp(deployment=found.id, reason=no.reason, sentence=no.sentence)
    raise Rejected(no.reason, no.sentence, facts=[(found.lane, fact)]) from no


def _accepted(ctx: Context, found: Deployment, record: RunRecord | None, ref: RunRef) -> None:
    before = record or RunRecord(deployment=found.id, key=found.key)
    ctx.changes.save(msgspec.structs.replace(before, ref=ref))
    ctx.changes.audit("run_accepted", actor=ENGINE, about=found.id, key=ref.key, queue=ref.queue)
    ctx.changes.publish(RunAccepted(deployment=found.id, ref=ref), subject=found.lane)
    ctx.changes.publish(FollowRun(deployment=found.id), after=ctx.settings.following.at_least)


@router.command(FollowRun)
async def follow_run(event: FollowRun, ctx: Context) -> None:
    """One look, and another after a polite while; one that can't be had keeps nothing waiting (a cancel, an answer)."""
    found = await ctx.store.deployment(event.deployment)
    record = await ctx.store.run(event.deployment)
    if found is None or found.state.ended or record is None or record.ref is None:
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
    if found is None or found.state.ended:
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
        driver = _driver(ctx, found)
        status = await driver.status(found.target, ref, since=_since(found))
        if status.phase is RunPhase.MISSING:
            return status
        record = await _read_log(driver, found, record, status, patient=patient)
    except Unreachable as away:
        raise _heard(found, away) from away
    except Rejected as no:
        if no.reason is Reason.RUN_LOST:
            ctx.changes.publish(RunLost(deployment=found.id, sentence=no.sentence), subject=found.lane)
            return None
        raise _mendable(found, no) from no
    seen = _digest(ctx, found, status, record.tail)
    ended = status.phase is RunPhase.FINISHED
    if seen != record.seen or ended or found.peer_away:
        ctx.changes.publish(RunSeen(deployment=found.id, status=status, tail=record.tail), subject=found.lane)
    number_seen = record.number_seen or bool(status.ref.number)
    ctx.changes.save(msgspec.structs.replace(record, ref=status.ref, seen=seen, number_seen=number_seen))
    return status


def _mendable(found: Deployment, no: Rejected) -> Unreachable:
    """The run may be there all the same, and a human can mend this: try again after a while, and say why on the card."""
    return _heard(found, Unreachable(no.reason, no.sentence, retry_after=PATIENCE))


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
    if found is None or found.state.ended or record is None or record.ref is None:
        return
    try:
        sent = await _reach(found, _driver(ctx, found).cancel(found.target, record.ref))
    except Unreachable as away:
        _later(ctx, event, away)
        return
    except Rejected as no:
        if found.peer_away or no.reason in MENDABLE - {Reason.PERMISSION_MISSING}:
            _later(ctx, event, _mendable(found, no))
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
    if found is None or found.state.ended or record is None or record.ref is None:
        return
    try:
        answer = _driver(ctx, found).answer(found.target, record.ref, event.question, proceed=event.proceed)
        answered = await _reach(found, answer)
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


async def _reach(found: Deployment, call: Awaitable[T]) -> T:
    """Call the driver; when it can't be reached, the lane hears why."""
    try:
        return await call
    except Unreachable as away:
        raise _heard(found, away) from away


def _heard(found: Deployment, away: Unreachable) -> Unreachable:
    """The same failure, carrying the fact for the card, unless the card says so already."""
    told = found.waits is away.reason and found.waits_for == away.sentence
    if told and (found.maybe_started or not away.maybe_done):
        return away
    fact = RunDelayed(
        deployment=found.id, reason=away.reason, sentence=away.sentence, maybe_started=away.maybe_done
    )
    return Unreachable(
        away.reason,
        away.sentence,
        retry_after=away.retry_after,
        maybe_done=away.maybe_done,
        facts=[(found.lane, fact)],
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


def _since(found: Deployment) -> float:
    """When a start was first asked for: older runs need not be looked at to find its own."""
    return found.start_asked_at or found.requested_at


def _pause(ctx: Context, found: Deployment, status: RunStatus) -> float:
    """Seconds until the next look: a twentieth of what it usually takes, inside the configured bounds."""
    least, most = ctx.settings.following.at_least, ctx.settings.following.at_most
    expected = found.expected_seconds or status.expected_seconds
    if status.phase is RunPhase.QUEUED or not expected:
        return min(most, least * 2)
    return max(least, min(most, expected / 20))


def _digest(ctx: Context, found: Deployment, status: RunStatus, tail: tuple[str, ...]) -> str:
    """Equal while a card about the run would look the same; the progress bar moves in twentieths."""
    took = ctx.clock.now() - found.started_at if found.started_at else 0.0
    expected = found.expected_seconds or status.expected_seconds
    progress = min(20, int(20 * took / expected)) if expected else 0
    stages = [(stage.name, stage.state.value) for stage in status.stages]
    question = status.input.id if status.input else ""
    whole = [status.phase.value, status.waiting_for, status.ref.number, stages, question, tail, progress]
    return hashlib.blake2s(msgspec.json.encode(whole), digest_size=8).hexdigest()


def _driver(ctx: Context, found: Deployment) -> Runs:
    driver = ctx.runs.get(found.target.driver)
    if driver is None:
        raise Rejected(Reason.JOB_MISSING, NO_DRIVER.format(driver=found.target.driver))
    return driver
