"""The small reference model: what stands, by the words that people said, and who was allowed to say them.

It knows nothing of the server's code. After each step it is compared with what the server keeps, and every start is held
against what stood, by the model, at that moment.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from bot.sandbox.slack.harbour import DANA, OLU, SAM, SOFIA

PEOPLE = (DANA, OLU, SAM, SOFIA)
SRE = frozenset({SAM, SOFIA})
SERVICES = ("checkout", "payments")
ENVIRONMENTS = ("staging", "production")

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
class Snapshot:
    """What stands: nobody changes it, a new one is made."""

    locks: Mapping[Scope, Lock] = field(default_factory=dict)
    freezes: Mapping[Scope, float] = field(default_factory=dict)

    def locked(self, service: str, environment: str, who: str, version: str, at: float) -> bool:
        return any(
            one.stands(at) and covers(scope, service, environment) and one.holds(who, version)
            for scope, one in self.locks.items()
        )

    def frozen(self, service: str, environment: str, at: float) -> bool:
        return any(
            until > at and covers(scope, service, environment) for scope, until in self.freezes.items()
        )


@dataclass(frozen=True)
class Step:
    """From when it was said until everything had settled; whatever starts in between may have seen either."""

    began: float
    settled: float
    before: Snapshot
    after: Snapshot


class Model:
    """`now` is the time that both sides go by."""

    def __init__(self) -> None:
        self.now = Snapshot()
        self.steps: list[Step] = []

    def lock(self, who: str, scope: Scope, lock: Lock, at: float) -> Snapshot:
        """The first of two wins; who holds it already may say it anew."""
        standing = self.now.locks.get(scope)
        if not may_stop(who, scope) or (standing and standing.stands(at) and standing.owner != who):
            return self.now
        return Snapshot({**self.now.locks, scope: lock}, self.now.freezes)

    def unlock(self, who: str, scope: Scope, at: float) -> Snapshot:
        standing = self.now.locks.get(scope)
        if standing is None or not standing.stands(at):
            return self.now
        if who != standing.owner and not may_stop(who, scope):
            return self.now
        return Snapshot({key: one for key, one in self.now.locks.items() if key != scope}, self.now.freezes)

    def freeze(self, who: str, scope: Scope, until: float, at: float) -> Snapshot:
        if not may_stop(who, scope) or self.now.freezes.get(scope, 0.0) > at:
            return self.now
        return Snapshot(self.now.locks, {**self.now.freezes, scope: until})

    def unfreeze(self, who: str, scope: Scope, at: float) -> Snapshot:
        if not may_stop(who, scope) or self.now.freezes.get(scope, 0.0) <= at:
            return self.now
        return Snapshot(self.now.locks, {key: one for key, one in self.now.freezes.items() if key != scope})

    def settle(self, began: float, settled: float, after: Snapshot) -> None:
        self.steps.append(Step(began=began, settled=settled, before=self.now, after=after))
        self.now = after

    def at(self, moment: float) -> Iterator[Snapshot]:
        """Everything that may have stood at a moment, as whoever started something may have seen it."""
        last = Snapshot()
        for step in self.steps:
            if step.began <= moment <= step.settled:
                yield step.before
                yield step.after
                return
            if step.began > moment:
                break
            last = step.after
        yield last


def covers(scope: Scope, service: str, environment: str) -> bool:
    return scope[0] in {"", service} and scope[1] in {"", environment}


def may_stop(who: str, scope: Scope) -> bool:
    """Who may keep others out of a place: everybody in staging, where production is among it only the SREs."""
    return who in SRE or scope[1] == "staging"
