"""Starting a job once per key, on a Jenkins that knows no idempotency.

The key travels as a declared parameter of the job. A start that is not fresh is searched for first: in the queue,
then among the last builds. Every failure after the request may have left says so (`maybe_done`), and asks for a
pause longer than the time-out before the next look.
"""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TypeVar

from bot.drivers.jenkins import checks, faults, inputs, paths, queues, searches
from bot.drivers.jenkins.client import JenkinsClient
from bot.drivers.jenkins.faults import Answer
from bot.errors import Failure, Refused, Rejected, Unreachable
from bot.reasons import Reason
from bot.runs import RunRef, RunTarget

T = TypeVar("T")

TOO_EARLY = "Jenkins {name} may still be busy with a request of ours that it has not answered: it is looked for again in a moment."
DISABLED = "The job “{job}” on Jenkins {name} is disabled."
GONE = "Jenkins {name} has no job “{job}”, or its user {user} may not read it (Job/Read)."
FOLDED = "Jenkins {name} put the start of “{job}” together with somebody else's: the job does not declare the string parameter {key}, so our key was dropped."
REFUSED_START = "Jenkins {name} refused to start “{job}” (HTTP {status}{detail}). Check its parameters."
NO_PLACE = "Jenkins {name} accepted the start of “{job}” but did not say where it waits. It is looked for by its key."


async def start(client: JenkinsClient, target: RunTarget, key: str, *, fresh: bool, since: float) -> RunRef:
    """As `bot.ports.Runs.start`."""
    if not fresh:
        found = await find(client, target, key, since=since)
        if found:
            return found
    path = f"{paths.job_path(target.job)}/buildWithParameters"
    form = {**target.parameters, client.server.key_parameter: key}
    try:
        answer = await client.post(path, form=form)
        return await _understand(client, target, key, answer)
    except Unreachable as failure:
        if failure.maybe_done:
            client.in_doubt(key)
        raise


async def find(client: JenkinsClient, target: RunTarget, key: str, *, since: float) -> RunRef | None:
    """As `bot.ports.Runs.find`.

    A request that we gave up on, or that a process of ours sent before it died, may reach Jenkins yet: until the grace
    is over, not found proves nothing.
    """
    left = client.doubt_left(key)
    if left <= 0:
        return await searches.find(client, target.job, RunRef(key=key), since=since)
    search = await searches.look(client, target.job, RunRef(key=key), since=since)
    if search.found is None:
        failure = client.asked(paths.job_path(target.job), changing=True).later(Reason.PEER_SLOW, TOO_EARLY)
        failure.retry_after = left
        raise failure
    return search.found


async def _understand(client: JenkinsClient, target: RunTarget, key: str, answer: Answer) -> RunRef:
    asked = client.asked(f"{paths.job_path(target.job)}/buildWithParameters", changing=True)
    queue = paths.queue_id(answer.header("Location"))
    match answer.status:
        case 201 if queue:
            return queues.queued(client, target.job, key, queue)
        case 302 | 303 if queue:
            return await _folded(client, target, key, queue)
        case 201:
            return await _by_key(
                client, target, key, asked.later(Reason.ANSWER_UNREADABLE, NO_PLACE, job=target.job)
            )
        case 404:
            raise asked.never(Reason.JOB_MISSING, GONE, job=target.job)
        case 409:
            raise asked.never(Reason.JOB_DISABLED, DISABLED, job=target.job)
        case 400:
            said = answer.header("X-Error") or inputs.jetty_message(answer)
            detail = f": {said}" if said else ""
            raise asked.never(
                Reason.PARAMETER_INVALID, REFUSED_START, job=target.job, status=400, detail=detail
            )
        case 500:
            return await _bare_error(client, target, key, answer)
        case refused if 400 <= refused < 500:
            raise faults.unexpected(asked, answer)
        case _:
            # Started, and led to the job's page; or not started, and led to a login. A proxy may say anything.
            return await _by_key(client, target, key, faults.unexpected(asked, answer))


async def _folded(client: JenkinsClient, target: RunTarget, key: str, queue: str) -> RunRef:
    """A folded start is ours only if the item carries our key: then it was an earlier try of the same start.

    Older servers and some proxies say 302 also for a start of its own.
    """
    ref = queues.queued(client, target.job, key, queue)
    item = await _seen(client, queues.item(client, queue))
    if item is not None and item.parameter(client.server.key_parameter) == key:
        return ref
    asked = client.asked(paths.queue_item_path(queue))
    raise asked.never(Reason.KEY_NOT_DECLARED, FOLDED, job=target.job, key=client.server.key_parameter)


async def _bare_error(client: JenkinsClient, target: RunTarget, key: str, answer: Answer) -> RunRef:
    """A 500 names no cause: the job as it is now may, else it is looked for in case it was started all the same."""
    try:
        await _seen(client, checks.check(client, target))
    except Refused as refusal:
        raise Rejected(refusal.reason, f"{refusal.sentence} {refusal.way_out}".strip()) from refusal
    asked = client.asked(f"{paths.job_path(target.job)}/buildWithParameters", changing=True)
    failure = asked.later(Reason.PEER_BROKEN, faults.BROKEN, status=500, logging=faults.logging_id(answer))
    return await _by_key(client, target, key, failure)


async def _by_key(client: JenkinsClient, target: RunTarget, key: str, otherwise: Failure) -> RunRef:
    search = await _seen(client, searches.look(client, target.job, RunRef(key=key), pages=0))
    if search.found is None:
        raise otherwise
    return search.found


async def _seen(client: JenkinsClient, look: Awaitable[T]) -> T:
    """What is read once a request to start has gone out: while it can't be read, there may be a run."""
    try:
        return await look
    except (Unreachable, Rejected) as blind:
        wait = client.server.grace
        raise Unreachable(blind.reason, blind.sentence, retry_after=wait, maybe_done=True) from blind
