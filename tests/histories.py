"""A repository with a history, and the two ways to read it, for the tests of sources."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from bot.sandbox.github import GitHubStandIn
from bot.sandbox.repositories import CHECKOUT, SketchedRepository
from bot.sources.clone import Clone
from bot.sources.command import GitCommand
from bot.sources.git import GitHistory, header_of
from bot.sources.github import GitHubHistory
from bot.sources.github_client import GitHubClient
from bot.sources.history import History
from config.sources import GitHub, Repository
from tests.clock import ShiftableClock

NAME = "harbour/checkout"


@dataclass(kw_only=True)
class Told:
    """A history under test, what it tells of, and the clock it goes by."""

    history: History
    origin: SketchedRepository
    clock: ShiftableClock
    github: GitHubStandIn | None = None
    clone: Clone | None = None

    async def away(self) -> None:
        """From now on, the host can't be reached."""
        if self.github is not None:
            self.github.faults.mode = "503"
        else:
            await asyncio.to_thread(self.origin.folder.rename, self.origin.folder.with_suffix(".away"))


def origin_in(tmp_path: Path) -> SketchedRepository:
    origin = SketchedRepository(tmp_path / "origin" / "checkout.git")
    origin.grow(*CHECKOUT)
    return origin


@asynccontextmanager
async def by_git(
    tmp_path: Path, origin: SketchedRepository | None = None, **settings: Any
) -> AsyncIterator[Told]:
    origin = origin or origin_in(tmp_path)
    settings = {"git": str(origin.folder), "version_to_ref": "v{{ version }}", **settings}
    repository = Repository(**settings)
    clock = ShiftableClock()
    assert repository.git is not None
    clone = Clone(
        repository.git,
        tmp_path / "clones",
        GitCommand(),
        clock,
        header=header_of(repository),
        fetch_after=repository.fetch_after,
    )
    history = GitHistory(repository, clone, wait=10.0)
    try:
        yield Told(history=history, origin=origin, clock=clock, clone=clone)
    finally:
        await clone.names.close()


@asynccontextmanager
async def by_github(
    tmp_path: Path,
    origin: SketchedRepository | None = None,
    *,
    token: str = "ghp-token",
    given: str | None = None,
    gives_up: float = 5.0,
    wait: float = 5.0,
    **settings: Any,
) -> AsyncIterator[Told]:
    origin = origin or origin_in(tmp_path)
    stand_in = GitHubStandIn({NAME: origin}, token=token)
    await stand_in.start()
    clock = ShiftableClock()
    given = token if given is None else given
    client = GitHubClient(
        GitHub(api_url=stand_in.url, token=SecretStr(given) if given else None, timeout=gives_up), clock
    )
    settings = {"github": NAME, "version_to_ref": "v{{ version }}", **settings}
    history = GitHubHistory(Repository(**settings), client, clock, wait=wait)
    try:
        yield Told(history=history, origin=origin, clock=clock, github=stand_in)
    finally:
        await history.close()
        await client.close()
        await stand_in.stop()
    assert stand_in.refused == []


WAYS = {"git": by_git, "github": by_github}
