"""Who may lock what: whoever may lock every single place that the scope covers."""

from __future__ import annotations

from bot.errors import Refused
from bot.people import Person
from bot.ports import Context
from bot.reasons import Reason
from bot.standing import scope
from config.models import Settings
from handlers import authority, everywhere

NOTHING_THERE = "The configuration has nothing that is called {scope}, so there is nothing to lock."
NOT_ALLOWED = "You may not lock {scope}, nor lift what others have locked there: that is for {who}."
NOT_ALLOWED_OUT = "One of them can, and you can lock what you may: `{command} help lock` says how."
ALL_OF_THEM = "those who may lock everything it covers"


def guards(settings: Settings, service: str, environment: str) -> tuple[tuple[str, ...], ...]:
    """The lists of those who may lock, of all places that a scope covers; each list once."""
    return everywhere.lists(
        settings, service, environment, lambda policy: tuple(policy.lock or policy.deploy)
    )


def lifters(settings: Settings, service: str, environment: str) -> tuple[str, ...]:
    """Groups and people that stand in every one of these lists, so that surely all of them may."""
    return everywhere.common(guards(settings, service, environment))


async def may_lock(ctx: Context, person: Person, service: str, environment: str) -> bool:
    """Whether somebody may lock a scope, and lift what others have locked there."""
    for references in guards(ctx.settings, service, environment):
        if not await authority.belongs(ctx, person, references, at_most=authority.DECISIVE):
            return False
    return True


async def check(ctx: Context, person: Person, service: str, environment: str) -> None:
    """Raises `Refused` when he may not, or when there is nothing to lock."""
    said = scope(service, environment)
    if not guards(ctx.settings, service, environment):
        raise Refused(Reason.UNKNOWN_ENVIRONMENT, NOTHING_THERE.format(scope=said))
    if not await may_lock(ctx, person, service, environment):
        who = lifters(ctx.settings, service, environment)
        sentence = NOT_ALLOWED.format(scope=said, who=authority.named(who) if who else ALL_OF_THEM)
        out = NOT_ALLOWED_OUT.format(command=ctx.settings.slack.command())
        raise Refused(Reason.NOT_ALLOWED_TO_LOCK, sentence, way_out=out)
