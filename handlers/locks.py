"""`/lock`, `/unlock`: whoever may lock a scope locks it, for a reason; one lock a scope, and one owner."""

from __future__ import annotations

import msgspec

from bot.audit import ENGINE
from bot.errors import Refused
from bot.events import Tell
from bot.events.locks import (
    AboutGivenLock,
    LockEnded,
    LockGiven,
    LockPlace,
    ReleaseLock,
    TakeOverLock,
    UnlockMine,
    UnlockPlace,
)
from bot.grammar.mistimed import UnclearTime
from bot.grammar.moments import moment
from bot.people import Person, Place
from bot.ports import Context
from bot.reasons import Reason
from bot.routing import Router
from bot.standing import Lock, scope
from bot.standing.base import standing_id
from bot.words import Bold, Channel, Mention, Part, Words
from handlers import authority, lock_refusals, lock_rights, lock_words
from handlers.lane import touch
from handlers.lock_changes import (
    TAKEN,
    announce_standing,
    end,
    in_scope,
    lift,
    run_out,
    stand,
    standing_lock,
    tell_owner,
)
from handlers.lock_shown import again
from handlers.queue import wake
from handlers.watches import look_at_watched

router = Router()

WHY_OTHERS = "{sentence}. Lifting another's lock needs a reason, which its owner is told."
WHY_OTHERS_OUT = "Say `{command} unlock {scope} because …`"
LEFT_OVER = "I don't know what to do with “{words}” behind the time."
LEFT_OVER_OUT = "The time comes last: `{command} because …`"
NONE_OF_YOURS = "You hold no lock."
ANNOUNCED_IN = " It is announced in "
TAKEN_FROM = " (taken over from "
UNLOCKED = "Unlocked: "


@router.command(LockPlace)
async def lock(event: LockPlace, ctx: Context) -> None:
    """A new lock, a change of one's own, or another's taken over; of two at once, the second is told whose the first is."""
    person = await authority.admitted(ctx, event.by, at_most=authority.DECISIVE)
    await lock_rights.check(ctx, person, event.service, event.environment)
    standing, over = await in_scope(ctx, event.service, event.environment)
    others = [one for one in standing if one.owner != person.id]
    mine = next((one for one in standing if one.owner == person.id), None)
    said = lock_words.typed(event.service, event.environment)
    if others and not event.take_over:
        raise lock_refusals.held(ctx, others[0], person)
    if event.take_over and not standing:
        raise await lock_refusals.nothing_to_take(ctx, event.service, event.environment, person)
    if not event.why and mine is None:
        raise lock_refusals.no_reason(ctx, said)
    if mine is not None and event.warning and not mine.warning:
        raise lock_refusals.weaker(ctx, mine, person)
    until = _until(ctx, event.when, person, f"{ctx.settings.slack.command()} lock {said}")
    for one in over:
        run_out(ctx, one)
    for one in others:
        _take(ctx, one, person, event.why)
    if mine is not None:
        _change(ctx, event, person, mine, until)
    else:
        _give(ctx, event, person, others, until)


@router.command(TakeOverLock)
async def take_over(event: TakeOverLock, ctx: Context) -> None:
    """The same by a button: another's lock goes on as one's own."""
    found = await standing_lock(ctx, event.lock)
    asked = LockPlace(
        by=event.by,
        place=event.place,
        text=event.text,
        service=found.service,
        environment=found.environment,
        why=event.why,
        take_over=True,
    )
    ctx.changes.publish(asked)


@router.command(UnlockPlace)
async def unlock(event: UnlockPlace, ctx: Context) -> None:
    """Lift what stands in exactly this scope."""
    person = await authority.admitted(ctx, event.by, at_most=authority.DECISIVE)
    standing, _ = await in_scope(ctx, event.service, event.environment)
    if not standing:
        raise await lock_refusals.not_locked(ctx, event.service, event.environment)
    for one in standing:
        await _may_lift(ctx, person, one, event.why)
    for one in standing:
        lift(ctx, one, person, event.why, event.place)
    _tell(ctx, event.by.id, event.place, (UNLOCKED, Bold(scope(event.service, event.environment)), "."))


@router.command(UnlockMine)
async def unlock_mine(event: UnlockMine, ctx: Context) -> None:
    person = await authority.admitted(ctx, event.by)
    now = ctx.clock.now()
    mine = [one for one in await ctx.store.standing(Lock, owner=person.id) if one.stands(now)]
    if not mine:
        out = lock_refusals.LISTED_OUT.format(command=ctx.settings.slack.command())
        raise Refused(Reason.NOT_LOCKED, NONE_OF_YOURS, way_out=out)
    words: list[Part] = [UNLOCKED]
    for one in mine:
        lift(ctx, one, person, "", event.place)
        words += [", " if len(words) > 1 else "", Bold(one.scope)]
    _tell(ctx, event.by.id, event.place, (*words, "."))


@router.command(ReleaseLock)
async def release(event: ReleaseLock, ctx: Context) -> None:
    """The same by a button: its owner's, or one that asks for a reason."""
    person = await authority.admitted(ctx, event.by, at_most=authority.DECISIVE)
    found = await standing_lock(ctx, event.lock)
    await _may_lift(ctx, person, found, event.why)
    for one in await _with_its_like(ctx, found):
        lift(ctx, one, person, event.why, event.place)
    again(ctx, event, (UNLOCKED, Bold(found.scope), "."))


