"""Lengths of time as people write them."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import settings as within
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from config.durations import HOW_TO_WRITE, LONGEST, WRITTEN, Duration, parse, written

DURATION = TypeAdapter(Duration)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("30s", 30.0),
        ("10m", 600.0),
        ("2h", 7_200.0),
        ("14d", 1_209_600.0),
        ("1h30m", 5_400.0),
        ("250ms", 0.25),
        ("1d2h3m4s5ms", 93_784.005),
        (" 5s ", 5.0),
        ("0s", 0.0),
        ("90m", 5_400.0),
    ],
)
def test_a_length_of_time_is_kept_as_seconds(text, seconds):
    assert parse(text) == pytest.approx(seconds)
    assert DURATION.validate_python(text) == pytest.approx(seconds)


@pytest.mark.parametrize(
    "text", ["", "30", "s", "30 s", "-5s", "5s3m", "1.5h", "5s5s", "1w", "٣s", "5s\n6s", "1h30"]
)
def test_anything_else_is_refused_with_how_to_write_it(text):
    with pytest.raises(ValueError, match="with its unit"):
        parse(text)


@pytest.mark.parametrize("value", [30, 1.5, True, None, ["30s"]])
def test_a_bare_number_in_a_file_is_refused_because_its_unit_is_a_guess(value):
    with pytest.raises(ValidationError, match=HOW_TO_WRITE[:30]):
        DURATION.validate_python(value, context=WRITTEN)


def test_code_may_give_seconds():
    assert DURATION.validate_python(0.2) == 0.2


@pytest.mark.parametrize("value", ["999999d", float("inf"), float("nan"), -1.0])
def test_lengths_beyond_ten_years_or_below_nothing_are_refused(value):
    with pytest.raises(ValidationError, match="between 0s and 3650d"):
        DURATION.validate_python(value)


@within(deadline=None)
@given(st.integers(0, int(LONGEST * 1000)))
def test_what_is_written_reads_back_the_same(milliseconds):
    assert parse(written(milliseconds / 1000)) == pytest.approx(milliseconds / 1000)


@within(deadline=None)
@given(st.text(max_size=30))
def test_any_text_is_a_length_of_time_or_a_value_error(text):
    with suppress(ValueError):
        assert 0 <= parse(text) <= LONGEST
