"""Approvals that were given to exactly the same a short while ago count again, where the policy says so.

Exactly the same: the same fingerprint, its parameters compared with number and id of the deployment left out, because no two
deployments have these in common. A parameter that does more with them than show them can't be compared, and nothing is carried.
"""

from __future__ import annotations

import msgspec

from bot.approvals import can_fill, digest
from bot.audit import ENGINE
from bot.deployments import Approval, Deployment, Vote
from bot.lifecycle import State
from bot.ports import Context
from config.templates import only_shows
from handlers.capacities import references_of
from handlers.questions import fingerprint_of, target_with
from handlers.rights import still_counts
from handlers.terms import Terms, terms_for

UNDECIDED = frozenset({State.EXPIRED, State.SUPERSEDED, State.FAILED})
"""Ends after which what people said of it still holds, unless somebody but who asked had cancelled it."""
TAKEN_BACK = frozenset({State.CANCELLED, State.ABORTED})
"""Ends after which it holds when who asked cancelled it himself. Nobody knows what was meant by a stop elsewhere."""
OWN_NAMES = ("number", "deployment")
"""What of a template is different for every deployment."""


class Carried(msgspec.Struct, frozen=True, kw_only=True):
    """The approvals that count for a new deployment from the beginning, and what it may pass its own on to later."""

    votes: tuple[Vote, ...] = ()
    likeness: str = ""


async def carried(ctx: Context, found: Deployment) -> Carried:
    """Whose approval of an earlier deployment counts for this one, asked of each again. Raises `Unreachable`."""
    _, policy = ctx.settings.policy_for(found.service, found.environment)
    terms = terms_for(found, policy)
    if not policy.carry_over or not policy.approve:
        return Carried()
    likeness = likeness_of(ctx, found, terms)
    since = ctx.clock.now() - policy.carry_over
    earlier = await _earlier(ctx, found, since) if likeness else None
    if earlier is None or earlier.approval is None or earlier.approval.likeness != likeness:
        return Carried(likeness=likeness)
    votes = await _votes(ctx, found, earlier, terms, since)
    if votes:
        ctx.changes.audit(
            "approval_carried",
            actor=ENGINE,
            about=found.id,
            earlier=earlier.id,
            number=earlier.number,
            by=[vote.by for vote in votes],
            given_at=[vote.at for vote in votes],
        )
    return Carried(votes=votes, likeness=likeness)


def likeness_of(ctx: Context, found: Deployment, terms: Terms) -> str:
    """Equal for what may take over approvals from one another; "" for what may not.

    Besides the fingerprint: the kind of deployment, what it is let pass by (an override, taking away live commits).
    """
    place = ctx.settings.services[found.service].environments[found.environment]
    if not all(only_shows(template, OWN_NAMES) for template in place.parameters.values()):
        return ""
    target = target_with(ctx, found, number="{number}", deployment="{deployment}")
    parts = fingerprint_of(ctx, found, target, terms)
    return digest(
        {
            **parts,
            "kind": found.kind.value,
            "override": found.override,
            "passes": "\n".join(one.id for one in found.passes),
            "removing": str(found.removing),
            "release": found.release,
        }
    )


async def _earlier(ctx: Context, found: Deployment, since: float) -> Deployment | None:
    """The last one before of the same version, when it came to its end undecided and nothing went there since it was asked."""
    earlier = await ctx.store.ended_before(
        found.service, found.environment, found.version, number=found.number, since=since
    )
    if earlier is None or earlier.approval is None:
        return None
    if not _undecided(earlier):
        return None
    live = await ctx.store.last_good(found.lane)
    if live is not None and live.ended_at > earlier.approval.asked_at:
        return None
    return earlier


def _undecided(earlier: Deployment) -> bool:
    """Whether nobody but who asked brought it to its end, before it started or while it ran."""
    if earlier.cancelled_by:
        own = earlier.cancelled_by == earlier.requester.id
        return own and earlier.state in UNDECIDED | TAKEN_BACK
    return earlier.state in UNDECIDED


async def _votes(
    ctx: Context, found: Deployment, earlier: Deployment, terms: Terms, since: float
) -> tuple[Vote, ...]:
    """Those that are young enough, whose voter still may, is not who asks now, and that fill a place."""
    assert earlier.approval is not None, "it was asked"
    approval = Approval(
        request="",
        clauses=terms.clauses,
        four_eyes=terms.four_eyes,
        fingerprint={},
        asked_at=ctx.clock.now(),
        expires_at=0.0,
    )
    for vote in earlier.approval.votes:
        own = terms.four_eyes and vote.by == found.requester.id
        for_who_asks = vote.on_behalf == found.requester.id
        if own or for_who_asks or vote.at < since or (terms.step_up and not vote.coded):
            continue
        belongs = await still_counts(ctx, vote, references_of(approval), step_up=terms.step_up)
        if belongs and can_fill(approval, belongs):
            again = msgspec.structs.replace(vote, belongs=belongs, carried=vote.carried or earlier.number)
            approval = msgspec.structs.replace(approval, votes=(*approval.votes, again))
    return approval.votes
