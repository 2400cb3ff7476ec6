"""Repositories, GitHub and build jobs: whether they can be read, and whether versions are called there as configured."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping

from bot.clock import SystemClock
from bot.doctor.check import Check, fault, ok, warning
from bot.doctor.targets import sample
from bot.errors import Unreachable
from bot.ports import Runs
from bot.reasons import Reason
from bot.runs import BuildSeen
from bot.sources.builds import Builds
from bot.sources.command import GitCommand
from bot.sources.history import History
from bot.sources.naming import ref_of
from bot.sources.services import ServiceSources
from bot.sources.source import Source
from config.models import Settings

LEAST = (2, 31)
"""The git that takes configuration from its environment, as tokens reach it."""

GIT_GOOD = "git {version} is installed."
GIT_OLD = "git {version} is older than {least}: a token would not reach it."
GIT_MISSING = "The git command is not installed, or can't be run."
GIT_WAY_OUT = "Install git {least} or later for the server's user, or name repositories by `github` only."

READABLE = "{where} can be read, and knows version {version} as {ref}."
UNNAMED = "{where} can be read, but has nothing called {ref}, which version {version} would be."
UNNAMED_WAY_OUT = "Look at services.{service}.repository.version_to_ref, or name a version that is there: --version {service}=…"
READ_ONLY = "{where} can be read."
CREDENTIALS_WAY_OUT = (
    "Give it services.{service}.repository.token, or let the server's user read it with git alone."
)
LOOK_WAY_OUT = "Look at services.{service}.repository in the configuration."

BUILDS_GOOD = "{count} of the last {all} builds of {job} are versions."
BUILDS_NONE = "None of the last {all} builds of {job} gives a version."
BUILDS_NONE_WAY_OUT = "Look at services.{service}.versions.builds.version: {form}."
BUILDS_WAY_OUT = "Look at services.{service}.versions.builds in the configuration."


async def checks(
    settings: Settings, runs: Mapping[str, Runs], versions: Mapping[str, str]
) -> AsyncIterator[Check]:
    """Nothing of what a running server keeps is touched."""
    if any(one.repository.git for one in settings.services.values()):
        yield await git_command(GitCommand())

    async def builds(driver: str, server: str, job: str, limit: int) -> list[BuildSeen]:
        return await runs[driver].builds(server, job, limit)

    sources = ServiceSources(settings, builds, SystemClock())
    try:
        for name, source in sources.services.items():
            version = versions.get(name) or sample(settings.services[name]) or ""
            for history in source.histories:
                yield await _history(source, history, version)
            if source.builds is not None:
                yield await _builds(settings, name, source.builds)
    finally:
        await sources.close()


async def git_command(git: GitCommand) -> Check:
    least = ".".join(map(str, LEAST))
    try:
        said = (await git.run("--version", seconds=10)).out.decode(errors="replace")
    except (OSError, TimeoutError):
        return fault("git", GIT_MISSING, GIT_WAY_OUT.format(least=least))
    found = re.search(r"(\d+)\.(\d+)[.\d]*", said)
    if found is None or (int(found[1]), int(found[2])) < LEAST:
        version = found[0] if found else "?"
        return fault("git", GIT_OLD.format(version=version, least=least), GIT_WAY_OUT.format(least=least))
    return ok("git", GIT_GOOD.format(version=found[0]))


async def _history(source: Source, history: History, version: str) -> Check:
    what = f"{source.name} repository"
    where = history.where
    try:
        there = await history.check(version)
    except Unreachable as problem:
        way_out = CREDENTIALS_WAY_OUT if problem.reason is Reason.CREDENTIALS_WRONG else LOOK_WAY_OUT
        return fault(what, problem.sentence, way_out.format(service=source.name))
    ref = ref_of(source.repository.version_to_ref, version)
    if not version:
        return ok(what, READ_ONLY.format(where=where))
    words = {"where": where, "version": version, "ref": ref or version}
    if there:
        return ok(what, READABLE.format(**words))
    return warning(what, UNNAMED.format(**words), UNNAMED_WAY_OUT.format(service=source.name))


async def _builds(settings: Settings, name: str, builds: Builds) -> Check:
    what = f"{name} builds"
    said = settings.services[name].versions.builds
    try:
        every, count = await builds.check()
    except Unreachable as problem:
        return fault(what, problem.sentence, BUILDS_WAY_OUT.format(service=name))
    words = {"all": every, "count": count, "job": said.job}
    if count:
        return ok(what, BUILDS_GOOD.format(**words))
    way_out = BUILDS_NONE_WAY_OUT.format(service=name, form=said.version)
    return warning(what, BUILDS_NONE.format(**words), way_out)
