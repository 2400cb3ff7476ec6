"""Who has to say yes, as the model sees it: the policies that the world's configuration can have, and who fills their places."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from itertools import permutations, product

from bot.sandbox.slack.harbour import DANA, OLU, SAM, SOFIA

PEOPLE = (DANA, OLU, SAM, SOFIA)
SRE = frozenset({SAM, SOFIA})
OWNERS = frozenset({OLU})
GROUPS = {"sre": SRE, "owners": OWNERS}
READER = DANA
"""Who may have the configuration read again by words; it guards nothing."""

Clauses = tuple[tuple[int, str], ...]
"""How many of which group."""


@dataclass(frozen=True)
class Rules:
    """What production asks for; `level` grows with how much that is."""

    level: int
    approve: Clauses
    rollback: Clauses = ((1, "owners"),)
    override: Clauses = ((1, "owners"),)

    def clauses(self, kind: str, *, override: bool = False) -> Clauses:
        """Whom a deployment of that kind needs, and the one for a freeze that it goes through."""
        usual = self.rollback if kind == "rollback" else self.approve
        return usual + (self.override if override else ())


LEVELS = (
    Rules(0, ((1, "sre"),)),
    Rules(1, ((2, "sre"),)),
    Rules(2, ((2, "sre"), (1, "owners"))),
)
USUAL = LEVELS[0]


def written(clauses: Clauses) -> list[str]:
    """As the configuration says them."""
    return [f"{count} of {group}" for count, group in clauses]


def filled(clauses: Clauses, votes: Mapping[str, Collection[str]]) -> bool:
    """Whether these people fill every place; each has the rights that are named beside him, and one right counts once.

    Tried in every way: there are never more than three places and four people.
    """
    places = [group for count, group in clauses for _ in range(count)]
    return any(
        _seated(places, rights)
        for voters in permutations(votes, len(places))
        for rights in product(*(votes[one] for one in voters))
    )


def _seated(places: Iterable[str], rights: tuple[str, ...]) -> bool:
    return len(set(rights)) == len(rights) and all(
        right in GROUPS[group] for group, right in zip(places, rights, strict=True)
    )
