"""When nothing starts: windows, freezes of the configuration, and calendars that others keep. Times are epoch seconds."""

from __future__ import annotations

from bot.calendars.spells import Spell, chain, next_open

__all__ = ["Spell", "chain", "next_open"]
