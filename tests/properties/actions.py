"""What people do: each action says its words through Slack, and returns what they make of what stands, by the model."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Protocol

from tests.properties.model import Meaning, Model, nothing
from tests.properties.world import World

HOUR = 3600.0


class Action(Protocol):
    async def act(self, world: World, model: Model) -> tuple[Meaning, ...]:
        """One meaning each for what was said at once, in any order."""


@dataclass(frozen=True)
class Deploy:
    """`hours` later, when there are any."""

    who: str
    service: str
    environment: str
    version: str
    suffix: str = ""
    hours: int = 0

    async def act(self, world: World, model: Model) -> tuple[Meaning, ...]:
        when = f" in {self.hours}h" if self.hours else ""
        words = f"{self.service} {self.version} to {self.environment}{when}{self.suffix}"
        at = world.clock.now()
        if await world.say(self.who, words):
            of = (self.environment, self.service, self.version)
            model.heard(self.who, words, at, "deploy", of, after=self.hours * HOUR)
        return (nothing,)


@dataclass(frozen=True)
class Click:
    """On one of the cards that can be clicked so, counted from the newest."""

    who: str
    action: str
    place: int = 0

    async def act(self, world: World, model: Model) -> tuple[Meaning, ...]:
        cards = world.cards(self.action)
        if cards:
            card = cards[-1 - self.place % len(cards)]
            if await world.click(self.who, card, self.action):
                about = card["metadata"]["event_payload"]["key"].removeprefix("card/")
                model.clicks(self.who, self.action, about)
        return (nothing,)


@dataclass(frozen=True)
class Wait:
    """Time passes, or the clock is set back."""

    seconds: float

    async def act(self, world: World, model: Model) -> tuple[Meaning, ...]:
        world.advance(self.seconds)
        return (nothing,)


@dataclass(frozen=True)
class Kill:
    """kill -9 in the middle of whatever the action before has begun; a new process comes so much later."""

    away: float = 0.0

    async def act(self, world: World, model: Model) -> tuple[Meaning, ...]:
        await world.kill(self.away)
        return (nothing,)


@dataclass(frozen=True)
class AtOnce:
    """Two people in the same moment: which of them was first, nobody knows before."""

    first: Action
    second: Action

    async def act(self, world: World, model: Model) -> tuple[Meaning, ...]:
        found = await asyncio.gather(self.first.act(world, model), self.second.act(world, model))
        return tuple(meaning for meanings in found for meaning in meanings)
