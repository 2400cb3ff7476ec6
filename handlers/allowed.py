"""What somebody may do here, by the policies: for help, which shows no more than that. Decisions ask at the act itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

import msgspec

from bot.people import Person
from bot.ports import Context
from config.models import Policy, Settings
from handlers import authority
from handlers.frozen import lifters


def asked(policy: Policy) -> set[str]:
    """Everybody whom a policy asks, at once, later, for a rollback, or for going in spite of a freeze."""
    clauses = (*policy.approve, *(policy.override or ()), *(policy.rollback_approve or ()))
    return {who for clause in clauses for who in clause.of} | {
        who for rung in policy.ladder for who in rung.add
    }


Place = tuple[str, str]
"""Service and environment."""

WHAT: dict[str, Callable[[Policy], Sequence[str]]] = {
    "deploy": lambda policy: policy.deploy,
    "approve": lambda policy: [who for clause in policy.approve for who in clause.of],
    "delegate": lambda policy: sorted(asked(policy)),
    "break_glass": lambda policy: policy.break_glass,
    "freeze": lifters,
    "lock": lambda policy: policy.lock or policy.deploy,
}
"""Who may do it, as the handler of each asks at the act."""

NAMED_MOST = 5
EVERY = "every service"
SOME = "{count} of {all} services"


class Allowed(msgspec.Struct, frozen=True, kw_only=True):
    """Where somebody may do what, by the words of a policy; `deployers` are those who may deploy somewhere.

    `administers` is whether the configuration names him as one who may have it read again.
    """

    places: dict[str, tuple[Place, ...]]
    deployers: tuple[str, ...] = ()
    administers: bool = False

    def lacks(self, need: str) -> bool:
        """Whether he may do that nowhere."""
        return not (self.administers if need == "administer" else self.places[need])


async def allowed(ctx: Context, person: Person, service: str = "") -> Allowed:
    """Of one service, or of every. Each policy is asked about once. Raises `Unreachable` and `Rejected`."""
    found: dict[str, list[Place]] = {what: [] for what in WHAT}
    known: dict[str, frozenset[str]] = {}
    deployers: list[str] = []
    for place, name, policy in _policies(ctx.settings, service):
        if name not in known:
            known[name] = await _may(ctx, person, policy)
            deployers += policy.deploy
        for what in known[name]:
            found[what].append(place)
    return Allowed(
        places={what: tuple(places) for what, places in found.items()},
        deployers=tuple(dict.fromkeys(deployers)),
        administers=await _belongs(ctx, person, ctx.settings.administrators),
    )


def places_said(places: Sequence[Place], settings: Settings) -> str:
    """`staging: every service; production: checkout, payments`."""
    said = []
    for environment in dict.fromkeys(environment for _, environment in places):
        services = [service for service, where in places if where == environment]
        every = sum(environment in one.environments for one in settings.services.values())
        if len(services) == every and every > 1:
            words = EVERY
        elif len(services) <= NAMED_MOST:
            words = ", ".join(services)
        else:
            words = SOME.format(count=len(services), all=every)
        said.append(f"{environment}: {words}")
    return "; ".join(said)


async def _may(ctx: Context, person: Person, policy: Policy) -> frozenset[str]:
    return frozenset([what for what, who in WHAT.items() if await _belongs(ctx, person, who(policy))])


async def _belongs(ctx: Context, person: Person, references: Iterable[str]) -> bool:
    return bool(await authority.belongs(ctx, person, list(references)))


def _policies(settings: Settings, service: str) -> Iterator[tuple[Place, str, Policy]]:
    for name, one in settings.services.items():
        if service in {"", name}:
            for environment in one.environments:
                yield (name, environment), *settings.policy_for(name, environment)
