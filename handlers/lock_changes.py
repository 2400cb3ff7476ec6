"""How a lock comes to stand and how it goes: stored, audited, told, with what follows by time."""

from __future__ import annotations

import msgspec

from bot.audit import ENGINE
from bot.errors import Refused
from bot.events import Announce, Tell
from bot.events.locks import ExpireLock, LockEnded, LockGiven, RemindOfLock
from bot.people import Person, Place, directly
from bot.ports import Context
from bot.reasons import Reason
from bot.standing import Lock
from bot.standing.base import announced_name
from bot.words import Bold, Mention, Words
from handlers import lock_words

GONE = "That lock is gone: {how}."
GONE_OUT = "`{command} locks` lists what is."
UNKNOWN, GIVEN_UP, OVER = "I don't know it", "it was lifted or taken over", "it has run out"
FREE = " is unlocked by "
RUN_OUT = "'s lock has run out."
LIFTED = " lifted your lock on "
TAKEN = " took over your lock on "


async def in_scope(ctx: Context, service: str, environment: str) -> tuple[list[Lock], list[Lock]]:
    """The locks of exactly this scope: those that stand, and those that have run out and nobody has noted it."""
    found = [
        one
        for one in await ctx.store.standing(Lock, service=service, environment=environment)
        if (one.service, one.environment) == (service, environment)
    ]
    now = ctx.clock.now()
    return [one for one in found if one.stands(now)], [one for one in found if not one.stands(now)]


async def standing_lock(ctx: Context, id: str) -> Lock:  # noqa: A002 - the word for it
    """The lock of a button. Raises `Refused` with what became of it."""
    found = await ctx.store.stood(id)
    if isinstance(found, Lock) and found.stands(ctx.clock.now()):
        return found
    how = UNKNOWN
    if isinstance(found, Lock):
        how = GIVEN_UP if found.ended_at and found.ended_by != ENGINE else OVER
    out = GONE_OUT.format(command=ctx.settings.slack.command())
    raise Refused(Reason.NOT_LOCKED, GONE.format(how=how), way_out=out)


def stand(ctx: Context, lock: Lock) -> None:
    """Store it, new or changed, with what is to happen when its time has come."""
    ctx.changes.save(lock)
    now = ctx.clock.now()
    if lock.until:
        expire = ExpireLock(lock=lock.id, due=lock.until)
        ctx.changes.publish(expire, after=lock.until - now, id=f"expire/{lock.id}/{lock.until:.3f}")
    if due := remind_at(ctx, lock):
        remind = RemindOfLock(lock=lock.id, due=due)
        ctx.changes.publish(remind, after=max(0.0, due - now), id=reminder(lock, due))
    ctx.changes.publish(
        LockGiven(
            lock=lock.id, service=lock.service, environment=lock.environment, deployment=lock.deployment
        )
    )


def end(ctx: Context, lock: Lock, by: str, at: float = 0.0, *, taken_over: bool = False) -> None:
    """Store that it has ended; whoever waits for that is asked about by the fact."""
    ended = msgspec.structs.replace(lock, ended_at=at or ctx.clock.now(), ended_by=by, taken_over=taken_over)
    ctx.changes.save(ended)
    ctx.changes.publish(
        LockEnded(
            lock=lock.id, service=lock.service, environment=lock.environment, deployment=lock.deployment
        )
    )


def run_out(ctx: Context, lock: Lock) -> None:
    """Note that it has run out."""
    end(ctx, lock, ENGINE, at=lock.until)
    ctx.changes.audit("lock_expired", actor=ENGINE, about=lock.id, scope=lock.scope, owner=lock.owner)


def lift(ctx: Context, lock: Lock, person: Person, why: str, place: Place | None) -> None:
    """Somebody lifts it: told where it was announced, and to its owner when that is somebody else."""
    end(ctx, lock, person.id)
    ctx.changes.audit("unlocked", actor=person.id, about=lock.id, scope=lock.scope, owner=lock.owner, why=why)
    because: Words = (": ", why) if why else (".",)
    if lock.owner not in {person.id, ENGINE}:
        tell_owner(ctx, lock, (Mention(person.id), LIFTED, Bold(lock.scope), *because))
    words: Words = ("🔓 ", Bold(lock.scope), FREE, Mention(person.id), *because)
    announce(ctx, lock, "lifted", words, by=person, place=place)


def tell_owner(ctx: Context, lock: Lock, words: Words) -> None:
    """In a direct message, so that he reads it wherever he is."""
    ctx.changes.publish(Tell(user=lock.owner, place=directly(lock.owner, lock.team), words=words))


def announce(
    ctx: Context,
    lock: Lock,
    name: str,
    words: Words,
    *,
    by: Person | None = None,
    place: Place | None = None,
) -> str:
    """Say it in the channel that a lock concerns; which that is, "" when there is none."""
    channel = channel_of(ctx, lock)
    if channel:
        said = Announce(
            deployment="",
            channel=channel,
            name=f"lock/{lock.id}/{name}",
            words=words,
            user=by.id if by else "",
            place=place,
        )
        ctx.changes.publish(said, id=f"announce/lock/{lock.id}/{name}")
    return channel


def announce_standing(ctx: Context, lock: Lock, words: Words, *, by: Person, place: Place) -> str:
    """The same for the lock itself as it stands from now on, with buttons: kept true for as long as it stands."""
    channel = channel_of(ctx, lock)
    if channel:
        said = Announce(
            deployment="",
            channel=channel,
            name=announced_name(lock.id, f"given-{lock.revision}"),
            words=words,
            buttons=tuple(lock_words.announced(lock)),
            user=by.id,
            place=place,
            standing=lock.id,
            shown=lock.revision + 1,
        )
        ctx.changes.publish(said, id=f"announce/{said.name}")
    return channel


def channel_of(ctx: Context, lock: Lock) -> str:
    """The service's own; for wider scopes the one for operations; else where the lock was asked for."""
    service = ctx.settings.services.get(lock.service)
    if service is not None and service.channel:
        return service.channel
    if service is None and ctx.settings.slack.announce_channel:
        return ctx.settings.slack.announce_channel
    if lock.place is not None and not lock.place.direct:
        return lock.place.channel
    elsewhere = service.channels if service else []
    return elsewhere[0] if elsewhere else ctx.settings.slack.announce_channel or ""


def reminder(lock: Lock, due: float) -> str:
    """The id of the message that reminds of it then: there is one for each time."""
    return f"remind/{lock.id}/{due:.3f}"


def remind_at(ctx: Context, lock: Lock) -> float:
    """When its owner is to be reminded of it; 0 for never."""
    settings = ctx.settings.locks
    begun = lock.touched_at or lock.made_at
    if lock.owner == ENGINE:
        return 0.0
    if not lock.until:
        return 0.0 if settings.remind_after is None else begun + settings.remind_after
    if settings.remind_before is None or lock.until - settings.remind_before <= begun:
        return 0.0
    return lock.until - settings.remind_before
