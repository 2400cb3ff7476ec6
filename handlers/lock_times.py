"""What happens to locks by time: longer by a click, a reminder before one is forgotten, and the end."""

from __future__ import annotations

import msgspec

from bot.audit import ENGINE
from bot.errors import Refused
from bot.events import Tell
from bot.events.configuration import ConfigurationSwitched
from bot.events.locks import ExpireLock, ExtendLock, RemindOfLock
from bot.people import directly
from bot.ports import Context
from bot.reasons import Reason
from bot.routing import Router
from bot.standing import Lock
from bot.words import Bold, Words
from config.durations import LONGEST
from handlers import authority, lock_rights, lock_words
from handlers.lock_changes import announce, remind_at, reminder, run_out, stand, standing_lock
from handlers.lock_shown import again

router = Router()

NOT_YOURS = "{sentence}. Only its owner can make it longer."
NOT_YOURS_OUT = "`{command} lock {scope} take over because …` makes it yours."
TOO_LONG = "That is further away than I plan."
ASKS = "Do you still need it?"
ENDS = "Make it longer if you need it for longer."
RAN_OUT = " is free again: the lock of "
HAS_RUN_OUT = " has run out."


@router.command(ExtendLock)
async def extend(event: ExtendLock, ctx: Context) -> None:
    """So much longer than its end; so much longer than now when it had none."""
    person = await authority.admitted(ctx, event.by, at_most=authority.DECISIVE)
    found = await standing_lock(ctx, event.lock)
    if found.owner != person.id:
        sentence = NOT_YOURS.format(sentence=lock_words.sentence(found, person.timezone).rstrip("."))
        out = NOT_YOURS_OUT.format(command=ctx.settings.slack.command(), scope=lock_words.words_of(found))
        raise Refused(Reason.NOT_ALLOWED_TO_LOCK, sentence, way_out=out)
    await lock_rights.check(ctx, person, found.service, found.environment)
    now = ctx.clock.now()
    until = max(found.until, now) + event.seconds
    if until - now > LONGEST:
        raise Refused(Reason.UNKNOWN_TIME, TOO_LONG)
    after = msgspec.structs.replace(found, until=until, touched_at=now, nagged_at=0.0)
    stand(ctx, after)
    ctx.changes.audit("lock_extended", actor=person.id, about=found.id, scope=found.scope, until=until)
    again(ctx, event, lock_words.described(after))


@router.command(RemindOfLock)
async def remind(event: RemindOfLock, ctx: Context) -> None:
    """Ask its owner once, in a direct message; not while something of his is on its way there."""
    found, now = await _lock(ctx, event.lock), ctx.clock.now()
    if found is None or not found.stands(now) or found.nagged_at:
        return
    due = remind_at(ctx, found)
    if not due:
        return
    wait = due - now if due > now else await _not_now(ctx, found)
    if wait:
        # For what was planned when the lock or the configuration was another one there may be a message already.
        name = "" if due == event.due else reminder(found, due)
        ctx.changes.publish(msgspec.structs.replace(event, due=due), after=wait, id=name)
        return
    ctx.changes.save(msgspec.structs.replace(found, nagged_at=now))
    ctx.changes.audit("lock_reminded", actor=ENGINE, about=found.id, scope=found.scope, owner=found.owner)
    words: Words = (*lock_words.described(found), "\n", ENDS if found.until else ASKS)
    buttons = tuple(lock_words.extending(found, lock_words.REMINDED))
    ctx.changes.publish(
        Tell(user=found.owner, place=directly(found.owner, found.team), words=words, buttons=buttons)
    )


@router.on(ConfigurationSwitched)
async def look_at_reminders(_: ConfigurationSwitched, ctx: Context) -> None:
    """Whoever is to be reminded of what stands may be reminded at another time now."""
    for one in await ctx.store.standing(Lock):
        if not one.nagged_at:
            ctx.changes.publish(RemindOfLock(lock=one.id, due=0.0))


@router.command(ExpireLock)
async def expire(event: ExpireLock, ctx: Context) -> None:
    """Its end is what is stored, not when this arrives: a clock may have been set, and it may have been made longer."""
    found = await _lock(ctx, event.lock)
    if found is None or found.until != event.due:
        return
    now = ctx.clock.now()
    if event.due > now:
        ctx.changes.publish(event, after=event.due - now)
        return
    run_out(ctx, found)
    if not found.warning:
        words: Words = ("🔓 ", Bold(found.scope), RAN_OUT, lock_words.who(found), HAS_RUN_OUT)
        announce(ctx, found, "expired", words)


async def _lock(ctx: Context, id: str) -> Lock | None:  # noqa: A002 - the word for it
    found = await ctx.store.stood(id)
    return found if isinstance(found, Lock) and not found.ended_at else None


async def _not_now(ctx: Context, found: Lock) -> float:
    """Seconds to wait while the owner of a lock without an end has something on its way there: he has not forgotten it."""
    used = any(
        one.requester.id == found.owner and found.covers(one.service, one.environment)
        for one in await ctx.store.live()
    )
    return (ctx.settings.locks.remind_after or 0.0) if used and not found.until else 0.0
