"""Every service's sources under one roof: the implementation of `bot.ports.Sources`."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Literal

from bot.choices import Kind, VersionChoice
from bot.gates import Built
from bot.outgoing import Outgoing
from bot.ports import Clock
from bot.sources.builds import Ask, Builds
from bot.sources.choosing import chosen
from bot.sources.clone import Clone
from bot.sources.command import GitCommand
from bot.sources.git import GitHistory, header_of
from bot.sources.github import GitHubHistory
from bot.sources.github_client import GitHubClient
from bot.sources.history import History
from bot.sources.source import NO_REPOSITORY, Source
from config.models import Service, Settings
from config.sources import Repository

WARMED_AT_ONCE = 2


class ServiceSources:
    """Implements `bot.ports.Sources`. `builds` asks a driver for them; `redact` takes secrets out of what git says.

    `follow` takes another configuration up: a service whose settings are the same keeps what is known of it.
    """

    def __init__(
        self, settings: Settings, builds: Ask, clock: Clock, *, redact: Callable[[str], str] = str
    ) -> None:
        self._settings = settings
        self._ask = builds
        self._clock = clock
        self._redact = redact
        self._git = GitCommand()
        self._clones: dict[str, Clone] = {}
        self._github: GitHubClient | None = None
        self._warming: asyncio.Task[None] | None = None
        self._closing: set[asyncio.Task[None]] = set()
        self.services: dict[str, Source] = {}
        self._take_up(settings, keep=False)

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

    # --- beginning, changing, ending -------------------------------------------------------------------------

    def warm(self) -> None:
        """Begin to read everything in the background, a few services at a time: deployments come first at every peer."""
        if self._warming is not None:
            self._warming.cancel()
        self._warming = asyncio.create_task(self._warm(), name="warming the sources")

    async def _warm(self) -> None:
        few = asyncio.Semaphore(WARMED_AT_ONCE)

        async def one(source: Source) -> None:
            async with few:
                await source.known("", self._settings.repositories.fetch_within)

        await asyncio.gather(*map(one, self.services.values()))

    def follow(self, settings: Settings) -> None:
        """Another configuration is in force. What is no longer needed is closed in the background."""
        before = self._settings
        same = (before.repositories, before.github) == (settings.repositories, settings.github)
        if self._github is not None and before.github != settings.github:
            self._later(self._github.close())
            self._github = None
        kept, clones = set(self.services.values()), set(self._clones.values())
        self._take_up(settings, keep=same)
        for source in kept - set(self.services.values()):
            self._later(source.close())
        for clone in clones - set(self._clones.values()):
            self._later(clone.names.close())
        self.warm()

    def _take_up(self, settings: Settings, *, keep: bool) -> None:
        self._settings = settings
        old, self._clones = self._clones, {}
        known, self.services = self.services, {}
        for name, service in settings.services.items():
            if not service.repository.there and not service.versions.builds.there:
                continue
            if service.repository.git is not None:
                self._clone(service.repository, old)
            here = known.get(name)
            if not keep or here is None or _asked_of(here.service) != _asked_of(service):
                histories = self._histories(service.repository)
                here = Source(name, service, histories, self._builds(service), self._redact)
            self.services[name] = here

    def _later(self, closing: Awaitable[None]) -> None:
        task = asyncio.ensure_future(closing)
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    async def close(self) -> None:
        if self._warming is not None:
            self._warming.cancel()
            await asyncio.wait([self._warming])
        for source in self.services.values():
            await source.close()
        for clone in self._clones.values():
            await clone.names.close()
        if self._github is not None:
            await self._github.close()
        await asyncio.gather(*self._closing)

    # --- what is made of the configuration -------------------------------------------------------------------

    def _histories(self, repository: Repository) -> list[History]:
        """The clone first: it is quicker, and knows more."""
        common = self._settings.repositories
        found: list[History] = []
        if repository.git is not None:
            found.append(GitHistory(repository, self._clone(repository, {}), wait=common.wait))
        if repository.github is not None:
            self._github = self._github or GitHubClient(self._settings.github, self._clock)
            found.append(GitHubHistory(repository, self._github, self._clock, wait=common.wait))
        return found

    def _clone(self, repository: Repository, old: dict[str, Clone]) -> Clone:
        """Services that name the same address share its clone, with the credentials of the first that has any.

        One that there was goes on: two must never fetch into the same folder.
        """
        url, common = repository.git, self._settings.repositories
        assert url is not None
        folder = Path(self._settings.store.path).absolute().parent / common.folder
        key = f"{folder}\n{url}"
        if (found := self._clones.get(key)) is not None:
            return found
        these = [one.repository for one in self._settings.services.values() if one.repository.git == url]
        clone = old.get(key) or Clone(url, folder, self._git, self._clock, redact=self._redact)
        clone.set(
            header=next(filter(None, map(header_of, these)), ""),
            fetch_after=min(one.fetch_after for one in these),
            fetch_within=common.fetch_within,
        )
        self._clones[key] = clone
        return clone

    def _builds(self, service: Service) -> Builds | None:
        settings = service.versions.builds
        if not settings.there:
            return None
        return Builds(settings, self._ask, self._clock, wait=self._settings.repositories.wait)


def _asked_of(service: Service) -> tuple[object, ...]:
    """What of a service's settings its sources are made of."""
    return service.repository, service.versions, service.version_pattern
