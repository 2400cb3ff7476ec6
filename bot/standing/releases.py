"""Releases: several services that go together."""

from __future__ import annotations

import msgspec

from bot.people import Person, Place
from bot.standing.base import Standing


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """One service of a release. `deployment` is the id of its deployment, known before it is asked for.

    `needs` are the other services of the release that have to be there first. `refused` when it never became a deployment.
    """

    service: str
    version: str
    deployment: str
    needs: tuple[str, ...] = ()
    refused: bool = False


class Release(Standing, frozen=True, kw_only=True):
    """Several services on their way to one `environment`; its state is that of its parts, each a deployment.

    `name` is the one of the configuration, if it has one. `not_before` is when it is planned for, in epoch seconds, 0 for now.
    `channel` is where its card goes. `stopped` says why nothing further of it starts, `stopped_at` since when. `rolled_back_by`
    is who asked to take back what was done, `rolled_back_why` what he said.
    """

    name: str = ""
    parts: tuple[Part, ...]
    requester: Person
    place: Place
    channel: str
    not_before: float = 0.0
    stopped: str = ""
    stopped_at: float = 0.0
    rolled_back_by: str = ""
    rolled_back_why: str = ""
