"""What a rollback brings with it: what it goes back from knows of it, its version may be marked, its place be locked.

Marks and locks are made as soon as the rollback is accepted, and stay whatever becomes of it.
"""

from __future__ import annotations

import msgspec

from bot.audit import ENGINE
from bot.deployments import Deployment
from bot.earlier import GoingBack, TakenBack
from bot.events import DeploymentEnded, DeploymentRequested, Tell
from bot.lifecycle import State
from bot.ports import Context
from bot.routing import Router
from bot.standing import BadVersion, Lock
from bot.standing.base import standing_id
from bot.words import Words
from handlers.lane import touch
from handlers.lock_changes import end, in_scope, run_out, stand
from handlers.queue import wake
from handlers.rollback_notes import not_further, taken_back

router = Router()

LOCKED_ALREADY = "{scope} is locked already, by {who}: {why} Your rollback goes on; nothing was locked anew."
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
    """What was rolled back says so; what was not says nothing of it any more. After a failure there is no cascade.

    The place is locked then, as after any failure that leaves a lock (`handlers/failure_lock.py`).
    """
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
        not_further(ctx, found)


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
    await wake(ctx, found.service, "")


async def _lock(ctx: Context, found: Deployment, why: str) -> None:
    """In the name of who asked. What a failure locked he takes over; another's lock stands as it is, and he hears so."""
    standing, over = await in_scope(ctx, found.service, found.environment)
    other = next((one for one in standing if one.owner != ENGINE), None)
    if other is not None:
        who = other.owner_name or other.owner
        words: Words = (LOCKED_ALREADY.format(scope=other.scope, who=who, why=f"{other.reason}."),)
        ctx.changes.publish(Tell(user=found.told, place=found.place, words=words, deployment=found.id))
        return
    for one in over:
        run_out(ctx, one)
    for one in standing:
        end(ctx, one, found.requester.id)
        ctx.changes.audit(
            "lock_taken_over",
            actor=found.requester.id,
            about=one.id,
            scope=one.scope,
            owner=one.owner,
            why=why,
        )
    lock = Lock(
        id=standing_id(f"{ctx.message}/lock"),
        service=found.service,
        environment=found.environment,
        owner=found.requester.id,
        owner_name=found.requester.name,
        team=found.requester.team,
        made_at=ctx.clock.now(),
        touched_at=ctx.clock.now(),
        reason=why,
        deployment=found.id,
        place=msgspec.structs.replace(found.place, response_url=""),
    )
    stand(ctx, lock)
    ctx.changes.audit("lock_given", actor=lock.owner, about=lock.id, scope=lock.scope, why=why)
