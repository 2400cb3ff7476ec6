"""Times in which nothing starts, and when the first time after them is: pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec

MOST = 64
"""Spells that are followed one into another; nobody waits through more."""


class Spell(msgspec.Struct, frozen=True, kw_only=True):
    """From `begins` until just before `ends` (0: nobody knows) nothing starts. `what` says what it is, `reason` why.

    `id` names it, and of what comes again the one time that it is: next week's is another than today's.

    `override` are the clauses of its own for going all the same (how many, of whom), None when it leaves that to the policy.
    """

    id: str
    what: str
    reason: str = ""
    begins: float = 0.0
    ends: float = 0.0
    override: tuple[tuple[int, tuple[str, ...]], ...] | None = None

    def holds(self, at: float) -> bool:
        return self.begins <= at and (not self.ends or at < self.ends)


def chain(at: float, known: Iterable[Spell], others: Callable[[float], Iterable[Spell]]) -> tuple[Spell, ...]:
    """What holds at that moment, and what holds whenever one of those ends, until nothing does.

    `known` are single spells, `others` says which of the rest hold at a moment. Also without some of them (those that
    are overridden) the answer of `next_open` is right: whatever could follow an end is among them.
    """
    known = tuple(known)
    found: dict[tuple[str, float], Spell] = {}
    moments = [at]
    while moments and len(found) < MOST:
        moment = moments.pop(0)
        for one in (*(spell for spell in known if spell.holds(moment)), *others(moment)):
            if (one.id, one.ends) not in found:
                found[one.id, one.ends] = one
                moments = sorted({*moments, one.ends} - {0.0})
    return tuple(found.values())


def next_open(at: float, spells: Iterable[Spell]) -> float:
    """The first moment from `at` on at which none of them holds; 0 when nobody knows."""
    spells = tuple(spells)
    while holding := [one for one in spells if one.holds(at)]:
        if not all(one.ends for one in holding):
            return 0.0
        at = max(one.ends for one in holding)
    return at
