"""Times as gates say them are times as people type them: what is suggested can be said."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.gates.situation import zoned
from bot.grammar.starts import start_of

HOUR = 3600.0


@pytest.mark.parametrize("zone", ["Europe/Madrid", "America/New_York", "Australia/Lord_Howe", "UTC"])
@pytest.mark.parametrize("day", [(3, 8), (3, 28), (4, 4), (6, 17), (10, 3), (10, 24), (10, 31)])
def test_every_quarter_of_an_hour_is_said_so_that_it_is_understood(zone: str, day: tuple[int, int]) -> None:
    now = datetime(2026, *day, tzinfo=UTC).timestamp()
    for quarter in range(1, 48 * 4):
        at = now + quarter * HOUR / 4
        assert start_of(f"at {zoned(at, zone)}", now=now, timezone=zone) == at


def test_only_the_hour_that_comes_twice_needs_its_offset() -> None:
    once = datetime(2026, 10, 25, 2, 30, tzinfo=UTC).timestamp()
    assert zoned(once - HOUR * 2, "Europe/Madrid") == "2026-10-25 02:30+02:00"
    assert zoned(once - HOUR, "Europe/Madrid") == "2026-10-25 02:30+01:00"
    assert zoned(once, "Europe/Madrid") == "2026-10-25 03:30"
