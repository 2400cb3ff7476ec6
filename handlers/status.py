"""`/deploy status`: what is where, in pages. Seen only by who asked."""

from __future__ import annotations

from bot.events import ShowStatus
from bot.ports import Context
from bot.routing import Router
from handlers import authority
from handlers.overview import Cell, cells, concerns, holds, turned, with_freezes
from handlers.overview_view import overview

router = Router()


@router.command(ShowStatus)
async def show_status(event: ShowStatus, ctx: Context) -> None:
    """The page that was asked for; one that is turned takes the place of the one before."""
    person = await authority.admitted(ctx, event.by)
    found = [one for one in await cells(ctx) if _wanted(one, event, ctx, person.id)]
    page = overview(await with_freezes(ctx, turned(found, event.at_page)), event, ctx.settings)
    await ctx.chat.show(event.by.id, event.place, page, replaces=event.replaces)


def _wanted(one: Cell, event: ShowStatus, ctx: Context, user: str) -> bool:
    return (
        event.service in {"", one.service}
        and event.environment in {"", one.environment}
        and (not event.mine or concerns(one, user))
        and (not event.like or holds(one, ctx.settings, event.like))
    )