@router.on(LockGiven, LockEnded)
async def changed(event: AboutGivenLock, ctx: Context) -> None:
    """Ask again what waits there, and look after whoever wanted to be told: a lock that stands otherwise may be in nobody's way."""
    await wake(ctx, event.service, event.environment)
    if event.deployment and isinstance(event, LockEnded):
        found = await ctx.store.deployment(event.deployment)
        if found is not None and found.locked:
            touch(ctx, found, locked=False)
    await look_at_watched(ctx, event.service, event.environment)


def _take(ctx: Context, one: Lock, person: Person, why: str) -> None:
    """End another's lock in favour of one's own; its owner is told."""
    end(ctx, one, person.id, taken_over=True)
    ctx.changes.audit(
        "lock_taken_over", actor=person.id, about=one.id, scope=one.scope, owner=one.owner, why=why
    )
    if one.owner != ENGINE:
        tell_owner(ctx, one, (Mention(person.id), TAKEN, Bold(one.scope), ": ", why))


def _give(ctx: Context, event: LockPlace, person: Person, before: list[Lock], until: float) -> None:
    """A new one, in place of those that are taken over: what is not said is as it was."""
    now = ctx.clock.now()
    first = next((one for one in before if one.owner != ENGINE), None)
    new = Lock(
        id=standing_id(ctx.message),
        service=event.service,
        environment=event.environment,
        owner=person.id,
        owner_name=person.name,
        team=person.team,
        made_at=now,
        touched_at=now,
        until=until or (first.until if first else 0.0),
        reason=event.why,
        warning=event.warning or bool(first and first.warning),
        only=event.only or (first.only if first else ""),
        place=msgspec.structs.replace(event.place, response_url=""),
    )
    stand(ctx, new)
    _audit(ctx, "lock_given", new)
    said: list[Part] = [TAKEN_FROM, lock_words.who(before[0])] if before else []
    for one in before[1:]:
        said += [", ", lock_words.who(one)]
    instead = lock_words.instead(before[0], new) if before else ()
    more: Words = (*said, *((", ", *instead) if instead else ()), ")") if said else ()
    _announced(ctx, event, person, new, more)


def _change(ctx: Context, event: LockPlace, person: Person, mine: Lock, until: float) -> None:
    """One's own: said anew as a whole; without a reason only its end is changed."""
    now = ctx.clock.now()
    after = msgspec.structs.replace(mine, until=until or (0.0 if event.why else mine.until), touched_at=now)
    after = msgspec.structs.replace(after, nagged_at=0.0)
    if event.why:
        after = msgspec.structs.replace(
            after, reason=event.why, warning=event.warning, only=event.only, owner_name=person.name
        )
    stand(ctx, after)
    _audit(ctx, "lock_changed", after)
    instead = lock_words.instead(mine, after)
    _announced(ctx, event, person, after, (" (", *instead, ")") if instead else ())


def _announced(ctx: Context, event: LockPlace, person: Person, new: Lock, more: Words) -> None:
    """Where it concerns people; and in short to who asked, when that is not where he asked."""
    words: Words = (*lock_words.described(new), *more)
    channel = announce_standing(ctx, new, words, by=person, place=event.place)
    if channel and channel == event.place.channel and not event.place.thread:
        return
    if channel:
        where = channel if channel.startswith("#") else Channel(channel)
        words = (*lock_words.short(new), *more, ".", ANNOUNCED_IN, where, ".")
    _tell(ctx, event.by.id, event.place, words)


def _audit(ctx: Context, action: str, new: Lock) -> None:
    ctx.changes.audit(
        action,
        actor=new.owner,
        about=new.id,
        scope=new.scope,
        why=new.reason,
        until=new.until,
        only=new.only,
        warning=new.warning,
    )


async def _with_its_like(ctx: Context, found: Lock) -> list[Lock]:
    """Whoever has looked at what failed last has looked at what failed there before, too."""
    if found.owner != ENGINE:
        return [found]
    standing, _ = await in_scope(ctx, found.service, found.environment)
    return [one for one in standing if one.owner == ENGINE]


async def _may_lift(ctx: Context, person: Person, one: Lock, why: str) -> None:
    """Its owner always; others who may lock there, with a reason where somebody has to be told one."""
    if one.owner == person.id:
        return
    await lock_rights.check(ctx, person, one.service, one.environment)
    if not why and one.owner != ENGINE:
        out = WHY_OTHERS_OUT.format(command=ctx.settings.slack.command(), scope=lock_words.words_of(one))
        sentence = WHY_OTHERS.format(sentence=lock_words.sentence(one, person.timezone).rstrip("."))
        raise Refused(Reason.REASON_REQUIRED, sentence, way_out=out)


def _until(ctx: Context, when: str, person: Person, before: str) -> float:
    """Epoch seconds of the words, in the person's time zone; 0 for none. Raises `Refused` with whole commands to say."""
    if not when:
        return 0.0
    words = when.split()
    try:
        found = moment(words, now=ctx.at, timezone=person.timezone)
    except UnclearTime as unclear:
        raise unclear.within(before, "because …") from unclear
    if found.taken < len(words):
        left = " ".join(words[found.taken :])
        out = LEFT_OVER_OUT.format(command=f"{before} {' '.join(words[: found.taken])}")
        raise Refused(Reason.UNKNOWN_COMMAND, LEFT_OVER.format(words=left), way_out=out)
    return found.at


def _tell(ctx: Context, user: str, place: Place, words: Words) -> None:
    ctx.changes.publish(Tell(user=user, place=place, words=words))
