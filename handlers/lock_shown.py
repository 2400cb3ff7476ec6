"""`/locks`: what is locked, page by page, with what can be done about it beside each."""

from __future__ import annotations

from bot.events import ShowPage, Tell, button_value
from bot.events.locks import AboutLock, ShowLocks
from bot.pages import Buttons, Page, Say, Shown, Small
from bot.ports import Context
from bot.routing import Router
from bot.standing import Lock, scope
from bot.words import Bold, Button, Words
from handlers import authority
from handlers.lock_words import LISTED, REMINDED, described, extending, of_others

router = Router()

A_PAGE = 6
NONE = "Nothing is locked{where}."
TITLE = "Locked{where}"
COUNTED = "{first} to {last} of {count}, yours first."
FALLBACK = "{count} locks{where}."


@router.command(ShowLocks)
async def show_locks(event: ShowLocks, ctx: Context) -> None:
    """Seen only by who asked, his own first."""
    await authority.admitted(ctx, event.by)
    now = ctx.clock.now()
    found = [
        one
        for one in await ctx.store.standing(Lock)
        if one.stands(now)
        and (not event.service or one.service in {"", event.service})
        and (not event.environment or one.environment in {"", event.environment})
    ]
    found.sort(key=lambda one: (one.owner != event.by.id, one.made_at))
    where = f" ({scope(event.service, event.environment)})" if event.service or event.environment else ""
    if not found:
        words: Words = (NONE.format(where=where),)
        page = Page(parts=(Say(words),), fallback=NONE.format(where=where))
    else:
        page = _page(event, found, where)
    ctx.changes.publish(ShowPage(user=event.by.id, place=event.place, page=page, replaces=event.replaces))


def again(ctx: Context, event: AboutLock, words: Words) -> None:
    """After a click: the list is drawn anew, a reminder says what became of it, elsewhere it is answered."""
    where, _, rest = event.shown.partition("/")
    if where == LISTED:
        number, _, named = rest.partition("/")
        ctx.changes.publish(listed(event, number, named))
    elif where == REMINDED:
        said = "".join(one if isinstance(one, str) else getattr(one, "text", "") for one in words)
        page = Page(parts=(Say(words),), fallback=said or "The lock has changed.")
        ctx.changes.publish(ShowPage(user=event.by.id, place=event.place, page=page, replaces=True))
    else:
        ctx.changes.publish(Tell(user=event.by.id, place=event.place, words=words))


def listed(event: AboutLock, number: str, named: str) -> ShowLocks:
    """The page that was clicked on, once more; what its button carries is a question only, and checked like one."""
    service, _, environment = named.partition("/")
    page = int(number) if number.isascii() and number.isdecimal() and len(number) < 6 else 1
    return ShowLocks(
        by=event.by,
        place=event.place,
        text=event.text,
        service=service,
        environment=environment,
        at_page=page,
        replaces=True,
    )


def _page(event: ShowLocks, found: list[Lock], where: str) -> Page:
    pages = (len(found) + A_PAGE - 1) // A_PAGE
    number = min(max(event.at_page, 1), pages)
    first = (number - 1) * A_PAGE
    shown = found[first : first + A_PAGE]
    named = f"{event.service}/{event.environment}"
    detail = f"{LISTED}/{number}/{named}"
    parts: list[Shown] = [Say((Bold(TITLE.format(where=where)),))]
    for one in shown:
        mine = one.owner == event.by.id
        parts += [
            Say(described(one)),
            Buttons(tuple(extending(one, detail) if mine else of_others(one, detail))),
        ]
    if pages > 1:
        counted = COUNTED.format(first=first + 1, last=first + len(shown), count=len(found))
        parts += [Small((counted,)), Buttons(tuple(_turning(number, pages, named)))]
    return Page(parts=tuple(parts), fallback=FALLBACK.format(count=len(found), where=where))


def _turning(number: int, pages: int, named: str) -> list[Button]:
    found = []
    if number > 1:
        value = button_value(str(number - 1), named)
        found.append(Button(action="locks_earlier", label="Earlier", value=value))
    if number < pages:
        value = button_value(str(number + 1), named)
        found.append(Button(action="locks_later", label="Later", value=value))
    return found
