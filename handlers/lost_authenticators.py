"""`/deploy totp reset @sam because …`: forgetting an authenticator that is lost, in sight of everybody."""

from __future__ import annotations

import msgspec

from bot.errors import Refused
from bot.events import Tell
from bot.events.authenticating import ResetAuthenticator, ShowAuthenticator
from bot.people import Person, directly
from bot.ports import Context
from bot.reasons import Reason
from bot.routing import Router
from bot.standing.authenticators import Authenticator
from bot.words import Mention
from handlers import authority, step_up
from handlers.announcing import announce
from handlers.held import hold

router = Router()

NOT_ADMIN = "You may not reset people's authenticators: that is for {who}."
NOT_SELF = "You can't reset your own authenticator, or a stolen Slack session could."
NOT_SELF_OUT = "Another administrator has to: {who}."
HAS_NONE = "There is no authenticator of that person."
RESET = "Forgotten. A new one can be enrolled by `{command} totp enrol`."
RESET_TOLD = " has reset your authenticator: "
RESET_OUT = ". If you did not ask for that, tell whoever runs this bot at once."
TAKES_CODE = "Resetting the authenticator of {name} takes a code of your own."
WITH_CODE = "Reset it with a code…"
ANNOUNCED = " has reset the authenticator of "
ANNOUNCED_OUT = ". Whoever has his Slack can enrol another one in his name: see to it that it is he."


@router.command(ResetAuthenticator)
async def reset(event: ResetAuthenticator, ctx: Context) -> None:
    """For administrators, never of one's own, with a code of his own where he has one; told to the person, and announced."""
    person = await authority.admitted(ctx, event.by, at_most=authority.DECISIVE)
    admins = ctx.settings.administrators
    if not await authority.belongs(ctx, person, admins, at_most=authority.DECISIVE):
        raise Refused(Reason.NOT_ALLOWED_TO_RESET, NOT_ADMIN.format(who=authority.named(admins)))
    user = await _one_id(ctx, event.user)
    found = await step_up.authenticator_of(ctx, user)
    if user == person.id:
        out = NOT_SELF_OUT.format(who=authority.named(admins))
        raise Refused(Reason.NOT_ALLOWED_TO_RESET, NOT_SELF, way_out=out)
    if found is None:
        raise Refused(Reason.CODE_NOT_ENROLLED, HAS_NONE)
    if not event.coded and await step_up.can_give(ctx, person.id):
        sentence = TAKES_CODE.format(name=found.owner_name or found.owner)
        await hold(ctx, event, person, sentence=sentence, label=WITH_CODE)
        return
    await _forget(ctx, event, person, found)
    _tell_everybody(ctx, event, person, found)


async def _forget(ctx: Context, event: ResetAuthenticator, person: Person, found: Authenticator) -> None:
    now = ctx.clock.now()
    ended = msgspec.structs.replace(found, secret="", pending="", ended_at=now, ended_by=person.id)
    ctx.changes.save(ended)
    record = await step_up.record_of(ctx, found.owner)
    ctx.changes.save(msgspec.structs.replace(record, reset_at=now, reset_by=person.id))
    ctx.changes.audit(
        "authenticator_reset",
        actor=person.id,
        authenticator=found.id,
        owner=found.owner,
        why=event.why,
        coded=event.coded,
    )
    if found.pending:
        ctx.changes.publish(ShowAuthenticator(authenticator=found.id, attempt=found.attempt))


def _tell_everybody(ctx: Context, event: ResetAuthenticator, person: Person, found: Authenticator) -> None:
    done = (RESET.format(command=ctx.settings.slack.command()),)
    ctx.changes.publish(Tell(user=event.by.id, place=event.place, words=done))
    words = (Mention(person.id), RESET_TOLD, event.why, RESET_OUT)
    ctx.changes.publish(Tell(user=found.owner, place=directly(found.owner), words=words))
    announced = (Mention(person.id), ANNOUNCED, Mention(found.owner), f": {event.why}", ANNOUNCED_OUT)
    announce(ctx, f"reset-{found.id}", announced)


async def _one_id(ctx: Context, user: str) -> str:
    """The one id of somebody who may have two, or who is no longer here."""
    try:
        return (await ctx.people.person(user)).id
    except Refused:
        return user
