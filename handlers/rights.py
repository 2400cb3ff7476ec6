"""Rights that were good when they were used, asked again before anything starts: people leave while things wait."""

from __future__ import annotations

import msgspec

from bot.approvals import complete
from bot.deployments import Approval, Deployment
from bot.errors import Refused
from bot.people import Person
from bot.ports import Context
from bot.reasons import Reason
from handlers import authority
from handlers.lane import policy_of

NO_DEPLOY = "{name} may no longer deploy {service} to {environment}: that is for {who}."
NO_GLASS = "{name} may no longer break the glass for {service} in {environment}: that is for {who}."
GONE = "{name} may no longer use this bot: {why}"
VOTE_GONE = "{name} may no longer approve it"


async def gone(ctx: Context, found: Deployment, *, glass: str = "") -> Refused | None:
    """Why who asked, or who broke the `glass` (a user id), may no longer do so; None when they still may.

    Raises `Unreachable`.
    """
    policy = policy_of(ctx, found)
    where = {"service": found.service, "environment": found.environment}
    asked = found.requester
    no = await _may(ctx, asked, policy.deploy, Reason.NOT_ALLOWED_TO_DEPLOY, NO_DEPLOY, where)
    if no is not None or not glass:
        return no
    team = found.broken.team if found.broken is not None else ""
    breaker = asked if glass == asked.id else Person(id=glass, name=f"<@{glass}>", team=team)
    return await _may(ctx, breaker, policy.break_glass, Reason.NOT_ALLOWED_TO_BREAK_GLASS, NO_GLASS, where)


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


async def _may(  # noqa: PLR0917 - each is one part of the question
    ctx: Context, who: Person, references: list[str], reason: Reason, sentence: str, where: dict[str, str]
) -> Refused | None:
    try:
        person = await authority.admitted(ctx, who)
    except Refused as no:
        return Refused(no.reason, GONE.format(name=who.name, why=no.sentence), way_out=no.way_out)
    if await authority.belongs(ctx, person, references):
        return None
    return Refused(reason, sentence.format(name=person.name, who=authority.named(references), **where))


async def _belongs(ctx: Context, who: Person, references: list[str]) -> tuple[str, ...]:
    try:
        person = await authority.admitted(ctx, who, at_most=authority.DECISIVE)
    except Refused:
        return ()
    return await authority.belongs(ctx, person, references, at_most=authority.DECISIVE)
