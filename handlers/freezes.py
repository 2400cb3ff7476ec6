"""`/freezes`: what is frozen now, what will be soon, by whom or what; with buttons for those who may."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from bot.calendars.frozen import closed
from bot.calendars.planned import coming, holding
from bot.events.freezing import ShowFreezes
from bot.pages import Buttons, Heading, Page, Say, Shown, Small
from bot.people import Person
from bot.ports import Context
from bot.routing import Router
from bot.standing import Freeze, scope
from bot.words import Bold, Mention, Part, When, Words
from config.freezes import Scoped
from handlers import authority
from handlers.freeze import covered, denied
from handlers.freeze_words import buttons, until_words

router = Router()

SOON = 14 * 86_400.0
LINES_MOST = 15
PLACES_MOST = 3
NOW, COMING = "Frozen now", "In the next two weeks"
NOTHING = "Nothing is frozen{where}, and nothing is planned for the next two weeks."
LISTED = "What is frozen{where}"
MORE = "… and {count} more. Name a service or an environment to see fewer."
EVERYWHERE = "everything with a policy"
READ = ": read "
NEVER_READ = ": never read"
PROBLEM = "; now it can't be: {problem}"


class _Line(msgspec.Struct, frozen=True):
    """What holds where, from when, until when; `declared` when people did."""

    begins: float
    ends: float
    where: str
    what: str
    declared: Freeze | None = None


@router.command(ShowFreezes)
async def show_freezes(event: ShowFreezes, ctx: Context) -> None:
    """Seen only by who asked."""
    person = await authority.admitted(ctx, event.by)
    where = f" for {scope(event.service, event.environment)}" if event.service or event.environment else ""
    lines = sorted(
        [*await _declared(ctx, event), *_closed(ctx, event), *_planned(ctx, event)],
        key=lambda one: (one.begins, one.ends),
    )
    now = [one for one in lines if one.begins <= ctx.clock.now()]
    later = [one for one in lines if one.begins > ctx.clock.now()]
    parts: list[Shown] = [] if lines else [Say((NOTHING.format(where=where),))]
    for heading, some in ((NOW, now), (COMING, later)):
        if some:
            parts += [Heading(heading), *await _shown(ctx, person, some)]
    parts += _calendars(ctx, event)
    await ctx.chat.show(person.id, event.place, Page(parts=tuple(parts), fallback=LISTED.format(where=where)))


async def _shown(ctx: Context, person: Person, lines: list[_Line]) -> list[Shown]:
    parts: list[Shown] = []
    for one in lines[:LINES_MOST]:
        parts.append(Say(_words(one, ctx.clock.now())))
        found = one.declared
        if found and (
            found.owner == person.id or not await denied(ctx, person, found.service, found.environment)
        ):
            parts.append(Buttons(buttons(found)))
    left = len(lines) - LINES_MOST
    return [*parts, *([Small((MORE.format(count=left),))] if left > 0 else [])]


def _words(one: _Line, now: float) -> Words:
    words: list[Part] = [Bold(one.where), ": "]
    words += ["from ", When(one.begins, "date_time"), " "] if one.begins > now else []
    if one.declared is not None:
        incident = " (incident)" if one.declared.incident else ""
        return (
            *words,
            *until_words(one.declared),
            ", by ",
            Mention(one.declared.owner),
            f"{incident}: {one.what}",
        )
    until: Words = ("until ", When(one.ends, "date_time"), ", ") if one.ends else ()
    return (*words, *until, one.what)


async def _declared(ctx: Context, event: ShowFreezes) -> list[_Line]:
    return [
        _Line(one.made_at, one.until, one.scope, one.reason, one)
        for one in await ctx.store.standing(Freeze)
        if one.stands(ctx.clock.now()) and _concerns(event, [one.service], [one.environment])
    ]


def _closed(ctx: Context, event: ShowFreezes) -> Iterator[_Line]:
    """Places outside of every window, those of one policy together."""
    found: dict[str, list[str]] = {}
    for service, environment in covered(ctx, event.service, event.environment):
        found.setdefault(ctx.settings.policy_for(service, environment)[0], []).append(
            scope(service, environment)
        )
    for name, places in found.items():
        policy = ctx.settings.policies.get(name)
        for one in closed(policy, ctx.clock.now()) if policy else ():
            more = f" and {len(places) - PLACES_MOST} more" if len(places) > PLACES_MOST else ""
            yield _Line(one.begins, one.ends, ", ".join(places[:PLACES_MOST]) + more, one.what)


def _planned(ctx: Context, event: ShowFreezes) -> Iterator[_Line]:
    """What the configuration and its calendars freeze, now and soon."""
    now = ctx.clock.now()
    for name, freeze in ctx.settings.freezes.items():
        times = [one for one in (holding(freeze, now), coming(freeze, now, SOON)) if one]
        if _within(event, freeze):
            what = name + (f": {freeze.reason}" if freeze.reason else "")
            yield from (_Line(begins, ends, _where(freeze), what) for begins, ends in times)
    for name, source in ctx.settings.calendars.items():
        known = ctx.calendars.read(name)
        if not (known.good(source, now) and _within(event, source)):
            continue
        for one in known.occasions:
            if one.ends > now and one.begins <= now + SOON:
                yield _Line(one.begins, one.ends, _where(source), f"“{one.title}” in the calendar {name}")


def _calendars(ctx: Context, event: ShowFreezes) -> Iterator[Shown]:
    """How old what is known of each is."""
    for name, source in ctx.settings.calendars.items():
        if _within(event, source):
            known = ctx.calendars.read(name)
            words: list[Part] = ["Calendar ", Bold(name)]
            words += [READ, When(known.read_at, "relative")] if known.read_at else [NEVER_READ]
            words += [PROBLEM.format(problem=known.problem)] if known.problem else []
            yield Small(tuple(words))


def _within(event: ShowFreezes, scoped: Scoped) -> bool:
    return _concerns(event, scoped.services or [""], scoped.environments or [""])


def _concerns(event: ShowFreezes, services: list[str], environments: list[str]) -> bool:
    """Whether a scope touches what was asked about; empty is everything on both sides."""
    service = not event.service or bool({"", event.service} & set(services))
    return service and (not event.environment or bool({"", event.environment} & set(environments)))


def _where(scoped: Scoped) -> str:
    services, environments = ", ".join(scoped.services), ", ".join(scoped.environments)
    return scope(services, environments) if services or environments else EVERYWHERE
