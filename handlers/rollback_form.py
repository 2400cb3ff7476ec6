"""The dialog of a rollback, which a card's button opens: the versions to choose from, and what every gate says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from bot.deployments import Deployment
from bot.dialogs import rollback as dialog
from bot.dialogs.reasons import LONGEST_WHY
from bot.earlier import GoingBack
from bot.errors import Failure, Refused
from bot.events.rollback import DrawRollback
from bot.gates import Situation, Verdict
from bot.gates.situation import zoned
from bot.goods import earlier, found_wrong
from bot.kinds import Kind
from bot.pages import Carried, Choice, Dialog, Option, Part, Rule, Say, TextField, Toggle
from bot.people import Person
from bot.ports import Context
from bot.routing import Router
from bot.words import Bold, Code, Words, refusal
from handlers import authority, going_out, verdicts, would_take
from handlers.deploy_form import NOBODY_LOOKS
from handlers.going_back import target_of, to_be_had, way_back
from handlers.lane import known
from handlers.situation import Wanted, judged

router = Router()

FROM = "Goes back from "
TO, NOTE = "Back to", "#{number}, {when}"
NOTE_WRONG = "#{number}, {when}: found wrong by who watched it"
WHY, WHY_HINT = "Why", "Needed for marking and for locking; whoever wants to deploy reads it."
BAD, BAD_SAYS = "The version that is left", "Mark {version} as bad: nobody deploys it by accident"
LOCK, LOCK_SAYS = "The place", "Lock {service} in {environment} in my name"
CANCEL, CANCEL_SAYS = "It still runs", "Cancel it first, without waiting for its end"
PREVIEW = "What would happen"
NOT_JUDGED = "What would happen can't be said now: {why}"
OVER = "#{number} is not what is there any more."
SUBMIT = "Roll back"
MOST_OFFERED = 20


@router.command(DrawRollback)
async def draw_rollback(event: DrawRollback, ctx: Context) -> None:
    """Draw it as it should look now. Where nothing can be gone back to, it says so, and can't be sent off."""
    if ctx.clock.now() - ctx.at > NOBODY_LOOKS:
        return
    carried = Carried(about=event.deployment, place=event.place)
    try:
        drawn = await _drawn(event, ctx, carried)
    except Refused as no:
        drawn = _only(carried, refusal(no.sentence, no.way_out))
    except Failure as away:
        drawn = _only(carried, (away.sentence,))
    await ctx.chat.update_dialog(event.view, drawn)


async def _drawn(event: DrawRollback, ctx: Context, carried: Carried) -> Dialog:
    person = await authority.admitted(ctx, event.by)
    found = await known(ctx, event.deployment)
    way = await way_back(ctx, found.service, found.environment)
    if way is None or way.away.id != found.id:
        return _only(carried, (OVER.format(number=found.number),))
    offered = await to_be_had(ctx, way.goods[:MOST_OFFERED])
    to = next((one for one in offered if one.id == event.to), None)
    to = to or await target_of(ctx, found.service, found.environment, way)
    so, judgement = await judged(ctx, msgspec.structs.replace(wanted(person, way.away, to), reader=person))
    judgement = await would_take.with_job(ctx, so, judgement, person)
    parts = [*_fields(way.away, offered, to, person), Rule(), *_preview(so, judgement)]
    return Dialog(kind=dialog.NAME, title=dialog.TITLE, parts=tuple(parts), carried=carried, submit=SUBMIT)


def wanted(person: Person, away: Deployment, to: Deployment) -> Wanted:
    return Wanted(
        person=person,
        service=away.service,
        environment=away.environment,
        version=to.version,
        digest=to.digest,
        kind=Kind.ROLLBACK,
        rolls_back=GoingBack(**msgspec.structs.asdict(earlier(away))),
    )


def _fields(
    away: Deployment, offered: Sequence[Deployment], to: Deployment, person: Person
) -> Iterator[Part]:
    options = [*offered, *([] if to in offered else [to])]
    where = {"service": away.service, "environment": away.environment, "version": away.version}
    yield Say(
        (FROM, Bold(away.service), " ", Code(away.version), f" (#{away.number}) in {away.environment}.")
    )
    if not away.state.ended:
        yield Toggle(name=dialog.CANCEL, label=CANCEL, says=CANCEL_SAYS, initial=True, optional=True)
    yield Choice(
        name=dialog.TO,
        label=TO,
        options=tuple(_option(one, person) for one in options),
        initial=to.id,
        watched=True,
    )
    yield TextField(
        name=dialog.WHY, label=WHY, hint=WHY_HINT, most=LONGEST_WHY, multiline=True, optional=True
    )
    yield Toggle(name=dialog.BAD, label=BAD, says=BAD_SAYS.format(**where), optional=True)
    yield Toggle(name=dialog.LOCK, label=LOCK, says=LOCK_SAYS.format(**where), optional=True)


def _option(one: Deployment, person: Person) -> Option:
    when, note = zoned(one.ended_at, person.timezone), NOTE_WRONG if found_wrong(one) else NOTE
    return Option(one.id, one.version, note.format(number=one.number, when=when))


def _preview(so: Situation, judgement: tuple[Verdict, ...]) -> Iterator[Part]:
    yield Say((Bold(PREVIEW), f" ({verdicts.heading(so)}): ", *verdicts.summary(judgement)))
    lines = [*verdicts.lines(judgement, everything=False), *going_out.long(so.outgoing)]
    words: Words = ()
    for line in lines:
        words = (*words, "\n", *line) if words else line
    if words:
        yield Say(words)


def _only(carried: Carried, words: Words) -> Dialog:
    """No fields, only words."""
    return Dialog(kind=dialog.NAME, title=dialog.TITLE, parts=(Say(words),), carried=carried, close="Close")
