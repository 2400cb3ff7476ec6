"""What is asked about announcements that are kept true."""

from __future__ import annotations

from bot.events.base import Command


class ShowAnnounced(Command, frozen=True, kw_only=True):
    """Bring what was announced of something that stands to its newest revision: its end, who ended it, the buttons that fit."""

    standing: str

    @property
    def subject(self) -> str:
        return f"announced/{self.standing}"
