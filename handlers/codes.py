"""A code that comes with a click: looked at, and what became of it committed, said and audited."""

from __future__ import annotations

from bot.events import Asked
from bot.people import Person
from bot.ports import Context
from bot.reasons import Reason
from bot.words import Button
from handlers import step_up
from handlers.open_question import refused

CODE_OUT = "Click here to give it:"


async def is_right(
    ctx: Context, event: Asked, person: Person, code: str, field: Button | None = None, *, about: str = ""
) -> bool:
    """Whether his code is right. When it is not, or none came, that is said; `field` opens the dialog that asks for one.

    `about` is what it is for, where the event does not say so.

    Raises `Refused` for who has no authenticator, and while no code of his is looked at.
    """
    if field is not None and not code and await step_up.enrolled(ctx, person.id):
        refused(ctx, event, Reason.CODE_NEEDED, step_up.NEEDED, CODE_OUT, (field,))
        return False
    judged = await step_up.checked(ctx, person, event.by, code)
    step_up.note(ctx, judged, about=about or event.about)
    if judged.found is step_up.Found.RIGHT:
        ctx.changes.save(judged.after)
        return True
    refused(ctx, event, judged.reason, judged.sentence, judged.way_out)
    return False
