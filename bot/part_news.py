"""The channel for operations is told when a part of the server is gone, and when it is back."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable

from bot.events import Announce
from bot.health import Part
from bot.journal import Journal
from bot.messages import message
from bot.ports import Clock
from config.models import Settings

log = logging.getLogger(__name__)

ONLY_WHEN_BACK = frozenset({"slack", "journal"})
"""While these are gone nothing can be said; it is told once they are back."""


class PartNews:
    """Called with a part and the sentence about it (implements what `bot.health.Health` tells)."""

    def __init__(self, journal: Journal, clock: Clock, settings: Callable[[], Settings]) -> None:
        self._journal = journal
        self._clock = clock
        self._settings = settings

    async def __call__(self, part: Part, sentence: str) -> None:
        channel = self._settings().slack.announce_channel
        if channel is None or (not part.ok and part.name in ONLY_WHEN_BACK):
            return
        name = f"health/{part.name}/{part.since:.3f}"
        news = Announce(deployment="", channel=channel, name=name, words=(sentence,))
        try:
            await self._journal.publish(message(news, id=name, at=self._clock.now()))
        except sqlite3.Error:
            log.exception("Not announced, because the journal can't be written: %s", sentence)
