"""What follows when a freeze begins, changes or ends: everybody concerned is told, and what waits is asked again."""

from __future__ import annotations

from bot.deployments import Deployment
from bot.events import Announce
from bot.events.freezing import CalendarChanged, FreezeDeclared, FreezeEnded
from bot.ports import Context
from bot.reasons import Reason
from bot.routing import Router
from bot.standing import Freeze
from bot.standing.base import announced_name
from bot.words import Bold, Mention, Part, When, Words
from handlers import freeze_words
from handlers.freeze import covered
from handlers.queue import wake
from handlers.turns import waiting_in
from handlers.watches import look_at_watched

router = Router()

CHANNELS_MOST = 10
WAITING_MOST = 10
LIFTED, OVER = " is not frozen any more: lifted by ", " is not frozen any more."
ASKED_AGAIN = " What waited is asked again, in this order:"
MORE = "\n… and {count} more."
UNREADABLE = "The calendar {name} can't be read: {problem}. "
COUNTS = "What was read last counts until "
FREEZES_ALL = "Until it can, it freezes everything that it is for."
IGNORED = "Until it can, it freezes nothing."
READABLE = "The calendar {name} can be read again."


@router.on(FreezeDeclared)
async def declared(event: FreezeDeclared, ctx: Context) -> None:
    """Told where people are who are held up; what waits already shows why on its card."""
    found = await ctx.store.stood(event.freeze)
    if not isinstance(found, Freeze) or found.ended_at:
        return
    _announce(ctx, found, freeze_words.declared(found, longer=event.extended), stands=True)
    await wake(ctx, found.service, found.environment)


@router.on(FreezeEnded)
async def ended(event: FreezeEnded, ctx: Context) -> None:
    """The thaw: who waited reads that it goes on, in which order."""
    found = await ctx.store.stood(event.freeze)
    if not isinstance(found, Freeze):
        return
    words: list[Part] = [Bold(found.scope), *((LIFTED, Mention(event.by), ".") if event.by else (OVER,))]
    held = [one for one in waiting_in(await ctx.store.live()) if _held_by(one, found)]
    words += [ASKED_AGAIN] if held else []
    for one in held[:WAITING_MOST]:
        what = f"\n• #{one.number} {one.service} {one.version} → {one.environment}, asked by "
        words += [what, Mention(one.requester.id)]
    words += [MORE.format(count=len(held) - WAITING_MOST)] if len(held) > WAITING_MOST else []
    _announce(ctx, found, tuple(words))
    await wake(ctx, found.service, found.environment)
    await look_at_watched(ctx, found.service, found.environment)


@router.on(CalendarChanged)
async def calendar_changed(event: CalendarChanged, ctx: Context) -> None:
    """Whoever keeps the bot is told when a calendar can't be read; what waits is asked again by what it says now."""
    channel = ctx.settings.slack.announce_channel
    source = ctx.settings.calendars.get(event.calendar)
    if channel is not None and source is not None and (event.problem or event.back):
        words: Words = (READABLE.format(name=event.calendar),)
        if event.problem:
            said = UNREADABLE.format(name=event.calendar, problem=event.problem)
            words = (said, FREEZES_ALL if source.unavailable == "freeze" else IGNORED)
            if event.counts_until > ctx.clock.now():
                words = (said, COUNTS, When(event.counts_until, "date_time"), ".")
        name = f"calendar-{event.calendar}-{int(ctx.at)}"
        news = Announce(deployment="", channel=channel, name=name, words=words)
        ctx.changes.publish(news, id=f"announce/{name}")
    await wake(ctx, "", "")
    await look_at_watched(ctx, "", "")


def _announce(ctx: Context, found: Freeze, words: Words, *, stands: bool = False) -> None:
    """In the channel for announcements and those of the services concerned, a bounded number of them, once each.

    What is said of the freeze while it `stands` has buttons, and is kept true.
    """
    channels = [ctx.settings.slack.announce_channel]
    for service, _ in covered(ctx, found.service, found.environment):
        one = ctx.settings.services[service]
        channels += [one.channel, *one.channels]
    for channel in list(dict.fromkeys(filter(None, channels)))[:CHANNELS_MOST]:
        until = announced_name(found.id, f"until-{int(found.until)}-{channel}")
        name = until if stands else f"{found.id}-over-{channel}"
        news = Announce(
            deployment="",
            channel=channel,
            name=name,
            words=words,
            buttons=freeze_words.buttons(found) if stands else (),
            user=found.owner,
            place=found.place,
            standing=found.id if stands else "",
            shown=found.revision if stands else 0,
        )
        ctx.changes.publish(news, id=f"announce/{name}")


def _held_by(one: Deployment, found: Freeze) -> bool:
    return one.waits is Reason.FROZEN and found.covers(one.service, one.environment)
