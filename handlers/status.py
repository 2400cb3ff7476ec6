"""`/deploy status`: what runs where, what is on its way, what waits for whom. Seen only by who asked."""

from __future__ import annotations

from bot.deployments import Deployment
from bot.events import ShowStatus, Tell
from bot.lifecycle import State
from bot.ports import Context
from bot.routing import Router
from bot.words import Bold, Code, Mention, Part, When
from handlers import authority
from handlers.card_view import STATES

router = Router()

LINES_MOST = 40
NOTHING = "Nothing has been deployed{where} through me yet, and nothing is going on."
LIVE = "On the way:"
RUNS = "Running now:"
MORE = "… and {count} more. Name a service to see fewer."


@router.command(ShowStatus)
async def show_status(event: ShowStatus, ctx: Context) -> None:
    await authority.admitted(ctx, event.by)
    live = [one for one in await ctx.store.live() if _wanted(one, event)]
    runs = [one for one in await ctx.store.last_goods() if _wanted(one, event)]
    lines: list[tuple[Part, ...]] = []
    if live:
        lines += [(Bold(LIVE),), *(_going_on(one) for one in live)]
    if runs:
        lines += [(Bold(RUNS),), *(_running(one) for one in runs)]
    if not lines:
        where = "".join(f" {word}" for word in (event.service, event.environment) if word)
        lines = [(NOTHING.format(where=f" ({where.strip()})" if where else ""),)]
    shown, left = lines[:LINES_MOST], len(lines) - LINES_MOST
    if left > 0:
        shown.append((MORE.format(count=left),))
    words: list[Part] = []
    for line in shown:
        words += ["\n"] if words else []
        words += line
    ctx.changes.publish(Tell(user=event.by.id, place=event.place, words=tuple(words)))


def _wanted(one: Deployment, event: ShowStatus) -> bool:
    return event.service in ("", one.service) and event.environment in ("", one.environment)


def _going_on(one: Deployment) -> tuple[Part, ...]:
    state = STATES[one.state][1].lower()
    wait = f", {one.waits_for}" if one.waits_for and one.state is not State.AWAITING_APPROVAL else ""
    return (
        f"• #{one.number} {one.service} ",
        Code(one.version),
        f" → {one.environment}: {state}{wait}, asked by ",
        Mention(one.requester.id),
    )


def _running(one: Deployment) -> tuple[Part, ...]:
    return (
        f"• {one.service} in {one.environment}: ",
        Code(one.version),
        " since ",
        When(one.ended_at, "date_time"),
        f" (#{one.number}, ",
        Mention(one.requester.id),
        ")",
    )
