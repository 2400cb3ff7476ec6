"""Who has approved what: pure functions over clauses, votes and fingerprints."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import msgspec

from bot.deployments import Approval, Clause, Vote
from bot.runs import RunTarget

CHANGED = "{name} was {old}, now {new}"
ADDED = "{name} is new: {new}"
REMOVED = "{name} is gone (was {old})"


def fingerprint(
    *,
    service: str,
    environment: str,
    version: str,
    digest: str = "",
    not_before: float = 0.0,
    target: RunTarget,
    address: str,
    clauses: Sequence[Clause],
    groups: Mapping[str, Sequence[str]],
    four_eyes: bool,
) -> dict[str, str]:
    """Every part of what people are asked to approve, by name, so that a difference can be told in words.

    `address` is where the target's server is, `groups` are the members, as configured, of the groups that there are.
    """
    named = sorted({one for clause in clauses for one in clause.of if one in groups})
    return {
        "service": service,
        "environment": environment,
        "version": version or "(the job's default)",
        **({"digest": digest} if digest else {}),
        **(
            {"planned for": f"{datetime.fromtimestamp(not_before, UTC):%Y-%m-%d %H:%M} UTC"}
            if not_before
            else {}
        ),
        "job": f"{target.driver}/{target.server}/{target.job}",
        "server": address,
        "policy": describe(clauses) + (", not by who asked" if four_eyes else ""),
        **{f"group {name}": ", ".join(sorted(groups[name])) for name in named},
        **{f"parameter {name}": value for name, value in sorted(target.parameters.items())},
    }


def digest(parts: Mapping[str, str]) -> str:
    """A short text that is equal exactly when the parts are."""
    return hashlib.blake2s(msgspec.json.encode(sorted(parts.items())), digest_size=8).hexdigest()


def changes(approved: Mapping[str, str], now: Mapping[str, str]) -> tuple[str, ...]:
    """What is different, one sentence each; empty when nothing is."""
    found = []
    for name in [*approved, *(name for name in now if name not in approved)]:
        old, new = approved.get(name), now.get(name)
        if old == new:
            continue
        template = CHANGED if old is not None and new is not None else ADDED if old is None else REMOVED
        found.append(template.format(name=name, old=old, new=new))
    return tuple(found)


def describe(clauses: Sequence[Clause]) -> str:
    """`2 of sre and 1 of owners`."""
    return " and ".join(f"{clause.count} of {' or '.join(clause.of)}" for clause in clauses) or "nobody"


def missing(clauses: Sequence[Clause], votes: Sequence[Vote]) -> tuple[Clause, ...]:
    """What is still to be approved. One person fills one place, and places are given out as well as possible.

    Earlier clauses are filled first; the order of the votes does not matter.
    """
    belongs: dict[str, set[str]] = {}
    for vote in votes:
        belongs.setdefault(vote.by, set()).update(vote.belongs)
    places = [index for index, clause in enumerate(clauses) for _ in range(clause.count)]
    sits: dict[str, int] = {}

    def seat(place: int, asked: set[str]) -> bool:
        """Find somebody for a place, moving those who sit elsewhere if need be (an augmenting path)."""
        for person, groups in belongs.items():
            if person in asked or groups.isdisjoint(clauses[places[place]].of):
                continue
            asked.add(person)
            if person not in sits or seat(sits[person], asked):
                sits[person] = place
                return True
        return False

    empty = [clause for place, clause in enumerate(places) if not seat(place, set())]
    return tuple(
        Clause(count=empty.count(index), of=clause.of)
        for index, clause in enumerate(clauses)
        if index in empty
    )


def complete(approval: Approval) -> bool:
    return not missing(approval.clauses, approval.votes)


def can_fill(approval: Approval, belongs: Sequence[str]) -> bool:
    """True when a vote by somebody who belongs to these groups and ids would fill a place that is still open."""
    before = sum(clause.count for clause in missing(approval.clauses, approval.votes))
    vote = Vote(by="", name="", at=0, belongs=tuple(belongs))
    return sum(clause.count for clause in missing(approval.clauses, (*approval.votes, vote))) < before
