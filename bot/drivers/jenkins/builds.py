"""One look at a run: queue item, then build, stages and questions, as `RunStatus`."""

from __future__ import annotations

import time

from bot.drivers.jenkins import inputs, paths, queues, searches
from bot.drivers.jenkins.answers import BUILD_TREE, Build, RunView, StageView
from bot.drivers.jenkins.client import JenkinsClient
from bot.errors import Rejected, Unreachable
from bot.reasons import Reason
from bot.runs import RunInput, RunPhase, RunRef, RunResult, RunStatus, RunTarget, Stage, StageState

UNKNOWN_RESULT = "Jenkins {name} ended “{job}” with a result that is not known here: {result}."

ASK_FOR_STAGES_AGAIN = 600.0
"""Seconds for which a server without the stage view plugin is remembered as such."""

RESULTS = {
    "SUCCESS": RunResult.SUCCESS,
    "UNSTABLE": RunResult.UNSTABLE,
    "FAILURE": RunResult.FAILURE,
    "ABORTED": RunResult.ABORTED,
    # Jenkins gives NOT_BUILT when the run ended before it did its work (milestone, skipped by an outer build).
    "NOT_BUILT": RunResult.ABORTED,
}

STAGES = {
    "SUCCESS": StageState.SUCCESS,
    "UNSTABLE": StageState.UNSTABLE,
    "FAILED": StageState.FAILED,
    "ABORTED": StageState.ABORTED,
    "IN_PROGRESS": StageState.RUNNING,
    "PAUSED_PENDING_INPUT": StageState.PAUSED,
    "NOT_EXECUTED": StageState.SKIPPED,
}


async def status(client: JenkinsClient, target: RunTarget, ref: RunRef, *, since: float) -> RunStatus:
    """As `bot.ports.Runs.status`."""
    if ref.number:
        return await _build(client, target, ref)
    if not ref.queue:
        return await _looked_for(client, target, ref, since)
    item = await queues.item(client, ref.queue)
    if item is None:
        return await _looked_for(client, target, ref, since)
    if item.cancelled:
        return RunStatus(ref=ref, phase=RunPhase.FINISHED, result=RunResult.ABORTED)
    if item.executable and item.executable.number is not None:
        now = await _build(client, target, queues.numbered(client, target.job, ref, item.executable.number))
        # The queue knows the number a moment before the build can be read: not there yet is not lost.
        return _waiting(ref, None) if now.result is RunResult.LOST else now
    return _waiting(ref, item.why)


def _waiting(ref: RunRef, why: str | None) -> RunStatus:
    return RunStatus(ref=ref, phase=RunPhase.QUEUED, waiting_for=queues.waiting_for(why))


async def _looked_for(client: JenkinsClient, target: RunTarget, ref: RunRef, since: float) -> RunStatus:
    """The queue forgets an item 5 minutes after it left, and all of them when Jenkins is killed."""
    found = await searches.find(client, target.job, ref, since=since)
    if found is None:
        return RunStatus(ref=ref, phase=RunPhase.MISSING)
    if found.number:
        return await _build(client, target, found)
    item = await queues.item(client, found.queue)
    return _waiting(found, item.why if item else None)


async def _build(client: JenkinsClient, target: RunTarget, ref: RunRef) -> RunStatus:
    path = paths.build_path(target.job, ref.number)
    build = await client.read(Build, f"{path}/api/json", tree=BUILD_TREE)
    if build is None:
        # Jenkins says 404 as well to a job that may not be read any more, whose run goes on.
        await searches.readable(client, target.job)
    if build is None or _of_another(client, build, ref):
        return RunStatus(ref=ref, phase=RunPhase.FINISHED, result=RunResult.LOST)
    ref = queues.numbered(client, target.job, ref, ref.number)
    result = None if build.building else build.result
    view = await _seen_stages(client, path, build) if build.pipeline else None
    question: RunInput | None = None
    phase = RunPhase.FINISHED if result else RunPhase.RUNNING
    if not result and build.building and build.pipeline:
        phase, question = await _paused(client, target, ref, build, view)
    return RunStatus(
        ref=ref,
        phase=phase,
        started_at=build.timestamp / 1000,
        expected_seconds=max(build.estimated_duration, 0) / 1000,
        duration=build.duration / 1000,
        stages=tuple(_stage(stage) for stage in view.stages) if view else (),
        input=question,
        result=_result(client, target, result) if result else None,
    )


def _of_another(client: JenkinsClient, build: Build, ref: RunRef) -> bool:
    """Numbers begin anew when a job is made again: a build with another key is not ours."""
    key = build.parameter(client.server.key_parameter)
    return bool(ref.key) and key is not None and key != ref.key


def _result(client: JenkinsClient, target: RunTarget, result: str) -> RunResult:
    if result not in RESULTS:
        asked = client.asked(target.job)
        raise asked.never(Reason.ANSWER_UNREADABLE, UNKNOWN_RESULT, job=target.job, result=result)
    return RESULTS[result]


async def _seen_stages(client: JenkinsClient, path: str, build: Build) -> RunView | None:
    """Stages are not worth losing sight of the run for, but while it may be asking, only they tell the question."""
    try:
        return await _stages(client, path)
    except (Unreachable, Rejected):
        if build.building and build.has(".InputAction"):
            raise
        return None


async def _stages(client: JenkinsClient, path: str) -> RunView | None:
    """`None` on a server without the plugin, which is asked again only after a while."""
    if time.monotonic() < client.stages_missing_until:
        return None
    answer = await client.get(f"{path}/wfapi/describe")
    if answer.status == 404:
        client.stages_missing_until = time.monotonic() + ASK_FOR_STAGES_AGAIN
        return None
    if answer.status >= 500:
        # The plugin stumbles over half-loaded runs right after a restart; stages are not worth losing sight for.
        return None
    return client.decode(RunView, f"{path}/wfapi/describe", answer)


async def _paused(
    client: JenkinsClient, target: RunTarget, ref: RunRef, build: Build, view: RunView | None
) -> tuple[RunPhase, RunInput | None]:
    """Without the plugin a question shows only as an `InputAction`, which stays after the answer.

    An `ApproverAction` beside it means that one was approved, and then nothing is known of another.
    """
    if view is None:
        asked = build.has(".InputAction") and not build.has(".ApproverAction")
        return (RunPhase.PAUSED if asked else RunPhase.RUNNING), None
    if view.status != "PAUSED_PENDING_INPUT":
        return RunPhase.RUNNING, None
    question = next(iter(await inputs.pending(client, target, ref) or ()), None)
    return (RunPhase.PAUSED if question else RunPhase.RUNNING), question


def _stage(stage: StageView) -> Stage:
    return Stage(
        name=stage.name,
        state=STAGES.get(stage.status, StageState.WAITING),
        seconds=stage.duration_millis / 1000,
        error=(stage.error.message or "") if stage.error else "",
    )
