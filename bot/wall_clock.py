"""Clocks on walls: what a date and a time of day in a zone mean in epoch seconds, also when the clocks change.

In spring some wall times do not exist, in autumn some exist twice. `instants` says so, and whoever asks decides:
a person is asked back, a calendar takes the safe side. Zones are IANA's (https://www.iana.org/time-zones).
"""

from __future__ import annotations

from bisect import bisect_left
from datetime import UTC, date, datetime, timedelta, tzinfo
from datetime import time as time_of_day
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from config.nearness import nearest


@cache
def _names() -> dict[str, str]:
    return {name.lower(): name for name in available_timezones()}


def zone_name(word: str) -> str | None:
    """The IANA name as it is written (`Europe/Madrid`), whatever the case of `word`; `None` for no such zone."""
    return _names().get(word.lower())


def zone(name: str) -> ZoneInfo:
    """Raises `KeyError` for a zone that does not exist."""
    return ZoneInfo(_names()[name.lower()])


def nearest_zone(word: str) -> str | None:
    """The zone that was probably meant."""
    found = nearest(word, _names())
    return _names()[found] if found else None


def on_the_wall(at: float, in_zone: tzinfo) -> datetime:
    """What the wall shows at that moment, without a zone. Raises `OverflowError` or `ValueError` beyond the calendar."""
    return datetime.fromtimestamp(at, in_zone).replace(tzinfo=None, fold=0)


def instants(wall: datetime, in_zone: tzinfo) -> tuple[float, ...]:
    """When the wall shows that: never (the clocks went forward over it), once, or twice (they went back over it)."""
    both = {wall.replace(tzinfo=in_zone, fold=fold).timestamp() for fold in (0, 1)}
    return tuple(sorted(at for at in both if on_the_wall(at, in_zone) == wall))


def first(wall: datetime, in_zone: tzinfo) -> float:
    """The first moment at which the wall shows that; where it never does, the moment of the change."""
    shown = instants(wall, in_zone)
    return shown[0] if shown else change(wall, in_zone)


def last(wall: datetime, in_zone: tzinfo) -> float:
    """The last moment at which the wall shows that; where it never does, the moment of the change."""
    shown = instants(wall, in_zone)
    return shown[-1] if shown else change(wall, in_zone)


def change(wall: datetime, in_zone: tzinfo) -> float:
    """The moment at which the clocks went over a wall time that does not exist."""
    around = sorted(int(wall.replace(tzinfo=in_zone, fold=fold).timestamp()) for fold in (1, 0))
    before = _offset(around[0], in_zone)
    seconds = range(around[0], around[1] + 1)
    return float(seconds[bisect_left(seconds, True, key=lambda at: _offset(at, in_zone) != before)])


def start_of(day: date, in_zone: tzinfo) -> float:
    """When that day begins: midnight, or what there is instead."""
    return first(datetime.combine(day, time_of_day()), in_zone)


def _offset(at: float, in_zone: tzinfo) -> timedelta | None:
    return datetime.fromtimestamp(at, UTC).astimezone(in_zone).utcoffset()
