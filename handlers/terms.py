"""On what terms a deployment is approved: who has to, and what is asked of them besides, by the policy as it is now."""

from __future__ import annotations

import msgspec

from bot.approvals import widened
from bot.audit import ENGINE
from bot.deployments import Clause, Deployment, Rung
from bot.kinds import Kind
from config.models import Policy


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """What `bot.deployments.Approval` remembers of the policy when the question is asked."""

    clauses: tuple[Clause, ...]
    four_eyes: bool
    ladder: tuple[Rung, ...] = ()
    step_up: bool = False


def terms_of(policy: Policy, kind: Kind, requester: str, extra: tuple[Clause, ...] = ()) -> Terms:
    """`extra` are those who have to approve whatever is passed by an override.

    Where nobody has to approve, who asks may have to confirm it himself, by a code; the engine has none.
    """
    clauses = (*clauses_of(policy, kind, requester), *extra)
    if clauses:
        return Terms(
            clauses=clauses,
            four_eyes=policy.four_eyes,
            ladder=ladder_of(policy),
            step_up=policy.step_up is not None,
        )
    if policy.step_up is not None and policy.step_up_deploy and requester != ENGINE:
        return Terms(clauses=(confirming(requester),), four_eyes=False, step_up=True)
    return Terms(clauses=(), four_eyes=policy.four_eyes)


def terms_for(found: Deployment, policy: Policy) -> Terms:
    return terms_of(policy, found.kind, found.requester.id, found.extra)


def reached(terms: Terms, extra: tuple[Clause, ...], waited: float) -> tuple[Clause, ...]:
    """The clauses after so many seconds: with whom the ladder has added by then."""
    clauses = terms.clauses
    for rung in terms.ladder:
        if rung.add and rung.after <= waited:
            clauses = with_added(clauses, extra, rung.add)
    return clauses


def with_added(
    clauses: tuple[Clause, ...], extra: tuple[Clause, ...], add: tuple[str, ...]
) -> tuple[Clause, ...]:
    """Those who are added fill the policy's own places; who approves a passed freeze, the `extra` at the end, stays alone."""
    own = len(clauses) - len(extra)
    return (*widened(clauses[:own], add), *clauses[own:])


def confirming(requester: str) -> Clause:
    """Nobody but who asked."""
    return Clause(count=1, of=(requester,))


def clauses_of(policy: Policy, kind: Kind, requester: str) -> tuple[Clause, ...]:
    """Who has to approve by the policy; of a rollback, those that it names for that, and nobody where the engine may run it."""
    wanted = policy.approve
    if kind is Kind.ROLLBACK:
        if requester == ENGINE and policy.auto_rollback == "run":
            return ()
        wanted = wanted if policy.rollback_approve is None else policy.rollback_approve
    return tuple(Clause(count=one.count, of=tuple(one.of)) for one in wanted)


def ladder_of(policy: Policy) -> tuple[Rung, ...]:
    return tuple(
        Rung(after=one.after, remind=one.remind is not None, tell=tuple(one.tell), add=tuple(one.add))
        for one in policy.ladder
    )
