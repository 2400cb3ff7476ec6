"""What happens while approval is missing, and approving in somebody's place."""

from __future__ import annotations

from bot.events.base import Asked, Command

DELEGATIONS = "standing/Delegation"
"""Delegations are made and ended one after the other."""


class ClimbLadder(Command, frozen=True, kw_only=True):
    """Its time has come: what this rung of the ladder says happens, if the question is still open."""

    deployment: str
    request: str
    rung: int


class Delegate(Asked, frozen=True, kw_only=True):
    """`to` may approve in the place of who says so, until then, of this service and environment; empty is every one.

    `until` is as typed. `coded` that a code of his authenticator was looked at already, by whoever published this.
    """

    to: str
    until: str
    why: str
    service: str = ""
    environment: str = ""
    coded: bool = False

    @property
    def subject(self) -> str:
        return DELEGATIONS


class EndDelegation(Asked, frozen=True, kw_only=True):
    """End what who says so has delegated; of one service or environment when they are named."""

    service: str = ""
    environment: str = ""

    @property
    def subject(self) -> str:
        return DELEGATIONS


class ShowDelegations(Asked, frozen=True, kw_only=True):
    """Who may approve in whose place now."""

    service: str = ""
    environment: str = ""

    @property
    def subject(self) -> str:
        return f"person/{self.by.id}"


class DelegationOver(Command, frozen=True, kw_only=True):
    """A delegation has run out: note it, and tell both."""

    delegation: str

    @property
    def subject(self) -> str:
        return DELEGATIONS
