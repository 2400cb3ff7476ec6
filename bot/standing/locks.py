"""Locks, and who wants to know when a place is free."""

from __future__ import annotations

from bot.audit import ENGINE
from bot.people import Place
from bot.standing.base import Standing, standing_id


class Lock(Standing, frozen=True, kw_only=True):
    """A place where nobody but the `owner` deploys; with `only`, nobody deploys a version that does not match it.

    `warning` holds nobody up and is only shown. `reason` is why. `touched_at` is when its owner last said anything about it,
    `nagged_at` when he was last reminded of it. `team` is his workspace. `deployment` is the one whose failure or rollback made
    it. `only` is a pattern as in a shell: `1.4.*`; `1.4.x` is the same. `place` is where it was asked for. `taken_over` says that
    it ended because somebody else, `ended_by`, locked there in its stead.
    """

    reason: str
    owner_name: str = ""
    warning: bool = False
    only: str = ""
    touched_at: float = 0.0
    nagged_at: float = 0.0
    team: str = ""
    deployment: str = ""
    place: Place | None = None
    taken_over: bool = False

    @property
    def slot(self) -> str:
        """One lock a scope, besides those that failures left behind: they are made whatever stands there."""
        failure = f"/{self.deployment}" if self.owner == ENGINE else ""
        return f"{self.service}/{self.environment}{failure}"


def failure_lock(deployment: str) -> str:
    """The id of the lock that a failed deployment leaves behind."""
    return standing_id(f"failure/{deployment}")


class Watch(Standing, frozen=True, kw_only=True):
    """Somebody wants to be told when a place is free; `owner` is who, `place` where he asked."""

    place: Place

    @property
    def slot(self) -> str:
        return f"{self.owner}/{self.service}/{self.environment}"


class BadVersion(Standing, frozen=True, kw_only=True):
    """A version that nobody deploys by accident; `digest` is what it was, when that was known."""

    version: str
    digest: str = ""
    reason: str
    owner_name: str = ""
    deployment: str = ""

    @property
    def slot(self) -> str:
        return f"{self.service}/{self.version}"

    def means(self, version: str, digest: str) -> bool:
        """Whether it is that version, or the very same under another name."""
        return version == self.version or bool(digest and digest == self.digest)
