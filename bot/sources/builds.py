"""The builds of a job as versions of a service, and whether a version was ever built green."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator

import msgspec

from bot.choices import VersionChoice
from bot.errors import Rejected, Unreachable
from bot.gates import Built
from bot.ports import Clock
from bot.runs import BuildSeen, RunResult
from bot.sources.warm import Warm
from config.sources import DISPLAY_NAME, NUMBER, BuildVersions

Ask = Callable[[str, str, str, int], Awaitable[list[BuildSeen]]]
"""A driver, its server, a job, how many: what `bot.ports.Runs.builds` tells. Whoever gives it knows the drivers of now."""

DETAIL = "build {name}"
ENDED = "build {name}, {result}"
UNKNOWN_AGAIN = 2.0
"""Seconds after a look in which a version that it did not show is not looked for again."""


class VersionBuilt(msgspec.Struct, frozen=True, kw_only=True):
    """A build and the version that it made."""

    version: str
    build: BuildSeen

    @property
    def green(self) -> bool:
        return self.build.result is RunResult.SUCCESS


class Builds:
    """The builds of one service. `wait` is how many seconds somebody waits for Jenkins."""

    def __init__(self, settings: BuildVersions, ask: Ask, clock: Clock, *, wait: float) -> None:
        self._settings = settings
        self._ask = ask
        self._wait = wait
        self._seen: Warm[tuple[VersionBuilt, ...]] = Warm(
            f"{settings.server}/{settings.job}", self._read, clock, fresh_for=settings.fresh_for
        )

    async def built(self, version: str) -> Built | None:
        """The newest green build of the version, else the newest that ended, else None. Raises `Unreachable`."""
        found = _best(version, await self._seen.fresh(self._wait))
        if (found is None or not found.green) and self._seen.old(UNKNOWN_AGAIN):
            found = _best(version, await self._seen.fresh(self._wait, at_most=UNKNOWN_AGAIN))
        if found is None:
            return None
        build = found.build
        return Built(green=found.green, number=build.number, url=build.url, at=build.at)

    async def commit(self, version: str) -> str:
        """The commit that the version's green build was made from; empty when none tells one.

        What was seen once holds while Jenkins is away. Raises `Unreachable` for what was not.
        """
        away: Unreachable | None = None
        try:
            await self._seen.fresh(self._wait)
        except Unreachable as problem:
            away = problem
        found = _best(version, self._seen.value or ())
        if away is not None and found is None:
            raise away
        return found.build.commit if found is not None and found.green else ""

    def choices(self) -> Iterator[VersionChoice]:
        """Each version once, the newest build first, as far as it is known now."""
        said: set[str] = set()
        for one in self._seen.value or ():
            if one.version in said or not (one.green or not self._settings.only_green):
                continue
            said.add(one.version)
            name = one.build.name or f"#{one.build.number}"
            template = DETAIL if one.green else ENDED
            yield VersionChoice(
                version=one.version,
                kind="builds",
                detail=template.format(name=_shown(one, name), result=one.build.result),
                at=one.build.at,
                digest=one.build.commit,
            )

    async def known(self, wait: float) -> None:
        """Until something is known of the builds; what is old is asked anew meanwhile."""
        await self._seen.known(wait)

    async def check(self) -> tuple[int, int]:
        """Ask now: how many builds there are, and how many of them give a version. Raises `Unreachable`."""
        builds = await self._asked()
        return len(builds), sum(1 for one in builds if version_of(self._settings.version, one))

    async def close(self) -> None:
        await self._seen.close()

    async def _read(self) -> tuple[VersionBuilt, ...]:
        form = self._settings.version
        return tuple(
            VersionBuilt(version=version, build=one)
            for one in await self._asked()
            if one.result is not None and (version := version_of(form, one))
        )

    async def _asked(self) -> list[BuildSeen]:
        settings = self._settings
        try:
            return await self._ask(settings.driver, settings.server, settings.job, settings.search)
        except Rejected as no:
            # Whoever asks goes on without builds and says why; nobody has to mend anything for it.
            raise Unreachable(no.reason, no.sentence) from no


def version_of(form: str, build: BuildSeen) -> str:
    """The version that a build made: its number, its display name, or the value of a parameter; empty for none."""
    if form == NUMBER:
        return build.number
    if form == DISPLAY_NAME:
        # Jenkins' own name for a build is its number, which is no version.
        return "" if build.name == f"#{build.number}" else build.name.strip()
    return build.parameters.get(form, "").strip()


def _best(version: str, seen: tuple[VersionBuilt, ...]) -> VersionBuilt | None:
    """`seen` is newest first."""
    these = [one for one in seen if one.version == version]
    return next((one for one in these if one.green), these[0] if these else None)


def _shown(one: VersionBuilt, name: str) -> str:
    return f"#{one.build.number}" if name == one.version else name
