"""Jenkins' queue: why an item waits, made plain and steady, and looking for a run by its key there."""

from __future__ import annotations

import re

from bot.drivers.jenkins import faults, paths
from bot.drivers.jenkins.answers import QUEUE_TREE, Build, Queue, QueueItem
from bot.drivers.jenkins.client import JenkinsClient
from bot.reasons import Reason
from bot.runs import RunRef

STARTING = "about to start"
QUIET = "in the quiet period"
SAME_JOB = "the same job is building (#{0})"
EXECUTOR = "waiting for an executor"
EXECUTOR_ON = "waiting for an executor on {0}"
NO_LABEL = "no node has the label {0}"
OFFLINE = "{0} is offline"
ALL_OFFLINE = "all nodes with the label {0} are offline"
SHUTDOWN = "Jenkins is about to shut down"

_NAME = r"[‘'\"]?([^’'\"]+)[’'\"]?"
_PLAIN = (
    (re.compile(r"^In the quiet period"), QUIET),
    (re.compile(r"^Build #(\d+) is already in progress"), SAME_JOB),
    (re.compile(rf"^Waiting for next available executor on {_NAME}"), EXECUTOR_ON),
    (re.compile(r"^Waiting for next available executor"), EXECUTOR),
    (re.compile(rf"have label {_NAME}"), NO_LABEL),
    (re.compile(rf"^There are no nodes with the label {_NAME}"), NO_LABEL),
    (re.compile(rf"^All nodes of label {_NAME} are offline"), ALL_OFFLINE),
    (re.compile(rf"^{_NAME} is offline"), OFFLINE),
    (re.compile(r"^Jenkins is about to shut down"), SHUTDOWN),
    (re.compile(r"^Finished waiting"), STARTING),
)
_VOLATILE = re.compile(r"\s*\(ETA:[^)]*\)|[\s.]*Expires in [\d.,]+ \w+|\s*[\d.,]+ (?:ms|sec|min|hr)\b")


def waiting_for(why: str | None) -> str:
    """Jenkins' `why` without numbers that change from one look to the next, so that a card does not flicker."""
    said = (why or "").strip()
    if not said:
        return STARTING
    for pattern, plain in _PLAIN:
        if found := pattern.search(said):
            return plain.format(*found.groups())
    return _VOLATILE.sub("", said)[:200]


async def item(client: JenkinsClient, queue: str) -> QueueItem | None:
    """The item while it waits and up to 5 minutes after it left the queue, `None` later."""
    return await client.read(QueueItem, paths.queue_item_path(queue))


async def waiting(client: JenkinsClient, job: str, key: str) -> RunRef | None:
    """The run that waits in the queue with this key. A queue that can't be seen is not an empty one."""
    known = await client.read(Queue, paths.QUEUE, tree=QUEUE_TREE)
    if known is None:
        raise client.asked(paths.QUEUE).never(Reason.PEER_BROKEN, faults.NOT_JENKINS)
    for found in known.items if key else ():
        if found.parameter(client.server.key_parameter) == key:
            return queued(client, job, key, str(found.id))
    return None


def queued(client: JenkinsClient, job: str, key: str, queue: str) -> RunRef:
    return RunRef(key=key, queue=queue, url=client.page(paths.job_path(job)))


def started(client: JenkinsClient, job: str, key: str, build: Build) -> RunRef:
    queue = str(build.queue_id) if build.queue_id >= 0 else ""
    return numbered(client, job, RunRef(key=key, queue=queue), build.number)


def numbered(client: JenkinsClient, job: str, ref: RunRef, number: int | str) -> RunRef:
    page = client.page(paths.build_path(job, str(number)))
    return RunRef(key=ref.key, queue=ref.queue, number=str(number), url=page)
