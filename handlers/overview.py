"""What is where: every configured place with what runs there, how it went, what waits, what is locked, what lags behind."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

import msgspec

from bot.deployments import Brief, Deployment
from bot.events import lane
from bot.gates import FreezeNow
from bot.ports import Context
from bot.standing import Lock
from config.models import Settings
from handlers.frozen import frozen_now

PLACES_A_PAGE = 24


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """One service in one environment. `good` is what runs there, `last` how the newest run ended.

    `behind` is the environment it should follow, when another version runs there since. `frozen` is what freezes it now,
    and until when (0 unknown); only known where it is shown, see `with_freezes`.
    """

    service: str
    environment: str
    good: Brief | None = None
    last: Brief | None = None
    live: tuple[Deployment, ...] = ()
    locks: tuple[Lock, ...] = ()
    behind: Brief | None = None
    frozen: tuple[FreezeNow, float] | None = None


class Turned(msgspec.Struct, frozen=True, kw_only=True):
    """One page of cells: `page` counts from 0, `first` is the place of its first cell among `all`, from 0."""

    cells: tuple[Cell, ...]
    page: int
    pages: int
    first: int
    all: int


async def cells(ctx: Context) -> list[Cell]:
    """Every place, in the order of the configuration. One query for each thing, however many places there are."""
    settings = ctx.settings
    places = [(name, place) for name, service in settings.services.items() for place in service.environments]
    lanes = [lane(*place) for place in places]
    good = {one.lane: one for one in await ctx.store.newest_goods(lanes)}
    last = {one.lane: one for one in await ctx.store.newest_runs(lanes)}
    live = _by_lane(await ctx.store.live())
    now = ctx.clock.now()
    locks = _by_scope(one for one in await ctx.store.standing(Lock) if one.stands(now))
    return [
        Cell(
            service=service,
            environment=environment,
            good=good.get(here := lane(service, environment)),
            last=last.get(here),
            live=tuple(live[here]),
            locks=tuple(
                one
                for scope in ((service, environment), (service, ""), ("", environment), ("", ""))
                for one in locks[scope]
            ),
            behind=_behind(settings, service, environment, good),
        )
        for service, environment in places
    ]


def turned(cells: Sequence[Cell], page: int) -> Turned:
    """A page of them; one beyond the last is the last."""
    pages = max(1, -(-len(cells) // PLACES_A_PAGE))
    at = min(page, pages - 1)
    first = at * PLACES_A_PAGE
    shown = tuple(cells[first : first + PLACES_A_PAGE])
    return Turned(cells=shown, page=at, pages=pages, first=first, all=len(cells))


async def with_freezes(ctx: Context, page: Turned) -> Turned:
    """What freezes each place, for those that are shown: it is reckoned place by place."""
    shown = [
        msgspec.structs.replace(one, frozen=await frozen_now(ctx, one.service, one.environment))
        for one in page.cells
    ]
    return msgspec.structs.replace(page, cells=tuple(shown))


def concerns(cell: Cell, user: str) -> bool:
    """Whether it is somebody's: what he brought there, what he asked for, what he locked."""
    people = [one.requester.id for one in (cell.good, *cell.live) if one is not None]
    return user in [*people, *(one.owner for one in cell.locks)]


def holds(cell: Cell, settings: Settings, words: str) -> bool:
    """Whether the words stand in a name, an alias, the description, a version, or a person's name."""
    service = settings.services[cell.service]
    known = [cell.service, cell.environment, service.description, *service.aliases]
    known += service.environments[cell.environment].aliases
    for one in (cell.good, *cell.live):
        known += [one.version, one.requester.name] if one is not None else []
    return any(words.lower() in word.lower() for word in known)


def _by_lane(live: Iterable[Deployment]) -> defaultdict[str, list[Deployment]]:
    found: defaultdict[str, list[Deployment]] = defaultdict(list)
    for one in live:
        found[one.lane].append(one)
    return found


def _by_scope(locks: Iterable[Lock]) -> defaultdict[tuple[str, str], list[Lock]]:
    found: defaultdict[tuple[str, str], list[Lock]] = defaultdict(list)
    for one in locks:
        found[one.service, one.environment].append(one)
    return found


def _behind(settings: Settings, service: str, environment: str, good: dict[str, Brief]) -> Brief | None:
    """What the place before it has since: the one that the policy wants first, else the one that stands before it."""
    here = good.get(lane(service, environment))
    known = list(settings.services[service].environments)
    after = [one for one in settings.policy_for(service, environment)[1].after if one in known]
    before = after[-1:] or known[: known.index(environment)][-1:]
    there = good.get(lane(service, before[0])) if before else None
    if here is None or there is None or there.ended_at <= here.ended_at:
        return None
    same = there.version == here.version and not (
        there.digest and here.digest and there.digest != here.digest
    )
    return None if same else there
