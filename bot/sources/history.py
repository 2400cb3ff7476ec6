"""What every source of a service's history can do, and how it tells it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

NAMES_READ = 5_000
"""Tags, and branches, that are remembered of a repository: the newest ones."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Seen:
    """A commit as the source tells it; `at` is epoch seconds. Text may be anything."""

    sha: str
    subject: str
    author: str
    at: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Compared:
    """What one commit has and the other has not: bounded lists, newest first, and true counts. `url` is for people."""

    added: tuple[Seen, ...]
    removed: tuple[Seen, ...]
    added_count: int
    removed_count: int
    url: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Name:
    """A tag or branch. `sha` is its commit; `at`, 0 when unknown, is when that, or the tag, was made."""

    kind: Literal["tags", "branches"]
    name: str
    sha: str
    at: float = 0.0
    author: str = ""
    subject: str = ""


class NotThere(Exception):  # noqa: N818 - an answer, not an error
    """The repository has no such commit, or not any more."""

    def __init__(self, sha: str) -> None:
        super().__init__(sha)
        self.sha = sha


class History(Protocol):
    """A repository, wherever it is. Raises `Unreachable` when it can't be asked now."""

    @property
    def where(self) -> str:
        """What people know it by."""
        ...

    async def resolve(self, version: str) -> str:
        """The whole id of the commit that a version names; empty when nothing is called so."""
        ...

    async def compare(self, live: str, asked: str) -> Compared:
        """What goes out when `asked` replaces `live`, both whole ids. Raises `NotThere` for one that is not there."""
        ...

    def names(self) -> tuple[Name, ...]:
        """What is known of tags and branches, at once."""
        ...

    async def known(self, wait: float) -> None:
        """Until something is known of tags and branches, for so many seconds at most; what is old is asked anew meanwhile."""
        ...

    async def check(self, version: str = "") -> bool:
        """Ask the repository itself, and nothing that is kept of it: whether it has a tag or branch for a version."""
        ...

    async def close(self) -> None: ...
