"""What is frozen at a place, as the gate wants to know it: from windows, the configuration, calendars and people."""

from __future__ import annotations

from bot.audit import ENGINE
from bot.calendars import Spell
from bot.calendars.frozen import spells
from bot.deployments import Clause, Deployment
from bot.gates import FreezeNow, Situation
from bot.gates.freeze import opens, overridden
from bot.ports import Context
from bot.standing import Freeze
from config.models import Policy, Settings
from handlers import everywhere

DECLARED = "{scope} is frozen by {who}"
INCIDENT = "{scope} is frozen because of an incident, by {who}"
STANDING = "standing/"


async def freezes(ctx: Context, so: Situation) -> tuple[FreezeNow, ...]:
    """What holds there at the moment that is judged, and what follows on it."""
    return () if so.no_place else await frozen(ctx, so.service, so.environment, so.policy, so.now)


async def frozen(
    ctx: Context, service: str, environment: str, policy: Policy, at: float
) -> tuple[FreezeNow, ...]:
    """What holds at a configured place at a moment, by that policy, and what follows on it."""
    standing = await ctx.store.standing(Freeze, service=service, environment=environment)
    declared = {f"{STANDING}{one.id}": one for one in standing if one.stands(at)}
    found = spells(
        ctx.settings,
        ctx.calendars.read,
        service,
        environment,
        at=at,
        declared=[spell(id_, one) for id_, one in declared.items()],
    )
    return tuple(
        _as_gate_wants(one, policy, lifters_of(ctx.settings, declared[one.id]) if one.id in declared else ())
        for one in found
    )


async def frozen_now(ctx: Context, service: str, environment: str) -> tuple[FreezeNow, float] | None:
    """What freezes a configured place now, and when nothing does any more (0 unknown); None when nothing does."""
    now = ctx.clock.now()
    _, policy = ctx.settings.policy_for(service, environment)
    found = list(await frozen(ctx, service, environment, policy, now))
    holding = [one for one in found if one.since <= now]
    return (holding[0], opens(found, now)) if holding else None


def spell(id_: str, one: Freeze) -> Spell:
    template = INCIDENT if one.incident else DECLARED
    what = template.format(scope=one.scope, who=one.owner_name or one.owner)
    return Spell(id=id_, what=what, reason=one.reason, ends=one.until)


def lifters(policy: Policy) -> tuple[str, ...]:
    """Who may freeze, and lift, where this policy holds."""
    return tuple(policy.freeze or policy.deploy)


def lifters_of(settings: Settings, one: Freeze) -> tuple[str, ...]:
    """Its owner, and those who surely may lift it: they may freeze in every place that it covers."""
    others = everywhere.common(everywhere.lists(settings, one.service, one.environment, lifters))
    return tuple(dict.fromkeys((one.owner, *others)))


def audit_overridden(ctx: Context, so: Situation, found: Deployment) -> None:
    """It starts in spite of a freeze: that is kept for ever."""
    gone_through = overridden(so)
    if gone_through:
        ctx.changes.audit(
            "freeze_overridden",
            actor=ENGINE,
            about=found.id,
            asked_by=found.requester.id,
            why=found.override,
            freezes=[one.what for one in gone_through],
        )


def _as_gate_wants(one: Spell, policy: Policy, lift: tuple[str, ...]) -> FreezeNow:
    clauses = one.override
    if clauses is None and policy.override is not None:
        clauses = tuple((clause.count, tuple(clause.of)) for clause in policy.override)
    return FreezeNow(
        id=one.id,
        what=one.what,
        reason=one.reason,
        since=one.begins,
        until=one.ends,
        override=None if clauses is None else tuple(Clause(count=count, of=of) for count, of in clauses),
        lift=lift,
    )
