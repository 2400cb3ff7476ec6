"""`/deploy delegate to @sam until friday because …`: approving in somebody's place, until a day that is named."""

from __future__ import annotations

import hashlib

import msgspec

from bot.audit import ENGINE
from bot.errors import Refused
from bot.events import Tell
from bot.events.approving import Delegate, DelegationOver, EndDelegation, ShowDelegations
from bot.grammar.mistimed import UnclearTime
from bot.grammar.moments import moment
from bot.people import Person, directly
from bot.ports import Context
from bot.reasons import Reason
from bot.routing import Router
from bot.standing.delegations import Delegation
from bot.words import Bold, Mention, Part, When, Words, marked
from handlers import authority
from handlers.announcing import announce
from handlers.lending import held_for_code, places_asked

router = Router()

LONGEST = 30 * 86_400.0
LINES_MOST = 30

YOURSELF = "You can't delegate to yourself."
CANT = "{name} can't approve for you. {why}"
NOTHING_OUT = "`{command} delegations` shows who approves in whose place."
TOO_LONG = "That is further away than 30 days."
TOO_LONG_OUT = "Say an earlier end: `{command}`"
LEFT_OVER = "I don't know what to do with “{words}” behind the time."
LEFT_OVER_OUT = "Say `{command}`."
ALREADY = "You have delegated that to {name} already."
ALREADY_OUT = "`{command} delegate end` ends it; then say it again."
NONE_OF_YOURS = "You have delegated nothing there."
NOBODY = "Nobody approves in somebody else's place now."
LISTED = "Who approves in whose place:"
NOT_YOU = "\nIf that was not you, `{command} delegate end` ends it, and somebody else has your Slack: tell whoever runs this bot."
WITH_CODE = " (with a code)"
MORE = "… and {count} more. Name a service or an environment to see fewer."


@router.command(Delegate)
async def delegate(event: Delegate, ctx: Context) -> None:
    """Of two for the same scope one wins, and the other is told which. What may be approved by it is asked at each click.

    Both of them hear of it in a direct message, and everybody where such things are announced.
    """
    person = await authority.admitted(ctx, event.by, at_most=authority.DECISIVE)
    to = await _to(ctx, event.to)
    if to.id == person.id:
        raise Refused(Reason.NOTHING_TO_DELEGATE, YOURSELF)
    until = _until(event, ctx, person)
    places = await places_asked(ctx, person, event)
    new = Delegation(
        id=delegation_id(ctx.message),
        service=event.service,
        environment=event.environment,
        owner=person.id,
        owner_name=person.name,
        owner_team=person.team,
        made_at=ctx.clock.now(),
        until=until,
        to=to.id,
        to_name=to.name,
        to_team=to.team,
        reason=event.why,
        place=event.place,
        coded=event.coded,
    )
    await _make_room(ctx, new)
    if not await held_for_code(ctx, person, event, places, to=to.name):
        _make(ctx, new)
        _tell_everybody(ctx, event, new, person, to)


async def _make_room(ctx: Context, new: Delegation) -> None:
    """End one that has run out. Raises `Refused` for one that stands."""
    for one in await ctx.store.standing(Delegation, slot=new.slot):
        if one.stands(ctx.clock.now()):
            out = ALREADY_OUT.format(command=ctx.settings.slack.command())
            raise Refused(Reason.ALREADY_DELEGATED, ALREADY.format(name=one.to_name), way_out=out)
        _end(ctx, one, ENGINE)


def _make(ctx: Context, new: Delegation) -> None:
    ctx.changes.save(new)
    ctx.changes.audit(
        "delegated",
        actor=new.owner,
        delegation=new.id,
        to=new.to,
        scope=new.scope,
        until=new.until,
        why=new.reason,
        coded=new.coded,
    )
    ctx.changes.publish(DelegationOver(delegation=new.id), after=new.until - ctx.clock.now())


@router.command(EndDelegation)
async def end_delegation(event: EndDelegation, ctx: Context) -> None:
    """What who says so has delegated, there or anywhere; what was approved by it and has not started counts no more."""
    person = await authority.admitted(ctx, event.by)
    own = [
        one
        for one in await ctx.store.standing(Delegation, owner=person.id)
        if one.stands(ctx.clock.now()) and _within(one, event)
    ]
    if not own:
        out = NOTHING_OUT.format(command=ctx.settings.slack.command())
        raise Refused(Reason.NOT_DELEGATED, NONE_OF_YOURS, way_out=out)
    for one in own:
        _end(ctx, one, person.id)
        _tell(ctx, event, (Mention(one.to), " no longer approves in your place, ", Bold(one.scope), "."))
        _tell_over(ctx, one)


@router.command(DelegationOver)
async def delegation_over(event: DelegationOver, ctx: Context) -> None:
    """Note that it has run out. Its own `until` decides, whenever this message comes."""
    found = await ctx.store.stood(event.delegation)
    if not isinstance(found, Delegation) or found.ended_at:
        return
    if found.until > ctx.clock.now():
        ctx.changes.publish(event, after=found.until - ctx.clock.now())
        return
    _end(ctx, found, ENGINE)
    _tell_over(ctx, found)
    owner = Person(id=found.owner, name=found.owner_name, team=found.owner_team)
    _tell_directly(ctx, owner, (Mention(found.to), " no longer approves in your place: it has run out."))


