"""What is known of a version outside: its commit, its build, and what is going out with it. For the gates, and the card."""

from __future__ import annotations

import asyncio

import msgspec

from bot.audit import ENGINE
from bot.deployments import Deployment
from bot.errors import Refused, Unreachable
from bot.events import lane
from bot.gates import Situation
from bot.gates.situation import Built
from bot.kinds import OF_ONE_COMMIT, Kind
from bot.outgoing import Outgoing
from bot.ports import Context
from bot.templates import render
from config.templates import NAMES
from handlers.lane import place_gone, touch

MOST_NEAR = 3
"""How many versions that are like the one asked for are looked at."""

_TWO = ("a" * 40, "b" * 40)
"""Any two digests."""


async def known(ctx: Context, so: Situation) -> Situation:
    """The situation with what git, GitHub and the builds say; nothing is asked where none of them is configured."""
    service = ctx.settings.services.get(so.service)
    if service is None or so.no_place or not so.fits:
        return so
    repository, builds = service.repository, service.versions.builds
    if not repository.there and not builds.there:
        return so
    needed = builds.there and builds.only_green and so.kind is not Kind.ROLLBACK
    (now, away), (built, unknown) = await asyncio.gather(
        _resolved(ctx, so.service, so.version), _built(ctx, so) if needed else _nothing()
    )
    so = _told_apart(ctx, so, now, away if repository.there else "", only_that=repository.there)
    return msgspec.structs.replace(
        so,
        build_needed=needed,
        built=built,
        build_unknown=unknown,
        built_instead=await _instead(ctx, so)
        if needed and not unknown and not (built and built.green)
        else "",
        outgoing=await _outgoing(ctx, so, so.digest, away) if repository.there else None,
    )


def _told_apart(ctx: Context, so: Situation, now: str, away: str, *, only_that: bool) -> Situation:
    """Which commit it is, and whether its name still leads there; `away` is why that can't be known."""
    told = pinned(ctx, so.service, so.environment, so.version)
    moved = _elsewhere(so.digest, now, told=told, only_that=only_that and so.kind in OF_ONE_COMMIT)
    return msgspec.structs.replace(
        so,
        digest=so.digest or ("" if moved else now),
        moved_to=moved,
        commit_unknown="" if told and so.digest else away,
    )


async def refreshed(ctx: Context, found: Deployment) -> Deployment:
    """The deployment with the commit that its version is now: a branch goes on while people decide.

    So is a name that the repository did not know when it was asked for. What was asked for by its commit keeps it: a promotion, a
    rollback, and what a job is told that is told the commit.
    """
    if found.kind in OF_ONE_COMMIT or place_gone(ctx, found):
        return found
    if found.digest and pinned(ctx, found.service, found.environment, found.version):
        return found
    now, _ = await _resolved(ctx, found.service, found.version)
    if not now or now == found.digest:
        return found
    ctx.changes.audit("version_moved", actor=ENGINE, about=found.id, before=found.digest, now=now)
    return touch(ctx, found, digest=now)


async def leads_there(ctx: Context, one: Deployment) -> bool:
    """Whether what ran then could be had by its version's name again, as far as can be known now."""
    service = ctx.settings.services.get(one.service)
    if service is None or place_gone(ctx, one):
        return True
    told = pinned(ctx, one.service, one.environment, one.version)
    if told and one.digest:
        return True
    now, _ = await _resolved(ctx, one.service, one.version)
    return not _elsewhere(one.digest, now, told=told, only_that=service.repository.there)


def _elsewhere(asked: str, now: str, *, told: bool, only_that: bool) -> str:
    """The commit that a name leads to now, when that is not what was asked for; "" when it is, or nobody can say.

    `told` says that the job is told the commit; `only_that` that a commit which nobody knew when it was asked for is another one.
    """
    if not now or now == asked:
        return ""
    return now if (not told if asked else only_that) else ""


def pinned(ctx: Context, service: str, environment: str, version: str) -> bool:
    """Whether the job is told the commit itself: then it does not matter where the version leads by now.

    So it is when another commit makes another call. A parameter that only has the word in it, or only asks whether there is a
    commit, tells the job nothing.
    """
    parameters = ctx.settings.services[service].environments[environment].parameters
    known = dict.fromkeys(NAMES, "") | {"service": service, "environment": environment, "version": version}
    try:
        one, other = (render(parameters, {**known, "digest": digest}) for digest in _TWO)
    except Refused:
        return False
    return one != other


async def _outgoing(ctx: Context, so: Situation, digest: str, away: str) -> Outgoing | None:
    """None while nothing has ever been there: then there is nothing to compare with."""
    last = await ctx.store.last_good(lane(so.service, so.environment))
    if last is None:
        return None
    live = last.digest
    if not live:
        # It went out before anybody asked for commits, or while nobody could.
        live, away_too = await _resolved(ctx, so.service, last.version)
        away = away or away_too
    if away and not (live and digest):
        return Outgoing(known=False, why=away)
    return await ctx.sources.outgoing(so.service, live, digest)


async def _resolved(ctx: Context, service: str, version: str) -> tuple[str, str]:
    """The digest, or why it can't be had now."""
    try:
        return await ctx.sources.resolve(service, version), ""
    except Unreachable as away:
        return "", away.sentence


async def _built(ctx: Context, so: Situation) -> tuple[Built | None, str]:
    """The build, or why nothing can be said of it now."""
    try:
        return await ctx.sources.built(so.service, so.version), ""
    except Unreachable as away:
        return None, away.sentence


async def _instead(ctx: Context, so: Situation) -> str:
    """The version nearest to what was asked for that was built green; "" when there is none, or nobody can say."""
    for near in await ctx.sources.versions(so.service, "builds", so.version, MOST_NEAR):
        built, _ = await _built(ctx, msgspec.structs.replace(so, version=near.version))
        if built is not None and built.green:
            return near.version
    return ""


async def _nothing() -> tuple[Built | None, str]:
    return None, ""
