"""Commands that were given in words, or by a plain click, and take a code."""

from __future__ import annotations

from bot.standing.base import Standing


class HeldCommand(Standing, frozen=True, kw_only=True):
    """What its owner said, until he gives the code that it takes.

    `command` is the name of the event, of that `version`, `body` the event as JSON; it is handled on the `subject` once the
    code came.
    """

    command: str
    version: int
    body: str
    subject: str

    @property
    def slot(self) -> str:
        """One of each command for the same: who says it anew means that."""
        return f"{self.owner}/{self.command}/{self.subject}"
