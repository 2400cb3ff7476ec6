"""The small reference model: what stands, by the words that people said, and who was allowed to say them.

It knows nothing of the server's code. After each step it is compared with what the server keeps, and every start is held
against what stood, by the model, at that moment. Which moment something belongs to is told by the numbers of the audit log:
clocks are set back here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase

from tests.properties.rules import GROUPS, LEVELS, SRE, USUAL, Rules, filled

SERVICES = ("checkout", "payments", "search")
ENVIRONMENTS = ("staging", "production")
NEEDS = {"checkout": ("payments",)}
"""What has to be there before, where they are released together."""
ORDERED = ("search", "production")
"""Where nothing goes that has not been in staging, but for a rollback and what goes with the glass broken."""

Scope = tuple[str, str]
"""Service and environment; empty is every one."""


@dataclass(frozen=True)
class Lock:
    owner: str
    only: str = ""
    warning: bool = False
    until: float = 0.0

    def stands(self, at: float) -> bool:
        return not self.until or self.until > at

    def holds(self, who: str, version: str) -> bool:
        if self.warning:
            return False
        return not fnmatchcase(version, self.only) if self.only else who != self.owner


@dataclass(frozen=True)
class Delegation:
    """`owner` lets `to` approve in his place, there, until then."""

    owner: str
    scope: Scope
    to: str
    until: float


@dataclass(frozen=True)
class Proposal:
    """Looser rules that wait for those whom they guard; `reader` had them read, and `votes` have said yes."""

    rules: Rules
    reader: str = ""
    votes: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Snapshot:
    """What stands: nobody changes it, a new one is made."""

    locks: Mapping[Scope, Lock] = field(default_factory=dict)
    freezes: Mapping[Scope, float] = field(default_factory=dict)
    delegations: Mapping[tuple[str, Scope], Delegation] = field(default_factory=dict)
    rules: Rules = USUAL
    proposal: Proposal | None = None

    def locked(self, service: str, environment: str, who: str, version: str, at: float) -> bool:
        return any(
            one.stands(at) and covers(scope, service, environment) and one.holds(who, version)
            for scope, one in self.locks.items()
        )

    def frozen(self, service: str, environment: str, at: float) -> bool:
        return any(
            until > at and covers(scope, service, environment) for scope, until in self.freezes.items()
        )

    def rights(self, who: str, service: str, environment: str, at: float) -> set[str]:
        """Whose places he may fill there: his own, and those of who lets him."""
        return {who} | {
            one.owner
            for one in self.delegations.values()
            if one.to == who and one.until > at and covers(one.scope, service, environment)
        }

    def lock(self, who: str, scope: Scope, lock: Lock, at: float) -> Snapshot:
        """The first of two wins; who holds it already may say it anew, but not as a mere warning."""
        standing = self.locks.get(scope)
        if standing is not None and not standing.stands(at):
            standing = None
        mine = standing is not None and standing.owner == who
        weaker = mine and standing is not None and lock.warning and not standing.warning
        if not may_stop(who, scope) or (standing is not None and not mine) or weaker:
            return self
        return replace(self, locks={**self.locks, scope: lock})

    def unlock(self, who: str, scope: Scope, at: float) -> Snapshot:
        standing = self.locks.get(scope)
        if standing is None or not standing.stands(at):
            return self
        if who != standing.owner and not may_stop(who, scope):
            return self
        return replace(self, locks={key: one for key, one in self.locks.items() if key != scope})

    def freeze(self, who: str, scope: Scope, until: float, at: float) -> Snapshot:
        if not may_stop(who, scope) or self.freezes.get(scope, 0.0) > at:
            return self
        return replace(self, freezes={**self.freezes, scope: until})

    def unfreeze(self, who: str, scope: Scope, at: float) -> Snapshot:
        if not may_stop(who, scope) or self.freezes.get(scope, 0.0) <= at:
            return self
        return replace(self, freezes={key: one for key, one in self.freezes.items() if key != scope})

    def delegate(self, new: Delegation, at: float) -> Snapshot:
        """Who may approve nothing there has nothing to lend; of two for one scope the first wins."""
        key = (new.owner, new.scope)
        standing = self.delegations.get(key)
        may = any(new.owner in who for who in GROUPS.values()) and new.scope[1] != "staging"
        if not may or new.owner == new.to or (standing is not None and standing.until > at):
            return self
        return replace(self, delegations={**self.delegations, key: new})

    def take_back(self, who: str) -> Snapshot:
        kept = {key: one for key, one in self.delegations.items() if one.owner != who}
        return replace(self, delegations=kept)

    def read(self, level: int, reader: str = "") -> Snapshot:
        """A file with other rules: what is stricter holds at once, what is looser waits for those it guards."""
        new = LEVELS[level]
        if new.level >= self.rules.level:
            return replace(self, rules=new, proposal=None)
        if self.proposal is not None and self.proposal.rules == new:
            return self
        return replace(self, proposal=Proposal(new, reader))

    def agree(self, who: str) -> Snapshot:
        """One of those whom the rules in force ask says yes to the looser ones."""
        asked = self.proposal
        if asked is None:
            return self
        votes = asked.votes | {who}
        if filled(self.rules.approve, {one: {one} for one in votes}):
            return replace(self, rules=asked.rules, proposal=None)
        return replace(self, proposal=replace(asked, votes=votes))

    def without(self, at: float) -> Snapshot:
        """What has run out does not stand again when the clock is set back."""
        return replace(
            self,
            locks={scope: one for scope, one in self.locks.items() if one.stands(at)},
            freezes={scope: until for scope, until in self.freezes.items() if until > at},
            delegations={key: one for key, one in self.delegations.items() if one.until > at},
        )


Meaning = Callable[[Snapshot], Snapshot]
"""What something that was said makes of what stands."""


def nothing(before: Snapshot) -> Snapshot:
    return before


@dataclass(frozen=True)
class Step:
    """From when it was said until everything had settled; whatever starts in between may have seen any of `stood`.

    `since` and `seq` are the last rows of the audit log before and after it.
    """

    since: int
    seq: int
    stood: tuple[Snapshot, ...]


@dataclass(frozen=True)
class Saying:
    """Something that asks for a run, said in a step: `what` and `of` say what the words mean, `at` is when.

    `after` is how many seconds later it is planned for, 0 for now.
    """

    step: int
    who: str
    words: str
    at: float
    what: str
    of: tuple[str, ...] = ()
    after: float = 0.0


@dataclass(frozen=True)
class Clicked:
    """Somebody clicked on the card of a deployment or of a release, `about`."""

    step: int
    who: str
    action: str
    about: str


class Model:
    """`now` is what stands after the last step; `said` is everything that asked for a run and was taken."""

    def __init__(self) -> None:
        self.now = Snapshot()
        self.steps: list[Step] = []
        self.said: list[Saying] = []
        self.clicked: list[Clicked] = []

    def heard(
        self, who: str, words: str, at: float, what: str, of: tuple[str, ...] = (), *, after: float = 0.0
    ) -> None:
        """Remember what was said in the step that has begun."""
        self.said.append(Saying(len(self.steps), who, words, at, what, of, after))

    def clicks(self, who: str, action: str, about: str) -> None:
        """Remember who clicked in the step that has begun."""
        self.clicked.append(Clicked(len(self.steps), who, action, about))

    def ways(self, meanings: Sequence[Meaning]) -> list[tuple[Snapshot, ...]]:
        """What may have stood one after the other; of two things said at once, either order."""
        orders = [meanings, meanings[::-1]] if len(meanings) > 1 else [meanings]
        found = []
        for order in orders:
            stood = [self.now]
            for meaning in order:
                stood.append(meaning(stood[-1]))
            found.append(tuple(stood))
        return found

    def settle(self, way: tuple[Snapshot, ...], *, since: int, seq: int, at: float) -> None:
        self.steps.append(Step(since=since, seq=seq, stood=way))
        self.now = way[-1].without(at)

    def at(self, seq: int) -> Iterator[Snapshot]:
        """Everything that may have stood when that row was written, as whoever wrote it may have seen it."""
        last = Snapshot()
        for step in self.steps:
            if step.since < seq <= step.seq:
                yield from step.stood
                return
            if step.since >= seq:
                break
            last = step.stood[-1]
        yield last


def covers(scope: Scope, service: str, environment: str) -> bool:
    return scope[0] in {"", service} and scope[1] in {"", environment}


def may_stop(who: str, scope: Scope) -> bool:
    """Who may keep others out of a place: everybody in staging, where production is among it only the SREs."""
    return who in SRE or scope[1] == "staging"
