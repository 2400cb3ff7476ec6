"""Freezes that people declare; those of the configuration and of calendars need no row."""

from __future__ import annotations

from bot.people import Place
from bot.standing.base import Standing


class Freeze(Standing, frozen=True, kw_only=True):
    """Nothing starts there until it ends, rollbacks excepted. `incident` freezes come from trouble and always have an end."""

    reason: str
    owner_name: str = ""
    incident: bool = False
    place: Place | None = None

    @property
    def slot(self) -> str:
        """One freeze a scope."""
        return f"{self.service}/{self.environment}"
