"""Approve or reject a change of the configuration that loosens a policy: those whom the older policy asks."""

from __future__ import annotations

import msgspec

from bot.approvals import describe
from bot.audit import ENGINE
from bot.deployments import Vote
from bot.errors import Refused
from bot.events import Tell
from bot.events.configuration import AboutChange, ApproveChange, ExpireChange, RejectChange
from bot.guards import helps, open_questions, questions_of, references, takes_code
from bot.people import Person
from bot.ports import Context
from bot.reasons import Reason
from bot.routing import Router
from bot.standing import ConfigurationChange
from config.faults import ConfigurationFaults
from config.guarded import digest_of
from handlers import authority, codes
from handlers.change_view import code_button
from handlers.configuration import Asker, Judged, accept, differing, guarded_part, in_force, remember
from handlers.guarding import asked_of, end, save, withdraw

router = Router()

UNKNOWN = "I don't know that change of the configuration."
DECIDED = "Nothing to decide any more: this change is {decided}."
OWN = "You had this configuration read, so you can't approve it."
OWN_OUT = "Somebody else of {who} has to."
NOT_ALLOWED = "You may not decide about this change: that is for {who}."
ALREADY_YOU = "You have approved this already; {missing} still missing."
ALREADY_PLACE = "That part is approved already; {missing} still missing."
TOO_LATE = "The time to approve is over; the configuration in force stays."
GONE = "Some of those who approved may no longer do so: their approvals count no more."
FAULTY = "the file can't be used any more"
OTHER = "the file is another one by now"
NOT_SO = "Nothing came into force: {why}."
AGAIN = "Have it read once more, then it is asked anew."


@router.command(ApproveChange)
async def approve(event: ApproveChange, ctx: Context) -> None:
    """Count one approval; the last one that is needed brings the file into force."""
    person, change = await _deciding(event, ctx)
    if change is None:
        return
    if person.id == change.owner and any(one.four_eyes for one in change.questions):
        raise Refused(Reason.OWN_CHANGE, OWN, way_out=OWN_OUT.format(who=asked_of(change)))
    belongs = await _belongs(ctx, person, change)
    if any(vote.by == person.id for vote in change.votes):
        raise Refused(Reason.ALREADY_APPROVED, ALREADY_YOU.format(missing=missing_of(change)))
    if not helps(change, belongs):
        raise Refused(Reason.ALREADY_APPROVED, ALREADY_PLACE.format(missing=missing_of(change)))
    coded = takes_code(change, belongs)
    if coded and not await codes.is_right(ctx, event, person, event.code, code_button(change)):
        return
    vote = Vote(
        by=person.id, name=person.name, at=ctx.clock.now(), belongs=belongs, team=person.team, coded=coded
    )
    after = msgspec.structs.replace(change, votes=(*change.votes, vote))
    ctx.changes.audit(
        "configuration_approved", actor=person.id, about=change.id, belongs=list(belongs), coded=coded
    )
    await _counted(event, ctx, after)


async def _counted(event: ApproveChange, ctx: Context, after: ConfigurationChange) -> None:
    """With one approval more: asked on, or let in when nothing is missing and everybody still may."""
    if open_questions(after):
        save(ctx, after)
        return
    still = await _still(ctx, after)
    if open_questions(still):
        save(ctx, still)
        _tell(event, ctx, GONE)
        return
    await _let_in(event, ctx, after)


@router.command(RejectChange)
async def reject(event: RejectChange, ctx: Context) -> None:
    """One no of those who may say yes is enough."""
    person, change = await _deciding(event, ctx)
    if change is None:
        return
    await _belongs(ctx, person, change)
    ctx.changes.audit("configuration_rejected", actor=person.id, about=change.id, digest=change.digest)
    record = await in_force(ctx)
    if record is not None:
        part = guarded_part(ctx, record)
        remember(ctx, record, part, digest=record.digest, rejected=change.digest)
    end(ctx, change, "rejected", by=person.id)


@router.command(ExpireChange)
async def expire(event: ExpireChange, ctx: Context) -> None:
    """Nobody said yes in time, so nothing is loosened."""
    change = await ctx.store.stood(event.change)
    if isinstance(change, ConfigurationChange) and not change.ended_at:
        _expire(ctx, change)


