"""One difference, and the places whose people have a say about it."""

from __future__ import annotations

from dataclasses import dataclass

from config.models import Clause


@dataclass(frozen=True, kw_only=True)
class Guard:
    """Who has a say when the policy of one place is loosened: those who decide there, by the old policy.

    With `step_up` each of them gives a code of his authenticator, as he does there.
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

    Protected is a place whose old policy names people. `unguarded` is said of what is looser somewhere that nobody guards.
    No sentence has a secret in it.
    """

    path: str
    sentence: str
    guards: tuple[Guard, ...] = ()
    unguarded: bool = False

    @property
    def loosens(self) -> bool:
        """Whether people have to be asked."""
        return bool(self.guards)

    @property
    def looser(self) -> bool:
        """Whether something is not provably as strict as before, whoever may have a say about it."""
        return self.loosens or self.unguarded
