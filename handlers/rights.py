"""Rights that were good when they were used, asked again before anything starts: people leave while things wait."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from bot.approvals import complete
from bot.deployments import Approval, Vote
from bot.errors import Refused
from bot.people import Person
from bot.ports import Context
from bot.standing.delegations import Delegation
from handlers import authority
from handlers.capacities import owner_of, references_of

VOTE_GONE = "{name} may no longer approve it"
VOTE_GONE_FOR = "{name} may no longer approve it for {owner}"


async def may(ctx: Context, who: Person, references: list[str]) -> bool:
    """Whether somebody, if he is still admitted at all, is among these. Raises `Unreachable`."""
    try:
        person = await authority.admitted(ctx, who)
    except Refused:
        return False
    return bool(await authority.belongs(ctx, person, references))


async def votes_gone(ctx: Context, approval: Approval) -> tuple[str, ...]:
    """Whose approval counts no more, one sentence each; empty while what is left is enough. Raises `Unreachable`."""
    references = references_of(approval)
    votes, lost = [], []
    for vote in approval.votes:
        belongs = await still_counts(ctx, vote, references, step_up=approval.step_up)
        votes.append(msgspec.structs.replace(vote, belongs=belongs))
        if not belongs:
            lost.append(_gone(vote))
    if complete(msgspec.structs.replace(approval, votes=tuple(votes))):
        return ()
    return tuple(lost) or tuple(_gone(vote) for vote in approval.votes)


async def still_counts(
    ctx: Context, vote: Vote, references: Sequence[str], *, step_up: bool
) -> tuple[str, ...]:
    """What an approval counts for now: the voter is still admitted, and whoever's right it is still has it.

    With `step_up` it counts by a delegation only when that took a code, too.
    """
    try:
        voter = Person(id=vote.by, name=vote.name, team=vote.team)
        person = await authority.admitted(ctx, voter, at_most=authority.DECISIVE)
    except Refused:
        return ()
    if vote.delegation:
        found = await ctx.store.stood(vote.delegation)
        if not isinstance(found, Delegation) or found.to != person.id or not found.stands(ctx.clock.now()):
            return ()
        if not found.counts(step_up=step_up):
            return ()
        owner = await owner_of(ctx, found, at_most=authority.DECISIVE)
        if owner is None:
            return ()
        person = owner
    return await authority.belongs(ctx, person, references, at_most=authority.DECISIVE)


def _gone(vote: Vote) -> str:
    if vote.on_behalf:
        return VOTE_GONE_FOR.format(name=vote.name, owner=vote.on_behalf_name)
    return VOTE_GONE.format(name=vote.name)
