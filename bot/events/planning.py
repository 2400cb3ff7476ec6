"""What people ask about a deployment that is not, or not yet, asked for."""

from __future__ import annotations

from bot.earlier import Earlier, GoingBack
from bot.events.base import Asked
from bot.kinds import Kind


class ShowPlan(Asked, frozen=True, kw_only=True):
    """What every gate says of a deployment in these words, and what would be called. Nothing happens."""

    service: str
    environment: str
    version_wanted: str = ""
    break_glass: str = ""
    kind: Kind = Kind.DEPLOY
    digest: str = ""
    override: str = ""
    removing: bool = False
    when: str = ""
    promotes: Earlier | None = None
    rolls_back: GoingBack | None = None

    @property
    def subject(self) -> str:
        return f"person/{self.by.id}"


class AskWhy(Asked, frozen=True, kw_only=True):
    """What is in the way there now, who can lift it, and when at the earliest."""

    service: str
    environment: str

    @property
    def subject(self) -> str:
        return f"person/{self.by.id}"
