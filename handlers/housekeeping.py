"""What the engine does for itself by the clock."""

from __future__ import annotations

import logging

from bot.events import Prune
from bot.ports import Context
from bot.routing import Router

log = logging.getLogger(__name__)

router = Router()


@router.command(Prune)
async def prune(event: Prune, ctx: Context) -> None:
    """Remove done messages beyond their age, a bounded number at a time; deployments and audit rows stay."""
    before = ctx.clock.now() - ctx.settings.store.keep_messages
    removed = total = await ctx.prune(before)
    while removed:
        removed = await ctx.prune(before)
        total += removed
    if total:
        log.info("Pruned %d done messages", total, extra={"action": "pruned", "scheduled": event.scheduled})
