"""Rights that were good when they were used, asked again before anything starts: people leave while things wait."""

from __future__ import annotations

import msgspec

from bot.approvals import complete
from bot.deployments import Approval
from bot.errors import Refused
from bot.people import Person
from bot.ports import Context
from handlers import authority

VOTE_GONE = "{name} may no longer approve it"


async def may(ctx: Context, who: Person, references: list[str]) -> bool:
    """Whether somebody, if he is still admitted at all, is among these. Raises `Unreachable`."""
    try:
        person = await authority.admitted(ctx, who)
    except Refused:
        return False
    return bool(await authority.belongs(ctx, person, references))


async def votes_gone(ctx: Context, approval: Approval) -> tuple[str, ...]:
    """Whose approval counts no more, one sentence each; empty while what is left is enough. Raises `Unreachable`."""
    references = [one for clause in approval.clauses for one in clause.of]
    votes, lost = [], []
    for vote in approval.votes:
        belongs = await _belongs(ctx, Person(id=vote.by, name=vote.name, team=vote.team), references)
        votes.append(msgspec.structs.replace(vote, belongs=belongs))
        if not belongs:
            lost.append(VOTE_GONE.format(name=vote.name))
    if complete(msgspec.structs.replace(approval, votes=tuple(votes))):
        return ()
    return tuple(lost) or tuple(VOTE_GONE.format(name=vote.name) for vote in approval.votes)


async def _belongs(ctx: Context, who: Person, references: list[str]) -> tuple[str, ...]:
    try:
        person = await authority.admitted(ctx, who, at_most=authority.DECISIVE)
    except Refused:
        return ()
    return await authority.belongs(ctx, person, references, at_most=authority.DECISIVE)
