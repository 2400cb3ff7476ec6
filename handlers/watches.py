"""`/deploy watch checkout production`: told once, in a direct message, when nothing holds, locks or freezes it any more."""

from __future__ import annotations

import msgspec

from bot.audit import ENGINE
from bot.errors import Refused
from bot.events import AboutLane, ApprovalRequested, DeploymentEnded, Tell
from bot.events.locks import WatchLock
from bot.events.queueing import LookAtWatches, UnwatchPlace, WatchDeployment, WatchPlace
from bot.events.releases import WatchRelease
from bot.lifecycle import State
from bot.people import Person, Place, directly
from bot.ports import Context
from bot.reasons import Reason
from bot.routing import Router
from bot.standing import Lock, Watch, scope
from bot.standing.base import standing_id
from bot.words import Bold, Code, When, Words
from handlers import authority, lock_words
from handlers.aside import held
from handlers.deploy import place_of
from handlers.frozen import frozen_now
from handlers.lane import known
from handlers.lock_changes import standing_lock
from handlers.release_parts import open_release, parts_of

router = Router()

FREE_NOW = " is free: nothing holds, locks or freezes it."
TELLS = "I will tell you in a direct message, once, when "
FREE_THEN = " is free. Now "
FROZEN = "it is frozen"
THAWS = ", until "
AFTER = 1.0
"""Seconds after the end of a freeze, so that what waits for it is asked first."""
RUNS = "#{number} ({version}) is on its way there"
WAITS = "#{number} ({version}) is the next there"
NOT_WATCHED = "You were not to be told about {scope}."
NOT_WATCHED_OUT = "`{command} watch {scope}` does that."
NO_MORE = "I won't tell you about "


@router.command(WatchPlace)
async def watch(event: WatchPlace, ctx: Context) -> None:
    await _watch(ctx, event.by, event.place, event.service, event.environment)


@router.command(WatchDeployment)
async def watch_deployment(event: WatchDeployment, ctx: Context) -> None:
    """The same by the button on the card of what holds the place."""
    found = await known(ctx, event.deployment)
    await _watch(ctx, event.by, event.place, found.service, found.environment)


@router.command(WatchLock)
async def watch_lock(event: WatchLock, ctx: Context) -> None:
    """The same by the button below a lock. It is decided among everything else about the place."""
    found = await standing_lock(ctx, event.lock)
    asked = WatchPlace(
        by=event.by,
        place=event.place,
        text=event.text,
        service=found.service,
        environment=found.environment,
    )
    ctx.changes.publish(asked)


@router.command(WatchRelease)
async def watch_release(event: WatchRelease, ctx: Context) -> None:
    """The same by the button on the card of a release: for each place that a part of it holds, among everything there."""
    await authority.admitted(ctx, event.by)
    release = await open_release(ctx, event.release)
    going = [one for one in await parts_of(ctx, release) if one is not None and not one.state.ended]
    for one in [each for each in going if each.state.holds_lane] or going:
        asked = WatchPlace(
            by=event.by,
            place=event.place,
            text=event.text,
            service=one.service,
            environment=one.environment,
        )
        ctx.changes.publish(asked)


@router.command(UnwatchPlace)
async def unwatch(event: UnwatchPlace, ctx: Context) -> None:
    person = await authority.admitted(ctx, event.by)
    found = await _mine(ctx, person, event.service, event.environment)
    said = scope(event.service, event.environment)
    if found is None:
        out = NOT_WATCHED_OUT.format(
            command=ctx.settings.slack.command(), scope=f"{event.service} {event.environment}"
        )
        raise Refused(Reason.NOT_WATCHED, NOT_WATCHED.format(scope=said), way_out=out)
    _end(ctx, found, person.id)
    _tell(ctx, event.by.id, event.place, (NO_MORE, Bold(said), "."))


@router.on(DeploymentEnded, ApprovalRequested)
async def perhaps_free(event: AboutLane, ctx: Context) -> None:
    """What has ended, or waits for people again, may have been the last that was in the way."""
    found = await ctx.store.deployment(event.deployment)
    if found is None:
        return
    watches = await ctx.store.standing(Watch, service=found.service, environment=found.environment)
    if watches:
        # Looked at afterwards: the next in the queue may start in this very handling.
        ctx.changes.publish(LookAtWatches(service=found.service, environment=found.environment))


