"""`/freeze …`, `/unfreeze …` and the buttons on freezes: who may, which wins, and when it ends."""

from __future__ import annotations

import hashlib
from datetime import datetime

import msgspec

from bot.audit import ENGINE
from bot.errors import Refused
from bot.events import Tell
from bot.events.freezing import (
    FREEZES,
    LONGER,
    EndFreeze,
    ExtendFreeze,
    FreezeDeclared,
    FreezeEnded,
    FreezePlaces,
    LiftFreeze,
)
from bot.gates.situation import zone
from bot.grammar.mistimed import UnclearTime
from bot.grammar.moments import moment
from bot.people import Person
from bot.ports import Context
from bot.reasons import Reason
from bot.routing import Router
from bot.standing import Freeze, scope
from bot.words import Bold, Code, Part, Words
from config.durations import LONGEST
from handlers import authority
from handlers.freeze_words import UNTIL_LIFTED, until_words, words_of
from handlers.frozen import lifters

router = Router()

INCIDENT_LASTS = 4 * 3600.0
"""Seconds; an incident freeze that nobody gave an end ends all the same."""
NOWHERE = "There is no {scope} any more."
NOT_ALLOWED = "You may not freeze {place}, nor lift a freeze there: that is for {who}."
ALREADY = "{scope} is frozen already by {who}, {until}: {reason}"
ALREADY_OUT = "`{command} freezes` shows it, with buttons to extend and to lift it; `{command} unfreeze {scope}` lifts it."
NOT_FROZEN = "{scope} is not frozen by anybody."
NOT_FROZEN_OUT = "`{command} freezes` shows what is."
OVER = "That freeze is over already."
ENDLESS = "That freeze has no end that could be moved."
FAR_AWAY = "That end is too far away."
LEFT_OVER = "I don't know what to do with “{words}” behind the time."
LEFT_OVER_OUT = "Say `{command}`."
UNTIL = "until {until}"
IS_FROZEN = " is frozen "
NOW_UNTIL = " is frozen longer now, "
IS_LIFTED = " is not frozen any more."
LIFTS = " lifts it."


@router.command(FreezePlaces)
async def freeze(event: FreezePlaces, ctx: Context) -> None:
    """Of two for the same scope one wins, and the other is told which."""
    person = await authority.admitted(ctx, event.by, at_most=authority.DECISIVE)
    await _may(ctx, person, event.service, event.environment)
    until = _until(event, ctx, person)
    for one in await ctx.store.standing(Freeze, slot=f"{event.service}/{event.environment}"):
        if one.stands(ctx.clock.now()):
            raise _already(ctx, one, person)
        _run_out(ctx, one)
    new = Freeze(
        id=freeze_id(ctx.message),
        service=event.service,
        environment=event.environment,
        owner=person.id,
        owner_name=person.name,
        made_at=ctx.clock.now(),
        until=until,
        reason=event.why,
        incident=event.incident,
        place=event.place,
    )
    ctx.changes.save(new)
    ctx.changes.audit(
        "freeze_declared",
        actor=person.id,
        freeze=new.id,
        scope=new.scope,
        until=until,
        why=new.reason,
        incident=new.incident,
    )
    _note_end(ctx, new)
    ctx.changes.publish(FreezeDeclared(freeze=new.id), subject=event.subject)
    lift: Words = (" ", Code(f"{ctx.settings.slack.command()} unfreeze {words_of(new)}"), LIFTS)
    _tell(ctx, event, (Bold(new.scope), IS_FROZEN, *until_words(new), ".", *lift))


@router.command(ExtendFreeze)
async def extend(event: ExtendFreeze, ctx: Context) -> None:
    """Let it end later, counted from its end."""
    person = await authority.admitted(ctx, event.by, at_most=authority.DECISIVE)
    found = await _standing(ctx, event.freeze)
    await _may_change(ctx, person, found)
    if not found.until or event.longer not in LONGER:
        raise Refused(Reason.UNKNOWN_TIME, ENDLESS)
    until = found.until + LONGER[event.longer]
    if until - ctx.clock.now() > LONGEST:
        raise Refused(Reason.UNKNOWN_TIME, FAR_AWAY)
    longer = msgspec.structs.replace(found, until=until)
    ctx.changes.save(longer)
    ctx.changes.audit(
        "freeze_extended",
        actor=person.id,
        freeze=found.id,
        scope=found.scope,
        until=until,
        before=found.until,
    )
    _note_end(ctx, longer)
    ctx.changes.publish(FreezeDeclared(freeze=found.id, extended=True), subject=event.subject)
    _tell(ctx, event, (Bold(found.scope), NOW_UNTIL, *until_words(longer), "."))


@router.command(LiftFreeze)
async def lift(event: LiftFreeze, ctx: Context) -> None:
    """End it now: its owner, and whoever may freeze everything that it covers."""
    person = await authority.admitted(ctx, event.by, at_most=authority.DECISIVE)
    found = await (_standing(ctx, event.freeze) if event.freeze else _of_scope(ctx, event))
    await _may_change(ctx, person, found)
    _end(ctx, found, person.id)
    ctx.changes.audit("freeze_lifted", actor=person.id, freeze=found.id, scope=found.scope, why=event.why)
    _tell(ctx, event, (Bold(found.scope), IS_LIFTED))


