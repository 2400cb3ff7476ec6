"""Locks, and who wants to know when a place is free."""

from __future__ import annotations

from bot.people import Place
from bot.standing.base import Standing


class Lock(Standing, frozen=True, kw_only=True):
    """A place where nobody but the `owner` deploys; with `only`, nobody deploys a version that does not match it.

    `warning` holds nobody up and is only shown. `reason` is why. `nagged_at` is when the owner was last reminded of it.
    `deployment` is the one whose failure or rollback made it. `only` is a pattern as in a shell: `1.4.*`; `1.4.x` is the same.
    """

    reason: str
    owner_name: str = ""
    warning: bool = False
    only: str = ""
    nagged_at: float = 0.0
    deployment: str = ""
    place: Place | None = None

    @property
    def slot(self) -> str:
        """One lock a scope."""
        return f"{self.service}/{self.environment}"


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
