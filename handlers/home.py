"""App Home: approvals that wait for the person who looks, also of a configuration, his deployments, locks he holds, and what is live."""

from __future__ import annotations

import hashlib

import msgspec

from bot.approvals import can_fill
from bot.deployments import Deployment
from bot.errors import Refused
from bot.events import (
    ApprovalGiven,
    ApprovalRequested,
    ApprovalVoided,
    DeploymentEnded,
    DeploymentQueued,
    DeploymentStarted,
)
from bot.events.locks import LockEnded, LockGiven
from bot.events.surface import OpenHome, RefreshHome, RefreshHomes
from bot.guards import helps, references
from bot.homes import Home
from bot.lifecycle import State
from bot.pages import Page
from bot.people import Person
from bot.ports import Context
from bot.routing import Router
from bot.standing import ConfigurationChange, Lock
from handlers import authority
from handlers.capacities import capacities, references_of
from handlers.guarding import open_change
from handlers.home_view import Seen, home, refused
from handlers.homes import changed
from handlers.overview import cells

router = Router()

LATELY = 30 * 60.0
"""Seconds since it was opened, in which a home follows what happens."""
HOMES_MOST = 50
NOBODY_LOOKS = 300.0
"""Seconds after which a drawing that Slack could not be given is not made up for: the next opening draws anew."""
MINE_MOST, ENDED_MOST = 15, 5


@router.command(OpenHome)
async def open_home(event: OpenHome, ctx: Context) -> None:
    """Drawn whenever it is opened, and followed for a while from then on."""
    if ctx.clock.now() - ctx.at > NOBODY_LOOKS:
        return
    page = await _page(ctx, event.by)
    await ctx.chat.publish_home(event.by.id, page)
    ctx.changes.save(Home(user=event.by.id, team=event.by.team, opened_at=ctx.at, shown=_digest(page)))


@router.on(
    ApprovalRequested,
    ApprovalGiven,
    ApprovalVoided,
    DeploymentQueued,
    DeploymentStarted,
    DeploymentEnded,
    LockGiven,
    LockEnded,
)
async def something_changed(_event: object, ctx: Context) -> None:
    changed(ctx)


@router.command(RefreshHomes)
async def refresh_homes(_event: RefreshHomes, ctx: Context) -> None:
    """A bounded number of them, each on its own subject: a person who can't be looked up holds up nobody else's."""
    for one in await ctx.store.homes(ctx.clock.now() - LATELY, HOMES_MOST):
        ctx.changes.publish(RefreshHome(by=Person(id=one.user, name=one.user, team=one.team)))


@router.command(RefreshHome)
async def refresh_home(event: RefreshHome, ctx: Context) -> None:
    """What would look the same is not published: Slack takes about a hundred homes in a minute."""
    before = await ctx.store.home(event.by.id)
    late = ctx.clock.now() - ctx.at > NOBODY_LOOKS
    if before is None or late or ctx.clock.now() - before.opened_at > LATELY:
        return
    page = await _page(ctx, event.by)
    if (shown := _digest(page)) == before.shown:
        return
    await ctx.chat.publish_home(event.by.id, page)
    ctx.changes.save(msgspec.structs.replace(before, shown=shown))


async def _page(ctx: Context, who: Person) -> Page:
    try:
        person = await authority.admitted(ctx, who)
    except Refused as no:
        return refused(no)
    live = await ctx.store.live()
    asked = await ctx.store.asked_by(person.id, MINE_MOST + ENDED_MOST)
    now = ctx.clock.now()
    mine = [one for one in live if one.requester.id == person.id]
    going = {one.id for one in mine}
    seen = Seen(
        approvals=tuple([one for one in live if await _waits_for(ctx, person, one)]),
        change=await _change_for(ctx, person),
        mine=tuple(mine[-MINE_MOST:]),
        # One that ends between the two looks stands there once.
        ended=tuple(one for one in asked if one.state.ended and one.id not in going)[:ENDED_MOST],
        locks=tuple(one for one in await ctx.store.standing(Lock, owner=person.id) if one.stands(now)),
        cells=tuple(await cells(ctx)),
    )
    return home(seen, ctx.settings)


async def _waits_for(ctx: Context, person: Person, one: Deployment) -> bool:
    """Whether his approval would count: he may give it, has not, and a place that he can fill is open."""
    approval = one.approval
    if one.state is not State.AWAITING_APPROVAL or approval is None:
        return False
    if approval.four_eyes and one.requester.id == person.id:
        return False
    if approval.expires_at <= ctx.clock.now() or any(vote.by == person.id for vote in approval.votes):
        return False
    usable = await capacities(ctx, person, one, references_of(approval), at_most=authority.USUAL)
    used = {vote.right for vote in approval.votes}
    return any(can_fill(approval, each.belongs) for each in usable if each.right.id not in used)


async def _change_for(ctx: Context, person: Person) -> ConfigurationChange | None:
    """The change of the configuration that waits for approval, if his would count."""
    change = await open_change(ctx)
    if change is None or not change.stands(ctx.clock.now()):
        return None
    own = person.id == change.owner and any(one.four_eyes for one in change.questions)
    if own or any(vote.by == person.id for vote in change.votes):
        return None
    belongs = await authority.belongs(ctx, person, references(change))
    return change if belongs and helps(change, belongs) else None


def _digest(page: Page) -> str:
    return hashlib.blake2s(msgspec.json.encode(page), digest_size=12).hexdigest()
