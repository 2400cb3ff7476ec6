"""Is a policy provably as strict as another one? Whatever can't be proven counts as looser.

A rule for each field of a policy; a field that has none has to stay as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from config.models import Clause, Policy, Who, Window, who_in


@dataclass(frozen=True, kw_only=True)
class Side:
    """A policy and the groups by which its people are to be understood."""

    policy: Policy
    groups: Mapping[str, Sequence[str]]

    def who(self, references: Sequence[str]) -> Who:
        return who_in(references, self.groups)


Rule = Callable[[Side, Side], bool]
"""(old, new): true when the new side is provably no looser."""


def no_more(old: Who, new: Who) -> bool:
    """Whether everybody of the new ones is among the old ones. Who is in one of the chat's groups is not known here."""
    if old.everyone:
        return True
    return not new.everyone and new.users <= old.users and new.chat_groups <= old.chat_groups


def as_many(old: Sequence[Clause], new: Sequence[Clause], before: Side, now: Side) -> bool:
    """Whether whoever meets the new clauses has met the old ones, too.

    Each place of the old clauses needs a place of the new ones of its own, whose people all count for the old one:
    a flow from new clauses to old ones that fills the old ones.
    """
    left = [clause.count for clause in new]
    fits = [[no_more(before.who(clause.of), now.who(other.of)) for other in new] for clause in old]
    given = [[0] * len(new) for _ in old]

    def fill(place: int, tried: set[int]) -> bool:
        """One more for an old clause, moving what others have taken if need be."""
        for index, good in enumerate(fits[place]):
            if not good or index in tried:
                continue
            tried.add(index)
            if left[index]:
                left[index] -= 1
                given[place][index] += 1
                return True
            for other in range(len(old)):
                if given[other][index] and fill(other, tried):
                    given[other][index] -= 1
                    given[place][index] += 1
                    return True
        return False

    return all(fill(place, set()) for place, clause in enumerate(old) for _ in range(clause.count))


def looser(old: Side, new: Side) -> tuple[str, ...]:
    """The fields in which the new side is not provably as strict as the old one."""
    return tuple(name for name in Policy.model_fields if not _as_strict(name, old, new))


def _as_strict(name: str, old: Side, new: Side) -> bool:
    rule = RULES.get(name)
    if rule is not None:
        return rule(old, new)
    return bool(getattr(old.policy, name) == getattr(new.policy, name))


def _people(name: str) -> Rule:
    def rule(old: Side, new: Side) -> bool:
        return no_more(old.who(getattr(old.policy, name)), new.who(getattr(new.policy, name)))

    return rule


def _no_longer(name: str) -> Rule:
    return lambda old, new: bool(getattr(new.policy, name) <= getattr(old.policy, name))


def _stays_on(name: str) -> Rule:
    return lambda old, new: bool(getattr(new.policy, name) or not getattr(old.policy, name))


def _people_or_deployers(name: str) -> Rule:
    """Where nobody is named, those who may deploy."""

    def who(side: Side) -> Who:
        return side.who(getattr(side.policy, name) or side.policy.deploy)

    return lambda old, new: no_more(who(old), who(new))


def _no_wider(old: Mapping[str, Window], new: Mapping[str, Window]) -> bool:
    """No window at all is any time; what is open now has to have been a window before."""
    known = list(old.values())
    return not old or (bool(new) and all(one in known for one in new.values()))


def _no_easier(old: Side, new: Side) -> bool:
    """Without clauses, nobody can go in spite of a freeze."""
    if new.policy.override is None or old.policy.override is None:
        return new.policy.override is None
    return as_many(old.policy.override, new.policy.override, old, new)


def _as_many_back(old: Side, new: Side) -> bool:
    """Who has to approve a rollback. Where neither says it, what is said of `approve` is said of both."""
    before, now = old.policy.rollback_approve, new.policy.rollback_approve
    if before is None and now is None:
        return True
    return as_many(
        old.policy.approve if before is None else before,
        new.policy.approve if now is None else now,
        old,
        new,
    )


def _ladder(old: Side, new: Side) -> bool:
    """Nobody comes to the approvers whom the old ladder did not add by then. Who is told, and when, protects nobody."""
    return all(
        no_more(
            old.who(
                [who for before in old.policy.ladder if before.after <= rung.after for who in before.add]
            ),
            new.who(rung.add),
        )
        for rung in new.policy.ladder
        if rung.add
    )


RULES: dict[str, Rule] = {
    "deploy": _people("deploy"),
    "approve": lambda old, new: as_many(old.policy.approve, new.policy.approve, old, new),
    "expires": _no_longer("expires"),
    "remind": lambda _old, _new: True,
    "ladder": _ladder,
    "carry_over": _no_longer("carry_over"),
    "step_up": _stays_on("step_up"),
    "step_up_deploy": _stays_on("step_up_deploy"),
    "four_eyes": _stays_on("four_eyes"),
    "break_glass": _people("break_glass"),
    "cancel": _people("cancel"),
    "after": lambda old, new: set(old.policy.after) <= set(new.policy.after),
    "bake": lambda old, new: new.policy.bake >= old.policy.bake,
    "rollback_approve": _as_many_back,
    "auto_rollback": lambda old, new: new.policy.auto_rollback in {"never", "ask", old.policy.auto_rollback},
    "lock": _people_or_deployers("lock"),
    "freeze": _people_or_deployers("freeze"),
    "windows": lambda old, new: _no_wider(old.policy.windows, new.policy.windows),
    "override": _no_easier,
    "missed": lambda old, new: new.policy.missed in {"ask", old.policy.missed},
    "late": _no_longer("late"),
    "lock_on_failure": _stays_on("lock_on_failure"),
    "wait_at_most": _no_longer("wait_at_most"),
    "supersede": lambda _old, _new: True,
    "start_within": _no_longer("start_within"),
    "soak": lambda old, new: new.policy.soak >= old.policy.soak,
    "soak_remind": lambda _old, _new: True,
    "watch": lambda _old, _new: True,
}
PEOPLE = {
    "deploy": "deploy",
    "break_glass": "break the glass",
    "cancel": "cancel",
    "lock": "lock and unlock",
    "freeze": "freeze and lift freezes",
}
"""The fields that name people, and what these may do."""
