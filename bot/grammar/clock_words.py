"""The words of a moment one by one: which day, what time of day, which zone; pure patterns, no calendar."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, date, time, timedelta, timezone, tzinfo

import msgspec

from bot.wall_clock import zone_name

DAYS = ("today", "tomorrow")
RELATIVE = ("this", "next")
_WEEKDAYS = (
    ("mon", "monday"), ("tue", "tues", "tuesday"), ("wed", "weds", "wednesday"),
    ("thu", "thur", "thurs", "thursday"), ("fri", "friday"), ("sat", "saturday"), ("sun", "sunday"),
)  # fmt: skip
WEEKDAYS = {word: number for number, words in enumerate(_WEEKDAYS) for word in words}
"""Monday is 0."""

_ISO = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?:t(.+))?", re.ASCII)
_CLOCK = re.compile(r"([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?(am|pm)?(z|[+-][0-9]{2}:[0-9]{2})?", re.ASCII)
_HOUR = re.compile(r"([0-9]{1,2})(am|pm)", re.ASCII)
_NAMED = {"noon": time(12), "midday": time(12)}
_MOST_OFFSET = 14 * 60

MISTAKABLE = frozenset((
    "CET", "CEST", "MET", "MEST", "WET", "WEST", "EET", "EEST", "BST", "IST", "GST", "MSK", "EST", "EDT", "CST", "CDT",
    "MST", "MDT", "PST", "PDT", "AKST", "HST", "AEST", "AEDT", "ACST", "AWST", "NZST", "NZDT", "JST", "KST", "SGT",
))  # fmt: skip
"""Short names of zones: some mean three places (CST), some ignore summer time (EST, MST, HST in IANA's list)."""


class Clock(msgspec.Struct, frozen=True):
    """A time of day; `offset` is what was written behind it (`Z`, `+02:00`)."""

    time: time
    offset: tzinfo | None = None


def day(words: Sequence[str]) -> tuple[str, ...]:
    """The words at the beginning that name a day, right or wrong: `tomorrow`, `mon`, `next friday`, `2026-12-01`."""
    first, second = (*(word.lower() for word in words[:2]), "", "")[:2]
    if first in RELATIVE and second in WEEKDAYS:
        return first, second
    return (first,) if first in DAYS or first in WEEKDAYS or _ISO.fullmatch(first) else ()


def iso_day(word: str) -> date | None:
    """`2026-12-01`, also in front of `T14:00`; `None` for another word and for a day that no calendar has."""
    found = _ISO.fullmatch(word.lower())
    try:
        return date(int(found[1]), int(found[2]), int(found[3])) if found else None
    except ValueError:
        return None


def iso_clock(word: str) -> str:
    """What stands behind the T of `2026-12-01T14:00`."""
    found = _ISO.fullmatch(word.lower())
    return (found[4] or "") if found else ""


def looks_like_clock(word: str) -> bool:
    """Whether it can only have been meant as a time of day, right or wrong: `14:00`, `25:00`, `2pm`, `13pm`."""
    return word.lower() in _NAMED or bool(_CLOCK.fullmatch(word.lower()) or _HOUR.fullmatch(word.lower()))


def clock(words: Sequence[str]) -> tuple[Clock | None, int]:
    """The time of day that the words begin with, and how many they are: `14:00`, `2pm`, `2:30 pm`, `noon`."""
    word = words[0].lower()
    if word in _NAMED:
        return Clock(_NAMED[word]), 1
    half = words[1].lower() if len(words) > 1 else ""
    if half in {"am", "pm"} and (_CLOCK.fullmatch(word + half) or _HOUR.fullmatch(word + half)):
        return _clock(word + half), 2
    return _clock(word), 1


def _clock(word: str) -> Clock | None:
    hour = _HOUR.fullmatch(word)
    found = _CLOCK.fullmatch(f"{hour[1]}:00{hour[2]}" if hour else word)
    if found is None:
        return None
    hours, minutes, seconds = int(found[1]), int(found[2]), int(found[3] or 0)
    if found[4]:
        if not 1 <= hours <= 12:
            return None
        hours = hours % 12 + (12 if found[4] == "pm" else 0)
    try:
        return Clock(time(hours, minutes, seconds), _offset(found[5]))
    except ValueError:
        return None


def _offset(written: str | None) -> tzinfo | None:
    if not written or written == "z":
        return UTC if written else None
    minutes = int(written[1:3]) * 60 + int(written[4:])
    if minutes > _MOST_OFFSET or int(written[4:]) > 59:
        raise ValueError("no place on Earth is so far from UTC")
    return timezone(timedelta(minutes=-minutes if written[0] == "-" else minutes))


def zone_word(word: str) -> str | None:
    """The IANA zone that a word behind a time names; a bare word must be UTC or GMT, for `Cuba` is a word, too."""
    name = zone_name(word)
    return name if name and ("/" in name or name in {"UTC", "GMT"}) else None


def looks_like_zone(word: str) -> bool:
    """Whether it was probably meant as a zone though there is none of that name: `Europe/Madird`."""
    area = word.partition("/")[0].lower()
    return "/" in word and area in {
        "africa", "america", "antarctica", "arctic", "asia", "atlantic", "australia", "etc", "europe", "indian", "pacific"
    }  # fmt: skip
