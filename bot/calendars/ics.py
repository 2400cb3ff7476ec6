"""iCalendar (RFC 5545) as others write it, made into times: within bounds, and whole or not at all.

A calendar of which one event can't be understood is not read: who would know what it had frozen?
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
from ical.calendar import Calendar
from ical.calendar_stream import IcsCalendarStream
from ical.event import Event, EventStatus
from ical.exceptions import CalendarError
from ical.types.recur import Frequency

from bot import wall_clock

LARGEST = 2_000_000
MOST_EVENTS = 5_000
MOST_TIMES = 5_000
BACK = timedelta(days=1)
AHEAD = timedelta(days=400)
TITLE_MOST = 150

NO_CALENDAR = "it is no iCalendar"
BREAKS_OFF = "it breaks off in the middle"
TOO_LARGE = f"it is larger than {LARGEST:,} bytes"
TOO_MANY = f"it holds more than {MOST_EVENTS:,} events"
TOO_MANY_TIMES = f"its events come more than {MOST_TIMES:,} times in the year to come"
TOO_OFTEN = "“{title}” repeats more often than daily"
NO_START = "“{title}” has no beginning"
UNTITLED = "an event without a title"

NONSENSE = (ValueError, TypeError, AttributeError, LookupError, ArithmeticError, RecursionError)
"""What the library stumbles over events with that it did not foresee."""

_RARE = {Frequency.DAILY, Frequency.WEEKLY, Frequency.MONTHLY, Frequency.YEARLY}


class UnreadableCalendar(Exception):  # noqa: N818 - the word of the house
    """Not a calendar, or not one that can be trusted; its text says what is wrong with it, without its content."""


class Occasion(msgspec.Struct, frozen=True):
    """One time of one event, in epoch seconds."""

    begins: float
    ends: float
    title: str


def read(text: str, *, now: float, timezone: str, matching: str = "") -> tuple[Occasion, ...]:
    """What of the calendar lies between a day ago and 400 days from now, in order. Slow: for a thread.

    `timezone` is that of days and of times without a zone. Cancelled and "free" events are left out, and those whose
    title lacks `matching`. Raises `UnreadableCalendar`.
    """
    if len(text) > LARGEST:
        raise UnreadableCalendar(TOO_LARGE)
    text = text.strip("\ufeff \r\n\t")
    if not text.upper().startswith("BEGIN:VCALENDAR"):
        raise UnreadableCalendar(NO_CALENDAR)
    if not text.upper().endswith("END:VCALENDAR"):
        raise UnreadableCalendar(BREAKS_OFF)
    try:
        calendar = IcsCalendarStream.calendar_from_ics(text)
        _check(calendar)
        zone = wall_clock.zone(timezone)
        found = {one for one in _occasions(calendar, now, zone) if matching.lower() in one.title.lower()}
    except (CalendarError, *NONSENSE) as error:
        raise UnreadableCalendar(f"{NO_CALENDAR}: {type(error).__name__}") from error
    return tuple(sorted(found, key=lambda one: (one.begins, one.ends, one.title)))


def _check(calendar: Calendar) -> None:
    if len(calendar.events) > MOST_EVENTS:
        raise UnreadableCalendar(TOO_MANY)
    for event in calendar.events:
        if event.dtstart is None:
            raise UnreadableCalendar(NO_START.format(title=_title(event)))
        if event.rrule is not None and event.rrule.freq not in _RARE:
            raise UnreadableCalendar(TOO_OFTEN.format(title=_title(event)))


def _occasions(calendar: Calendar, now: float, zone: ZoneInfo) -> Iterator[Occasion]:
    here = datetime.fromtimestamp(now, UTC).astimezone(zone)
    timeline = calendar.timeline_tz(zone).overlapping(here - BACK, here + AHEAD)
    for count, event in enumerate([*_first_of_dates(calendar), *_bounded(timeline)]):
        if count > MOST_TIMES:
            raise UnreadableCalendar(TOO_MANY_TIMES)
        if event.status is EventStatus.CANCELLED or (event.transparency or "").upper() == "TRANSPARENT":
            continue
        one = Occasion(_at(event.start, zone), _at(event.end, zone), _title(event))
        if one.begins < one.ends:
            yield one


def _bounded(timeline: Iterator[Event]) -> Iterator[Event]:
    for count, event in enumerate(timeline):
        if count > MOST_TIMES:
            raise UnreadableCalendar(TOO_MANY_TIMES)
        yield event


def _first_of_dates(calendar: Calendar) -> Iterator[Event]:
    """The library forgets the first of those that repeat on listed dates only (RFC 5545 3.8.5.2 counts DTSTART in)."""
    for event in calendar.events:
        if event.rdate and event.rrule is None and event.dtstart not in event.exdate:
            yield event


def _at(moment: object, zone: ZoneInfo) -> float:
    if isinstance(moment, datetime):
        return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).timestamp()
    return wall_clock.start_of(moment, zone)  # type: ignore[arg-type]  # what is no time is a day


def _title(event: Event) -> str:
    words = " ".join((event.summary or "").split())
    return words[:TITLE_MOST] or UNTITLED
