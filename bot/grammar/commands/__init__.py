"""The commands beside deploying itself, each capability's in a file of its own."""

from __future__ import annotations

from bot.grammar.commands import (
    delegations,
    freezes,
    locks,
    plan,
    promotion,
    queueing,
    releases,
    reload,
    rollback,
    schedules,
    totp,
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
    **delegations.COMMANDS,
    **totp.COMMANDS,
}
"""By the command's word."""
