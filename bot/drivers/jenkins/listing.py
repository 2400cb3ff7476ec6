"""A job's builds, whoever started them: what versions there are to choose, and which of them ended well."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from bot.drivers.jenkins import paths
from bot.drivers.jenkins.answers import Answered, Parameter
from bot.drivers.jenkins.builds import RESULTS
from bot.drivers.jenkins.client import JenkinsClient
from bot.reasons import Reason
from bot.runs import BuildSeen

UNREADABLE = "Jenkins {name} has no job “{job}”, whose builds are to be versions, or its user {user} may not read it (Job/Read)."

PAGE = 100
"""Builds asked for at once; Jenkins tells no more in `builds`, the older ones stand in `allBuilds`."""

TREE = "number,displayName,building,result,timestamp,actions[_class,parameters[name,value],lastBuiltRevision[SHA1]]"
LONGEST_VALUE = 256
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


class Revision(Answered, frozen=True, kw_only=True):
    sha1: str = msgspec.field(default="", name="SHA1")


class Action(Answered, frozen=True, kw_only=True, rename="camel"):
    """The git plugin adds one for each repository that the build checked out, shared libraries among them."""

    parameters: list[Parameter] | None = None
    last_built_revision: Revision | None = None


class ListedBuild(Answered, frozen=True, kw_only=True, rename="camel"):
    number: int
    display_name: str = ""
    building: bool = False
    result: str | None = None
    timestamp: int = 0
    actions: list[Action | None] | None = None


class Page(Answered, frozen=True, kw_only=True, rename="camel"):
    builds: list[ListedBuild] | None = None
    all_builds: list[ListedBuild] | None = None


async def builds(client: JenkinsClient, job: str, limit: int) -> list[BuildSeen]:
    """As `bot.ports.Runs.builds`."""
    found: dict[int, ListedBuild] = {}
    first = 0
    while first < limit:
        last = min(first + PAGE, limit)
        page = await _page(client, job, first, last)
        # Pages overlap when a build began meanwhile.
        found |= {one.number: one for one in page}
        if len(page) < last - first:
            break
        first = last
    newest = sorted(found, reverse=True)[:limit]
    return [_seen(client, job, found[number]) for number in newest]


async def _page(client: JenkinsClient, job: str, first: int, last: int) -> list[ListedBuild]:
    path = f"{paths.job_path(job)}/api/json"
    which = "allBuilds" if first else "builds"
    page = await client.read(Page, path, tree=f"{which}[{TREE}]{{{first},{last}}}")
    if page is None:
        raise client.asked(path).never(Reason.JOB_MISSING, UNREADABLE, job=job)
    return page.builds or page.all_builds or []


def _seen(client: JenkinsClient, job: str, build: ListedBuild) -> BuildSeen:
    number = str(build.number)
    actions = [action for action in build.actions or () if action is not None]
    given = [parameter for action in actions for parameter in action.parameters or ()]
    result = None if build.building or build.result is None else RESULTS.get(build.result)
    return BuildSeen(
        number=number,
        name=build.display_name,
        result=result,
        parameters={one.name: _text(one.value) for one in given if one.value is not None},
        at=build.timestamp / 1000,
        url=client.page(paths.build_path(job, number)),
        commit=_commit(actions),
    )


def _text(value: Any) -> str:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return text[:LONGEST_VALUE]


def _commit(actions: list[Action]) -> str:
    """Of one repository only: with several, which of them is the service's can't be told."""
    found = {action.last_built_revision.sha1 for action in actions if action.last_built_revision}
    only = found.pop() if len(found) == 1 else ""
    return only if _COMMIT.fullmatch(only) else ""
