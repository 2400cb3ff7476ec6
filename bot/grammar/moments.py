"""Moments as people type them in their own time zone, strictly: what could mean two things is asked back.

    at 14:00 · 2pm · at 14:00 Europe/Madrid · tomorrow 9am · mon 09:00 · until monday · 2026-12-01 14:00 · in 1h30m

- A time of day without a day is today's, and refused once it has passed. A weekday is the next one, today's included
  while its time is still to come. A day without a time is its beginning, and `whole_day` says so.
- `in` and `for` count elapsed time, also when the clocks change; everything else is what the wall will show.
- A wall time that does not exist, or comes twice, is refused with those that do: `03:00`, `02:30+01:00`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta, tzinfo

import msgspec

from bot import wall_clock
from bot.grammar import misdated
from bot.grammar.clock_words import (
    MISTAKABLE,
    WEEKDAYS,
    Clock,
    clock,
    day,
    iso_clock,
    iso_day,
    looks_like_clock,
    looks_like_zone,
    zone_word,
)
from bot.grammar.misdated import Asked
from bot.grammar.mistimed import UnclearTime
from bot.grammar.spans import INTRODUCE, Span, begins_span, span
from bot.reasons import Reason
from config.durations import LONGEST, written

__all__ = ["Moment", "Span", "UnclearTime", "begins_moment", "moment", "span"]

NO_MOMENT = "When? Nothing follows."
TOO_FAR = "{when} is further away than {most}."

POINT = ("at", "by", "on", "from", "until", "till")
_BETWEEN = ("at", "on")


class Moment(msgspec.Struct, frozen=True):
    """Epoch seconds, said in the first `taken` words; `whole_day` when only a day was named."""

    at: float
    taken: int
    whole_day: bool = False


class _Heard(msgspec.Struct, kw_only=True):
    """What the words say so far. `day` is as typed, in lower case; `clock_said` is the time of day."""

    taken: int
    day: tuple[str, ...] = ()
    clock: Clock | None = None
    clock_said: str = ""
    zone: str | None = None


def begins_moment(words: Sequence[str]) -> bool:
    """Whether a moment begins here, right or wrong; `at production` is none, `at 9` and `until whatever` are."""
    first, rest = words[0].lower() if words else "", words[1:]
    if first in {"until", "till"}:
        return True
    if first in INTRODUCE:
        return bool(rest) and (begins_span(rest) or rest[0].isdecimal())
    here = rest if first in POINT else words
    if not here:
        return False
    dated = first in POINT and (here[0].isdecimal() or bool(misdated.dates(here, date(2000, 1, 1))[0]))
    return dated or bool(day(here)) or looks_like_clock(here[0]) or clock(here)[0] is not None


def moment(words: Sequence[str], *, now: float, timezone: str) -> Moment:
    """The moment that the words begin with. `now` is in epoch seconds, `timezone` the person's (IANA).

    Raises `UnclearTime`, a `Refused`, with the times to say instead.
    """
    introduced = words[0].lower() if words and words[0].lower() in POINT else ""
    asked = Asked(introduced=introduced, now=now, zone=timezone)
    if (over := misdated.over(words, asked)) is not None:
        raise over
    if words and words[0].lower() in INTRODUCE:
        length = span(words)
        return Moment(now + length.seconds, length.taken)
    if len(words) == len(asked.before):
        raise asked.refused(Reason.MISSING_WORD, NO_MOMENT, [("14:00",), ("tomorrow", "09:00")], len(words))
    heard = _Heard(taken=len(asked.before))
    while heard.taken < len(words):
        between = heard.taken > len(asked.before) and words[heard.taken].lower() in _BETWEEN
        used = _hear(words[heard.taken + between :], heard, asked)
        if not used:
            break
        heard.taken += used + between
    if not heard.day and heard.clock is None:
        raise misdated.no_time(words[heard.taken :], asked)
    if heard.zone:
        asked = msgspec.structs.replace(asked, zone=heard.zone, zone_said=True)
    return _resolved(heard, asked)


def _hear(words: Sequence[str], heard: _Heard, asked: Asked) -> int:
    """How many words say something more about the moment."""
    named = () if heard.day or not words else day(words)
    if named:
        heard.day = named
        if iso_clock(named[0]):
            heard.clock, heard.clock_said = clock([iso_clock(named[0])])[0], iso_clock(named[0])
            if heard.clock is None:
                raise misdated.no_clock(
                    [iso_clock(named[0])], (named[0].partition("t")[0],), asked, heard.taken + 1
                )
        return len(named)
    if words and heard.clock is None:
        read, used = clock(words)
        if read is not None and not (read.offset and heard.zone):
            heard.clock, heard.clock_said = read, "".join(words[:used]).lower()
            return used
        if looks_like_clock(words[0]) or (heard.day and words[0].isdecimal()):
            raise misdated.no_clock(words, heard.day, asked, heard.taken + 1)
    return _hear_zone(words, heard, asked)


def _hear_zone(words: Sequence[str], heard: _Heard, asked: Asked) -> int:
    said = heard.day or heard.clock
    if not said or not words or heard.zone or (heard.clock and heard.clock.offset):
        return 0
    heard.zone = zone_word(words[0])
    if heard.zone is None and (looks_like_zone(words[0]) or (heard.clock and words[0] in MISTAKABLE)):
        raise misdated.no_zone(words[0], (*heard.day, heard.clock_said), asked, heard.taken + 1)
    return 1 if heard.zone else 0


def _resolved(heard: _Heard, asked: Asked) -> Moment:
    zone: tzinfo = (heard.clock and heard.clock.offset) or asked.timezone
    today = wall_clock.on_the_wall(asked.now, zone).date()
    days = _days(heard, today, asked)
    for each in days:
        if not -1 <= each.year - today.year <= LONGEST / 86_400 / 365 + 1:
            continue
        at = _at(each, heard, asked, zone) if heard.clock else wall_clock.start_of(each, zone)
        if at is None or at <= asked.now:
            continue
        if at - asked.now > LONGEST:
            break
        return Moment(at, heard.taken, whole_day=heard.clock is None)
    when = " ".join(filter(None, (str(days[0]), heard.clock_said)))
    if days[-1] > today + timedelta(days=1):
        sentence = TOO_FAR.format(when=when, most=written(LONGEST))
        farthest = (str(today + timedelta(seconds=LONGEST) - timedelta(days=1)),)
        raise asked.refused(Reason.UNKNOWN_TIME, sentence, [farthest], heard.taken)
    raise misdated.passed(when, heard.day, heard.clock_said, asked, heard.taken)


def _days(heard: _Heard, today: date, asked: Asked) -> list[date]:
    """The days that may be meant, the nearest first."""
    if heard.day in {(), ("today",)}:
        return [today]
    if heard.day == ("tomorrow",):
        return [today + timedelta(days=1)]
    if heard.day[-1] not in WEEKDAYS:
        found = iso_day(heard.day[0])
        if found is None:
            raise misdated.no_day(heard.day[0], heard.clock_said, asked, heard.taken)
        return [found]
    weekday = WEEKDAYS[heard.day[-1]]
    coming = today + timedelta(days=(weekday - today.weekday()) % 7)
    monday = today - timedelta(days=today.weekday())
    if heard.day[0] == "this":
        return [monday + timedelta(days=weekday)]
    if heard.day[0] != "next":
        return [coming, coming + timedelta(days=7)]
    after, following = (
        coming if coming > today else coming + timedelta(days=7),
        monday + timedelta(days=7 + weekday),
    )
    if after != following:
        raise misdated.which_week(heard.day, heard.clock_said, (after, following), asked, heard.taken)
    return [after]


def _at(day_: date, heard: _Heard, asked: Asked, zone: tzinfo) -> float | None:
    """When the wall shows it on that day, still to come; `None` when that has passed."""
    assert heard.clock is not None
    wall = datetime.combine(day_, heard.clock.time)
    shows = wall_clock.instants(wall, zone)
    if not shows and wall_clock.change(wall, zone) > asked.now:
        raise misdated.never(wall, asked, heard.taken)
    future = [at for at in shows if at > asked.now]
    if len(future) > 1:
        raise misdated.twice(wall, future, asked, heard.taken)
    return future[0] if future else None
