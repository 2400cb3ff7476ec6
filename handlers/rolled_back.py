"""What a rollback brings with it: what it goes back from knows of it, its version may be marked, its place be locked.

Marks and locks are made as soon as the rollback is accepted, and stay whatever becomes of it.
"""

from __future__ import annotations

import msgspec

from bot.audit import ENGINE
from bot.deployments import Deployment
from bot.earlier import GoingBack, TakenBack
from bot.events import DeploymentEnded, DeploymentRequested, Tell
from bot.events.rollback import LockAfterRollback
from bot.lifecycle import State
from bot.ports import Context
from bot.routing import Router
from bot.standing import BadVersion, Lock
from bot.standing.base import standing_id
from bot.words import Words
from handlers.lane import known, touch
from handlers.lock_changes import end, run_out, stand
from handlers.rollback_notes import NO_CASCADE, NO_CASCADE_LOCKED, not_further, taken_back

router = Router()

LOCKED_ALREADY = "{scope} is locked already, by {who}: {why} Your rollback goes on; nothing was locked anew."
FAILED = "the rollback #{number} to {version} did not succeed; somebody has to look at it first"
LEAVES_A_MESS = frozenset({State.FAILED, State.LOST, State.ABORTED})


@router.on(DeploymentRequested)
async def rollback_accepted(event: DeploymentRequested, ctx: Context) -> None:
    found = await ctx.store.deployment(event.deployment)
    if found is None or found.rolls_back is None:
        return
    old = await ctx.store.deployment(found.rolls_back.deployment)
    if old is not None:
        by = TakenBack(deployment=found.id, number=found.number, version=found.version)
        touch(ctx, old, taken_back=by)
    if found.rolls_back.mark_bad:
        await _mark(ctx, found, found.rolls_back)
    if found.rolls_back.lock_place:
        await _lock(ctx, found, found.rolls_back.why)


@router.on(DeploymentEnded)
async def rollback_ended(event: DeploymentEnded, ctx: Context) -> None:
    """What was rolled back says so; what was not says nothing of it any more."""
    found = await ctx.store.deployment(event.deployment)
    if found is None or found.rolls_back is None:
        return
    old = await ctx.store.deployment(found.rolls_back.deployment)
    succeeded = found.state is State.SUCCEEDED
    if old is not None and old.taken_back is not None and old.taken_back.deployment == found.id:
        at = msgspec.structs.replace(old.taken_back, at=found.ended_at)
        touch(ctx, old, taken_back=at if succeeded else None)
    if succeeded and old is not None:
        ctx.changes.audit("rolled_back", actor=found.requester.id, about=old.id, deployment=found.id)
        taken_back(ctx, old, found)
    elif _left_a_mess(found):
        ctx.changes.publish(LockAfterRollback(deployment=found.id), subject=found.lane)


@router.command(LockAfterRollback)
async def lock_after_rollback(event: LockAfterRollback, ctx: Context) -> None:
    """Nobody knows what runs there now: never a cascade, but people, and another rollback if they want one."""
    found = await known(ctx, event.deployment)
    standing, over = await _there(ctx, found)
    mine = next((one for one in standing if one.owner == ENGINE or _same_scope(one, found)), None)
    if mine is None:
        for one in over:
            run_out(ctx, one)
        why = FAILED.format(number=found.number, version=found.version)
        _stand(ctx, found, owner=ENGINE, name="", why=why)
    if mine is None or mine.owner == ENGINE:
        not_further(ctx, found, NO_CASCADE.format(scope=f"{found.service} in {found.environment}"))
    else:
        who = mine.owner_name or mine.owner
        not_further(ctx, found, NO_CASCADE_LOCKED.format(scope=mine.scope, who=who, why=mine.reason))


def _left_a_mess(found: Deployment) -> bool:
    """Whether it may have run and left its place half done, without anybody who knows because he cancelled it."""
    begun = bool(found.started_at) or (found.state is State.LOST and found.ref is not None)
    return begun and found.state in LEAVES_A_MESS and not found.cancelled_by


async def _mark(ctx: Context, found: Deployment, back: GoingBack) -> None:
    bad = BadVersion(
        id=standing_id(f"{ctx.message}/bad"),
        service=found.service,
        owner=found.requester.id,
        owner_name=found.requester.name,
        made_at=ctx.clock.now(),
        version=back.version,
        digest=back.digest,
        reason=back.why,
        deployment=back.deployment,
    )
    marked = await ctx.store.standing(BadVersion, slot=bad.slot)
    if any(one.stands(bad.made_at) for one in marked):
        return
    ctx.changes.save(bad)
    ctx.changes.audit(
        "version_marked_bad",
        actor=bad.owner,
        about=back.deployment,
        service=bad.service,
        version=bad.version,
        why=bad.reason,
    )


async def _lock(ctx: Context, found: Deployment, why: str) -> None:
    """In the name of who asked. What a failure locked he takes over; another's lock stands as it is, and he hears so."""
    standing, over = await _there(ctx, found)
    mine = next((one for one in standing if _same_scope(one, found) and one.owner != ENGINE), None)
    if mine is not None:
        sentence = LOCKED_ALREADY.format(
            scope=mine.scope, who=mine.owner_name or mine.owner, why=f"{mine.reason}."
        )
        words: Words = (sentence,)
        ctx.changes.publish(Tell(user=found.told, place=found.place, words=words, deployment=found.id))
        return
    for one in over:
        run_out(ctx, one)
    for one in standing:
        end(ctx, one, found.requester.id)
    _stand(ctx, found, owner=found.requester.id, name=found.requester.name, why=why)


async def _there(ctx: Context, found: Deployment) -> tuple[list[Lock], list[Lock]]:
    """The hard locks on this very place that stand, and those that have run out and nobody has noted it."""
    every = await ctx.store.standing(Lock, service=found.service, environment=found.environment)
    locks = [one for one in every if _same_scope(one, found)]
    now = ctx.clock.now()
    return [one for one in locks if one.stands(now)], [one for one in locks if not one.stands(now)]


def _same_scope(one: Lock, found: Deployment) -> bool:
    return (one.service, one.environment) == (found.service, found.environment)


def _stand(ctx: Context, found: Deployment, *, owner: str, name: str, why: str) -> None:
    lock = Lock(
        id=standing_id(f"{ctx.message}/lock"),
        service=found.service,
        environment=found.environment,
        owner=owner,
        owner_name=name,
        team=found.requester.team,
        made_at=ctx.clock.now(),
        touched_at=ctx.clock.now(),
        reason=why,
        deployment=found.id,
        place=msgspec.structs.replace(found.place, response_url=""),
    )
    stand(ctx, lock)
    ctx.changes.audit("lock_given", actor=owner, about=found.id, scope=lock.scope, why=why)
