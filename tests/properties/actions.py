"""What people do, at random: each action says its words through Slack, and tells the model what it should mean."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st

from tests.properties.model import ENVIRONMENTS, PEOPLE, SERVICES, Lock, Model, Scope, Snapshot
from tests.properties.world import World

HOUR = 3600.0
VERSIONS = ("1.4.0", "1.4.1", "2.0.0", "2.1.0")
PATTERNS = ("1.4.*", "2.*")


@dataclass(frozen=True)
class Deploy:
    who: str
    service: str
    environment: str
    version: str
    suffix: str = ""

    async def act(self, world: World, model: Model) -> Snapshot:
        await world.say(self.who, f"{self.service} {self.version} to {self.environment}{self.suffix}")
        return model.now


@dataclass(frozen=True)
class Click:
    """On one of the cards that can be clicked so, counted from the newest."""

    who: str
    action: str
    place: int

    async def act(self, world: World, model: Model) -> Snapshot:
        cards = [one for one in world.cards() if f'"{self.action}"' in str(one["blocks"]).replace("'", '"')]
        if cards:
            await world.click(self.who, cards[-1 - self.place % len(cards)], self.action)
        return model.now


@dataclass(frozen=True)
class LockIt:
    who: str
    scope: Scope
    only: str
    warning: bool
    hours: int

    async def act(self, world: World, model: Model) -> Snapshot:
        words = ["lock", spoken(self.scope), *(["only", self.only] if self.only else [])]
        words += ["warning"] if self.warning else []
        words += [f"for {self.hours}h"] if self.hours else []
        at = world.clock.now()
        await world.say(self.who, " ".join([*words, "because the model says so"]))
        until = at + self.hours * HOUR if self.hours else 0.0
        return model.lock(self.who, self.scope, Lock(self.who, self.only, self.warning, until), at)


@dataclass(frozen=True)
class Unlock:
    who: str
    scope: Scope

    async def act(self, world: World, model: Model) -> Snapshot:
        await world.say(self.who, f"unlock {spoken(self.scope)} because it is over")
        return model.unlock(self.who, self.scope, world.clock.now())


@dataclass(frozen=True)
class Freeze:
    who: str
    scope: Scope
    hours: int

    async def act(self, world: World, model: Model) -> Snapshot:
        at = world.clock.now()
        await world.say(self.who, f"freeze {spoken(self.scope)} for {self.hours}h because of the sale")
        return model.freeze(self.who, self.scope, at + self.hours * HOUR, at)


@dataclass(frozen=True)
class Unfreeze:
    who: str
    scope: Scope

    async def act(self, world: World, model: Model) -> Snapshot:
        await world.say(self.who, f"unfreeze {spoken(self.scope)} because it is over")
        return model.unfreeze(self.who, self.scope, world.clock.now())


@dataclass(frozen=True)
class Wait:
    """Time passes, or the clock is set back."""

    seconds: float

    async def act(self, world: World, model: Model) -> Snapshot:
        world.advance(self.seconds)
        return model.now


@dataclass(frozen=True)
class Kill:
    """kill -9 in the middle of whatever the action before has begun."""

    async def act(self, world: World, model: Model) -> Snapshot:
        await world.kill()
        return model.now


Action = Deploy | Click | LockIt | Unlock | Freeze | Unfreeze | Wait | Kill


def spoken(scope: Scope) -> str:
    service, environment = scope
    return " ".join(filter(None, (service, environment))) or "everything"


people = st.sampled_from(PEOPLE)
services = st.sampled_from(SERVICES)
environments = st.sampled_from(ENVIRONMENTS)
scopes = st.tuples(st.sampled_from(("", *SERVICES)), environments)
SUFFIXES = ("", "", "", "", " override because it has to be", " break-glass because it burns")
deploys = st.builds(
    Deploy, people, services, environments, st.sampled_from(VERSIONS), st.sampled_from(SUFFIXES)
)
locks = st.builds(
    LockIt, people, scopes, st.sampled_from(("", "", *PATTERNS)), st.booleans(), st.sampled_from((0, 1, 3))
)
ACTIONS: st.SearchStrategy[Action] = st.one_of(
    deploys,
    deploys,
    st.builds(Click, people, st.just("approve"), st.integers(0, 3)),
    st.builds(Click, people, st.just("approve"), st.integers(0, 3)),
    st.builds(Click, people, st.just("cancel"), st.integers(0, 3)),
    locks,
    st.builds(Unlock, people, scopes),
    st.builds(Freeze, people, scopes, st.integers(1, 3)),
    st.builds(Unfreeze, people, scopes),
    st.builds(Wait, st.sampled_from((45.0, 45.0, 600.0, HOUR, 2 * HOUR, -30.0))),
    st.builds(Kill),
)
