"""`/deploy bad checkout 1.4.2 because …`: nobody deploys that version by accident, until somebody says `good`."""

from __future__ import annotations

import msgspec

from bot.errors import Refused
from bot.events import Tell, lane
from bot.events.locks import MarkVersion
from bot.people import Person, directly
from bot.ports import Context
from bot.reasons import Reason
from bot.routing import Router
from bot.standing import BadVersion
from bot.standing.base import standing_id
from bot.words import Bold, Mention, Words
from handlers import authority, lock_rights
from handlers.queue import wake

router = Router()

MARKED = " is marked as bad: "
ALREADY = "{service} {version} was marked as bad by {who} already: {why}"
ALREADY_OUT = "`{command} good {service} {version}` takes that back."
NOT_MARKED = "{service} {version} is not marked as bad."
NOT_MARKED_OUT = "`{command} bad {service} {version} because …` does that."
GOOD = " is not marked as bad any more."
TAKEN_BACK = " says that "
AFTER_ALL = " is not bad after all"


@router.command(MarkVersion)
async def mark(event: MarkVersion, ctx: Context) -> None:
    """Who may lock the service in all its places may say what must not go there; who said so may take it back."""
    person = await authority.admitted(ctx, event.by, at_most=authority.DECISIVE)
    slot = f"{event.service}/{event.version_marked}"
    found = next(iter(await ctx.store.standing(BadVersion, service=event.service, slot=slot)), None)
    if found is None or not (event.good and found.owner == person.id):
        await lock_rights.check(ctx, person, event.service, "")
    if event.good:
        _good(ctx, event, person, found)
    else:
        await _bad(ctx, event, person, found)
    await wake(ctx, event.service, "")


async def _bad(ctx: Context, event: MarkVersion, person: Person, found: BadVersion | None) -> None:
    words = {"service": event.service, "version": event.version_marked}
    if found is not None:
        who = found.owner_name or found.owner
        out = ALREADY_OUT.format(command=ctx.settings.slack.command(), **words)
        raise Refused(Reason.VERSION_BAD, ALREADY.format(who=who, why=found.reason, **words), way_out=out)
    new = BadVersion(
        id=standing_id(ctx.message),
        service=event.service,
        owner=person.id,
        owner_name=person.name,
        made_at=ctx.clock.now(),
        version=event.version_marked,
        digest=await _digest(ctx, event),
        reason=event.why,
    )
    ctx.changes.save(new)
    ctx.changes.audit("version_marked_bad", actor=person.id, about=new.id, why=event.why, **words)
    said: Words = (Bold(f"{event.service} {event.version_marked}"), MARKED, event.why)
    ctx.changes.publish(Tell(user=event.by.id, place=event.place, words=said))


def _good(ctx: Context, event: MarkVersion, person: Person, found: BadVersion | None) -> None:
    words = {"service": event.service, "version": event.version_marked}
    if found is None:
        out = NOT_MARKED_OUT.format(command=ctx.settings.slack.command(), **words)
        raise Refused(Reason.NOT_MARKED, NOT_MARKED.format(**words), way_out=out)
    ctx.changes.save(msgspec.structs.replace(found, ended_at=ctx.clock.now(), ended_by=person.id))
    ctx.changes.audit("version_marked_good", actor=person.id, about=found.id, why=event.why, **words)
    what = Bold(f"{event.service} {event.version_marked}")
    ctx.changes.publish(Tell(user=event.by.id, place=event.place, words=(what, GOOD)))
    if found.owner != person.id:
        because: Words = (": ", event.why) if event.why else (".",)
        told: Words = (Mention(person.id), TAKEN_BACK, what, AFTER_ALL, *because)
        ctx.changes.publish(Tell(user=found.owner, place=directly(found.owner), words=told))


async def _digest(ctx: Context, event: MarkVersion) -> str:
    """What the version was where it went last, when that is known: then it is bad under any other name, too."""
    for environment in ctx.settings.services[event.service].environments:
        went = await ctx.store.went(lane(event.service, environment), event.version_marked)
        if went is not None and went.digest:
            return went.digest
    return ""
