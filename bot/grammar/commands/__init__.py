"""The commands beside deploying itself, each capability's in a file of its own."""

from __future__ import annotations

from bot.grammar.commands import (
    freezes,
    locks,
    plan,
    promotion,
    queueing,
    releases,
    reload,
    rollback,
    schedules,
)
from bot.grammar.commands.said import Reader, Said

__all__ = ["COMMANDS", "Reader", "Said"]

COMMANDS: dict[str, Reader] = {
    **plan.COMMANDS,
    **releases.COMMANDS,
    **schedules.COMMANDS,
    **reload.COMMANDS,
    **freezes.COMMANDS,
    **promotion.COMMANDS,
    **rollback.COMMANDS,
    **locks.COMMANDS,
    **queueing.COMMANDS,
}
"""By the command's word."""
