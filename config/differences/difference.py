"""One difference, and the places whose people have a say about it."""

from __future__ import annotations

from dataclasses import dataclass

from config.models import Clause


@dataclass(frozen=True, kw_only=True)
class Guard:
    """Who has a say when the policy of one place is loosened: those who approve there, by the old policy.

    With `step_up` each of them gives a code of his authenticator, as he does there. Where nobody approves, but who asks confirms
    it with a code, it is one of those who may deploy.
    """

    service: str
    environment: str
    policy: str
    clauses: tuple[Clause, ...]
    four_eyes: bool
    step_up: bool = False


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One thing that is different. `guards` are the protected places whose policy is not provably as strict any more.

    Protected is a place whose old policy asks for approvals, or for who asks to confirm by a code. No sentence has a secret in it.
    """

    path: str
    sentence: str
    guards: tuple[Guard, ...] = ()

    @property
    def loosens(self) -> bool:
        return bool(self.guards)
