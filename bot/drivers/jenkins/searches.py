"""Looking for a run by its key in the queue and among the job's builds, and whether not found means not there.

Jenkins forgets: a queue item 5 minutes after it left, builds when the job keeps only so many. So "not found" proves
that nothing was started only when every build since the start was first asked for has been seen: their numbers follow
each other without a gap, down to a build from before that moment or to number 1.
"""

from __future__ import annotations

from typing import NamedTuple

from bot.drivers.jenkins import paths, queues
from bot.drivers.jenkins.answers import BUILD_TREE, Build, Builds, OlderBuilds
from bot.drivers.jenkins.client import JenkinsClient
from bot.reasons import Reason
from bot.runs import RunRef

UNREADABLE = (
    "Jenkins {name} has no job “{job}” any more, or its user {user} may no longer read it (Job/Read)."
)
FORGOTTEN = "Jenkins {name} has forgotten the builds of that time, so whether it ran can't be known: look at the job “{job}” before you deploy again."

CLOCKS_APART = 600.0
"""Seconds by which Jenkins' clock may have been behind ours besides what its `Date` shows now."""

OLDER = 100
PAGES_MOST = 20
"""How many further pages of `OLDER` builds are read before the search gives up: a job that busy is looked at by a human."""


class Search(NamedTuple):
    """`complete` is true when a run that was not found is certainly not there."""

    found: RunRef | None
    complete: bool


async def look(
    client: JenkinsClient, job: str, ref: RunRef, *, since: float = 0.0, pages: int = PAGES_MOST
) -> Search:
    """Look in the queue, then among the job's builds, by key or by queue id.

    In this order, because an item that leaves the queue in between has become a build by the second look. `since` is
    the time, in epoch seconds of our clock, before which nothing of ours can have been started. Raises
    `Rejected(job_missing)` while the job can't be read.
    """
    if found := await queues.waiting(client, job, ref.key):
        return Search(found, complete=True)
    return await _builds(client, job, ref, since, pages)


async def find(client: JenkinsClient, job: str, ref: RunRef, *, since: float) -> RunRef | None:
    """The run; None when it is proven that there is none. Raises `Rejected(run_lost)` when that can't be proven."""
    search = await look(client, job, ref, since=since)
    if search.found is None and not search.complete:
        # A build that began between two looks leaves a gap that the next look does not see.
        search = await look(client, job, ref, since=since)
    if search.found is None and not search.complete:
        raise client.asked(paths.job_path(job)).never(Reason.RUN_LOST, FORGOTTEN, job=job)
    return search.found


async def readable(client: JenkinsClient, job: str) -> None:
    """Raises `Rejected(job_missing)` while the job can't be read: then nothing can be said about its builds."""
    await _newest(client, job, tree="builds[number]{0,1}")


async def _newest(client: JenkinsClient, job: str, tree: str) -> Builds:
    path = f"{paths.job_path(job)}/api/json"
    known = await client.read(Builds, path, tree=tree)
    if known is None:
        raise client.asked(path).never(Reason.JOB_MISSING, UNREADABLE, job=job)
    return known


async def _builds(client: JenkinsClient, job: str, ref: RunRef, since: float, pages: int) -> Search:
    count = client.server.search_builds
    known = await _newest(client, job, tree=f"nextBuildNumber,builds[{BUILD_TREE}]{{0,{count}}}")
    before = (since - client.behind - CLOCKS_APART) * 1000
    page, wanted, whole = known.builds, known.next_build_number, True
    for number in range(pages + 1):
        for build in page:
            if _ours(client, build, ref):
                return Search(queues.started(client, job, ref.key, build), complete=True)
            # Pages overlap when a build began meanwhile; a build that is missing was deleted, and may be ours.
            whole = whole and (wanted is None or build.number >= wanted - 1)
            wanted = build.number
            if build.number == 1 or 0 < build.timestamp < before:
                return Search(None, complete=whole)
        if len(page) < (OLDER if number else count) or number == pages:
            break
        page = await _older(client, job, count + number * OLDER)
    return Search(None, complete=whole and wanted == 1)


async def _older(client: JenkinsClient, job: str, first: int) -> list[Build]:
    path = f"{paths.job_path(job)}/api/json"
    tree = f"allBuilds[{BUILD_TREE}]{{{first},{first + OLDER}}}"
    known = await client.read(OlderBuilds, path, tree=tree)
    if known is None:
        raise client.asked(path).never(Reason.JOB_MISSING, UNREADABLE, job=job)
    return known.all_builds


def _ours(client: JenkinsClient, build: Build, ref: RunRef) -> bool:
    """By key where the build shows one: queue ids begin anew on a Jenkins that lost its home."""
    key = build.parameter(client.server.key_parameter)
    if ref.key and key is not None:
        return bool(key == ref.key)
    return bool(ref.queue) and str(build.queue_id) == ref.queue
