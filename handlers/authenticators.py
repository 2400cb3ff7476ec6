"""`/deploy totp …`: enrolling an authenticator app, in a direct message, and forgetting one that is lost."""

from __future__ import annotations

import hashlib

import msgspec

from bot.audit import ENGINE
from bot.errors import Refused
from bot.events import Announce, Tell, button_value
from bot.events.authenticating import (
    ConfirmAuthenticator,
    EnrolAuthenticator,
    ForgetPending,
    ResetAuthenticator,
    ShowAuthenticator,
)
from bot.people import Person, directly
from bot.ports import Context
from bot.reasons import Reason
from bot.routing import Router
from bot.sealing import AUTHENTICATOR, seal
from bot.standing.authenticators import Authenticator
from bot.totp import new_secret
from bot.words import Button, Mention, Part
from config.approvals import StepUp
from handlers import authority, step_up
from handlers.open_question import refused

router = Router()

CONFIRM_WITHIN = 10 * 60.0
"""Seconds for which a secret is shown, and in which its first code has to come."""

SENT = "I have sent you what your app needs in a direct message. It stays there for ten minutes."
PRESENT = "You have an authenticator. Another one takes a code of it:"
RENEW = "Give its code…"
LOST = "If it is lost, an administrator says `{command} totp reset @you because …`."
OVER = "That secret is no longer waited for."
OVER_OUT = "`{command} totp enrol` begins anew."
NOT_YOURS = "That is not yours to confirm."
ENROLLED = "Your authenticator is enrolled: its codes count from now on."
ANNOUNCED = " has enrolled an authenticator: from now on its codes count when he approves."
NOT_ADMIN = "You may not reset people's authenticators: that is for {who}."
NOT_SELF = "You can't reset your own authenticator, or a stolen Slack session could."
NOT_SELF_OUT = "Another administrator has to: {who}."
HAS_NONE = "There is no authenticator of that person."
RESET = "Forgotten. A new one can be enrolled by `{command} totp enrol`."
RESET_TOLD = " has reset your authenticator: "
RESET_OUT = ". If you did not ask for that, tell whoever runs this bot at once."


@router.command(EnrolAuthenticator)
async def enrol(event: EnrolAuthenticator, ctx: Context) -> None:
    """Make a secret and have it shown; whoever has an authenticator already has to show that he still has it."""
    person = await authority.admitted(ctx, event.by, at_most=authority.DECISIVE)
    section = ctx.settings.step_up
    if section is None:
        raise Refused(Reason.CODE_OFF, step_up.OFF, way_out=step_up.OFF_OUT)
    found = await step_up.authenticator_of(ctx, person.id)
    step_up.not_locked(ctx, await step_up.record_of(ctx, person.id))
    if found is None:
        found = Authenticator(
            id=authenticator_id(ctx.message),
            owner=person.id,
            owner_name=person.name,
            made_at=ctx.clock.now(),
        )
    elif found.secret:
        if not event.code:
            _ask_present(ctx, event, found)
            return
        judged = await step_up.checked(ctx, person, event.by, event.code)
        step_up.note(ctx, judged)
        if judged.found is not step_up.Found.RIGHT:
            refused(ctx, event, judged.reason, judged.sentence, judged.way_out)
            return
        found = judged.after
    _offer(ctx, found, section)
    if not event.place.direct:
        _tell(ctx, event, (SENT,))


def _offer(ctx: Context, found: Authenticator, section: StepUp) -> None:
    """Make a secret and have it shown, for a while; one that was shown before is taken away."""
    pending = msgspec.structs.replace(
        found,
        attempt=found.attempt + 1,
        pending=seal(section.key, AUTHENTICATOR, found.owner, new_secret()),
        pending_until=ctx.clock.now() + CONFIRM_WITHIN,
    )
    ctx.changes.save(pending)
    ctx.changes.audit("authenticator_offered", actor=found.owner, authenticator=found.id)
    ctx.changes.publish(ShowAuthenticator(authenticator=found.id, attempt=pending.attempt))
    if found.attempt:
        ctx.changes.publish(ShowAuthenticator(authenticator=found.id, attempt=found.attempt))
    forget = ForgetPending(authenticator=found.id, attempt=pending.attempt, owner=found.owner)
    ctx.changes.publish(forget, after=CONFIRM_WITHIN)


