"""`/deploy help`, and what is said about words that were not understood."""

from __future__ import annotations

from bot.errors import Refused
from bot.events import Misunderstood, ShowHelp, Tell
from bot.grammar.usage import TOPICS, usage
from bot.ports import Context
from bot.routing import Router
from bot.words import marked
from handlers import authority

router = Router()


@router.command(ShowHelp)
async def show_help(event: ShowHelp, ctx: Context) -> None:
    await authority.admitted(ctx, event.by)
    topic = event.topic if event.topic in TOPICS else ""
    words = marked(usage(topic, ctx.settings.slack.command()))
    ctx.changes.publish(Tell(user=event.by.id, place=event.place, words=words))


@router.command(Misunderstood)
async def misunderstood(event: Misunderstood, ctx: Context) -> None:
    """Refused like anything else, so that it is told and audited the same way."""
    await authority.admitted(ctx, event.by)
    raise Refused(event.reason, event.sentence, way_out=event.way_out)