def missing_of(change: ConfigurationChange) -> str:
    """Whose approval is missing: `1 of sre`."""
    return " and ".join(dict.fromkeys(describe(clauses) for _, clauses in open_questions(change))) or "nobody"


async def _deciding(event: AboutChange, ctx: Context) -> tuple[Person, ConfigurationChange | None]:
    """Who decides, and the change; None, with everything told, when its time is over. Raises `Refused`."""
    person = await authority.admitted(ctx, event.by, at_most=authority.DECISIVE)
    change = await ctx.store.stood(event.change)
    if not isinstance(change, ConfigurationChange):
        raise Refused(Reason.ALREADY_DECIDED, UNKNOWN)
    if change.ended_at:
        raise Refused(Reason.ALREADY_DECIDED, DECIDED.format(decided=change.decided))
    if not change.stands(ctx.clock.now()):
        _tell(event, ctx, TOO_LATE)
        _expire(ctx, change)
        return person, None
    return person, change


async def _belongs(ctx: Context, person: Person, change: ConfigurationChange) -> tuple[str, ...]:
    belongs = await authority.belongs(ctx, person, references(change), at_most=authority.DECISIVE)
    if not belongs:
        raise Refused(Reason.NOT_ALLOWED_TO_APPROVE, NOT_ALLOWED.format(who=asked_of(change)))
    return belongs


async def _still(ctx: Context, change: ConfigurationChange) -> ConfigurationChange:
    """The change with only those votes whose people still belong to whom they spoke for."""
    votes = []
    for vote in change.votes:
        try:
            who = Person(id=vote.by, name=vote.name, team=vote.team)
            person = await authority.admitted(ctx, who, at_most=authority.DECISIVE)
        except Refused:
            continue
        belongs = await authority.belongs(ctx, person, references(change), at_most=authority.DECISIVE)
        if belongs:
            votes.append(msgspec.structs.replace(vote, belongs=belongs))
    return msgspec.structs.replace(change, votes=tuple(votes))


async def _let_in(event: AboutChange, ctx: Context, change: ConfigurationChange) -> None:
    """What was approved is what stands in the file now, or nothing comes of it."""
    try:
        judged = await _as_approved(ctx, change)
    except ConfigurationFaults:
        _overtaken(event, ctx, change, FAULTY)
        return
    if judged is None:
        _overtaken(event, ctx, change, OTHER)
        return
    by = tuple(vote.by for vote in change.votes)
    end(ctx, change, "approved", by=event.by.id)
    asker = Asker(id=change.owner, name=change.owner_name, place=change.place)
    accept(ctx, asker, await in_force(ctx), judged, approved_by=by)


async def _as_approved(ctx: Context, change: ConfigurationChange) -> Judged | None:
    """The file, read once more; None when it is another one, or asks for other approvals. Raises `ConfigurationFaults`."""
    new = await ctx.configuration.read()
    coming, waiting = ctx.configuration.coming(new)
    known = guarded_part(ctx, await in_force(ctx))
    found = await differing(ctx, coming, known)
    asked = {(one.clauses, one.four_eyes, one.step_up) for one in change.questions}
    needed = {(one.clauses, one.four_eyes, one.step_up) for one in questions_of(found, ())}
    if digest_of(new) != change.digest or not needed <= asked:
        return None
    return Judged(digest=change.digest, coming=coming, found=found, needs_restart=waiting)


def _overtaken(event: AboutChange, ctx: Context, change: ConfigurationChange, why: str) -> None:
    withdraw(ctx, change, why)
    _tell(event, ctx, f"{NOT_SO.format(why=why)} {AGAIN}")


def _expire(ctx: Context, change: ConfigurationChange) -> None:
    reason = Reason.APPROVAL_EXPIRED.value
    ctx.changes.audit("configuration_expired", actor=ENGINE, about=change.id, reason=reason)
    end(ctx, change, "expired")


def _tell(event: AboutChange, ctx: Context, sentence: str) -> None:
    ctx.changes.publish(Tell(user=event.by.id, place=event.place, words=(sentence,)))