@router.command(ConfirmAuthenticator)
async def confirm(event: ConfirmAuthenticator, ctx: Context) -> None:
    """The first code shows that the app has the secret: it counts from now on, in place of one before."""
    person = await authority.admitted(ctx, event.by, at_most=authority.DECISIVE)
    found = await ctx.store.stood(event.authenticator)
    if not isinstance(found, Authenticator) or found.owner != person.id:
        raise Refused(Reason.CODE_NOT_ENROLLED, NOT_YOURS)
    late = found.ended_at or found.pending_until <= ctx.clock.now()
    if late or not found.pending or found.attempt != event.attempt:
        out = OVER_OUT.format(command=ctx.settings.slack.command())
        raise Refused(Reason.CODE_NOT_ENROLLED, OVER, way_out=out)
    # Its steps are counted anew: none of its codes was ever taken.
    fresh = msgspec.structs.replace(found, last=0)
    record = await step_up.record_of(ctx, person.id)
    judged = step_up.judged(ctx, fresh, record, found.pending, event.by, event.code, first=True)
    step_up.note(ctx, judged)
    if judged.found is not step_up.Found.RIGHT:
        refused(ctx, event, judged.reason, judged.sentence, judged.way_out)
        return
    now = ctx.clock.now()
    ctx.changes.save(
        msgspec.structs.replace(
            judged.after, secret=found.pending, confirmed_at=now, pending="", pending_until=0.0
        )
    )
    ctx.changes.audit(
        "authenticator_enrolled", actor=person.id, authenticator=found.id, again=bool(found.secret)
    )
    ctx.changes.publish(ShowAuthenticator(authenticator=found.id, attempt=found.attempt))
    _tell(ctx, event, (ENROLLED,))
    _announce(ctx, person, found)


@router.command(ForgetPending)
async def forget(event: ForgetPending, ctx: Context) -> None:
    """What nobody confirmed in time is neither shown nor confirmed any more."""
    found = await ctx.store.stood(event.authenticator)
    if not isinstance(found, Authenticator) or found.attempt != event.attempt or not found.pending:
        return
    ctx.changes.save(msgspec.structs.replace(found, pending="", pending_until=0.0))
    ctx.changes.audit("authenticator_forgotten", actor=ENGINE, authenticator=found.id, owner=found.owner)
    ctx.changes.publish(ShowAuthenticator(authenticator=found.id, attempt=found.attempt))


@router.command(ResetAuthenticator)
async def reset(event: ResetAuthenticator, ctx: Context) -> None:
    """For administrators, never of one's own; told to the person."""
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
    ended = msgspec.structs.replace(
        found, secret="", pending="", ended_at=ctx.clock.now(), ended_by=person.id
    )
    ctx.changes.save(ended)
    ctx.changes.audit(
        "authenticator_reset",
        actor=person.id,
        authenticator=found.id,
        owner=found.owner,
        why=event.why,
    )
    if found.pending:
        ctx.changes.publish(ShowAuthenticator(authenticator=found.id, attempt=found.attempt))
    _tell(ctx, event, (RESET.format(command=ctx.settings.slack.command()),))
    words = (Mention(person.id), RESET_TOLD, event.why, RESET_OUT)
    ctx.changes.publish(Tell(user=found.owner, place=directly(found.owner), words=words))


async def _one_id(ctx: Context, user: str) -> str:
    """The one id of somebody who may have two, or who is no longer here."""
    try:
        return (await ctx.people.person(user)).id
    except Refused:
        return user


def authenticator_id(message: str) -> str:
    """The id of the authenticator that a message begins: the same however often it is handled."""
    return "a" + hashlib.blake2s(message.encode(), digest_size=10, person=b"authent").hexdigest()


def _ask_present(ctx: Context, event: EnrolAuthenticator, found: Authenticator) -> None:
    """Who has Slack only gets no further than here."""
    button = Button(action="authenticator_renew", label=RENEW, value=button_value(found.id))
    words = (PRESENT, "\n", LOST.format(command=ctx.settings.slack.command()).replace("`", ""))
    ctx.changes.publish(Tell(user=event.by.id, place=event.place, words=words, buttons=(button,)))


def _announce(ctx: Context, person: Person, found: Authenticator) -> None:
    """So that others notice when somebody enrols who only has a stolen session."""
    channel = ctx.settings.slack.announce_channel
    if channel:
        name = f"authenticator-{found.id}-{found.attempt}"
        words = (Mention(person.id), ANNOUNCED)
        ctx.changes.publish(
            Announce(deployment="", channel=channel, name=name, words=words), id=f"announce/{name}"
        )


def _tell(
    ctx: Context,
    event: EnrolAuthenticator | ConfirmAuthenticator | ResetAuthenticator,
    words: tuple[Part, ...],
) -> None:
    ctx.changes.publish(Tell(user=event.by.id, place=event.place, words=words))
