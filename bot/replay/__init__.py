"""What past deployments would have become under another configuration: by the very gates that judge new ones."""

from __future__ import annotations

from bot.replay.judging import Decided, Kind, decided
from bot.replay.replaying import Outcome, Replay

__all__ = ["Decided", "Kind", "Outcome", "Replay", "decided"]
