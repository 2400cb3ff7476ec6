"""Approving in somebody's place, until a day that is named."""

from __future__ import annotations

from bot.people import Place
from bot.standing.base import Standing


class Delegation(Standing, frozen=True, kw_only=True):
    """Until then, `to` may approve what the owner may approve, and nothing of what others have delegated to the owner.

    What `to` approves so counts as the owner's: the owner's right counts once. `place` is where it was said. `coded` that the
    owner gave a code of his authenticator for it: without, it counts nowhere where codes are asked for.
    """

    owner_name: str
    owner_team: str = ""
    to: str
    to_name: str
    to_team: str = ""
    reason: str
    place: Place | None = None
    coded: bool = False

    def counts(self, *, step_up: bool) -> bool:
        """Whether it counts where codes are asked for, or not."""
        return self.coded or not step_up

    @property
    def slot(self) -> str:
        """One delegation of somebody a scope."""
        return f"{self.owner}/{self.service}/{self.environment}"
