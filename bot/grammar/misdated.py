"""What a moment was probably meant to be, when it does not exist, has passed, or could be two."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta, tzinfo

import msgspec

from bot import wall_clock
from bot.grammar.clock_words import DAYS, WEEKDAYS, clock, day
from bot.grammar.mistimed import UnclearTime
from bot.grammar.spans import INTRODUCE, begins_span
from bot.grammar.vocabulary import shown
from bot.reasons import Reason
from config.nearness import nearest

NOT_A_TIME = "“{words}” is not a time."
NOT_A_CLOCK = "“{word}” is not a time of day."
WHICH_HALF = "“{word}” could be in the morning or in the evening."
NOT_A_DAY = "No calendar has a {word}."
WRITE_THE_DAY = "“{words}” is written differently in different places; I read days as year-month-day."
NO_SUCH_ZONE = "I know no time zone “{word}”."
SHORT_ZONE = "“{word}” stands for more than one time zone, or ignores summer time."
OVER = "“{words}” has passed."
PASSED = "{when} has passed: it is {now} in {zone}."
NEVER = "{when} does not exist in {zone}: the clocks go forward over it."
TWICE = "{when} comes twice in {zone}: the clocks go back over it."
WHICH_WEEK = "“{words}” could be the coming one or the one in the week after."

EXAMPLES = (("14:00",), ("tomorrow", "09:00"), ("mon", "09:00"))
_LOOSE_CLOCK = re.compile(r"([0-9]{1,2})[.:h]?([0-9]{2})", re.ASCII)
_NUMERIC = re.compile(r"([0-9]{1,2})[./]([0-9]{1,2})[./]([0-9]{4})", re.ASCII)
_SHORT_NUMERIC = re.compile(r"([0-9]{1,2})[./]([0-9]{1,2})", re.ASCII)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_LIKE_A_DAY = 0.7
_LASTS = frozenset({"night", "week", "month", "year"})
_NEGATIVE = re.compile(r"-{1,2}[0-9]", re.ASCII)


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """`introduced` is the word in front (`until`), `now` in epoch seconds, `zone` the IANA zone that holds.

    `zone_said` when the words themselves name the zone.
    """

    introduced: str
    now: float
    zone: str
    zone_said: bool = False

    @property
    def before(self) -> tuple[str, ...]:
        return (self.introduced,) if self.introduced else ()

    @property
    def timezone(self) -> tzinfo:
        """Raises `UnclearTime` for a zone that does not exist."""
        if wall_clock.zone_name(self.zone) is None:
            raise UnclearTime(Reason.UNKNOWN_TIME, NO_SUCH_ZONE.format(word=shown(self.zone)), [], 0)
        return wall_clock.zone(self.zone)

    @property
    def wall(self) -> datetime:
        return wall_clock.on_the_wall(self.now, self.timezone)

    def refused(
        self, reason: Reason, sentence: str, instead: Iterable[Sequence[str]], taken: int
    ) -> UnclearTime:
        """`instead` without the word in front and the zone behind; `at` and `on` are left out before a day."""
        behind = (self.zone,) if self.zone_said else ()
        ways = [(*self._before(words), *words, *behind) for words in instead]
        return UnclearTime(reason, sentence, ways, taken)

    def soon(self, day: Sequence[str], at: time) -> tuple[str, ...]:
        """The day, or tomorrow when that time has passed today; and the time."""
        passed = not day and at <= self.wall.time()
        return (*day, *(["tomorrow"] if passed else []), f"{at:%H:%M}")

    def _before(self, words: Sequence[str]) -> tuple[str, ...]:
        return () if self.introduced in {"at", "on"} and clock(words)[0] is None else self.before


def no_time(words: Sequence[str], asked: Asked) -> UnclearTime:
    """None of the words is a day or a time of day."""
    word, taken = words[0].lower(), len(asked.before) + 1
    found, used = dates(words, asked.wall.date())
    if found:
        sentence = WRITE_THE_DAY.format(words=" ".join(map(shown, words[:used])))
        clock_words = [words[used]] if len(words) > used and clock(words[used:])[0] else []
        ways = [(str(each), *clock_words) for each in found]
        reason = Reason.AMBIGUOUS if len(found) > 1 else Reason.UNKNOWN_TIME
        return asked.refused(reason, sentence, ways, taken - 1 + used + len(clock_words))
    if word.isdecimal() or _LOOSE_CLOCK.fullmatch(word):
        return no_clock(words, (), asked, taken)
    if begins_span(words):
        ways = [("in", word)]
        return UnclearTime(Reason.UNKNOWN_TIME, NOT_A_TIME.format(words=shown(words[0])), ways, taken)
    meant = nearest(word, [*DAYS, *WEEKDAYS], _LIKE_A_DAY)
    ways = [(meant,)] if meant and meant != "today" else list(EXAMPLES)
    return asked.refused(Reason.UNKNOWN_TIME, NOT_A_TIME.format(words=shown(words[0])), ways, taken)


def no_clock(words: Sequence[str], day: Sequence[str], asked: Asked, taken: int) -> UnclearTime:
    """The first of the words stands where a time of day does, and is none."""
    word = words[0].lower()
    hour = int(word) if word.isascii() and word.isdecimal() and len(word) <= 2 else None
    loose = _LOOSE_CLOCK.fullmatch(word)
    if hour is not None and 1 <= hour <= 12:
        ways = [asked.soon(day, time(half)) for half in (hour % 12, hour % 12 + 12)]
        return asked.refused(Reason.AMBIGUOUS, WHICH_HALF.format(word=shown(words[0])), ways, taken)
    meant = (hour, 0) if hour is not None else (int(loose[1]), int(loose[2])) if loose else (-1, 0)
    ways = [("tomorrow", "00:00") if meant == (24, 0) and not day else (*(day or ("tomorrow",)), "09:00")]
    with suppress(ValueError):
        ways = [asked.soon(day, time(*meant))]
    return asked.refused(Reason.UNKNOWN_TIME, NOT_A_CLOCK.format(word=shown(words[0])), ways, taken)


def no_day(word: str, clock_said: str, asked: Asked, taken: int) -> UnclearTime:
    """Written like a day, and in no calendar: the last of its month was perhaps meant."""
    year, month = int(word[:4]), int(word[5:7])
    ways = [tuple(filter(None, ("tomorrow", clock_said)))]
    with suppress(ValueError):
        last = date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)
        ways = [tuple(filter(None, (str(last), clock_said)))] if last > asked.wall.date() else ways
    return asked.refused(Reason.UNKNOWN_TIME, NOT_A_DAY.format(word=shown(word[:10])), ways, taken)


def no_zone(word: str, said: Sequence[str], asked: Asked, taken: int) -> UnclearTime:
    """The word stands where a zone does, and is none that means one place."""
    sentence = SHORT_ZONE if word.isupper() and "/" not in word else NO_SUCH_ZONE
    meant = wall_clock.nearest_zone(word) if "/" in word else None
    ways = [tuple(filter(None, (*said, meant or asked.zone)))]
    return asked.refused(Reason.UNKNOWN_TIME, sentence.format(word=shown(word)), ways, taken)


def passed(when: str, day: Sequence[str], clock_said: str, asked: Asked, taken: int) -> UnclearTime:
    """A time that is over: the same time tomorrow. Whoever names the year does not mean the next one."""
    today = asked.wall
    again_day = day[-1] if len(day) > 1 else "tomorrow"
    ways = [tuple(filter(None, (again_day, clock_said)))]
    if day and day[0][:4].isdecimal():
        ways = [tuple(filter(None, (str(today.date() + timedelta(days=1)), clock_said)))]
    sentence = PASSED.format(when=when, now=f"{today:%a %Y-%m-%d %H:%M}", zone=asked.zone)
    return asked.refused(Reason.TIME_PASSED, sentence, ways, taken)


def bygone(words: Sequence[str]) -> int:
    """How many words begin this with what is always in the past: `yesterday`, `last friday`, `2 hours ago`, `-2h`."""
    said = [word.lower() for word in words]
    if "ago" in said and begins_span(said):
        return said.index("ago") + 1
    if said[:1] == ["last"] and len(said) > 1 and (said[1] in _LASTS or day(said[1:])):
        return 2
    return 1 if said[:1] == ["yesterday"] or (said and _NEGATIVE.match(said[0])) else 0


def over(words: Sequence[str], asked: Asked) -> UnclearTime | None:
    """The refusal of what is always in the past, also behind `in` and `at`; `None` for anything else."""
    first = len(asked.before) or len([word for word in words[:1] if word.lower() in INTRODUCE])
    rest = words[first:]
    taken = bygone(rest)
    if not taken:
        return None
    sentence = OVER.format(words=" ".join(map(shown, rest[:taken])))
    clock_said = rest[taken] if len(rest) > taken and clock(rest[taken:])[0] else ""
    ways = [("tomorrow", clock_said or "09:00")]
    return asked.refused(Reason.TIME_PASSED, sentence, ways, first + taken + bool(clock_said))


def never(wall: datetime, asked: Asked, taken: int) -> UnclearTime:
    exists = wall_clock.on_the_wall(wall_clock.change(wall, asked.timezone), asked.timezone)
    sentence = NEVER.format(when=f"{wall:%Y-%m-%d %H:%M}", zone=asked.zone)
    return asked.refused(Reason.UNKNOWN_TIME, sentence, [(f"{exists:%Y-%m-%d}", f"{exists:%H:%M}")], taken)


def twice(wall: datetime, instants: Sequence[float], asked: Asked, taken: int) -> UnclearTime:
    sentence = TWICE.format(when=f"{wall:%Y-%m-%d %H:%M}", zone=asked.zone)
    asked = msgspec.structs.replace(asked, zone_said=False)
    zoned = [datetime.fromtimestamp(at, UTC).astimezone(asked.timezone) for at in instants]
    precision = "seconds" if wall.second else "minutes"
    ways = [at.isoformat(" ", precision).split() for at in zoned]
    return asked.refused(Reason.AMBIGUOUS, sentence, ways, taken)


def which_week(
    day: Sequence[str], clock_said: str, days: Iterable[date], asked: Asked, taken: int
) -> UnclearTime:
    ways = [tuple(filter(None, (str(each), clock_said))) for each in days]
    return asked.refused(Reason.AMBIGUOUS, WHICH_WEEK.format(words=" ".join(day)), ways, taken)


def dates(words: Sequence[str], today: date) -> tuple[list[date], int]:
    """The days that `24/12/2026`, `24.12`, `dec 24` or `24 december 2026` may mean, and how many words that took."""
    numeric = _NUMERIC.fullmatch(words[0]) or _SHORT_NUMERIC.fullmatch(words[0])
    if numeric:
        year = int(numeric[3]) if numeric.re is _NUMERIC else None
        pairs = dict.fromkeys(((int(numeric[1]), int(numeric[2])), (int(numeric[2]), int(numeric[1]))))
        return [found for day, month in pairs if (found := _date(year, month, day, today))], 1
    pair = [word.lower() for word in words[:2]]
    months = [_MONTHS.index(word[:3]) + 1 for word in pair if word[:3] in _MONTHS and word.isalpha()]
    days = [int(word) for word in pair if word.isascii() and word.isdecimal() and len(word) <= 2]
    if not months or not days:
        return [], 0
    year = int(words[2]) if len(words) > 2 and re.fullmatch("2[0-9]{3}", words[2]) else None
    found = _date(year, months[0], days[0], today)
    return ([found], 2 + bool(year)) if found else ([], 0)


def _date(year: int | None, month: int, day: int, today: date) -> date | None:
    """That day, of the next year that still has it when none is named; `None` when it has passed or is none."""
    for each in (year,) if year else (today.year, today.year + 1):
        with suppress(ValueError):
            if date(each, month, day) > today:
                return date(each, month, day)
    return None
