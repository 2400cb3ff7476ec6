"""What somebody may do here, by the policies: for help, which shows no more than that. Decisions ask at the act itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from bot.people import Person
from bot.ports import Context
from config.models import Policy, Settings
from handlers import authority

Place = tuple[str, str]
"""Service and environment."""

NAMED_MOST = 5
EVERY = "every service"
SOME = "{count} of {all} services"


class Allowed(msgspec.Struct, frozen=True, kw_only=True):
    """The places where somebody may deploy, approve and break the glass; `deployers` are those who may somewhere."""

    deploy: tuple[Place, ...] = ()
    approve: tuple[Place, ...] = ()
    break_glass: tuple[Place, ...] = ()
    deployers: tuple[str, ...] = ()


async def allowed(ctx: Context, person: Person, service: str = "") -> Allowed:
    """Of one service, or of every. Each policy is asked about once. Raises `Unreachable` and `Rejected`."""
    found: dict[str, list[Place]] = {"deploy": [], "approve": [], "break_glass": []}
    known: dict[str, frozenset[str]] = {}
    deployers: list[str] = []
    for place, name, policy in _policies(ctx.settings, service):
        if name not in known:
            known[name] = await _may(ctx, person, policy)
            deployers += policy.deploy
        for what in known[name]:
            found[what].append(place)
    return Allowed(
        deploy=tuple(found["deploy"]),
        approve=tuple(found["approve"]),
        break_glass=tuple(found["break_glass"]),
        deployers=tuple(dict.fromkeys(deployers)),
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
    approvers = [who for clause in policy.approve for who in clause.of]
    asked = {"deploy": policy.deploy, "approve": approvers, "break_glass": policy.break_glass}
    return frozenset([what for what, who in asked.items() if await _belongs(ctx, person, who)])


async def _belongs(ctx: Context, person: Person, references: Iterable[str]) -> bool:
    return bool(await authority.belongs(ctx, person, list(references)))


def _policies(settings: Settings, service: str) -> Iterator[tuple[Place, str, Policy]]:
    for name, one in settings.services.items():
        if service in {"", name}:
            for environment in one.environments:
                yield (name, environment), *settings.policy_for(name, environment)
