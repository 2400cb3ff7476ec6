"""Promotions, rollbacks and releases: said by people; what has to come of them is judged by what ran before."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain

from tests.properties.actions import HOUR
from tests.properties.model import Meaning, Model, nothing
from tests.properties.world import World


@dataclass(frozen=True)
class Promote:
    who: str
    service: str
    suffix: str = ""

    async def act(self, world: World, model: Model) -> tuple[Meaning, ...]:
        words, at = f"promote {self.service}{self.suffix}", world.clock.now()
        if await world.say(self.who, words):
            model.heard(self.who, words, at, "promote", (self.service,))
        return (nothing,)


@dataclass(frozen=True)
class RollBack:
    """To that version, or to the last good one."""

    who: str
    service: str
    environment: str
    to: str = ""

    async def act(self, world: World, model: Model) -> tuple[Meaning, ...]:
        to = f" to {self.to}" if self.to else ""
        words = f"rollback {self.service} {self.environment}{to} because it is broken"
        at = world.clock.now()
        if await world.say(self.who, words):
            model.heard(self.who, words, at, "rollback", (self.service, self.environment, self.to))
        return (nothing,)


@dataclass(frozen=True)
class RollBackByCard:
    """The button on one of the cards that have it, counted from the newest, and the dialog sent off as it is."""

    who: str
    place: int = 0

    async def act(self, world: World, model: Model) -> tuple[Meaning, ...]:
        cards = world.cards("rollback")
        if cards and await world.click(self.who, cards[-1 - self.place % len(cards)], "rollback"):
            await world.send_off(self.who)
        return (nothing,)


@dataclass(frozen=True)
class ReleaseThem:
    """These services with these versions, `hours` later when there are any."""

    who: str
    parts: tuple[tuple[str, str], ...]
    environment: str
    suffix: str = ""
    hours: int = 0

    async def act(self, world: World, model: Model) -> tuple[Meaning, ...]:
        when = f" in {self.hours}h" if self.hours else ""
        named = " ".join(f"{service}={version}" for service, version in self.parts)
        words, at = f"release {named} to {self.environment}{when}{self.suffix}", world.clock.now()
        if await world.say(self.who, words):
            of = (self.environment, *chain.from_iterable(self.parts))
            model.heard(self.who, words, at, "release", of, after=self.hours * HOUR)
        return (nothing,)
