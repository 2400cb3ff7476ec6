"""Who guards a place: the people whom its policy names for deciding about it, the most deciding ones first."""

from __future__ import annotations

from config.models import Clause, Policy
from config.strictness import Side

DECIDING = ("approve", "override", "rollback_approve")
"""Fields that say how many of whom have to agree to something, in the order in which they are taken."""
NAMING = ("freeze", "lock", "deploy", "cancel", "break_glass")
"""Fields that name people who may do something, in the order in which they are taken; one of them is enough."""


def guards_of(side: Side) -> tuple[Clause, ...]:
    """Whose approval it takes to loosen this policy; empty when it names nobody, or everyone.

    Who confirms by a code what he asks for is somebody, even if that may be everyone.
    """
    for name in DECIDING:
        clauses = getattr(side.policy, name)
        if clauses:
            return tuple(clauses)
    for name in NAMING:
        people = getattr(side.policy, name)
        if people and (not side.who(people).everyone or (name == "deploy" and _confirms(side.policy))):
            return (Clause(count=1, of=people),)
    return ()


def four_eyes_of(side: Side) -> bool:
    """Whether who had the change read can't approve it.

    Approvers are always more than needed; others may be too few. Who confirms by a code does so for himself.
    """
    clauses = guards_of(side)
    if side.policy.approve:
        return side.policy.four_eyes
    if _confirms(side.policy) and clauses == (Clause(count=1, of=side.policy.deploy),):
        return False
    return side.policy.four_eyes and all(_enough(side, one) for one in clauses)


def _confirms(policy: Policy) -> bool:
    return policy.step_up is not None and policy.step_up_deploy


def _enough(side: Side, clause: Clause) -> bool:
    who = side.who(clause.of)
    return who.everyone or bool(who.chat_groups) or len(who.users) > clause.count
