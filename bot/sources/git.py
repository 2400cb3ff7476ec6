"""A service's history in a mirror clone: the same clone serves all services that name its address."""

from __future__ import annotations

import base64

from bot.errors import Unreachable
from bot.sources.clone import Clone
from bot.sources.history import Compared, Name
from bot.sources.naming import HEADS, is_commit, names_of
from config.sources import Repository

UNKNOWN_AGAIN = 2.0
"""Seconds after a fetch in which a name that it did not bring is not fetched for again."""


class GitHistory:
    """Implements `bot.sources.history.History`. `wait` is how many seconds somebody waits for a fetch."""

    def __init__(self, repository: Repository, clone: Clone, *, wait: float) -> None:
        self._template = repository.version_to_ref
        self._clone = clone
        self._wait = wait

    @property
    def where(self) -> str:
        return self._clone.url

    async def resolve(self, version: str) -> str:
        """As `History.resolve`. What does not move (tags, commits) is told from an old clone while the host is away."""
        names = [*names_of(self._template, version), *([version] if is_commit(version) else [])]
        if not names:
            return ""
        away: Unreachable | None = None
        try:
            await self._clone.names.fresh(self._wait)
        except Unreachable as problem:
            away = problem
        name, sha = await self._clone.look_up(names) if self._clone.made else ("", "")
        if away is not None and (not sha or name.startswith(HEADS)):
            raise away
        if not sha and self._clone.names.old(UNKNOWN_AGAIN):
            await self._clone.names.fresh(self._wait, at_most=UNKNOWN_AGAIN)
            _, sha = await self._clone.look_up(names)
        return sha

    async def compare(self, live: str, asked: str) -> Compared:
        """As `History.compare`. A commit that no branch or tag leads to any more is asked for by its id."""
        if not self._clone.made:
            await self._clone.names.fresh(self._wait)
        for sha in (live, asked):
            if not await self._clone.has(sha):
                await self._clone.bring(sha, self._wait)
        removed, added = await self._clone.counts(live, asked)
        return Compared(
            added=await self._clone.log(live, asked) if added else (),
            removed=await self._clone.log(asked, live) if removed else (),
            added_count=added,
            removed_count=removed,
        )

    def names(self) -> tuple[Name, ...]:
        return self._clone.names.value or ()

    async def known(self, wait: float) -> None:
        await self._clone.names.known(wait)

    async def check(self, version: str = "") -> bool:
        return not (await self._clone.remote_names()).isdisjoint(names_of(self._template, version))

    async def close(self) -> None:
        """The clone may be another service's as well; whoever made it closes it."""


def header_of(repository: Repository) -> str:
    """What authenticates us over HTTP; empty where git itself is set up with credentials."""
    if repository.token is None:
        return ""
    pair = f"{repository.user}:{repository.token.get_secret_value()}"
    return f"Authorization: Basic {base64.b64encode(pair.encode()).decode()}"
