"""Two policy parts side by side, and who guards which place."""

from __future__ import annotations

from functools import cached_property

from config.differences.difference import Guard
from config.guarded import Key, PlacePart, PolicyPart
from config.protecting import four_eyes_of, guards_of
from config.strictness import looser


class Both:
    """`before` and `now` are the places of each; what is found of a pair of policies is found once."""

    def __init__(self, old: PolicyPart, new: PolicyPart) -> None:
        self.old = old
        self.new = new
        self.before: dict[Key, PlacePart] = dict(old.places())
        self.now: dict[Key, PlacePart] = dict(new.places())
        self._looser: dict[tuple[str, str], tuple[str, ...]] = {}

    @cached_property
    def guards(self) -> dict[Key, Guard]:
        """Every protected place, with the people whom its old policy names."""
        found: dict[Key, Guard] = {}
        for key, place in self.before.items():
            side = self.old.side(place)
            if clauses := guards_of(side):
                found[key] = Guard(
                    service=key[0],
                    environment=key[1],
                    policy=place.policy,
                    clauses=clauses,
                    four_eyes=four_eyes_of(side),
                    step_up=side.policy.step_up is not None,
                )
        return found

    def guards_of(self, service: str = "") -> tuple[Guard, ...]:
        """The guards of all protected places, or of those of one service."""
        return tuple(guard for guard in self.guards.values() if service in {"", guard.service})

    def guards_of_codes(self) -> tuple[Guard, ...]:
        """The guards of those places whose people also give a code of their authenticators."""
        coded = (key for key in self.guards if self.old.side(self.before[key]).policy.step_up is not None)
        return tuple(self.guards[key] for key in coded)

    def looser(self, before: PlacePart, now: PlacePart) -> tuple[str, ...]:
        """The fields of the policy in which the new place is not provably as strict as the old one."""
        if before.kept or now.kept:
            return looser(self.old.side(before), self.new.side(now))
        names = (before.policy, now.policy)
        found = self._looser.get(names)
        if found is None:
            found = self._looser[names] = looser(self.old.side(before), self.new.side(now))
        return found
