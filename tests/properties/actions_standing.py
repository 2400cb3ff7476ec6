"""Locks, freezes and delegations: said by people, and what then stands by the model."""

from __future__ import annotations

from dataclasses import dataclass

from tests.properties.actions import HOUR
from tests.properties.model import Delegation, Lock, Meaning, Model, Scope
from tests.properties.world import World


@dataclass(frozen=True)
class LockIt:
    who: str
    scope: Scope
    only: str = ""
    warning: bool = False
    hours: int = 0

    async def act(self, world: World, model: Model) -> tuple[Meaning, ...]:
        words = ["lock", spoken(self.scope), *(["only", self.only] if self.only else [])]
        words += ["warning"] if self.warning else []
        words += [f"for {self.hours}h"] if self.hours else []
        at = world.clock.now()
        await _said(world, model, self.who, "lock", " ".join([*words, "because the model says so"]))
        until = at + self.hours * HOUR if self.hours else 0.0
        lock = Lock(self.who, self.only, self.warning, until)
        return (lambda before: before.lock(self.who, self.scope, lock, at),)


@dataclass(frozen=True)
class Unlock:
    who: str
    scope: Scope

    async def act(self, world: World, model: Model) -> tuple[Meaning, ...]:
        at = world.clock.now()
        await _said(world, model, self.who, "unlock", f"unlock {spoken(self.scope)} because it is over")
        return (lambda before: before.unlock(self.who, self.scope, at),)


@dataclass(frozen=True)
class Freeze:
    who: str
    scope: Scope
    hours: int

    async def act(self, world: World, model: Model) -> tuple[Meaning, ...]:
        at = world.clock.now()
        words = f"freeze {spoken(self.scope)} for {self.hours}h because of the sale"
        await _said(world, model, self.who, "freeze", words)
        return (lambda before: before.freeze(self.who, self.scope, at + self.hours * HOUR, at),)


@dataclass(frozen=True)
class Unfreeze:
    who: str
    scope: Scope

    async def act(self, world: World, model: Model) -> tuple[Meaning, ...]:
        at = world.clock.now()
        await _said(world, model, self.who, "unfreeze", f"unfreeze {spoken(self.scope)} because it is over")
        return (lambda before: before.unfreeze(self.who, self.scope, at),)


@dataclass(frozen=True)
class Delegate:
    who: str
    to: str
    scope: Scope
    hours: int

    async def act(self, world: World, model: Model) -> tuple[Meaning, ...]:
        scope = f"{spoken(self.scope)} " if any(self.scope) else ""
        at = world.clock.now()
        words = f"delegate {scope}to <@{self.to}> for {self.hours}h because of the mountains"
        await _said(world, model, self.who, "delegate", words)
        new = Delegation(self.who, self.scope, self.to, at + self.hours * HOUR)
        return (lambda before: before.delegate(new, at),)


@dataclass(frozen=True)
class TakeBack:
    who: str

    async def act(self, world: World, model: Model) -> tuple[Meaning, ...]:
        await _said(world, model, self.who, "take back", "delegate end")
        return (lambda before: before.take_back(self.who),)


async def _said(world: World, model: Model, who: str, what: str, words: str) -> None:
    at = world.clock.now()
    if await world.say(who, words):
        model.heard(who, words, at, what)


def spoken(scope: Scope) -> str:
    service, environment = scope
    return " ".join(filter(None, (service, environment))) or "everything"
