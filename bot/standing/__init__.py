"""What stands until it is lifted, runs out or is done; each kind in the file of its capability, all in one table."""

from __future__ import annotations

from bot.standing.base import Standing, scope
from bot.standing.codec import KINDS
from bot.standing.configurations import ConfigurationChange, ConfigurationInForce, Question
from bot.standing.freezes import Freeze
from bot.standing.locks import BadVersion, Lock, Watch

__all__ = [
    "KINDS",
    "BadVersion",
    "ConfigurationChange",
    "ConfigurationInForce",
    "Freeze",
    "Lock",
    "Question",
    "Standing",
    "Watch",
    "scope",
]
