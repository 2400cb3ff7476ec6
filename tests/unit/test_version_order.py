"""Which of two versions is the older one, by their names alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.version_order import older


@pytest.mark.parametrize(
    ("one", "other", "so"),
    [
        ("1.4.1", "1.4.3", True),
        ("1.4.3", "1.4.1", False),
        ("1.4.9", "1.4.10", True),
        ("v1.4.1", "1.4.3", True),
        ("1.4", "1.4.0", False),
        ("1.4.0", "1.4", False),
        ("1.4.0-rc.1", "1.4.0", True),
        ("1.4.0", "1.4.0-rc.1", False),
        ("1.4.0-rc.2", "1.4.0-rc.10", True),
        ("1.4.0-alpha", "1.4.0-rc", True),
        ("1.4.0-1", "1.4.0-rc", True),
        ("1.4.0+5", "1.4.0+6", False),
        ("2026.11.1", "2026.11.25", True),
        ("main", "1.4.0", None),
        ("1.4.0", "main", None),
        ("a1b2c3d", "b1b2c3d", None),
        ("17", "18", None),
    ],
)
def test_the_older_of_two(one: str, other: str, so: bool | None) -> None:
    assert older(one, other) is so


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_two_words_are_judged_and_never_both_older(one: str, other: str) -> None:
    assert not (older(one, other) and older(other, one))
