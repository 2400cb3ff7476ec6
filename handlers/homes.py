"""Something changed that may stand in somebody's home: those that were opened lately are looked at, once, in a moment."""

from __future__ import annotations

from bot.events.surface import RefreshHomes
from bot.ports import Context

SETTLES = 5.0
"""Seconds in which everything that happens becomes one look at the homes."""


def changed(ctx: Context) -> None:
    now = ctx.clock.now()
    turn = int(now // SETTLES)
    # The next look may come before this change is committed; the one after it will not.
    for at in ((turn + 1) * SETTLES, (turn + 2) * SETTLES):
        ctx.changes.publish(RefreshHomes(scheduled=at), after=at - now, id=f"homes/{at:.0f}")