async def look_at_watched(ctx: Context, service: str, environment: str) -> None:
    """Whoever wanted to be told of a place that this scope covers is looked after; "" is every one."""
    watched = {(one.service, one.environment) for one in await ctx.store.standing(Watch)}
    for there, where in sorted(watched):
        if service in {"", there} and environment in {"", where}:
            ctx.changes.publish(LookAtWatches(service=there, environment=where))


@router.command(LookAtWatches)
async def look(event: LookAtWatches, ctx: Context) -> None:
    """Tell everybody for whom the place is free now, once."""
    said = scope(event.service, event.environment)
    for one in await ctx.store.standing(Watch, service=event.service, environment=event.environment):
        if await in_the_way(ctx, event.service, event.environment, one.owner):
            await _look_when_it_thaws(ctx, event.service, event.environment)
            continue
        _end(ctx, one, ENGINE)
        command = f"{ctx.settings.slack.command()} {event.service} {event.environment}"
        words: Words = (Bold(said), FREE_NOW, " ", Code(command))
        place = one.place if one.place.direct else directly(one.owner, one.place.team)
        _tell(ctx, one.owner, place, words)


async def in_the_way(ctx: Context, service: str, environment: str, person: str) -> Words:
    """What holds, locks or freezes a place for somebody; nothing when it is free. His own lock is not in his way."""
    live = await ctx.store.live(lane=f"lane/{service}/{environment}")
    for one in live:
        if one.state.holds_lane:
            return (RUNS.format(number=one.number, version=one.version), ".")
    aside = await held(ctx, live)
    for one in live:
        if one.state is State.QUEUED and one.id not in aside:
            return (WAITS.format(number=one.number, version=one.version), ".")
    now = ctx.clock.now()
    for lock in await ctx.store.standing(Lock, service=service, environment=environment):
        mine = lock.owner == person and not lock.only
        if lock.stands(now) and not lock.warning and not mine:
            return lock_words.described(lock)
    frozen = await frozen_now(ctx, service, environment)
    if frozen is not None:
        until: Words = (THAWS, When(frozen[1], "date_time")) if frozen[1] else ()
        return (FROZEN, *until, ": ", frozen[0].what, ".")
    return ()


async def _look_when_it_thaws(ctx: Context, service: str, environment: str) -> None:
    """Nothing else happens at the end of a window or of a planned freeze."""
    frozen = await frozen_now(ctx, service, environment)
    if frozen is None or not frozen[1]:
        return
    look = LookAtWatches(service=service, environment=environment)
    name = f"watches/{service}/{environment}/{frozen[1]:.0f}"
    ctx.changes.publish(look, after=frozen[1] + AFTER - ctx.clock.now(), id=name)


async def _watch(ctx: Context, by: Person, place: Place, service: str, environment: str) -> None:
    person = await authority.admitted(ctx, by)
    place_of(ctx, service, environment)
    said = scope(service, environment)
    counted = await ctx.store.standing_count()
    holding = await in_the_way(ctx, service, environment, person.id)
    # Whoever lifts a lock meanwhile looks for watches before this one is there: then it is looked at anew.
    ctx.changes.expect(standing=counted)
    if not holding:
        _tell(ctx, by.id, place, (Bold(said), FREE_NOW))
        return
    if await _mine(ctx, person, service, environment) is None:
        new = Watch(
            id=standing_id(ctx.message),
            service=service,
            environment=environment,
            owner=person.id,
            made_at=ctx.clock.now(),
            place=msgspec.structs.replace(place, response_url=""),
        )
        ctx.changes.save(new)
        ctx.changes.audit("place_watched", actor=person.id, about=new.id, scope=new.scope)
        await _look_when_it_thaws(ctx, service, environment)
    _tell(ctx, by.id, place, (TELLS, Bold(said), FREE_THEN, *holding))


def _end(ctx: Context, one: Watch, by: str) -> None:
    ctx.changes.save(msgspec.structs.replace(one, ended_at=ctx.clock.now(), ended_by=by))
    ctx.changes.audit(
        "watch_ended", actor=by, about=one.id, scope=one.scope, owner=one.owner, told=by == ENGINE
    )


async def _mine(ctx: Context, person: Person, service: str, environment: str) -> Watch | None:
    slot = f"{person.id}/{service}/{environment}"
    return next(iter(await ctx.store.standing(Watch, slot=slot)), None)


def _tell(ctx: Context, user: str, place: Place, words: Words) -> None:
    ctx.changes.publish(Tell(user=user, place=place, words=words))