@router.command(ShowDelegations)
async def show_delegations(event: ShowDelegations, ctx: Context) -> None:
    """Seen only by who asked: what stands there, the next to end first."""
    await authority.admitted(ctx, event.by)
    now = ctx.clock.now()
    found = [
        one
        for one in await ctx.store.standing(Delegation)
        if one.stands(now)
        and event.service in {"", one.service or event.service}
        and event.environment in {"", one.environment or event.environment}
    ]
    words: list[Part] = [LISTED if found else NOBODY]
    for one in sorted(found, key=lambda one: one.until)[:LINES_MOST]:
        words += ["\n• ", Mention(one.to), " for ", Mention(one.owner), ", ", *_of(one)]
    if len(found) > LINES_MOST:
        words.append(f"\n{MORE.format(count=len(found) - LINES_MOST)}")
    _tell(ctx, event, tuple(words))


def delegation_id(message: str) -> str:
    """The id of the delegation that a message makes: the same however often it is handled."""
    return "g" + hashlib.blake2s(message.encode(), digest_size=10, person=b"delegat").hexdigest()


async def _to(ctx: Context, user: str) -> Person:
    """Who was named, if he may do anything here himself. Raises `Refused`."""
    try:
        return await authority.admitted(ctx, Person(id=user, name=user), at_most=authority.DECISIVE)
    except Refused as no:
        words = CANT.format(name=f"<@{user}>", why=no.sentence)
        raise Refused(no.reason, words, way_out=no.way_out) from no


def _until(event: Delegate, ctx: Context, person: Person) -> float:
    """When it ends. Raises `Refused` with whole commands to say instead."""
    said, after = event.until.split(), "because …"
    scope = " ".join(filter(None, (event.service, event.environment)))
    words = [ctx.settings.slack.command(), "delegate", *([scope] if scope else []), "to", f"@{event.to}"]
    before = " ".join(words)
    try:
        found = moment(said, now=ctx.at, timezone=person.timezone)
    except UnclearTime as unclear:
        raise unclear.within(f"{before} until" if _bare(unclear) else before, after) from unclear
    if found.taken < len(said):
        sentence = LEFT_OVER.format(words=" ".join(said[found.taken :]))
        whole = " ".join([before, *said[: found.taken], after])
        raise Refused(Reason.UNKNOWN_COMMAND, sentence, way_out=LEFT_OVER_OUT.format(command=whole))
    if found.at - ctx.at > LONGEST:
        whole = f"{before} for 30d {after}"
        raise Refused(Reason.DELEGATION_TOO_LONG, TOO_LONG, way_out=TOO_LONG_OUT.format(command=whole))
    return found.at


def _bare(unclear: UnclearTime) -> bool:
    """Whether the times to say instead lack the word in front of them."""
    return any(time[:1].isdigit() for time in unclear.instead)


def _within(one: Delegation, event: EndDelegation) -> bool:
    """Whether it lies within the scope that was named; everything does within none."""
    return event.service in {"", one.service} and event.environment in {"", one.environment}


def _of(one: Delegation) -> Words:
    code = WITH_CODE if one.coded else ""
    return (Bold(one.scope), ", until ", When(one.until, "date_time"), f"{code}: {one.reason}")


def _end(ctx: Context, one: Delegation, by: str) -> None:
    ctx.changes.save(msgspec.structs.replace(one, ended_at=ctx.clock.now(), ended_by=by))
    ctx.changes.audit("delegation_ended", actor=by, delegation=one.id, to=one.to, scope=one.scope)


def _tell(ctx: Context, event: Delegate | EndDelegation | ShowDelegations, words: tuple[Part, ...]) -> None:
    ctx.changes.publish(Tell(user=event.by.id, place=event.place, words=words))


def _tell_everybody(ctx: Context, event: Delegate, new: Delegation, person: Person, to: Person) -> None:
    """Who delegates hears of it where he is not where it was said, too: somebody else may have his session."""
    yours: Words = (Mention(to.id), " approves in your place, ", *_of(new))
    _tell(ctx, event, yours)
    if not event.place.direct:
        _tell_directly(ctx, person, (*yours, *marked(NOT_YOU.format(command=ctx.settings.slack.command()))))
    _tell_directly(ctx, to, (Mention(person.id), " lets you approve in his place, ", *_of(new)))
    announced = (Mention(to.id), " approves in the place of ", Mention(person.id), ", ", *_of(new))
    announce(ctx, f"delegation-{new.id}", announced)


def _tell_directly(ctx: Context, person: Person, words: tuple[Part, ...]) -> None:
    ctx.changes.publish(Tell(user=person.id, place=directly(person.id, person.team), words=words))


def _tell_over(ctx: Context, one: Delegation) -> None:
    to = Person(id=one.to, name=one.to_name, team=one.to_team)
    _tell_directly(ctx, to, ("You no longer approve in the place of ", Mention(one.owner), f", {one.scope}."))
