"""`/deploy totp enrol`: enrolling an authenticator app, in a direct message."""

from __future__ import annotations

import hashlib

import msgspec

from bot.audit import ENGINE
from bot.errors import Refused
from bot.events import Tell, button_value
from bot.events.authenticating import (
    ConfirmAuthenticator,
    EnrolAuthenticator,
    ForgetPending,
    ShowAuthenticator,
)
from bot.people import Person
from bot.ports import Context
from bot.reasons import Reason
from bot.routing import Router
from bot.sealing import AUTHENTICATOR, seal
from bot.standing.authenticators import Authenticator, CodeRecord
from bot.totp import new_secret
from bot.words import Button, Mention, Part, When
from config.approvals import StepUp
from handlers import authority, step_up
from handlers.announcing import announce
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
ANNOUNCED = " has enrolled an authenticator"
AFTER_RESET, AFTER_RESET_AT = ", in place of the one that ", " has reset at "
IN_PLACE = ", in place of the one before, by a code of it"
COUNTS = ": from now on its codes count when he approves."


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
    right = judged.found is step_up.Found.RIGHT
    if right:
        again = msgspec.structs.replace(judged.record, reset_at=0.0, reset_by="")
        judged = msgspec.structs.replace(judged, record=again)
    step_up.note(ctx, judged)
    if not right:
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
    _announce(ctx, person, found, record)


@router.command(ForgetPending)
async def forget(event: ForgetPending, ctx: Context) -> None:
    """What nobody confirmed in time is neither shown nor confirmed any more."""
    found = await ctx.store.stood(event.authenticator)
    if not isinstance(found, Authenticator) or found.attempt != event.attempt or not found.pending:
        return
    ctx.changes.save(msgspec.structs.replace(found, pending="", pending_until=0.0))
    ctx.changes.audit("authenticator_forgotten", actor=ENGINE, authenticator=found.id, owner=found.owner)
    ctx.changes.publish(ShowAuthenticator(authenticator=found.id, attempt=found.attempt))


def authenticator_id(message: str) -> str:
    """The id of the authenticator that a message begins: the same however often it is handled."""
    return "a" + hashlib.blake2s(message.encode(), digest_size=10, person=b"authent").hexdigest()


def _ask_present(ctx: Context, event: EnrolAuthenticator, found: Authenticator) -> None:
    """Who has Slack only gets no further than here."""
    button = Button(action="authenticator_renew", label=RENEW, value=button_value(found.id))
    words = (PRESENT, "\n", LOST.format(command=ctx.settings.slack.command()).replace("`", ""))
    ctx.changes.publish(Tell(user=event.by.id, place=event.place, words=words, buttons=(button,)))


def _announce(ctx: Context, person: Person, found: Authenticator, record: CodeRecord) -> None:
    """So that others notice when somebody enrols who only has a stolen session."""
    words: list[Part] = [Mention(person.id), ANNOUNCED]
    if record.reset_at:
        words += [AFTER_RESET, Mention(record.reset_by), AFTER_RESET_AT, When(record.reset_at, "date_time")]
    elif found.secret:
        words.append(IN_PLACE)
    announce(ctx, f"authenticator-{found.id}-{found.attempt}", (*words, COUNTS))


def _tell(
    ctx: Context,
    event: EnrolAuthenticator | ConfirmAuthenticator,
    words: tuple[Part, ...],
) -> None:
    ctx.changes.publish(Tell(user=event.by.id, place=event.place, words=words))
