"""A service's history as GitHub's API tells it, without a clone: comparisons, commits, tags and branches.

Source: https://docs.github.com/rest/commits/commits#compare-two-commits
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Coroutine
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import quote

import msgspec

from bot.errors import Unreachable
from bot.outgoing import MOST
from bot.ports import Clock
from bot.reasons import Reason
from bot.sources.github_client import SLOW, UNREADABLE, GitHubClient
from bot.sources.history import Compared, Name, NotThere, Seen
from bot.sources.naming import HEADS, is_commit, is_full, names_of
from bot.sources.warm import Warm
from config.sources import Repository

T = TypeVar("T")

NO_REPOSITORY = "GitHub knows no {repository}, or our token may not read it."

PAGES_MOST = 3
REMEMBERED_MOST = 500
SHA = "application/vnd.github.sha"


class _Signature(msgspec.Struct):
    name: str | None = None
    date: datetime | None = None


class _GitCommit(msgspec.Struct):
    message: str = ""
    author: _Signature | None = None


class _Commit(msgspec.Struct):
    sha: str
    commit: _GitCommit


class _Comparison(msgspec.Struct):
    ahead_by: int
    behind_by: int
    commits: list[_Commit]


class _Pointed(msgspec.Struct):
    sha: str


class _Named(msgspec.Struct):
    name: str
    commit: _Pointed


class GitHubHistory:
    """Implements `bot.sources.history.History` for one repository. `wait` is how many seconds somebody waits."""

    def __init__(self, repository: Repository, client: GitHubClient, clock: Clock, *, wait: float) -> None:
        assert repository.github is not None
        self.repository = repository.github
        self._template = repository.version_to_ref
        self._client = client
        self._clock = clock
        self._wait = wait
        self._fresh_for = repository.fetch_after
        self._names: Warm[tuple[Name, ...]] = Warm(self.where, self._listed, clock, fresh_for=self._fresh_for)
        self._resolved: dict[str, tuple[str, str, float]] = {}

    @property
    def where(self) -> str:
        return f"{self.repository} on GitHub"

    async def resolve(self, version: str) -> str:
        """As `History.resolve`. What does not move (tags, commits) is told from memory while GitHub is away."""
        name, sha, at = self._resolved.get(version, ("", "", 0.0))
        if sha and abs(self._clock.now() - at) <= self._fresh_for:
            return sha
        try:
            name, sha = await self._within(self._looked_up(version))
        except Unreachable:
            if sha and not name.startswith(HEADS):
                return sha
            raise
        if sha:
            if len(self._resolved) >= REMEMBERED_MOST:
                self._resolved.clear()
            self._resolved[version] = (name, sha, self._clock.now())
        return sha

    async def compare(self, live: str, asked: str) -> Compared:
        """Two requests where something would be removed, else one: the API tells one side at a time."""
        ahead = await self._within(self._compared(live, asked))
        behind = await self._within(self._compared(asked, live)) if ahead.behind_by else None
        return Compared(
            added=_newest(ahead),
            removed=_newest(behind) if behind else (),
            added_count=ahead.ahead_by,
            removed_count=ahead.behind_by,
            url=self.page(live, asked),
        )

    def page(self, live: str, asked: str) -> str:
        """Where people see the comparison."""
        return f"{self._client.pages}/{self.repository}/compare/{live}...{asked}"

    def names(self) -> tuple[Name, ...]:
        return self._names.value or ()

    async def known(self, wait: float) -> None:
        await self._names.known(wait)

    async def check(self, version: str = "") -> bool:
        if await self._client.get(self.repository) is None:
            raise Unreachable(Reason.PEER_BROKEN, NO_REPOSITORY.format(repository=self.repository))
        return bool((await self._looked_up(version))[1])

    async def close(self) -> None:
        await self._names.close()

    async def _looked_up(self, version: str) -> tuple[str, str]:
        names = [*names_of(self._template, version), *([version] if is_commit(version) else [])]
        for name in names:
            path = f"commits/{quote(name.removeprefix('refs/'), safe='/')}"
            body = await self._client.get(self.repository, path, accept=SHA)
            if body is not None and is_full(sha := body.decode(errors="replace").strip()):
                return name, sha
        return "", ""

    async def _compared(self, base: str, head: str) -> _Comparison:
        """Without paging, the last of at most 250 commits is the newest of all."""
        body = await self._client.get(self.repository, f"compare/{base}...{head}")
        if body is None:
            raise NotThere(base)
        return _read(body, _Comparison)

    async def _listed(self) -> tuple[Name, ...]:
        """Names and commits; when they were made the API does not say, so the highest version comes first."""
        found: list[Name] = []
        for kind in ("tags", "branches"):
            for page in range(1, PAGES_MOST + 1):
                body = await self._client.get(self.repository, kind, per_page="100", page=str(page))
                named = _read(body, list[_Named]) if body is not None else []
                found += [
                    Name(kind="tags" if kind == "tags" else "branches", name=one.name, sha=one.commit.sha)
                    for one in named
                ]
                if len(named) < 100:
                    break
        return tuple(sorted(found, key=lambda one: natural(one.name), reverse=True))

    async def _within(self, asking: Coroutine[Any, Any, T]) -> T:
        """A GitHub that is away or hangs holds up one who asks; for some seconds the others are told at once."""
        if (away := self._client.away) is not None:
            asking.close()
            raise away
        try:
            async with asyncio.timeout(self._wait):
                return await asking
        except TimeoutError as slow:
            problem = Unreachable(Reason.PEER_SLOW, SLOW.format(seconds=self._wait))
            self._client.gone(problem)
            raise problem from slow


def _newest(one: _Comparison) -> tuple[Seen, ...]:
    """Newest first; the API tells them oldest first."""
    return tuple(_seen(commit) for commit in reversed(one.commits[-MOST:]))


def _seen(one: _Commit) -> Seen:
    author = one.commit.author or _Signature()
    return Seen(
        sha=one.sha,
        subject=one.commit.message.partition("\n")[0],
        author=author.name or "",
        at=author.date.timestamp() if author.date else 0.0,
    )


def natural(name: str) -> tuple[tuple[int, str], ...]:
    """Sorts `v1.10` after `v1.9`."""
    return tuple(
        (int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d{1,18})", name)
    )


def _read(body: bytes, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as problem:
        raise Unreachable(Reason.ANSWER_UNREADABLE, UNREADABLE) from problem
