"""How a version fares in the environments that it has to have been in before, as of now."""

from __future__ import annotations

from bot.events import lane
from bot.gates import Situation, Step
from bot.gates.steps import step
from bot.goods import LOOKED_BACK
from bot.ports import Context


async def steps_now(ctx: Context, so: Situation) -> tuple[Step, ...]:
    """A step for each that the policy's `after` asks for and the configuration has."""
    place = ctx.settings.services.get(so.service)
    known = place.environments if place else {}
    by_commit = place is not None and place.repository.there
    return tuple([await _step(ctx, so, one, by_commit) for one in so.policy.after if one in known])


async def _step(ctx: Context, so: Situation, environment: str, by_commit: bool) -> Step:
    """From what ran there lately; of what is longer ago, only that it was there, and when something else came."""
    ran = await ctx.store.ran(so.service, environment, LOOKED_BACK)
    found = step(environment, ran, so.version, so.digest, by_commit=by_commit)
    if found.since or found.named or len(ran) < LOOKED_BACK:
        return found
    was = await ctx.store.went(lane(so.service, environment), so.version)
    if was is None:
        return found
    after = await ctx.store.good_after(was.lane, was.ended_at)
    longer_ago = [*([after] if after else []), was]
    return step(environment, longer_ago, so.version, so.digest, by_commit=by_commit)
