"""Whether the calendars of the configuration can be read now, and what they hold."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator

import aiohttp

from bot.calendars.fetching import occasions_of, text_of
from bot.calendars.ics import UnreadableCalendar
from bot.doctor.check import Check, ok, warning
from config.models import Settings

YEAR = 365 * 86_400.0
"""In seconds."""

HOLDS = "It can be read; it freezes {count} times in the year to come."
HOLDS_NOTHING = "It can be read, and freezes nothing in the year to come."
NOTHING_WAY_OUT = "Look at its events, and at calendars.{name}.matching."
UNREADABLE = "It can't be read: {problem}."
UNREADABLE_WAY_OUT = "Until it can, calendars.{name}.unavailable decides: {unavailable}."


async def checks(settings: Settings, session: aiohttp.ClientSession) -> AsyncIterator[Check]:
    for name, source in settings.calendars.items():
        what = f"calendar {name}"
        try:
            now = time.time()
            read = await occasions_of(await text_of(source, session), source, now)
            found = [one for one in read if one.ends > now and one.begins < now + YEAR]
        except UnreadableCalendar as problem:
            way_out = UNREADABLE_WAY_OUT.format(name=name, unavailable=source.unavailable)
            yield warning(what, UNREADABLE.format(problem=problem), way_out)
            continue
        if found:
            yield ok(what, HOLDS.format(count=len(found)))
        else:
            yield warning(what, HOLDS_NOTHING, NOTHING_WAY_OUT.format(name=name))
