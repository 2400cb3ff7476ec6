"""Those who may decide in the place of somebody who is asked, so that they hear of it too."""

from __future__ import annotations

from bot.approvals import missing
from bot.deployments import Deployment
from bot.errors import Failure
from bot.ports import Context
from bot.standing.delegations import Delegation
from bot.words import Mention, Part
from handlers import authority
from handlers.capacities import owner_of

MOST = 5


async def delegates(ctx: Context, found: Deployment) -> list[Part]:
    """Mentions of whoever may fill a place that is still open for somebody else. Whom can't be asked about is left out."""
    approval = found.approval
    if approval is None:
        return []
    still = missing(approval.clauses, approval.votes)
    references = list(dict.fromkeys(one for clause in still for one in clause.of))
    standing = await ctx.store.standing(Delegation, service=found.service, environment=found.environment)
    people: list[str] = []
    for one in standing:
        usable = one.stands(ctx.clock.now()) and one.counts(step_up=approval.step_up)
        usable = usable and found.requester.id not in {one.owner, one.to}
        if usable and one.to not in people and await _counts(ctx, one, references):
            people.append(one.to)
    return [part for user in people[:MOST] for part in (Mention(user), " ")]


async def _counts(ctx: Context, one: Delegation, references: list[str]) -> bool:
    try:
        owner = await owner_of(ctx, one, at_most=authority.USUAL)
        return owner is not None and bool(await authority.belongs(ctx, owner, references))
    except Failure:
        return False
