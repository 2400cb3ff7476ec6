"""One difference, and the places whose people have a say about it."""

from __future__ import annotations

from dataclasses import dataclass

from config.models import Clause


@dataclass(frozen=True, kw_only=True)
class Guard:
    """Who has a say when the policy of one place is loosened: those who approve there, by the old policy."""

    service: str
    environment: str
    policy: str
    clauses: tuple[Clause, ...]
    four_eyes: bool


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One thing that is different. `guards` are the protected places whose policy is not provably as strict any more.

    Protected is a place whose old policy asks for approvals. No sentence has a secret in it.
    """

    path: str
    sentence: str
    guards: tuple[Guard, ...] = ()

    @property
    def loosens(self) -> bool:
        return bool(self.guards)
