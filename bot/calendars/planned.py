"""Freezes of the configuration: when each of them is, once or again and again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache

from dateutil.rrule import rrulestr

from bot import wall_clock
from config.freezes import WALL_FORM, PlannedFreeze

Times = tuple[float, float]


def holding(freeze: PlannedFreeze, at: float) -> Times | None:
    """When the freeze begins and ends that holds at that moment; of several, the one that ends last."""
    return max(
        (one for one in _near(freeze, at) if one[0] <= at < one[1]), key=lambda one: one[1], default=None
    )


def coming(freeze: PlannedFreeze, at: float, within: float) -> Times | None:
    """The next one that begins after that moment, `within` seconds."""
    return min((one for one in _near(freeze, at + within) if at < one[0] <= at + within), default=None)


def _near(freeze: PlannedFreeze, at: float) -> Iterator[Times]:
    """All that can hold at that moment, and some around them."""
    begins, ends = _wall(freeze.begins), _wall(freeze.ends)
    if freeze.repeat is None:
        yield _times(freeze.begins, freeze.ends, freeze.timezone)
        return
    last = wall_clock.on_the_wall(at, wall_clock.zone(freeze.timezone)).year
    for year in range(max(begins.year, last - (ends.year - begins.year) - 1), last + 1):
        yield from _in_year(freeze.begins, freeze.ends, freeze.timezone, freeze.repeat, year)


@lru_cache(maxsize=4096)
def _in_year(begins: str, ends: str, timezone: str, repeat: str, year: int) -> tuple[Times, ...]:
    """Those that begin in that year, and last for as long as the wall shows of the first one."""
    first, long = _wall(begins), _wall(ends) - _wall(begins)
    rule = rrulestr(repeat, dtstart=first)
    days = rule.between(datetime(year, 1, 1), datetime(year, 12, 31, 23, 59, 59), inc=True)  # noqa: DTZ001 - a wall
    return tuple(_between(day, day + long, timezone) for day in days)


@lru_cache(maxsize=4096)
def _times(begins: str, ends: str, timezone: str) -> Times:
    return _between(_wall(begins), _wall(ends), timezone)


def _between(begins: datetime, ends: datetime, timezone: str) -> Times:
    """Where the clocks change, the longer of what it could be."""
    zone = wall_clock.zone(timezone)
    return wall_clock.first(begins, zone), wall_clock.last(ends, zone)


def _wall(text: str) -> datetime:
    return datetime.strptime(text, WALL_FORM)  # noqa: DTZ007 - a wall
