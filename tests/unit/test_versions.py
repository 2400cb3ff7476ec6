"""What a version may look like: as the pattern says, and in time that grows with the text only."""

from __future__ import annotations

import time

import pytest

from config.versions import DEFAULT_VERSION_PATTERN, LONGEST_VERSION, checked, fits


@pytest.mark.parametrize(
    "version", ["1.2.3", "v1", "main", "a" * 128, "1.", "feature/x-1", "sha256:0f", "1.0+build@x"]
)
def test_the_usual_pattern_takes_usual_versions(version: str) -> None:
    assert fits(DEFAULT_VERSION_PATTERN, version)


@pytest.mark.parametrize(
    "version", ["", ".1", "-x", "a..b", "1 2", "1;id", "$(id)", "'x'", "1\n", "a" * 129, "\ud800", "é"]
)
def test_the_usual_pattern_takes_nothing_else(version: str) -> None:
    assert not fits(DEFAULT_VERSION_PATTERN, version)


@pytest.mark.parametrize("pattern", [r"(\d+\.?)+", r"(a*)*b", r"(.*)*x", r"(\w+\s?)*$"])
def test_no_pattern_makes_the_server_stand_still(pattern: str) -> None:
    began = time.thread_time()
    assert not fits(pattern, "1" * (LONGEST_VERSION - 1) + "!")

    assert time.thread_time() - began < 1.0


@pytest.mark.parametrize("pattern", [r"(?=x)x", r"(?!x)y", r"(?<=x)y", r"(a)\1", "(", "[", "a{1001}"])
def test_a_pattern_that_re2_does_not_take_is_said_to_be_none(pattern: str) -> None:
    with pytest.raises(ValueError, match="is not a regular expression of RE2"):
        checked(pattern)
