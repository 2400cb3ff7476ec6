"""Serve until a signal says otherwise."""

from __future__ import annotations

import asyncio
import logging
import sqlite3

from bot.app import App
from bot.configuration import Again
from bot.redaction import Redactor
from bot.signals import asked_to_reload, stopped_by_signal
from config.models import Settings

log = logging.getLogger(__name__)


async def serve(settings: Settings, again: Again, redactor: Redactor) -> None:
    """Serve until SIGTERM or SIGINT, then stop gracefully; SIGHUP has the configuration read again."""
    async with (
        stopped_by_signal() as stop,
        asked_to_reload() as asked,
        App(settings, again=again, redactor=redactor) as app,
    ):
        log.info("Serving on %s", app.url, extra={"action": "serving"})
        reloading = asyncio.create_task(_reload_when(asked, app), name="reading the configuration again")
        await stop.wait()
        reloading.cancel()
        log.info("Stopping: what is in hand is finished first", extra={"action": "stopping"})


async def _reload_when(asked: asyncio.Event, app: App) -> None:
    while True:
        await asked.wait()
        asked.clear()
        try:
            await app.read_again()
        except sqlite3.Error:
            log.exception("Not read again, because the journal can't be written")
