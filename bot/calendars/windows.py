"""Weekly windows: is one of them open, and when is the next."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from functools import lru_cache

from bot import wall_clock
from config.freezes import DAYS, Window

DAYS_AHEAD = 15
"""A window that the clocks go over one week is there in the week after."""


def opening(windows: Mapping[str, Window], at: float) -> float | None:
    """None while one of them is open; else when the next one opens, 0 when none ever does."""
    coming: list[float] = []
    for window in windows.values():
        for opens, closes in _around(window, at):
            if opens <= at < closes:
                return None
            coming += [opens] if opens > at else []
    return min(coming, default=0.0)


def said(windows: Mapping[str, Window]) -> str:
    """In words: `office (mon-thu 09:00 to 16:00 Europe/Madrid)`."""
    return ", ".join(
        f"{name} ({', '.join(one.days)} {one.opens} to {one.closes} {one.timezone})"
        for name, one in windows.items()
    )


def weekdays(window: Window) -> frozenset[int]:
    """Monday is 0; `sat-mon` goes over the end of the week."""
    found: set[int] = set()
    for span in window.days:
        first, _, last = span.partition("-")
        begin = DAYS.index(first)
        found |= {(begin + more) % 7 for more in range((DAYS.index(last or first) - begin) % 7 + 1)}
    return frozenset(found)


def _around(window: Window, at: float) -> Iterator[tuple[float, float]]:
    """Opening and closing from the day before on; where the clocks change, the shorter of what it could be."""
    zone, days = wall_clock.zone(window.timezone), weekdays(window)
    today = wall_clock.on_the_wall(at, zone).date()
    for ahead in range(-1, DAYS_AHEAD):
        day = today + timedelta(days=ahead)
        if day.weekday() in days:
            opens, closes = _on(day, window.opens, window.closes, window.timezone)
            if opens < closes:
                yield opens, closes


@lru_cache(maxsize=4096)
def _on(day: date, opens: str, closes: str, timezone: str) -> tuple[float, float]:
    zone, overnight = wall_clock.zone(timezone), timedelta(days=1 if closes <= opens else 0)
    return wall_clock.last(_wall(day, opens), zone), wall_clock.first(_wall(day, closes) + overnight, zone)


def _wall(day: date, clock: str) -> datetime:
    hours, minutes = clock.split(":")
    return datetime(day.year, day.month, day.day) + timedelta(hours=int(hours), minutes=int(minutes))  # noqa: DTZ001 - a wall
