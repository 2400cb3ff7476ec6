"""In whose right somebody approves: his own, or that of somebody who has delegated it to him. Asked at the click."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from bot.approvals import can_fill, describe, missing
from bot.deployments import Approval, Deployment, Vote
from bot.errors import Refused
from bot.people import Person
from bot.ports import Context
from bot.reasons import Reason
from bot.standing.delegations import Delegation
from handlers import authority

OWN = "You asked for this deployment, so you can't approve it."
OWN_OUT = "Somebody else of {who} has to."
FOR_WHO_ASKED = "{name} asked for this deployment, so you can't approve it in that place."
UNCODED = (
    "{name} let you approve in his place without a code of his, and here it takes one: it does not count."
)
UNCODED_OUT = "He says `{command} delegate end`, then delegates it once more."
NOT_ALLOWED = "You may not approve this deployment: that is for {who}."
ALREADY_YOU = "You have approved this already; {missing} still missing."
ALREADY_PLACE = "That part is approved already by {who}; {missing} still missing."
ALREADY_RIGHT = "That right has been used for this already, by {who}; {missing} still missing."


class Capacity(msgspec.Struct, frozen=True, kw_only=True):
    """Whose right it is, and what counts of it. `delegation` is how it came to who uses it; None for his own."""

    right: Person
    belongs: tuple[str, ...]
    delegation: Delegation | None = None


async def capacities(
    ctx: Context, person: Person, found: Deployment, references: Sequence[str], *, at_most: float
) -> list[Capacity]:
    """His own right first, then those that others delegated to him, the oldest first. Nobody acts for who asked.

    What was delegated to somebody who delegates goes no further: each of them needs a right of his own.
    """
    own = await authority.belongs(ctx, person, references, at_most=at_most)
    usable = [Capacity(right=person, belongs=own)] if own else []
    for one in await delegated_to(ctx, person, found):
        owner = await owner_of(ctx, one, at_most=at_most)
        if owner is None or owner.id == found.requester.id:
            continue
        belongs = await authority.belongs(ctx, owner, references, at_most=at_most)
        if belongs:
            usable.append(Capacity(right=owner, belongs=belongs, delegation=one))
    return usable


async def delegated_to(ctx: Context, person: Person, found: Deployment) -> list[Delegation]:
    """The delegations to somebody that stand now, cover where the deployment goes, and count there.

    Where codes are asked for, none counts that was made without one.
    """
    step_up = found.approval is not None and found.approval.step_up
    return [one for one in await _lent(ctx, person, found) if one.counts(step_up=step_up)]


async def _lent(ctx: Context, person: Person, found: Deployment) -> list[Delegation]:
    standing = await ctx.store.standing(Delegation, service=found.service, environment=found.environment)
    now = ctx.clock.now()
    return [one for one in standing if one.to == person.id and one.stands(now)]


async def owner_of(ctx: Context, one: Delegation, *, at_most: float) -> Person | None:
    """Who delegated it, as the chat vouches for him now; None when he himself may do nothing any more."""
    try:
        owner = Person(id=one.owner, name=one.owner_name, team=one.owner_team)
        return await authority.admitted(ctx, owner, at_most=at_most)
    except Refused:
        return None


async def fitting(ctx: Context, person: Person, found: Deployment) -> Capacity:
    """The right by which he fills a place that is still open. Raises `Refused` with why there is none."""
    approval = asked(found)
    if approval.four_eyes and person.id == found.requester.id:
        raise Refused(Reason.OWN_DEPLOYMENT, OWN, way_out=OWN_OUT.format(who=describe(approval.clauses)))
    usable = await capacities(ctx, person, found, references_of(approval), at_most=authority.DECISIVE)
    if not usable:
        await _none(ctx, person, found)
    still = describe(missing(approval.clauses, approval.votes))
    if any(vote.by == person.id for vote in approval.votes):
        raise Refused(Reason.ALREADY_APPROVED, ALREADY_YOU.format(missing=still))
    unused = [one for one in usable if all(vote.right != one.right.id for vote in approval.votes)]
    if not unused:
        rights = {one.right.id for one in usable}
        who = ", ".join(vote.name for vote in approval.votes if vote.right in rights)
        raise Refused(Reason.ALREADY_APPROVED, ALREADY_RIGHT.format(who=who, missing=still))
    for one in unused:
        if can_fill(approval, one.belongs):
            return one
    who = ", ".join(vote.name for vote in approval.votes)
    raise Refused(Reason.ALREADY_APPROVED, ALREADY_PLACE.format(who=who, missing=still))


async def may_decide(ctx: Context, person: Person, found: Deployment) -> bool:
    """Whether he, by whatever right, is among those who are asked."""
    references = references_of(asked(found))
    return bool(await capacities(ctx, person, found, references, at_most=authority.DECISIVE))


def vote_by(
    ctx: Context, person: Person, capacity: Capacity, *, comment: str = "", coded: bool = False
) -> Vote:
    """His approval in that capacity, now."""
    delegation = capacity.delegation
    return Vote(
        by=person.id,
        name=person.name,
        at=ctx.clock.now(),
        belongs=capacity.belongs,
        team=person.team,
        on_behalf=capacity.right.id if delegation else "",
        on_behalf_name=capacity.right.name if delegation else "",
        delegation=delegation.id if delegation else "",
        comment=comment,
        coded=coded,
    )


def references_of(approval: Approval) -> list[str]:
    """Everybody who counts, as the configuration names them."""
    return list(dict.fromkeys(one for clause in approval.clauses for one in clause.of))


def asked(found: Deployment) -> Approval:
    assert found.approval is not None, "a deployment that awaits approval has its question"
    return found.approval


async def _none(ctx: Context, person: Person, found: Deployment) -> None:
    """Raises `Refused`: he has no right here, or only that of who asked, or one that was lent without a code."""
    approval = asked(found)
    for one in await _lent(ctx, person, found):
        if one.owner == found.requester.id:
            words = FOR_WHO_ASKED.format(name=one.owner_name)
            out = OWN_OUT.format(who=describe(approval.clauses))
            raise Refused(Reason.OWN_DEPLOYMENT, words, way_out=out)
        if not one.counts(step_up=approval.step_up):
            words = UNCODED.format(name=one.owner_name)
            out = UNCODED_OUT.format(command=ctx.settings.slack.command())
            raise Refused(Reason.CODE_NEEDED, words, way_out=out)
    raise Refused(Reason.NOT_ALLOWED_TO_APPROVE, NOT_ALLOWED.format(who=describe(approval.clauses)))
