"""A calendar's text, from its file or its address: bounded, and without a word about the address, which is a secret."""

from __future__ import annotations

import asyncio
from pathlib import Path

import aiohttp

from bot.calendars import ics
from bot.calendars.ics import Occasion, UnreadableCalendar
from config.freezes import CalendarSource

WITHIN = 10.0
REDIRECTS_MOST = 3
CHUNK = 65_536

ANSWERS = "its server answers {status}"
NO_ANSWER = "its server does not answer ({kind})"
NO_FILE = "its file can't be read ({kind})"
NO_TEXT = "it is not UTF-8 text"


async def text_of(source: CalendarSource, session: aiohttp.ClientSession) -> str:
    """Raises `UnreadableCalendar`, which names neither the address nor the content."""
    if source.file is not None:
        content = await asyncio.to_thread(_file, Path(source.file))
    else:
        assert source.address is not None, "the loader asks for one of them"
        content = await _fetched(source.address.get_secret_value(), session)
    if len(content) > ics.LARGEST:
        raise UnreadableCalendar(ics.TOO_LARGE)
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise UnreadableCalendar(NO_TEXT) from error


async def occasions_of(text: str, source: CalendarSource, now: float) -> tuple[Occasion, ...]:
    """What it holds, read in a thread. Raises `UnreadableCalendar`."""
    return await asyncio.to_thread(
        ics.read, text, now=now, timezone=source.timezone, matching=source.matching
    )


async def _fetched(address: str, session: aiohttp.ClientSession) -> bytes:
    within = aiohttp.ClientTimeout(total=WITHIN)
    try:
        async with session.get(address, max_redirects=REDIRECTS_MOST, timeout=within) as answer:
            if answer.status != 200:
                raise UnreadableCalendar(ANSWERS.format(status=answer.status))
            content = bytearray()
            async for chunk in answer.content.iter_chunked(CHUNK):
                content += chunk
                if len(content) > ics.LARGEST:
                    break
            return bytes(content)
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
        # Its own words may quote the address, so it is no cause either.
        raise UnreadableCalendar(NO_ANSWER.format(kind=type(error).__name__)) from None


def _file(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(ics.LARGEST + 1)
    except OSError as error:
        raise UnreadableCalendar(NO_FILE.format(kind=type(error).__name__)) from error
