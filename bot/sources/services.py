"""Every service's sources under one roof: the implementation of `bot.ports.Sources`."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Literal, TypeVar

from bot.choices import Kind, VersionChoice
from bot.errors import Unreachable
from bot.gates import Built
from bot.outgoing import Outgoing, commit
from bot.ports import Clock, Runs
from bot.sources.builds import Builds
from bot.sources.choosing import chosen, merged, named, of_kind
from bot.sources.clone import Clone
from bot.sources.command import GitCommand
from bot.sources.git import GitHistory, header_of
from bot.sources.github import GitHubHistory
from bot.sources.github_client import GitHubClient
from bot.sources.history import Compared, History, NotThere
from bot.sources.naming import is_full
from config.models import Service, Settings
from config.sources import Repository
from config.versions import fits

T = TypeVar("T")

NO_REPOSITORY = "the configuration names no repository of {service}"
NOTHING_LIVE = "it is not known which commit runs there now"
NOT_NAMED = "nothing in the repository of {service} is called so"
NOT_THERE = "the repository of {service} has no commit {sha} (any more)"

COLD_WAIT = 1.2
"""Seconds that who chooses a version waits when nothing is known yet: Slack gives the whole answer three."""
WARMED_AT_ONCE = 2
REMEMBERED_MOST = 500
"""Comparisons: between two commits nothing ever changes."""


class Source:
    """What is known of one service: its histories, the first of which is asked first, and its builds."""

    def __init__(self, name: str, service: Service, histories: list[History], builds: Builds | None) -> None:
        self.name = name
        self.repository = service.repository
        self.pattern = service.version_pattern
        self.histories = histories
        self.builds = builds
        self._compared: dict[tuple[str, str], Outgoing] = {}

    async def resolve(self, version: str) -> str:
        digest = ""
        if self.histories:
            digest = await self._first(lambda history: history.resolve(version))
        return digest or (self.builds.commit(version) if self.builds else "")

    async def outgoing(self, live: str, asked: str) -> Outgoing:
        why = ""
        if not self.histories:
            why = NO_REPOSITORY.format(service=self.name)
        elif not is_full(asked):
            why = NOT_NAMED.format(service=self.name)
        elif not is_full(live):
            why = NOTHING_LIVE
        if why:
            return Outgoing(known=False, why=why)
        if (live, asked) in self._compared:
            return self._compared[live, asked]
        try:
            compared = await self._first(lambda history: history.compare(live, asked))
        except NotThere as missing:
            return Outgoing(known=False, why=NOT_THERE.format(service=self.name, sha=missing.sha[:12]))
        except Unreachable as away:
            return Outgoing(known=False, why=away.sentence)
        if len(self._compared) >= REMEMBERED_MOST:
            self._compared.clear()
        found = self._compared[live, asked] = self._told(compared, live, asked)
        return found

    def _told(self, compared: Compared, live: str, asked: str) -> Outgoing:
        pages = (one.page(live, asked) for one in self.histories if isinstance(one, GitHubHistory))
        tickets = self.repository.tickets
        added, removed = (
            tuple(
                commit(sha=one.sha, subject=one.subject, author=one.author, at=one.at, tickets=tickets)
                for one in side
            )
            for side in (compared.added, compared.removed)
        )
        return Outgoing(
            added=added,
            removed=removed,
            added_count=compared.added_count,
            removed_count=compared.removed_count,
            url=compared.url or next(pages, ""),
        )

    async def choices(self, kind: Kind | Literal[""]) -> list[VersionChoice]:
        """What can be asked for, the newest first, at once; waited for only while nothing is known at all."""
        await self.known(kind, COLD_WAIT)
        found = [*(self.builds.choices() if self.builds else ())]
        names = next((names for one in self.histories if (names := one.names())), ())
        found += named(self.repository, names)
        return [one for one in merged(of_kind(found, kind)) if fits(self.pattern, one.version)]

    async def known(self, kind: Kind | Literal[""], wait: float) -> None:
        """Until everything of a kind was read once, for so many seconds at most; all the others are begun as well."""
        histories = [one.known(wait if kind != "builds" else 0.0) for one in self.histories[:1]]
        builds = [self.builds.known(wait if kind in {"", "builds"} else 0.0)] if self.builds else []
        await asyncio.gather(*histories, *builds)

    async def _first(self, ask: Callable[[History], Awaitable[T]]) -> T:
        """The first history that can answer does. Raises what the first one raised when none can."""
        problem: Unreachable | NotThere | None = None
        for history in self.histories:
            try:
                return await ask(history)
            except (Unreachable, NotThere) as no:
                problem = problem or no
        assert problem is not None
        raise problem


class ServiceSources:
    """Implements `bot.ports.Sources`. `redact` takes secrets out of what git says."""

    def __init__(
        self,
        settings: Settings,
        runs: Mapping[str, Runs],
        clock: Clock,
        *,
        redact: Callable[[str], str] = str,
    ) -> None:
        self._settings = settings
        self._runs = runs
        self._clock = clock
        self._redact = redact
        self._git = GitCommand()
        self._clones: dict[str, Clone] = {}
        self._github: GitHubClient | None = None
        self._warming: asyncio.Task[None] | None = None
        self.services = {
            name: Source(name, service, self._histories(service.repository), self._builds(service))
            for name, service in settings.services.items()
            if service.repository.there or service.versions.builds.there
        }

    async def resolve(self, service: str, version: str) -> str:
        source = self.services.get(service)
        return await source.resolve(version) if source else ""

    async def outgoing(self, service: str, live_digest: str, asked_digest: str) -> Outgoing:
        source = self.services.get(service)
        if source is None:
            return Outgoing(known=False, why=NO_REPOSITORY.format(service=service))
        return await source.outgoing(live_digest, asked_digest)

    async def versions(
        self, service: str, kind: Kind | Literal[""], typed: str, limit: int
    ) -> list[VersionChoice]:
        source = self.services.get(service)
        return chosen(await source.choices(kind), typed, limit) if source else []

    async def built(self, service: str, version: str) -> Built | None:
        source = self.services.get(service)
        return await source.builds.built(version) if source and source.builds else None

    def warm(self) -> None:
        """Begin to read everything in the background, a few services at a time: deployments come first at every peer."""
        self._warming = asyncio.create_task(self._warm(), name="warming the sources")

    async def _warm(self) -> None:
        few = asyncio.Semaphore(WARMED_AT_ONCE)

        async def one(source: Source) -> None:
            async with few:
                await source.known("", self._settings.repositories.fetch_within)

        await asyncio.gather(*map(one, self.services.values()))

    async def close(self) -> None:
        if self._warming is not None:
            self._warming.cancel()
            await asyncio.wait([self._warming])
        for source in self.services.values():
            for history in source.histories:
                await history.close()
            if source.builds:
                await source.builds.close()
        if self._github is not None:
            await self._github.close()

    def _histories(self, repository: Repository) -> list[History]:
        """The clone first: it is quicker, and knows more."""
        common = self._settings.repositories
        found: list[History] = []
        if repository.git is not None:
            found.append(GitHistory(repository, self._clone(repository), wait=common.wait))
        if repository.github is not None:
            self._github = self._github or GitHubClient(self._settings.github, self._clock)
            found.append(GitHubHistory(repository, self._github, self._clock, wait=common.wait))
        return found

    def _clone(self, repository: Repository) -> Clone:
        """Services that name the same address share its clone, with the credentials of the first that has any."""
        url = repository.git
        assert url is not None
        if url not in self._clones:
            these = [one.repository for one in self._settings.services.values() if one.repository.git == url]
            common = self._settings.repositories
            self._clones[url] = Clone(
                url,
                Path(self._settings.store.path).absolute().parent / common.folder,
                self._git,
                self._clock,
                header=next(filter(None, map(header_of, these)), ""),
                fetch_after=min(one.fetch_after for one in these),
                fetch_within=common.fetch_within,
                redact=self._redact,
            )
        return self._clones[url]

    def _builds(self, service: Service) -> Builds | None:
        settings = service.versions.builds
        if not settings.there or settings.driver not in self._runs:
            return None
        wait = self._settings.repositories.wait
        return Builds(settings, self._runs[settings.driver], self._clock, wait=wait)
