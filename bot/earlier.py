"""Deployments that another one is about: what a promotion takes on, what a rollback goes back from, who took it back."""

from __future__ import annotations

import msgspec


class Earlier(msgspec.Struct, frozen=True, kw_only=True):
    """An earlier deployment as a later one remembers it. `requester` is the id of who asked for it."""

    deployment: str
    number: int
    environment: str
    version: str
    digest: str = ""
    requester: str = ""


class GoingBack(Earlier, frozen=True, kw_only=True):
    """What a rollback goes back from, and why.

    `mark_bad` marks its version as bad, `lock_place` locks the place: both as soon as the rollback is accepted. `automatic` is the
    reason code of the failure that the engine itself rolls back.
    """

    why: str = ""
    mark_bad: bool = False
    lock_place: bool = False
    automatic: str = ""


class TakenBack(msgspec.Struct, frozen=True, kw_only=True):
    """The rollback of a deployment: `version` is what it goes back to, `at` when it succeeded, 0 while it is on its way."""

    deployment: str
    number: int
    version: str
    at: float = 0.0


def the_very_same(version: str, digest: str, other: str, other_digest: str) -> bool:
    """The same where both could be known, because there is a repository: what only one of them has told is no proof."""
    return digest == other_digest if digest or other_digest else version == other


def same(version: str, digest: str, other: str, other_digest: str) -> bool:
    """Whether two versions are one and the same thing: by their digests where both are known, else by their names."""
    if digest and other_digest:
        return digest == other_digest
    return version == other
