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
from handlers import authority, lock_rights, lock_words
from handlers.lane import touch
from handlers.lock_changes import (
    TAKEN,
    announce,
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

HELD_OUT = "`{command} lock {scope} take over because …` takes it over{watch}."
WATCH = "; `{command} watch {scope}` tells you when it is free"
WHY = "A reason is needed: whoever stands before the lock reads it."
WHY_OUT = "Say `{command} lock {scope} because …`"
WHY_OTHERS = "{sentence}. Lifting another's lock needs a reason, which its owner is told."
WHY_OTHERS_OUT = "Say `{command} unlock {scope} because …`"
LEFT_OVER = "I don't know what to do with “{words}” behind the time."
LEFT_OVER_OUT = "The time comes last: `{command} because …`"
NOT_LOCKED = "{scope} is not locked."
COVERED_OUT = "`{command} unlock {scope}` lifts what covers it."
LISTED_OUT = "`{command} locks` lists what is."
NONE_OF_YOURS = "You hold no lock."
LOCKED = "Locked; it is announced in "
UNLOCKED = "Unlocked: "


@router.command(LockPlace)
async def lock(event: LockPlace, ctx: Context) -> None:
    """A new lock, a change of one's own, or another's taken over; of two at once, the second is told whose the first is."""
    person = await authority.admitted(ctx, event.by, at_most=authority.DECISIVE)
    await lock_rights.check(ctx, person, event.service, event.environment)
    standing, over = await in_scope(ctx, event.service, event.environment)
    others = [one for one in standing if one.owner != person.id]
    mine = next((one for one in standing if one.owner == person.id), None)
    command, said = ctx.settings.slack.command(), _scope_words(event.service, event.environment)
    if others and not event.take_over:
        raise _held(ctx, others[0])
    if not event.why and mine is None:
        raise Refused(Reason.REASON_REQUIRED, WHY, way_out=WHY_OUT.format(command=command, scope=said))
    until = _until(ctx, event.when, person, f"{command} lock {said}")
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
        raise await _not_locked(ctx, event.service, event.environment)
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
        out = LISTED_OUT.format(command=ctx.settings.slack.command())
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
    """Ask again what waits there; when it has gone, whoever wanted to be told is looked after."""
    await wake(ctx, event.service, event.environment)
    if isinstance(event, LockGiven):
        return
    if event.deployment:
        found = await ctx.store.deployment(event.deployment)
        if found is not None and found.locked:
            touch(ctx, found, locked=False)
    await look_at_watched(ctx, event.service, event.environment)


def _take(ctx: Context, one: Lock, person: Person, why: str) -> None:
    """End another's lock in favour of one's own; its owner is told."""
    end(ctx, one, person.id)
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
    said: list[Part] = [*lock_words.described(new)]
    for index, one in enumerate(before):
        said += [", " if index else " (taken over from ", lock_words.who(one)]
    _announced(ctx, event, person, new, (*said, ")") if before else tuple(said))


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
    _announced(ctx, event, person, after, lock_words.described(after))


def _announced(ctx: Context, event: LockPlace, person: Person, new: Lock, words: Words) -> None:
    """Where it concerns people; and to who asked, when that is not where he asked."""
    name = f"given-{new.revision}"
    buttons = tuple(lock_words.announced(new))
    channel = announce(ctx, new, name, words, buttons, by=person, place=event.place)
    if channel and channel == event.place.channel and not event.place.thread:
        return
    where: Words = (" ", LOCKED, channel if channel.startswith("#") else Channel(channel), ".")
    _tell(ctx, event.by.id, event.place, (*words, *(where if channel else ())))


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
        out = WHY_OTHERS_OUT.format(
            command=ctx.settings.slack.command(), scope=_scope_words(one.service, one.environment)
        )
        sentence = WHY_OTHERS.format(sentence=lock_words.sentence(one).rstrip("."))
        raise Refused(Reason.REASON_REQUIRED, sentence, way_out=out)


def _held(ctx: Context, one: Lock) -> Refused:
    command, said = ctx.settings.slack.command(), _scope_words(one.service, one.environment)
    watch = WATCH.format(command=command, scope=said) if one.service and one.environment else ""
    out = HELD_OUT.format(command=command, scope=said, watch=watch)
    return Refused(Reason.ALREADY_LOCKED, lock_words.sentence(one), way_out=out)


async def _not_locked(ctx: Context, service: str, environment: str) -> Refused:
    """Nothing to lift; what covers it is named."""
    now, command = ctx.clock.now(), ctx.settings.slack.command()
    covering = [
        one
        for one in await ctx.store.standing(Lock, service=service, environment=environment)
        if one.stands(now)
    ]
    out = LISTED_OUT.format(command=command)
    if covering:
        said = _scope_words(covering[0].service, covering[0].environment)
        out = COVERED_OUT.format(command=command, scope=said)
    return Refused(Reason.NOT_LOCKED, NOT_LOCKED.format(scope=scope(service, environment)), way_out=out)


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


def _scope_words(service: str, environment: str) -> str:
    return " ".join(filter(None, (service, environment))) or "everything"


def _tell(ctx: Context, user: str, place: Place, words: Words) -> None:
    ctx.changes.publish(Tell(user=user, place=place, words=words))
