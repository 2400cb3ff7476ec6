"""`/deploy help`: what this person may do here; and what is said about words that were not understood."""

from __future__ import annotations

from collections.abc import Iterator

from bot.errors import Refused, Rejected, Unreachable
from bot.events import Misunderstood, ShowHelp, Tell
from bot.grammar.usage import TOPICS, Need, usage
from bot.people import Person
from bot.ports import Context
from bot.routing import Router
from bot.words import Bold, Button, Part, Words, marked
from handlers import authority, verdicts
from handlers.allowed import Allowed, allowed, places_said

router = Router()

DEPLOY, APPROVE, GLASS = "You may deploy", "You may approve", "You may break the glass"
NOTHING = "You may deploy nothing here; that is for "
NOT_ASKED = "What you may do can't be asked now, so this is everything that there is."
NOT_YOURS = "You are not allowed to do this anywhere here."
OPEN = "Deploy…"


@router.command(ShowHelp)
async def show_help(event: ShowHelp, ctx: Context) -> None:
    """The overview leaves out what the person may do nowhere here; a topic that he asks for says that he may not."""
    person = await authority.admitted(ctx, event.by)
    topic = event.topic if event.topic in TOPICS else ""
    may = await _allowed(ctx, person, event.service)
    lacks = _lacks(may)
    words: list[Part] = [*marked(usage(topic, ctx.settings.slack.command(), without=lacks))]
    if topic and TOPICS[topic].needs in lacks:
        words += ["\n", NOT_YOURS]
    elif not topic:
        words += _said(may, ctx)
    buttons = () if "deploy" in lacks else (Button(action="deploy", label=OPEN),)
    ctx.changes.publish(
        Tell(user=event.by.id, place=event.place, words=tuple(words), buttons=() if topic else buttons)
    )


@router.command(Misunderstood)
async def misunderstood(event: Misunderstood, ctx: Context) -> None:
    """Refused like anything else, so that it is told and audited the same way."""
    await authority.admitted(ctx, event.by)
    raise Refused(event.reason, event.sentence, way_out=event.way_out)


async def _allowed(ctx: Context, person: Person, service: str) -> Allowed | None:
    """None while groups can't be asked: help is most wanted when something is wrong."""
    try:
        return await allowed(ctx, person, service if service in ctx.settings.services else "")
    except (Unreachable, Rejected):
        return None


def _lacks(may: Allowed | None) -> frozenset[Need]:
    if may is None:
        return frozenset()
    return frozenset(one.needs for one in TOPICS.values() if one.needs and may.lacks(one.needs))


def _said(may: Allowed | None, ctx: Context) -> Iterator[Part]:
    """What he may, in a line each."""
    if may is None:
        yield from ("\n", NOT_ASKED)
        return
    if may.lacks("deploy"):
        yield from ("\n", NOTHING, *verdicts.people(may.deployers), ".")
    for title, what in ((DEPLOY, "deploy"), (APPROVE, "approve"), (GLASS, "break_glass")):
        if places := may.places[what]:
            said: Words = ("\n", Bold(title), f" — {places_said(places, ctx.settings)}.")
            yield from said