@router.command(EndFreeze)
async def end(event: EndFreeze, ctx: Context) -> None:
    """Note that it has run out. Its own `until` decides, whenever this message comes."""
    found = await ctx.store.stood(event.freeze)
    if not isinstance(found, Freeze) or found.ended_at or not found.until:
        return
    if found.until > ctx.clock.now():
        _note_end(ctx, found)
        return
    _run_out(ctx, found)


def covered(ctx: Context, service: str, environment: str) -> list[tuple[str, str]]:
    """The places of the configuration that a scope covers."""
    return [
        (name, place)
        for name, one in ctx.settings.services.items()
        for place in one.environments
        if service in {"", name} and environment in {"", place}
    ]


async def denied(ctx: Context, person: Person, service: str, environment: str) -> str:
    """Why somebody may not freeze or lift there, as a sentence; empty when he may."""
    asked: dict[tuple[str, ...], bool] = {}
    for name, place in covered(ctx, service, environment):
        who = lifters(ctx.settings.policy_for(name, place)[1])
        if who not in asked:
            asked[who] = bool(await authority.belongs(ctx, person, who, at_most=authority.DECISIVE))
        if not asked[who]:
            return NOT_ALLOWED.format(place=scope(name, place), who=authority.named(who))
    return ""


def freeze_id(message: str) -> str:
    """The id of the freeze that a message declares: the same however often it is handled."""
    return "f" + hashlib.blake2s(message.encode(), digest_size=10, person=b"freeze").hexdigest()


async def _may(ctx: Context, person: Person, service: str, environment: str) -> None:
    """Whoever freezes several places may do so in each."""
    if not covered(ctx, service, environment):
        raise Refused(Reason.UNKNOWN_ENVIRONMENT, NOWHERE.format(scope=scope(service, environment)))
    if no := await denied(ctx, person, service, environment):
        raise Refused(Reason.NOT_ALLOWED_TO_FREEZE, no)


async def _may_change(ctx: Context, person: Person, found: Freeze) -> None:
    if found.owner != person.id and (no := await denied(ctx, person, found.service, found.environment)):
        raise Refused(Reason.NOT_ALLOWED_TO_FREEZE, no)


async def _standing(ctx: Context, id_: str) -> Freeze:
    found = await ctx.store.stood(id_)
    if not isinstance(found, Freeze) or not found.stands(ctx.clock.now()):
        raise Refused(Reason.NOT_FROZEN, OVER)
    return found


async def _of_scope(ctx: Context, event: LiftFreeze) -> Freeze:
    """The one of exactly that scope."""
    found = await ctx.store.standing(Freeze, slot=f"{event.service}/{event.environment}")
    if not found or not found[0].stands(ctx.clock.now()):
        sentence = NOT_FROZEN.format(scope=scope(event.service, event.environment))
        out = NOT_FROZEN_OUT.format(command=ctx.settings.slack.command())
        raise Refused(Reason.NOT_FROZEN, sentence, way_out=out)
    return found[0]


def _until(event: FreezePlaces, ctx: Context, person: Person) -> float:
    """Epoch seconds, 0 for none. Raises `Refused` with whole commands to say instead."""
    if not event.when:
        return ctx.at + INCIDENT_LASTS if event.incident else 0.0
    scoped = " ".join(filter(None, (event.service, event.environment))) or "everything"
    words = [ctx.settings.slack.command(), "freeze", *(["incident"] if event.incident else []), scoped]
    before, after, said = " ".join(words), "because …", event.when.split()
    try:
        found = moment(said, now=ctx.at, timezone=person.timezone)
    except UnclearTime as unclear:
        raise unclear.within(before, after) from unclear
    if found.taken < len(said):
        sentence = LEFT_OVER.format(words=" ".join(said[found.taken :]))
        whole = " ".join([before, *said[: found.taken], after])
        raise Refused(Reason.UNKNOWN_COMMAND, sentence, way_out=LEFT_OVER_OUT.format(command=whole))
    return found.at


def _already(ctx: Context, one: Freeze, person: Person) -> Refused:
    until = UNTIL_LIFTED
    if one.until:
        until = UNTIL.format(
            until=f"{datetime.fromtimestamp(one.until, zone(person.timezone)):%Y-%m-%d %H:%M}"
        )
    sentence = ALREADY.format(
        scope=one.scope, who=one.owner_name or one.owner, until=until, reason=one.reason
    )
    out = ALREADY_OUT.format(command=ctx.settings.slack.command(), scope=words_of(one))
    return Refused(Reason.ALREADY_FROZEN, sentence, way_out=out)


def _end(ctx: Context, one: Freeze, by: str) -> None:
    ctx.changes.save(msgspec.structs.replace(one, ended_at=ctx.clock.now(), ended_by=by))
    ctx.changes.publish(FreezeEnded(freeze=one.id, by="" if by == ENGINE else by), subject=FREEZES)


def _run_out(ctx: Context, one: Freeze) -> None:
    """Note that it is over, whoever found it so."""
    _end(ctx, one, ENGINE)
    ctx.changes.audit("freeze_ended", actor=ENGINE, freeze=one.id, scope=one.scope)


def _note_end(ctx: Context, one: Freeze) -> None:
    if one.until:
        wait = max(0.0, one.until - ctx.clock.now())
        ctx.changes.publish(EndFreeze(freeze=one.id), after=wait)


def _tell(ctx: Context, event: FreezePlaces | ExtendFreeze | LiftFreeze, words: tuple[Part, ...]) -> None:
    ctx.changes.publish(Tell(user=event.by.id, place=event.place, words=words))
