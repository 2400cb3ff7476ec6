"""Who has approved what: pure functions over clauses, votes and fingerprints."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

import msgspec

from bot.deployments import Approval, Clause, PassedFreeze, Rung, Vote
from bot.outgoing import TakenAway
from bot.runs import RunTarget
from config.durations import written

CHANGED = "{name} was {old}, now {new}"
ADDED = "{name} is new: {new}"
REMOVED = "{name} is gone (was {old})"
SHA = 12
NOT_SELF = ", not by who asked"
WITH_CODE = ", each with a code"
ADDS = ", {who} too after {after}"
UNTIL = " until {until}"
NEWEST = ", the newest {sha}"


def fingerprint(
    *,
    service: str,
    environment: str,
    version: str,
    digest: str = "",
    not_before: float = 0.0,
    passes: Sequence[PassedFreeze] = (),
    takes_away: TakenAway | None = None,
    target: RunTarget,
    address: str,
    clauses: Sequence[Clause],
    groups: Mapping[str, Sequence[str]],
    four_eyes: bool,
    ladder: Sequence[Rung] = (),
    step_up: bool = False,
) -> dict[str, str]:
    """Every part of what people are asked to approve, by name, so that a difference can be told in words.

    `address` is where the target's server is, `groups` are the members, as configured, of the groups that there are. Whom the
    `ladder` will add is a part of it from the beginning, so that adding them later changes nothing.
    """
    who = [*(one for clause in clauses for one in clause.of), *(one for rung in ladder for one in rung.add)]
    named = sorted({one for one in who if one in groups})
    return {
        "service": service,
        "environment": environment,
        "version": version or "(the job's default)",
        **({"digest": digest} if digest else {}),
        **({"planned for": _moment(not_before)} if not_before else {}),
        **({"override": "; ".join(map(_passed, passes))} if passes else {}),
        **({"what it takes away": _taken(takes_away)} if takes_away else {}),
        "job": f"{target.driver}/{target.server}/{target.job}",
        "server": address,
        "policy": "".join(_terms(clauses, ladder, four_eyes=four_eyes, step_up=step_up)),
        **{f"group {name}": ", ".join(sorted(groups[name])) for name in named},
        **{f"parameter {name}": value for name, value in sorted(target.parameters.items())},
    }


def _passed(one: PassedFreeze) -> str:
    until = UNTIL.format(until=_moment(one.until)) if one.until else ""
    return f"{one.what}{until}{f': {one.reason}' if one.reason else ''}"


def _taken(one: TakenAway) -> str:
    return one.said() + (NEWEST.format(sha=one.commits[0][:SHA]) if one.commits else "")


def _moment(at: float) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M} UTC"


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


def _terms(
    clauses: Sequence[Clause], ladder: Sequence[Rung], *, four_eyes: bool, step_up: bool
) -> Iterator[str]:
    yield describe(clauses)
    if four_eyes:
        yield NOT_SELF
    if step_up:
        yield WITH_CODE
    for rung in ladder:
        if rung.add:
            yield ADDS.format(who=" or ".join(rung.add), after=written(rung.after))


def widened(clauses: Sequence[Clause], add: Sequence[str]) -> tuple[Clause, ...]:
    """The same clauses, which these may fill as well."""
    return tuple(
        Clause(count=one.count, of=(*one.of, *(who for who in add if who not in one.of))) for one in clauses
    )


def missing(clauses: Sequence[Clause], votes: Sequence[Vote]) -> tuple[Clause, ...]:
    """What is still to be approved. One person fills one place, one right too, and places are given out as well as possible.

    Votes that share a person or a right count as one: whoever approves for somebody and for himself, or for somebody who
    approves himself. Earlier clauses are filled first; the order of the votes does not matter.
    """
    belongs = _seatable(votes)
    places = [index for index, clause in enumerate(clauses) for _ in range(clause.count)]
    sits: dict[int, int] = {}

    def seat(place: int, asked: set[int]) -> bool:
        """Find somebody for a place, moving those who sit elsewhere if need be (an augmenting path)."""
        for one, groups in enumerate(belongs):
            if one in asked or groups.isdisjoint(clauses[places[place]].of):
                continue
            asked.add(one)
            if one not in sits or seat(sits[one], asked):
                sits[one] = place
                return True
        return False

    empty = [clause for place, clause in enumerate(places) if not seat(place, set())]
    return tuple(
        Clause(count=empty.count(index), of=clause.of)
        for index, clause in enumerate(clauses)
        if index in empty
    )


def _seatable(votes: Sequence[Vote]) -> list[set[str]]:
    """What belongs to each of those who fill one place: everybody who is bound to others by a person or a right is one."""
    bound: list[tuple[set[tuple[str, str]], set[str]]] = []
    for vote in votes:
        names, belongs = {("person", vote.by), ("right", vote.right)}, set(vote.belongs)
        apart = []
        for others, theirs in bound:
            if names.isdisjoint(others):
                apart.append((others, theirs))
            else:
                names, belongs = names | others, belongs | theirs
        bound = [*apart, (names, belongs)]
    return [belongs for _, belongs in bound]


def complete(approval: Approval) -> bool:
    return not missing(approval.clauses, approval.votes)


def can_fill(approval: Approval, belongs: Sequence[str]) -> bool:
    """True when a vote by somebody who belongs to these groups and ids would fill a place that is still open."""
    before = sum(clause.count for clause in missing(approval.clauses, approval.votes))
    vote = Vote(by="", name="", at=0, belongs=tuple(belongs))
    return sum(clause.count for clause in missing(approval.clauses, (*approval.votes, vote))) < before
