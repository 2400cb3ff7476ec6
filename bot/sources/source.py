"""What is known of one service: its histories, the first of which is asked first, and its builds."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Literal, TypeVar

import msgspec

from bot.choices import Kind, VersionChoice
from bot.errors import Unreachable
from bot.outgoing import Outgoing, commit
from bot.sources.builds import Builds
from bot.sources.choosing import merged, named, of_kind
from bot.sources.github import GitHubHistory
from bot.sources.history import Compared, History, Name, NotThere
from bot.sources.naming import is_full
from config.models import Service
from config.versions import fits

T = TypeVar("T")

NO_REPOSITORY = "the configuration names no repository of {service}"
NOTHING_LIVE = "it is not known which commit runs there now"
NOT_NAMED = "nothing in the repository of {service} is called so"
NOT_THERE = "the repository of {service} has no commit {sha} (any more)"

COLD_WAIT = 1.2
"""Seconds that who chooses a version waits when nothing is known yet: Slack gives the whole answer three."""
REMEMBERED_MOST = 500
"""Comparisons: between two commits nothing ever changes."""


class Source:
    """What is known of one service: its histories, the first of which is asked first, and its builds."""

    def __init__(
        self,
        name: str,
        service: Service,
        histories: list[History],
        builds: Builds | None,
        redact: Callable[[str], str],
    ) -> None:
        self.name = name
        self.service = service
        self.repository = service.repository
        self.pattern = service.version_pattern
        self.histories = histories
        self.builds = builds
        self._redact = redact
        self._compared: dict[tuple[str, str], Outgoing] = {}
        self._named: tuple[tuple[Name, ...], list[VersionChoice]] = ((), [])

    async def resolve(self, version: str) -> str:
        digest = ""
        if self.histories:
            digest = await self._first(lambda history: history.resolve(version))
        return digest or (await self.builds.commit(version) if self.builds else "")

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
                commit(
                    sha=one.sha,
                    subject=self._redact(one.subject),
                    author=one.author,
                    at=one.at,
                    tickets=tickets,
                )
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
        found += self._names()
        return [one for one in merged(of_kind(found, kind)) if fits(self.pattern, one.version)]

    def _names(self) -> list[VersionChoice]:
        """Tags and branches as versions; worked out once for each reading, not for every key that is pressed."""
        names = next((names for one in self.histories if (names := one.names())), ())
        if names is not self._named[0]:
            found = named(self.repository, names)
            clean = [msgspec.structs.replace(one, detail=self._redact(one.detail)) for one in found]
            self._named = (names, clean)
        return self._named[1]

    async def known(self, kind: Kind | Literal[""], wait: float) -> None:
        """Until everything of a kind was read once, for so many seconds at most; all the others are begun as well."""
        histories = [one.known(wait if kind != "builds" else 0.0) for one in self.histories[:1]]
        builds = [self.builds.known(wait if kind in {"", "builds"} else 0.0)] if self.builds else []
        await asyncio.gather(*histories, *builds)

    async def close(self) -> None:
        for history in self.histories:
            await history.close()
        if self.builds is not None:
            await self.builds.close()

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
