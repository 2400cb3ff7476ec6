"""Why a lock is not given, taken over or lifted: no, and which command is the nearest right one."""

from __future__ import annotations

from bot.errors import Refused
from bot.people import Person
from bot.ports import Context
from bot.reasons import Reason
from bot.standing import Lock, scope
from handlers import lock_words

WHY = "A reason is needed: whoever stands before the lock reads it."
WHY_OUT = "Say `{command} lock {scope} because …`"
HELD_OUT = "`{command} lock {scope} take over because …` takes it over{watch}."
WATCH = "; `{command} watch {scope}` tells you when it is free"
NOT_LOCKED = "{scope} is not locked."
COVERED_OUT = "`{command} unlock {scope}` lifts what covers it."
LISTED_OUT = "`{command} locks` lists what is."
NOTHING_TO_TAKE = "{scope} itself is not locked, so there is nothing to take over{but}"
NEAREST = ": {sentence}"
NEAREST_OUT = "`{command} lock {scope} take over because …` takes that over."
LOCK_OUT = "`{command} lock {scope} because …` locks it."
WEAKER = (
    "{sentence}. A warning in its place would hold nobody up: what waits for this lock would start at once."
)
WEAKER_OUT = (
    "`{command} unlock {scope}` lifts it; then `{command} lock {scope} warning because …` warns instead."
)


def no_reason(ctx: Context, scope_said: str) -> Refused:
    out = WHY_OUT.format(command=ctx.settings.slack.command(), scope=scope_said)
    return Refused(Reason.REASON_REQUIRED, WHY, way_out=out)


def held(ctx: Context, one: Lock, person: Person) -> Refused:
    """Another's, with until when he has it."""
    command, said = ctx.settings.slack.command(), lock_words.words_of(one)
    watch = WATCH.format(command=command, scope=said) if one.service and one.environment else ""
    out = HELD_OUT.format(command=command, scope=said, watch=watch)
    return Refused(Reason.ALREADY_LOCKED, lock_words.sentence(one, person.timezone), way_out=out)


def weaker(ctx: Context, mine: Lock, person: Person) -> Refused:
    """One's own, which a warning would replace: that lets everything start that waits, so it takes words that say so."""
    command, said = ctx.settings.slack.command(), lock_words.words_of(mine)
    sentence = WEAKER.format(sentence=lock_words.sentence(mine, person.timezone).rstrip("."))
    return Refused(Reason.ALREADY_LOCKED, sentence, way_out=WEAKER_OUT.format(command=command, scope=said))


async def nothing_to_take(ctx: Context, service: str, environment: str, person: Person) -> Refused:
    """No lock in exactly this scope: the nearest that covers it, or lies in it, may be the one that is meant."""
    command = ctx.settings.slack.command()
    near = await _nearest(ctx, service, environment, person)
    if near is None:
        out = LOCK_OUT.format(command=command, scope=lock_words.typed(service, environment))
        but = "."
    else:
        out = NEAREST_OUT.format(command=command, scope=lock_words.words_of(near))
        but = NEAREST.format(sentence=lock_words.sentence(near, person.timezone))
    sentence = NOTHING_TO_TAKE.format(scope=scope(service, environment), but=but)
    return Refused(Reason.NOT_LOCKED, sentence, way_out=out)


async def not_locked(ctx: Context, service: str, environment: str) -> Refused:
    """Nothing to lift; what covers it is named."""
    now, command = ctx.clock.now(), ctx.settings.slack.command()
    covering = [
        one
        for one in await ctx.store.standing(Lock, service=service, environment=environment)
        if one.stands(now)
    ]
    out = LISTED_OUT.format(command=command)
    if covering:
        out = COVERED_OUT.format(command=command, scope=lock_words.words_of(covering[0]))
    return Refused(Reason.NOT_LOCKED, NOT_LOCKED.format(scope=scope(service, environment)), way_out=out)


async def _nearest(ctx: Context, service: str, environment: str, person: Person) -> Lock | None:
    """Another's: the narrowest of those that cover the scope, else the widest of those that lie in it."""
    now = ctx.clock.now()
    others = [one for one in await ctx.store.standing(Lock) if one.stands(now) and one.owner != person.id]
    covering = [one for one in others if one.covers(service, environment)]
    if covering:
        return max(covering, key=_narrow)
    within = [one for one in others if service in {"", one.service} and environment in {"", one.environment}]
    return min(within, key=_narrow, default=None)


def _narrow(one: Lock) -> int:
    return bool(one.service) + bool(one.environment)
