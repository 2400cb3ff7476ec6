"""What a delegation takes: a right to lend, and the owner's code where the scope has places that ask for codes."""

from __future__ import annotations

from bot.errors import Refused
from bot.events.approving import Delegate
from bot.people import Person
from bot.ports import Context
from bot.reasons import Reason
from bot.standing import scope
from handlers import authority, held, step_up
from handlers.allowed import asked
from handlers.freeze import covered

NOTHING = "You may approve nothing there, so there is nothing to delegate."
NOTHING_OUT = "`{command} delegations` shows who approves in whose place."
NOT_ENROLLED = "Your approval takes a code in {place}, so lending it takes one too, and you have no authenticator enrolled."
NOT_ENROLLED_OUT = "`{command} totp enrol` sends you what you need in a direct message; or delegate a scope without such places."
TAKES_CODE = "Letting {name} approve in your place, {scope}, takes a code of your authenticator app, as your own approval does in {place}."
WITH_CODE = "Delegate with a code…"


async def places_asked(ctx: Context, person: Person, event: Delegate) -> list[tuple[str, str]]:
    """The places of that scope in which he is asked for approval. Raises `Refused` when there is none."""
    known: dict[tuple[str, ...], bool] = {}
    found = []
    for key in covered(ctx, event.service, event.environment):
        who = tuple(sorted(asked(ctx.settings.policy_for(*key)[1])))
        if who not in known:
            known[who] = bool(await authority.belongs(ctx, person, who, at_most=authority.DECISIVE))
        if known[who]:
            found.append(key)
    if not found:
        out = NOTHING_OUT.format(command=ctx.settings.slack.command())
        raise Refused(Reason.NOTHING_TO_DELEGATE, NOTHING, way_out=out)
    return found


async def held_for_code(
    ctx: Context, person: Person, event: Delegate, places: list[tuple[str, str]], *, to: str
) -> bool:
    """Whether it has to wait for his code, which he is asked for then. Raises `Refused` for who has no authenticator."""
    coded = next((key for key in places if ctx.settings.policy_for(*key)[1].step_up is not None), None)
    if event.coded or coded is None:
        return False
    place = scope(*coded)
    if not await step_up.enrolled(ctx, person.id):
        out = NOT_ENROLLED_OUT.format(command=ctx.settings.slack.command())
        raise Refused(Reason.CODE_NOT_ENROLLED, NOT_ENROLLED.format(place=place), way_out=out)
    sentence = TAKES_CODE.format(name=to, scope=scope(event.service, event.environment), place=place)
    await held.hold(ctx, event, person, sentence=sentence, label=WITH_CODE)
    return True
