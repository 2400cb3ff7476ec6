"""Windows, planned freezes, and the first moment at which something may start."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import settings as within
from hypothesis import strategies as st

from bot.calendars import Spell, chain, next_open
from bot.calendars.planned import coming, holding
from bot.calendars.windows import opening, said, weekdays
from config.freezes import DAYS, PlannedFreeze, Window

MADRID = ZoneInfo("Europe/Madrid")
HOUR = 3_600.0
ZONES = [
    "Europe/Madrid",
    "America/New_York",
    "Australia/Lord_Howe",
    "Africa/Cairo",
    "America/Santiago",
    "UTC",
]


def at(text, zone="Europe/Madrid"):
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()


def shown(moment, zone="Europe/Madrid"):
    return f"{datetime.fromtimestamp(moment, ZoneInfo(zone)):%a %Y-%m-%d %H:%M %z}"


def window(days="mon-sun", opens="09:00", closes="16:00", zone="Europe/Madrid"):
    return Window.model_validate({"days": [days], "from": opens, "to": closes, "timezone": zone})


def planned(begins, ends, repeat=None, zone="Europe/Madrid"):
    return PlannedFreeze.model_validate({"from": begins, "to": ends, "timezone": zone, "repeat": repeat})


# --- windows --------------------------------------------------------------------------------------------------


OFFICE = {"office": window("mon-thu"), "friday": window("fri", "09:00", "12:00")}


@pytest.mark.parametrize(
    ("moment", "opens"),
    [
        ("2026-10-20 09:00", None),
        ("2026-10-20 15:59:59", None),
        ("2026-10-20 16:00", "Wed 2026-10-21 09:00 +0200"),
        ("2026-10-20 08:59", "Tue 2026-10-20 09:00 +0200"),
        ("2026-10-23 11:00", None),
        ("2026-10-23 12:00", "Mon 2026-10-26 09:00 +0100"),
    ],
)
def test_outside_of_every_window_it_is_said_when_the_next_one_opens(moment, opens):
    found = opening(OFFICE, at(moment))
    assert found == opens if opens is None else shown(found) == opens


def test_a_window_may_go_over_midnight_and_over_the_end_of_the_week():
    night = {"night": window("sun", "22:00", "04:00")}
    assert opening(night, at("2026-10-18 23:00")) is None
    assert opening(night, at("2026-10-19 03:59")) is None
    assert shown(opening(night, at("2026-10-19 04:00"))) == "Sun 2026-10-25 22:00 +0100"


def test_a_whole_day_ends_at_24_00():
    days = {"day": window("mon", "00:00", "24:00")}
    assert opening(days, at("2026-10-19 23:59")) is None
    assert shown(opening(days, at("2026-10-20 00:00"))) == "Mon 2026-10-26 00:00 +0100"


def test_windows_are_on_the_clocks_of_their_own_zone():
    there = {"there": window("mon-fri", "09:00", "17:00", "America/New_York")}
    assert opening(there, at("2026-10-20 15:00")) is None
    assert shown(opening(there, at("2026-10-20 14:59"))) == "Tue 2026-10-20 15:00 +0200"


def test_a_window_in_the_hour_that_does_not_exist_opens_in_the_week_after():
    gone = {"gone": window("sun", "02:10", "02:50")}
    assert shown(opening(gone, at("2027-03-27 12:00"))) == "Sun 2027-04-04 02:10 +0200"


def test_a_window_in_the_hour_that_comes_twice_opens_once():
    twice = {"twice": window("sun", "02:10", "03:30")}
    assert shown(opening(twice, at("2026-10-25 01:00"))) == "Sun 2026-10-25 02:10 +0100"


def test_where_there_is_no_window_none_is_closed_and_none_opens():
    assert opening({}, at("2026-10-20 09:00")) == 0.0


def test_windows_are_said_in_words():
    assert (
        said(OFFICE)
        == "office (mon-thu 09:00 to 16:00 Europe/Madrid), friday (fri 09:00 to 12:00 Europe/Madrid)"
    )


def test_days_may_go_over_the_end_of_the_week():
    assert weekdays(window("sat-mon")) == {5, 6, 0}


CLOCKS = st.integers(0, 23 * 60 + 59).map(lambda minutes: f"{minutes // 60:02}:{minutes % 60:02}")
WINDOWS = st.builds(
    lambda first, last, opens, closes, zone: window(f"{DAYS[first]}-{DAYS[last]}", opens, closes, zone),
    st.integers(0, 6), st.integers(0, 6), CLOCKS, CLOCKS, st.sampled_from(ZONES),
)  # fmt: skip
MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1)).map(
    lambda moment: moment.replace(tzinfo=ZoneInfo("UTC")).timestamp()
)


@within(deadline=None, max_examples=300)
@given(st.dictionaries(st.sampled_from("abc"), WINDOWS, min_size=1), MOMENTS)
def test_what_opens_is_open_then_and_not_a_moment_before(windows, moment):
    opens = opening(windows, moment)
    if opens is not None:
        assert moment < opens <= moment + 15 * 24 * HOUR
        assert opening(windows, opens) is None
        assert opening(windows, opens - 1) == opens
        between = [moment + (opens - moment) * part / 7 for part in range(7)]
        assert {opening(windows, one) for one in between if one < opens} == {opens}


@within(deadline=None, max_examples=300)
@given(WINDOWS, MOMENTS)
def test_while_a_window_is_open_the_wall_shows_a_time_within_it(one, moment):
    if opening({"one": one}, moment) is None:
        there = datetime.fromtimestamp(moment, ZoneInfo(one.timezone))
        clock, overnight = f"{there:%H:%M}", one.closes <= one.opens
        assert (clock >= one.opens or clock < one.closes) if overnight else one.opens <= clock < one.closes
        day = there if not overnight or clock >= one.opens else there - timedelta(days=1)
        assert day.weekday() in weekdays(one)


# --- planned freezes ------------------------------------------------------------------------------------------


YEAR_END = planned("2026-12-20 18:00", "2027-01-04 08:00")
WEEKEND = planned("2026-01-02 16:00", "2026-01-05 08:00", "FREQ=WEEKLY;BYDAY=FR")


def test_a_freeze_holds_from_its_beginning_until_just_before_its_end():
    assert holding(YEAR_END, at("2026-12-20 17:59")) is None
    assert holding(YEAR_END, at("2026-12-20 18:00")) == (at("2026-12-20 18:00"), at("2027-01-04 08:00"))
    assert holding(YEAR_END, at("2027-01-04 07:59")) is not None
    assert holding(YEAR_END, at("2027-01-04 08:00")) is None


def test_a_freeze_that_repeats_follows_the_wall_when_the_clocks_change():
    begins, ends = holding(WEEKEND, at("2026-10-24 12:00"))
    assert shown(begins) == "Fri 2026-10-23 16:00 +0200"
    assert shown(ends) == "Mon 2026-10-26 08:00 +0100"
    assert ends - begins == 65 * HOUR


def test_a_freeze_that_repeats_does_not_hold_before_its_first_time_nor_after_its_last():
    twice = planned("2026-01-02 16:00", "2026-01-05 08:00", "FREQ=WEEKLY;BYDAY=FR;COUNT=2")
    assert holding(twice, at("2025-12-27 12:00")) is None
    assert holding(twice, at("2026-01-10 12:00")) is not None
    assert holding(twice, at("2026-01-17 12:00")) is None


def test_a_freeze_over_the_end_of_the_year_holds_in_both():
    every = planned("2020-12-20 00:00", "2021-01-05 00:00", "FREQ=YEARLY")
    assert holding(every, at("2026-12-31 23:59")) == holding(every, at("2027-01-01 00:00"))
    assert holding(every, at("2027-01-05 00:00")) is None


def test_a_freeze_whose_end_comes_twice_lasts_until_the_second():
    one = planned("2026-10-25 00:00", "2026-10-25 02:30")
    assert shown(holding(one, at("2026-10-25 01:00"))[1]) == "Sun 2026-10-25 02:30 +0100"


def test_a_freeze_whose_beginning_does_not_exist_begins_when_the_clocks_go_over_it():
    one = planned("2027-03-28 02:30", "2027-03-28 12:00")
    assert holding(one, at("2027-03-28 03:00")) == (at("2027-03-28 03:00"), at("2027-03-28 12:00"))


def test_the_next_time_is_known_before_it_comes():
    assert shown(coming(WEEKEND, at("2026-10-20 12:00"), 7 * 24 * HOUR)[0]) == "Fri 2026-10-23 16:00 +0200"
    assert coming(WEEKEND, at("2026-10-20 12:00"), 24 * HOUR) is None
    assert coming(YEAR_END, at("2026-12-01 00:00"), 30 * 24 * HOUR) is not None


@within(deadline=None, max_examples=200)
@given(
    st.datetimes(datetime(2024, 1, 1), datetime(2026, 1, 1)),
    st.integers(1, 10 * 24 * 60),
    st.sampled_from(["FREQ=DAILY", "FREQ=WEEKLY", "FREQ=MONTHLY", "FREQ=YEARLY", "FREQ=DAILY;INTERVAL=3"]),
    st.sampled_from(ZONES),
    MOMENTS,
)
def test_while_a_freeze_holds_the_moment_lies_within_it(first, minutes, repeat, zone, moment):
    first = first.replace(second=0, microsecond=0)
    last = first + timedelta(minutes=minutes)
    one = planned(f"{first:%Y-%m-%d %H:%M}", f"{last:%Y-%m-%d %H:%M}", repeat, zone)
    found = holding(one, moment)
    if found:
        begins, ends = found
        assert begins <= moment < ends
        assert holding(one, begins) is not None
        assert abs((ends - begins) - minutes * 60) <= 2 * HOUR


# --- one after another ----------------------------------------------------------------------------------------


SPELLS = st.lists(
    st.builds(
        lambda id_, begins, length: Spell(id=str(id_), what="", begins=begins, ends=begins + length if length else 0),
        st.integers(0, 1_000), st.integers(0, 50), st.integers(0, 20),
    ),
    max_size=12, unique_by=lambda one: one.id,
)  # fmt: skip


@within(deadline=None, max_examples=500)
@given(SPELLS, SPELLS, st.integers(0, 50), st.sets(st.integers(0, 1_000)))
def test_the_next_opening_is_the_first_moment_at_which_nothing_holds_also_without_some(
    known, others, moment, gone
):
    def rest(when):
        return [one for one in others if one.holds(when)]

    def held(when, spells):
        return [one for one in spells if one.holds(when)]

    left = [one for one in chain(moment, known, rest) if int(one.id) not in gone]
    all_left = [one for one in (*known, *others) if int(one.id) not in gone]
    opens = next_open(moment, left)
    if opens:
        assert not held(opens, all_left)
        assert all(held(when, all_left) for when in range(moment, int(opens)))
    elif moment:
        assert any(not one.ends for one in all_left)
