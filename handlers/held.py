"""What takes a code and was said without one is kept for a while, and done when its code has come."""

from __future__ import annotations

import msgspec

from bot.audit import ENGINE
from bot.errors import Refused
from bot.events import Asked, button_value, decode, encode
from bot.events.authenticating import GiveCode
from bot.people import Person
from bot.ports import Context
from bot.reasons import Reason
from bot.routing import Router
from bot.standing.base import standing_id
from bot.standing.held import HeldCommand
from bot.words import Button
from handlers import authority, codes, step_up
from handlers.open_question import refused

router = Router()

HELD_FOR = 10 * 60.0
"""Seconds in which the code has to come."""
OVER = "What you said is no longer waited for."
OVER_OUT = "Say it again, and give the code within ten minutes."


async def hold(
    ctx: Context, event: Asked, person: Person, *, sentence: str, label: str, subject: str = ""
) -> None:
    """Keep the command, and ask who gave it for a code: `sentence` says what takes one, `label` stands on the button.

    It is handled again on its `subject` with `coded` set, and judged anew as a whole then. Raises `Refused` for who has no
    authenticator.
    """
    if not await step_up.enrolled(ctx, person.id):
        raise step_up.not_enrolled(ctx)
    now = ctx.clock.now()
    held = HeldCommand(
        id=standing_id(ctx.message),
        owner=person.id,
        made_at=now,
        until=now + HELD_FOR,
        command=type(event).__name__,
        version=event.version,
        body=encode(event).decode(),
        subject=subject or event.subject,
    )
    for earlier in await ctx.store.standing(HeldCommand, slot=held.slot):
        _end(ctx, earlier, ENGINE)
    ctx.changes.save(held)
    field = Button(action="give_code", label=label, value=button_value(held.id))
    refused(ctx, event, Reason.CODE_NEEDED, sentence, codes.CODE_OUT, (field,))


@router.command(GiveCode)
async def give_code(event: GiveCode, ctx: Context) -> None:
    """With the right code, what was held is handled again: once, and only for who gave it."""
    person = await authority.admitted(ctx, event.by, at_most=authority.DECISIVE)
    held = await ctx.store.stood(event.held)
    if not isinstance(held, HeldCommand) or held.owner != person.id or not held.stands(ctx.clock.now()):
        raise Refused(Reason.ALREADY_DECIDED, OVER, way_out=OVER_OUT)
    if not await codes.is_right(ctx, event, person, event.code):
        return
    _end(ctx, held, person.id)
    command = decode(held.command, held.version, held.body)
    again = msgspec.structs.replace(command, by=event.by, place=event.place, coded=True)
    ctx.changes.publish(again, subject=held.subject)


def _end(ctx: Context, held: HeldCommand, by: str) -> None:
    ctx.changes.save(msgspec.structs.replace(held, ended_at=ctx.clock.now(), ended_by=by))
