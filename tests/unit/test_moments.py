"""Times as people type them, in their own time zone."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import settings as within
from hypothesis import strategies as st

from bot import wall_clock
from bot.errors import Refused
from bot.grammar.moments import Moment, Span, UnclearTime, begins_moment, moment, span
from bot.reasons import Reason
from config.durations import LONGEST, written

MADRID = ZoneInfo("Europe/Madrid")
TUESDAY = datetime(2026, 10, 20, 15, 3, tzinfo=MADRID)
"""The clocks go back on the Sunday after it, at 03:00."""

ZONES = [
    "Europe/Madrid", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Apia", "Africa/Cairo",
    "America/Sao_Paulo", "Asia/Kathmandu", "UTC", "Pacific/Kiritimati", "America/Santiago",
]  # fmt: skip


def understood(text, now=TUESDAY, zone="Europe/Madrid"):
    return moment(text.split(), now=now.timestamp(), timezone=zone)


def shown(text, now=TUESDAY, zone="Europe/Madrid"):
    return str(datetime.fromtimestamp(understood(text, now, zone).at, ZoneInfo(zone)))


def unclear(text, now=TUESDAY, zone="Europe/Madrid"):
    with pytest.raises(UnclearTime) as caught:
        understood(text, now, zone)
    return caught.value


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("at 16:00", "2026-10-20 16:00:00+02:00"),
        ("16:00", "2026-10-20 16:00:00+02:00"),
        ("16:00:30", "2026-10-20 16:00:30+02:00"),
        ("4pm", "2026-10-20 16:00:00+02:00"),
        ("at 4:30PM", "2026-10-20 16:30:00+02:00"),
        ("at 4 pm", "2026-10-20 16:00:00+02:00"),
        ("tomorrow noon", "2026-10-21 12:00:00+02:00"),
        ("tomorrow 12am", "2026-10-21 00:00:00+02:00"),
        ("tomorrow 9am", "2026-10-21 09:00:00+02:00"),
        ("9am tomorrow", "2026-10-21 09:00:00+02:00"),
        ("tomorrow at 9:05", "2026-10-21 09:05:00+02:00"),
        ("mon 09:00", "2026-10-26 09:00:00+01:00"),
        ("on Monday at 09:00", "2026-10-26 09:00:00+01:00"),
        ("09:00 on monday", "2026-10-26 09:00:00+01:00"),
        ("until mon 09:00", "2026-10-26 09:00:00+01:00"),
        ("tue 16:00", "2026-10-20 16:00:00+02:00"),
        ("tue 15:00", "2026-10-27 15:00:00+01:00"),
        ("this fri 09:00", "2026-10-23 09:00:00+02:00"),
        ("next monday 09:00", "2026-10-26 09:00:00+01:00"),
        ("2026-12-01 14:00", "2026-12-01 14:00:00+01:00"),
        ("2026-12-01T14:00", "2026-12-01 14:00:00+01:00"),
        ("2026-12-01T14:00:00Z", "2026-12-01 15:00:00+01:00"),
        ("2026-12-01 14:00-05:00", "2026-12-01 20:00:00+01:00"),
        ("at 15:00 Europe/London", "2026-10-20 16:00:00+02:00"),
        ("at 15:00 europe/london", "2026-10-20 16:00:00+02:00"),
        ("tomorrow 9am America/New_York", "2026-10-21 15:00:00+02:00"),
        ("at 14:00 UTC", "2026-10-20 16:00:00+02:00"),
        ("in 2h", "2026-10-20 17:03:00+02:00"),
        ("in 1h30m", "2026-10-20 16:33:00+02:00"),
        ("for 2h", "2026-10-20 17:03:00+02:00"),
        ("in an hour", "2026-10-20 16:03:00+02:00"),
        ("in 2 hours and 5 minutes", "2026-10-20 17:08:00+02:00"),
    ],
)
def test_a_time_is_read_in_the_persons_own_zone(text, at):
    assert shown(text) == at
    assert understood(text).taken == len(text.split())
    assert not understood(text).whole_day
    assert begins_moment(text.split())


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("monday", "2026-10-26 00:00:00+01:00"),
        ("until monday", "2026-10-26 00:00:00+01:00"),
        ("tue", "2026-10-27 00:00:00+01:00"),
        ("until tomorrow", "2026-10-21 00:00:00+02:00"),
        ("2026-12-01", "2026-12-01 00:00:00+01:00"),
    ],
)
def test_a_day_without_a_time_is_its_beginning(text, at):
    assert shown(text) == at
    assert understood(text).whole_day


@pytest.mark.parametrize(
    ("text", "taken"),
    [
        ("at 16:00 production", 2),
        ("tomorrow 9am because it is quiet then", 2),
        ("mon 09:00 10:00", 2),
        ("in 2h 3h", 2),
        ("in 2h 30m checkout", 3),
        ("at 16:00 Europe/London checkout", 3),
        ("2026-12-01 checkout", 1),
        ("16:00 on production", 1),
        ("at 16:00 cet", 2),
        ("at 16:00 feature/x", 2),
        ("at 16:00+02:00 Europe/Madrid", 2),
    ],
)
def test_what_follows_a_time_is_left_to_the_command(text, taken):
    assert understood(text).taken == taken


@pytest.mark.parametrize(
    ("text", "reason", "instead"),
    [
        ("at 14:00", Reason.TIME_PASSED, ["tomorrow 14:00"]),
        ("until 2pm", Reason.TIME_PASSED, ["until tomorrow 2pm"]),
        ("at 14:00 Europe/London", Reason.TIME_PASSED, ["tomorrow 14:00 Europe/London"]),
        ("today", Reason.TIME_PASSED, ["tomorrow"]),
        ("today 09:00", Reason.TIME_PASSED, ["tomorrow 09:00"]),
        ("this monday", Reason.TIME_PASSED, ["monday"]),
        ("2020-02-03 10:00", Reason.TIME_PASSED, ["2026-10-21 10:00"]),
        ("at 9", Reason.AMBIGUOUS, ["tomorrow 09:00", "at 21:00"]),
        ("tomorrow 9", Reason.AMBIGUOUS, ["tomorrow 09:00", "tomorrow 21:00"]),
        ("next friday 10:00", Reason.AMBIGUOUS, ["2026-10-23 10:00", "2026-10-30 10:00"]),
        ("until 12/11/2026", Reason.AMBIGUOUS, ["until 2026-11-12", "until 2026-12-11"]),
        ("until 24.12.2026", Reason.UNKNOWN_TIME, ["until 2026-12-24"]),
        ("until dec 24 18:00", Reason.UNKNOWN_TIME, ["until 2026-12-24 18:00"]),
        ("at 1600", Reason.UNKNOWN_TIME, ["at 16:00"]),
        ("until 16.30", Reason.UNKNOWN_TIME, ["until 16:30"]),
        ("at 24:00", Reason.UNKNOWN_TIME, ["tomorrow 00:00"]),
        ("mon 25:00", Reason.UNKNOWN_TIME, ["mon 09:00"]),
        ("at 13pm", Reason.UNKNOWN_TIME, ["tomorrow 09:00"]),
        ("2026-12-01T25:00", Reason.UNKNOWN_TIME, ["2026-12-01 09:00"]),
        ("2026-11-31", Reason.UNKNOWN_TIME, ["2026-11-30"]),
        ("9999-12-31", Reason.UNKNOWN_TIME, ["2036-10-16"]),
        ("until mondy", Reason.UNKNOWN_TIME, ["until monday"]),
        ("until 2h", Reason.UNKNOWN_TIME, ["in 2h"]),
        ("at 16:00 Europe/Madird", Reason.UNKNOWN_TIME, ["at 16:00 Europe/Madrid"]),
        ("at 16:00 CST", Reason.UNKNOWN_TIME, ["at 16:00 Europe/Madrid"]),
        ("until", Reason.MISSING_WORD, ["until 14:00", "until tomorrow 09:00"]),
        ("in 2", Reason.AMBIGUOUS, ["in 2m", "in 2h", "in 2d"]),
        ("in 1.5h", Reason.UNKNOWN_TIME, ["in 1h30m"]),
        ("for", Reason.MISSING_WORD, ["for 2h", "for 1h30m"]),
    ],
)
def test_no_time_or_two_is_refused_with_what_to_say_instead(text, reason, instead):
    refusal = unclear(text)
    assert refusal.reason is reason
    assert list(refusal.instead) == instead
    assert re.findall("`([^`]*)`", refusal.way_out) == instead
    assert refusal.taken == len(text.split())


def test_the_way_out_is_put_into_the_whole_command():
    refusal = unclear("at 9").within("/deploy checkout production", "because it is quiet")
    assert refusal.way_out == (
        "Say `/deploy checkout production tomorrow 09:00 because it is quiet` "
        "or `/deploy checkout production at 21:00 because it is quiet`."
    )


def test_a_time_that_the_clocks_go_forward_over_is_refused_with_the_first_that_exists():
    refusal = unclear("2027-03-28 02:30")
    assert refusal.sentence == (
        "2027-03-28 02:30 does not exist in Europe/Madrid: the clocks go forward over it."
    )
    assert refusal.instead == ("2027-03-28 03:00",)


def test_a_time_that_comes_twice_is_refused_with_both_which_are_an_hour_apart():
    refusal = unclear("2026-10-25 02:30")
    assert refusal.reason is Reason.AMBIGUOUS
    assert refusal.instead == ("2026-10-25 02:30+02:00", "2026-10-25 02:30+01:00")
    first, second = (understood(text).at for text in refusal.instead)
    assert second - first == 3_600


def test_between_the_two_only_the_second_is_still_to_come():
    between = datetime(2026, 10, 25, 2, 45, tzinfo=MADRID)
    assert shown("at 02:30", now=between) == "2026-10-25 02:30:00+01:00"


def test_elapsed_time_runs_on_while_the_clocks_change():
    saturday = datetime(2026, 10, 24, 12, 0, tzinfo=MADRID)
    assert shown("in 1d", now=saturday) == "2026-10-25 11:00:00+01:00"
    assert shown("tomorrow 12:00", now=saturday) == "2026-10-25 12:00:00+01:00"


def test_a_day_that_has_no_midnight_begins_when_it_begins():
    assert shown("2027-04-30", now=TUESDAY, zone="Africa/Cairo") == "2027-04-30 01:00:00+03:00"


def test_a_zone_of_the_profile_that_does_not_exist_is_said():
    assert unclear("at 16:00", zone="Mars/Olympus").sentence == "I know no time zone “Mars/Olympus”."


@pytest.mark.parametrize(
    "text", ["at production", "on staging", "in production", "checkout", "1.4.2", "1400", "", "to"]
)
def test_other_words_do_not_begin_a_time(text):
    assert not begins_moment(text.split())


@pytest.mark.parametrize(
    "text", ["at 9", "at 1400", "25:00", "until whenever", "in 2", "2026-02-30", "on 12/11/2026", "on dec 24"]
)
def test_what_can_only_be_a_time_begins_one_even_when_it_is_wrong(text):
    assert begins_moment(text.split())
    assert unclear(text)


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("2h", Span(7_200, 1)),
        ("for 2h", Span(7_200, 2)),
        ("1h30m production", Span(5_400, 1)),
        ("1h 30m", Span(5_400, 2)),
        ("90 minutes", Span(5_400, 2)),
        ("for a week and 2 days", Span(9 * 86_400, 6)),
        ("2d", Span(172_800, 1)),
    ],
)
def test_a_length_of_time_is_read(text, length):
    assert span(text.split()) == length


@pytest.mark.parametrize("text", ["0h", "99999d", "2 months", "ever", "2", "h", "1h2h3", "30m2h"])
def test_no_length_of_time_is_refused_with_one_that_is(text):
    with pytest.raises(UnclearTime) as caught:
        span(text.split())
    assert caught.value.instead


MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2037, 1, 1)).map(
    lambda at: at.replace(tzinfo=ZoneInfo("UTC"))
)
VOCABULARY = """
    at until in for on by from tomorrow today mon friday next this and a an noon 14:00 2:30 25:00 2pm 13pm am 9 1400 2h
    1h30m 90 minutes 2026-12-01 2026-02-30 2028-02-29T12:00Z Europe/Madrid Europe/Nowhere CET UTC 24/12/2026 12/11/2027
    dec 24 production 1.4.2 02:30 02:30+01:00 00:00 2027-03-28 2026-10-25 9999-12-31 0001-01-01 2h2h
