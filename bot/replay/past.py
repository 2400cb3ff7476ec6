"""The world as it was at a moment, behind the ports through which handlers look at it: what the database tells of then."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import msgspec

from bot.calendars.frozen import CalendarRead
from bot.choices import VersionChoice
from bot.deployments import Deployment
from bot.gates import Built
from bot.outgoing import Outgoing
from bot.people import Person
from bot.reader import Reader
from bot.standing import BadVersion, Freeze, Lock, Standing
from bot.standing.codec import from_body
from bot.store import RAN, Store

S = TypeVar("S", bound=Standing)

PAGE = 1000
KINDS = (BadVersion, Freeze, Lock)
"""What stands in the way of deployments, or does not."""
TOLERANCE = 3600.0
"""Seconds: deployments are numbered in about the order of their times, unless the clock was set."""

NOT_KEPT = "what went out then is not kept"


class Clock:
    """Implements `bot.ports.Clock` for somebody who only looks."""

    def __init__(self) -> None:
        self.at = 0.0

    def now(self) -> float:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.at += seconds


class Standings:
    """What stood at a moment. `move_to` goes forward through time, so that only what still stands is in memory."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._after = 0
        self._coming: list[Standing] = []
        self._there: list[Standing] = []
        self._at = 0.0

    async def move_to(self, at: float) -> None:
        self._at = at
        while not self._coming or self._coming[-1].made_at <= at:
            page = await self._page()
            self._coming += page
            if not page:
                break
        begun = [one for one in self._coming if one.made_at <= at]
        self._coming = [one for one in self._coming if one.made_at > at]
        self._there = [one for one in (*self._there, *begun) if _left(one) > at - TOLERANCE]

    def of(self, kind: type[S], service: str | None, environment: str | None, slot: str | None) -> list[S]:
        """What stood of a kind, as it would have been told then."""
        found = [one for one in self._there if isinstance(one, kind) and self._stood(one)]
        return [
            msgspec.structs.replace(one, ended_at=0.0, ended_by="")
            for one in found
            if (service is None or one.service in {"", service})
            and (environment is None or one.environment in {"", environment})
            and (slot is None or one.slot == slot)
        ]

    def _stood(self, one: Standing) -> bool:
        return one.made_at <= self._at < _left(one)

    async def _page(self) -> list[Standing]:
        names = [kind.__name__ for kind in KINDS]
        sql = "SELECT rowid, kind, body, revision FROM standing WHERE kind IN (?, ?, ?) AND rowid > ? ORDER BY rowid LIMIT ?"
        rows = await self._reader.rows(sql, *names, self._after, PAGE)
        if rows:
            self._after = rows[-1][0]
        return [from_body(*row[1:]) for row in rows]


def _left(one: Standing) -> float:
    """When it stood no more."""
    return min(one.ended_at or float("inf"), one.until or float("inf"))


class PastStore(Store):
    """The records as they were at the clock's moment, as far as the gates ask for them."""

    def __init__(self, reader: Reader, clock: Clock, standings: Standings) -> None:
        super().__init__(reader)
        self._clock = clock
        self._standings = standings

    async def went(self, lane: str, version: str) -> Deployment | None:
        return await self._one(
            "WHERE lane = ? AND version = ? AND state = 'succeeded' AND ended_at <= ? ORDER BY ended_at DESC LIMIT 1",
            lane,
            version,
            self._clock.now(),
        )

    async def ran(self, service: str, environment: str, limit: int) -> list[Deployment]:
        return await self._many(RAN, service, environment, limit, self._clock.now())

    async def good_after(self, lane: str, at: float) -> Deployment | None:
        return await self._one(
            "WHERE lane = ? AND state = 'succeeded' AND ended_at > ? AND ended_at <= ? ORDER BY ended_at LIMIT 1",
            lane,
            at,
            self._clock.now(),
        )

    async def live(self, lane: str = "", channel: str = "") -> list[Deployment]:  # noqa: ARG002 - the port's signature
        """Nobody: who was in the queue decides when something runs, not whether."""
        return []

    async def stood(self, id: str) -> Standing | None:  # noqa: A002, ARG002 - the port's signature
        """Nothing: releases order their parts, and don't decide about them."""
        return None

    async def standing(
        self,
        kind: type[S],
        *,
        service: str | None = None,
        environment: str | None = None,
        owner: str | None = None,  # noqa: ARG002 - the port's signature
        slot: str | None = None,
    ) -> list[S]:
        return self._standings.of(kind, service, environment, slot)


class PastPeople:
    """Implements `bot.ports.People` by what is known from a deployment itself.

    `known` are its people, `groups` who of them is in which of the chat's groups. Who is not known to be is in them all
    the same when it is `generous`.
    """

    def __init__(
        self, known: Mapping[str, Person], groups: Mapping[str, frozenset[str]], *, generous: bool
    ) -> None:
        self._known = known
        self._groups = groups
        self._generous = generous

    async def person(self, user: str, *, claimed: str = "", at_most: float = 0.0) -> Person:  # noqa: ARG002 - the port's signature
        return self._known.get(user) or Person(id=user, name=user)

    async def members(self, group: str, *, at_most: float = 0.0) -> frozenset[str]:  # noqa: ARG002 - the port's signature
        found = self._groups.get(group, frozenset())
        return found | frozenset(self._known) if self._generous else found


class PastCalendars:
    """Implements `bot.ports.Calendars`: what they said then is not kept, so that they freeze nothing."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def read(self, name: str, /) -> CalendarRead:  # noqa: ARG002 - the port's signature
        return CalendarRead(read_at=self._clock.now())


class PastSources:
    """Implements `bot.ports.Sources`: commits and builds of then are not asked for again.

    A version that went out is taken to have been built green, and to have taken nothing away.
    """

    async def resolve(self, service: str, version: str) -> str:  # noqa: ARG002 - the port's signature
        return ""

    async def outgoing(self, service: str, live_digest: str, asked_digest: str) -> Outgoing:  # noqa: ARG002 - the port's signature
        return Outgoing(known=False, why=NOT_KEPT)

    async def versions(self, *_: object) -> list[VersionChoice]:
        return []

    async def built(self, service: str, version: str) -> Built | None:  # noqa: ARG002 - the port's signature
        return Built(green=True)

    async def close(self) -> None:
        """Nothing is open."""
