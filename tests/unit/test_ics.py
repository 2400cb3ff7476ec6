"""Calendars as others write them."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import settings as within
from hypothesis import strategies as st

from bot.calendars.ics import LARGEST, Occasion, UnreadableCalendar, read

MADRID = ZoneInfo("Europe/Madrid")
NOW = datetime(2026, 10, 1, tzinfo=MADRID).timestamp()
STANDARD_TIME = """
BEGIN:VTIMEZONE
TZID:W. Europe Standard Time
BEGIN:STANDARD
DTSTART:16010101T030000
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:16010101T020000
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3
END:DAYLIGHT
END:VTIMEZONE
"""


def event(*lines, uid="1"):
    return "\n".join(["BEGIN:VEVENT", f"UID:{uid}", "DTSTAMP:20260101T000000Z", *lines, "END:VEVENT"])


def calendar(*parts):
    lines = "\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//test//EN", *parts, "END:VCALENDAR", ""])
    return "\r\n".join(line for line in lines.split("\n") if line) + "\r\n"


def times(*parts, **more):
    found = read(calendar(*parts), now=NOW, timezone="Europe/Madrid", **more)
    return [f"{_shown(one.begins)} - {_shown(one.ends)} {one.title}" for one in found]


def _shown(at):
    return f"{datetime.fromtimestamp(at, MADRID):%Y-%m-%d %H:%M}"


def unreadable(text):
    with pytest.raises(UnreadableCalendar) as caught:
        read(text, now=NOW, timezone="Europe/Madrid")
    return str(caught.value)


def test_an_event_has_its_times_and_its_title():
    one = event("DTSTART:20261110T110000Z", "DTEND:20261110T130000Z", r"SUMMARY:Database\, moved  over")
    begins = datetime(2026, 11, 10, 12, tzinfo=MADRID).timestamp()
    assert read(calendar(one), now=NOW, timezone="UTC") == (
        Occasion(begins, begins + 7_200, "Database, moved over"),
    )


def test_days_and_times_without_a_zone_are_on_the_clocks_of_the_setting():
    assert times(
        event("DTSTART;VALUE=DATE:20261224", "DTEND;VALUE=DATE:20261227", "SUMMARY:Christmas"),
        event("DTSTART;VALUE=DATE:20261111", "SUMMARY:One day", uid="2"),
        event("DTSTART:20261110T120000", "DURATION:PT2H", "SUMMARY:Floating", uid="3"),
    ) == [
        "2026-11-10 12:00 - 2026-11-10 14:00 Floating",
        "2026-11-11 00:00 - 2026-11-12 00:00 One day",
        "2026-12-24 00:00 - 2026-12-27 00:00 Christmas",
    ]


def test_what_repeats_keeps_its_exceptions_and_follows_the_wall_when_the_clocks_change():
    zone = "TZID=W. Europe Standard Time"
    weekly = event(
        f"DTSTART;{zone}:20261019T170000", f"DTEND;{zone}:20261020T080000",
        "RRULE:FREQ=WEEKLY;BYDAY=MO;UNTIL=20261110T000000Z", f"EXDATE;{zone}:20261026T170000", "SUMMARY:Night",
    )  # fmt: skip
    moved = event(
        f"RECURRENCE-ID;{zone}:20261102T170000", f"DTSTART;{zone}:20261102T190000", f"DTEND;{zone}:20261103T080000",
        "SUMMARY:Night moved",
    )  # fmt: skip
    assert times(STANDARD_TIME, weekly, moved) == [
        "2026-10-19 17:00 - 2026-10-20 08:00 Night",
        "2026-11-02 19:00 - 2026-11-03 08:00 Night moved",
        "2026-11-09 17:00 - 2026-11-10 08:00 Night",
    ]


def test_what_repeats_on_listed_dates_has_its_first_date_too():
    dates = event("DTSTART:20261110T110000Z", "DTEND:20261110T120000Z", "RDATE:20261112T110000Z", "SUMMARY:x")
    assert times(dates) == ["2026-11-10 12:00 - 2026-11-10 13:00 x", "2026-11-12 12:00 - 2026-11-12 13:00 x"]


def test_cancelled_free_and_empty_events_freeze_nothing():
    long = ("DTSTART:20261110T110000Z", "DTEND:20261110T130000Z")
    assert (
        times(
            event(*long, "STATUS:CANCELLED", uid="1"),
            event(*long, "TRANSP:TRANSPARENT", uid="2"),
            event("DTSTART:20261110T110000Z", "DTEND:20261110T110000Z", uid="3"),
        )
        == []
    )


def test_only_events_with_the_word_in_their_title_count_when_there_is_one():
    long = ("DTSTART:20261110T110000Z", "DTEND:20261110T130000Z")
    found = times(
        event(*long, "SUMMARY:Code FREEZE"), event(*long, "SUMMARY:Party", uid="2"), matching="freeze"
    )
    assert found == ["2026-11-10 12:00 - 2026-11-10 14:00 Code FREEZE"]


def test_what_is_over_and_what_is_far_away_is_left_out_and_what_lasts_is_not():
    assert times(
        event("DTSTART:20250101T000000Z", "DTEND:20250102T000000Z", "SUMMARY:over"),
        event("DTSTART:20250101T000000Z", "DTEND:20281231T230000Z", "SUMMARY:lasts", uid="2"),
        event("DTSTART:20290101T000000Z", "DTEND:20290102T000000Z", "SUMMARY:far", uid="3"),
    ) == ["2025-01-01 01:00 - 2029-01-01 00:00 lasts"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "it is no iCalendar"),
        ("<html>Please log in</html>", "it is no iCalendar"),
        (calendar()[:-20], "it breaks off in the middle"),
        (calendar(event("DTSTART:20269910T110000Z")), "it is no iCalendar: CalendarParseError"),
        (calendar(event("DTSTART;TZID=Nowhere:20261110T110000")), "it is no iCalendar: CalendarParseError"),
        (calendar(event("SUMMARY:Some time")), "“Some time” has no beginning"),
        (
            calendar(event("DTSTART:20261110T110000Z", "RRULE:FREQ=SECONDLY", "SUMMARY:Tick")),
            "“Tick” repeats more often than daily",
        ),
        ("BEGIN:VCALENDAR" + " " * LARGEST, "it is larger than 2,000,000 bytes"),
        (
            calendar(*(event("DTSTART:20261110T110000Z", uid=str(count)) for count in range(5_001))),
            "it holds more than 5,000 events",
        ),
        (
            calendar(
                *(
                    event("DTSTART:20260101T110000Z", "DURATION:PT1H", "RRULE:FREQ=DAILY", uid=str(n))
                    for n in range(13)
                )
            ),
            "its events come more than 5,000 times in the year to come",
        ),
    ],
)
def test_what_is_no_calendar_or_out_of_bounds_is_not_read_and_not_quoted(text, sentence):
    assert unreadable(text) == sentence


LINES = st.sampled_from(
    [
        "BEGIN:VEVENT", "END:VEVENT", "UID:1", "DTSTAMP:20260101T000000Z", "DTSTART:20261110T110000Z", "DTEND:20261110T130000Z",
        "DTSTART;VALUE=DATE:20261111", "DURATION:PT2H", "DURATION:-P1D", "RRULE:FREQ=DAILY;COUNT=3", "RRULE:FREQ=YEARLY;UNTIL=x",
        "EXDATE:20261111T110000Z", "RDATE:20261111T110000Z", "RECURRENCE-ID:20261111T110000Z", "SUMMARY:x", "STATUS:CANCELLED",
        "STATUS:MAYBE", "BEGIN:VALARM", "END:VALARM", 'X-ODD;A="b:c":d', "DTSTART;TZID=Europe/Madrid:20270328T023000",
    ]
)  # fmt: skip


@within(deadline=None, max_examples=300)
@given(st.lists(st.one_of(LINES, st.text(max_size=20)), max_size=14))
def test_any_text_is_times_in_order_or_unreadable(lines):
    text = "\r\n".join(["BEGIN:VCALENDAR", "PRODID:x", "VERSION:2.0", *lines, "END:VCALENDAR", ""])
    try:
        found = read(text, now=NOW, timezone="Europe/Madrid")
    except UnreadableCalendar:
        return
    assert list(found) == sorted(found, key=lambda one: (one.begins, one.ends, one.title))
    assert all(one.begins < one.ends for one in found)
