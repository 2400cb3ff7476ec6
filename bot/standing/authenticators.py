"""The authenticators of people who decide."""

from __future__ import annotations

from bot.standing.base import Standing


class Authenticator(Standing, frozen=True, kw_only=True):
    """Somebody's authenticator app. Both secrets are sealed (`bot.sealing`); `pending` waits for its first code.

    `secret` is empty until the first one is confirmed. `last` is the step of the last code that was taken: neither it nor an
    earlier one is taken again. `attempt` counts the secrets that were shown, `pending_until` is when the newest is forgotten.
    """

    owner_name: str = ""
    secret: str = ""
    confirmed_at: float = 0.0
    last: int = 0
    attempt: int = 0
    pending: str = ""
    pending_until: float = 0.0

    @property
    def slot(self) -> str:
        """One for each person."""
        return self.owner


class CodeRecord(Standing, frozen=True, kw_only=True):
    """What is kept of somebody's codes, whichever authenticator he has: a reset or another app changes nothing of it.

    `failures` are wrong codes in a row, `lockouts` how often these were too many since a right one; `locked_until` is when his
    codes are looked at again. `reset_by` is who reset his authenticator, at `reset_at`, while none has taken its place.
    """

    failures: int = 0
    lockouts: int = 0
    locked_until: float = 0.0
    reset_at: float = 0.0
    reset_by: str = ""

    @property
    def slot(self) -> str:
        """One for each person."""
        return self.owner