"""
WORDS = st.lists(st.one_of(st.sampled_from(VOCABULARY.split()), st.text(max_size=12)), max_size=8)


@within(deadline=None, max_examples=500)
@given(WORDS, MOMENTS, st.sampled_from(ZONES))
def test_any_words_give_a_time_to_come_or_a_refusal(words, now, zone):
    try:
        found = moment(words, now=now.timestamp(), timezone=zone)
    except Refused as refusal:
        assert refusal.sentence  # noqa: PT017 - either of the two may happen
        return
    assert isinstance(found, Moment)
    assert 0 < found.at - now.timestamp() <= LONGEST
    assert 0 < found.taken <= len(words)


@within(deadline=None, max_examples=500)
@given(WORDS, MOMENTS, st.sampled_from(ZONES))
def test_what_a_refusal_offers_is_understood_or_leads_on_to_what_is(words, now, zone):
    try:
        moment(words, now=now.timestamp(), timezone=zone)
    except UnclearTime as refusal:
        for offered in refusal.instead:
            again = offered.split()
            for _ in range(3):
                try:
                    assert moment(again, now=now.timestamp(), timezone=zone).taken == len(again)
                    break
                except UnclearTime as further:
                    again = further.instead[0].split()
            else:
                pytest.fail(f"{offered} leads nowhere: {again}")


@within(deadline=None, max_examples=500)
@given(MOMENTS, st.integers(60, 300 * 86_400), st.sampled_from(ZONES))
def test_a_time_that_is_written_out_reads_back_the_same(now, later, zone):
    at = now.replace(second=0, microsecond=0) + timedelta(seconds=later // 60 * 60 + 60)
    there = at.astimezone(ZoneInfo(zone))
    text = f"{there:%Y-%m-%d %H:%M}"
    try:
        found = {understood(text, now, zone).at}
    except UnclearTime as refusal:
        found = {understood(each, now, zone).at for each in refusal.instead}  # the hour that comes twice
    assert at.timestamp() in found


@within(deadline=None)
@given(st.integers(1, int(LONGEST)))
def test_a_length_that_is_written_out_reads_back_the_same(seconds):
    assert span([written(seconds)]) == Span(seconds, 1)


@within(deadline=None, max_examples=500)
@given(st.datetimes(datetime(2000, 1, 1), datetime(2037, 1, 1)), st.sampled_from(ZONES))
def test_the_wall_shows_a_time_never_once_or_twice(wall, zone):
    wall = wall.replace(microsecond=0)
    there = ZoneInfo(zone)
    shows = wall_clock.instants(wall, there)
    assert all(wall_clock.on_the_wall(at, there) == wall for at in shows)
    if not shows:
        change = wall_clock.change(wall, there)
        assert wall_clock.on_the_wall(change - 1, there) < wall < wall_clock.on_the_wall(change, there)
    assert wall_clock.first(wall, there) <= wall_clock.last(wall, there)


@pytest.mark.parametrize(
    ("text", "sentence", "ways"),
    [
        ("yesterday", "“yesterday” has passed.", "`tomorrow 09:00`"),
        ("at yesterday 14:00", "“yesterday” has passed.", "`tomorrow 14:00`"),
        ("in -2h", "“-2h” has passed.", "`tomorrow 09:00`"),
        ("2 hours ago", "“2 hours ago” has passed.", "`tomorrow 09:00`"),
        ("an hour ago", "“an hour ago” has passed.", "`tomorrow 09:00`"),
        ("last friday", "“last friday” has passed.", "`tomorrow 09:00`"),
        ("until last night", "“last night” has passed.", "`until tomorrow 09:00`"),
        (
            "for 10 years",
            "“years” is no unit that I know: weeks, days, hours, minutes or seconds.",
            "`for 3650d`",
        ),
        (
            "for 2 months",
            "“months” is no unit that I know: weeks, days, hours, minutes or seconds.",
            "`for 60d`",
        ),
        (
            "for 2 hors",
            "“hors” is no unit that I know: weeks, days, hours, minutes or seconds.",
            "`for 2 hours`",
        ),
        ("for 3y", "“y” is no unit that I know: weeks, days, hours, minutes or seconds.", "`for 1095d`"),
    ],
)
def test_what_is_over_and_what_has_another_unit_is_told_so(text, sentence, ways):
    with pytest.raises(UnclearTime) as caught:
        understood(text)
    failure = caught.value
    assert (failure.sentence, ways in failure.way_out) == (sentence, True)
