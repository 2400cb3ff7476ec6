"""How the overview looks: a section for each service with a line for each of its places, and buttons to turn. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from bot.events import ShowStatus, overview_value
from bot.lifecycle import State
from bot.pages import Buttons, Heading, Page, Say, Shown, Small
from bot.words import Bold, Button, Code, Mention, Part, When, Words, marked
from config.models import Settings
from handlers.card_view import STATES
from handlers.health_words import health
from handlers.overview import Cell, Turned

PLACES_A_PARAGRAPH = 8
TITLE = "What is where"
FALLBACK = "What is where: {shown} of {all} places."
NOTHING = "Nothing fits that."
NO_PLACES = "No service is configured that could be deployed."
NOTHING_OUT = "Say `{command} status all` for everything."
NOT_YET = "nothing deployed yet"
BEHIND = "behind {environment} ("
LOCKED = "🔒 locked by "
WARNED = "⚠️ noted by "
COLD = "❄️ "
ONLY = " but for {only}"
WELL = "{sign} {words}"
QUEUED = "{count} queued"
FAILED = "❌ "
GOING = "➡️ "
BROKEN = " {state} "
POSITION = "Places {first} to {last} of {all}{filter}."
PREVIOUS, NEXT, MINE, ALL, AGAIN = "‹ Previous", "Next ›", "Only mine", "Everything", "Look again"


def overview(turned: Turned, wanted: ShowStatus, settings: Settings) -> Page:
    """One page of the cells that fit."""
    shown = turned.cells
    parts: list[Shown] = [Heading(TITLE)]
    if not shown:
        sentence = NOTHING if settings.services else NO_PLACES
        out = NOTHING_OUT.format(command=settings.slack.command())
        parts.append(Say((sentence, " ", *marked(out)) if settings.services else (sentence,)))
    for service, group in groupby(shown, key=lambda cell: cell.service):
        parts += _service(service, list(group), settings)
    if shown:
        last = turned.first + len(shown)
        position = POSITION.format(first=turned.first + 1, last=last, all=turned.all, filter=_filter(wanted))
        parts.append(Small((position,)))
    parts.append(Buttons(tuple(_buttons(wanted, turned.page, turned.pages))))
    return Page(parts=tuple(parts), fallback=FALLBACK.format(shown=len(shown), all=turned.all))


def _service(name: str, cells: Sequence[Cell], settings: Settings) -> Iterator[Say]:
    """A paragraph, or several where a service has so many places that one can't hold them."""
    description = settings.services[name].description
    words: Words = (Bold(name), f" — {description}" if description else "")
    for number, cell in enumerate(cells, 1):
        words = (*words, "\n", *line(cell)) if words else line(cell)
        if number % PLACES_A_PARAGRAPH == 0 and number < len(cells):
            yield Say(words)
            words = ()
    yield Say(words)


def line(cell: Cell) -> Words:
    """What runs in a place, since when, by whom; how the last run went; what is going on, locked, waiting, behind."""
    words: list[Part] = [f"{cell.environment}: "]
    if cell.good is None:
        words.append(NOT_YET)
    else:
        good = cell.good
        words += [
            Code(good.version),
            " ",
            When(good.ended_at, "relative"),
            " by ",
            Mention(good.requester.id),
        ]
    for extra in _extras(cell):
        words += [" · ", *extra]
    return tuple(words)


def _extras(cell: Cell) -> Iterator[Words]:
    last = cell.last
    if last is not None and last.state is not State.SUCCEEDED:
        yield (
            f"{FAILED}#{last.number} ",
            Code(last.version),
            BROKEN.format(state=health(last).words),
            When(last.ended_at, "relative"),
        )
    elif last is not None:
        yield (WELL.format(**health(last)._asdict()),)
    going = [one for one in cell.live if one.state is not State.QUEUED]
    for one in going:
        words = health(one).words if one.state is State.VERIFYING else STATES[one.state][1].lower()
        yield (f"{GOING}#{one.number} ", Code(one.version), f" {words}")
    waiting = len(cell.live) - len(going)
    if waiting:
        yield (QUEUED.format(count=waiting),)
    for lock in cell.locks:
        until: Words = (" until ", When(lock.until, "date_time")) if lock.until else ()
        only = ONLY.format(only=lock.only) if lock.only else ""
        yield (WARNED if lock.warning else LOCKED, lock.owner_name or Mention(lock.owner), only, *until)
    if cell.frozen is not None:
        freeze, thaws = cell.frozen
        yield (COLD, freeze.what, *((" until ", When(thaws, "date_time")) if thaws else ()))
    if cell.behind is not None:
        yield (BEHIND.format(environment=cell.behind.environment), Code(cell.behind.version), ")")


def _filter(wanted: ShowStatus) -> str:
    said = [wanted.service, wanted.environment, "mine" if wanted.mine else ""]
    said.append(f"like “{wanted.like}”" if wanted.like else "")
    words = ", ".join(filter(None, said))
    return f" ({words})" if words else ""


def _buttons(wanted: ShowStatus, page: int, pages: int) -> Iterator[Button]:
    if page > 0:
        yield _button(PREVIOUS, wanted, page - 1)
    if page < pages - 1:
        yield _button(NEXT, wanted, page + 1)
    yield _button(AGAIN, wanted, page)
    if not wanted.mine:
        yield _button(MINE, wanted, 0, mine=True)
    if wanted.mine or wanted.service or wanted.environment or wanted.like:
        yield Button(
            action="status",
            label=ALL,
            value=overview_value(service="", environment="", mine=False, like="", at_page=0),
        )


def _button(label: str, wanted: ShowStatus, page: int, *, mine: bool = False) -> Button:
    value = overview_value(
        service=wanted.service,
        environment=wanted.environment,
        mine=wanted.mine or mine,
        like=wanted.like,
        at_page=page,
    )
    return Button(action="status", label=label, value=value)
