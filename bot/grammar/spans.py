"""Lengths of time as people type them: `2h`, `1h30m`, `90 minutes`, `an hour`, each also after `for` or `in`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import takewhile

import msgspec

from bot.grammar.mistimed import UnclearTime
from bot.grammar.vocabulary import shown
from bot.reasons import Reason
from config.durations import LONGEST, UNITS, written
from config.nearness import nearest
from config.words import LOCK_WORDS, PREPOSITIONS

NO_SPAN = "How long? Nothing follows."
NOT_A_SPAN = "“{words}” is not a length of time."
WHICH_UNIT = "“{word}” has no unit: minutes, hours or days?"
NO_SUCH_UNIT = "“{word}” is no unit that I know: weeks, days, hours, minutes or seconds."
NOTHING = "“{words}” is no time at all."
TOO_LONG = "“{words}” is longer than {most}."

INTRODUCE = ("for", "in", "within")
EXAMPLES = ("2h", "1h30m")

SECONDS = {
    **dict.fromkeys(("w", "week", "weeks"), 7 * UNITS["d"]),
    **dict.fromkeys(("d", "day", "days"), UNITS["d"]),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), UNITS["h"]),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), UNITS["m"]),
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), UNITS["s"]),
}
DAYS_IN = {"y": 365, "yr": 365, "yrs": 365, "year": 365, "years": 365, "mo": 30, "month": 30, "months": 30}
"""Units that are not read, for their lengths differ; in days, what is suggested instead."""

_COMPACT = re.compile(r"(?:[0-9]{1,6}[a-z]{1,7})+", re.ASCII)
_PART = re.compile(r"([0-9]+)([a-z]+)")
_NUMBER = re.compile(r"[0-9]{1,6}", re.ASCII)
_OTHER = re.compile(r"([0-9]{1,6})([a-z]{1,12})", re.ASCII)
_DECIMAL = re.compile(r"([0-9]{1,5})[.,]([0-9]{1,3})([a-z]{1,7})", re.ASCII)

_Parts = list[tuple[int, float]]


class Span(msgspec.Struct, frozen=True):
    """`seconds` long, said in the first `taken` words."""

    seconds: float
    taken: int


def span(words: Sequence[str]) -> Span:
    """The length of time that the words begin with. Raises `UnclearTime`, a `Refused`, with what to say instead.

    Hours are hours and days are 24 of them, also when the clocks change; `tomorrow 14:00` is what follows the wall.
    """
    taken = 1 if words and words[0].lower() in INTRODUCE else 0
    introduced = tuple(words[:taken])
    if len(words) == taken:
        raise UnclearTime(Reason.MISSING_WORD, NO_SPAN, [(*introduced, one) for one in EXAMPLES], taken)
    parts: _Parts = []
    while True:
        more, used = _part(words[taken:])
        if not used or (parts and more[0][1] >= parts[-1][1]):
            break
        parts, taken = parts + more, taken + used
    if not parts:
        raise _not_understood(words, introduced)
    said = " ".join(map(shown, words[len(introduced) : taken]))
    seconds = sum(count * unit for count, unit in parts)
    if not 0 < seconds <= LONGEST:
        sentence = (
            TOO_LONG.format(words=said, most=written(LONGEST)) if seconds else NOTHING.format(words=said)
        )
        raise UnclearTime(Reason.UNKNOWN_TIME, sentence, [(*introduced, EXAMPLES[0])], taken)
    return Span(seconds, taken)


def begins_span(words: Sequence[str]) -> bool:
    """Whether the words begin with a length of time, without what introduces it."""
    return bool(_part(words)[1])


def _part(words: Sequence[str]) -> tuple[_Parts, int]:
    """Numbers with their units, from the longest unit to the shortest, and how many words they took."""
    lower = [word.lower() for word in words[:3]]
    if lower[:1] == ["and"]:
        parts, used = _part(lower[1:])
        return parts, used + 1 if used else 0
    if not lower:
        return [], 0
    unit = SECONDS.get(lower[1], 0.0) if len(lower) > 1 else 0.0
    if unit and (_NUMBER.fullmatch(lower[0]) or lower[0] in {"a", "an", "one"}):
        return [(int(lower[0]) if lower[0].isdecimal() else 1, unit)], 2
    parts = []
    for count, name in _PART.findall(lower[0]) if _COMPACT.fullmatch(lower[0]) else ():
        smaller = SECONDS.get(name, 0.0)
        if not smaller or (parts and smaller >= parts[-1][1]):
            return [], 0
        parts.append((int(count), smaller))
    return parts, 1 if parts else 0


def _not_understood(words: Sequence[str], introduced: tuple[str, ...]) -> UnclearTime:
    at = len(introduced)
    word = words[at].lower()
    said = " ".join(map(shown, takewhile(lambda each: each.lower() != "because", words[at : at + 2])))
    decimal = _DECIMAL.fullmatch(word)
    if (other := _other_unit(words[at:], introduced)) is not None:
        return other
    if _NUMBER.fullmatch(word):
        ways = [(*introduced, f"{int(word) or 1}{unit}") for unit in ("m", "h", "d")]
        return UnclearTime(Reason.AMBIGUOUS, WHICH_UNIT.format(word=shown(word)), ways, at + 1)
    if decimal and decimal[3] in SECONDS:
        seconds = round(float(f"{decimal[1]}.{decimal[2]}") * SECONDS[decimal[3]])
        if 0 < seconds <= LONGEST:
            ways = [(*introduced, written(seconds))]
            return UnclearTime(Reason.UNKNOWN_TIME, NOT_A_SPAN.format(words=shown(word)), ways, at + 1)
    ways = [(*introduced, one) for one in EXAMPLES]
    return UnclearTime(Reason.UNKNOWN_TIME, NOT_A_SPAN.format(words=said or shown(word)), ways, at + 1)


def _other_unit(words: Sequence[str], introduced: tuple[str, ...]) -> UnclearTime | None:
    """A number with a unit that is none of ours: `10 years`, `2 moons`."""
    joined = _OTHER.fullmatch(words[0].lower())
    behind = words[1].lower() if len(words) > 1 else ""
    number, unit = (joined[1], joined[2]) if joined else (words[0], behind)
    wordy = unit.isalpha() and unit not in {"because", *PREPOSITIONS, *LOCK_WORDS}
    if not (_NUMBER.fullmatch(number) and wordy) or unit in SECONDS:
        return None
    meant = nearest(unit, list(SECONDS)) if len(unit) > 2 else None
    count = int(number) * DAYS_IN.get(unit, 0)
    told = (
        f"{count}d"
        if 0 < count * UNITS["d"] <= LONGEST
        else f"{int(number)} {meant}"
        if meant
        else EXAMPLES[0]
    )
    taken = len(introduced) + (1 if joined else 2)
    return UnclearTime(
        Reason.UNKNOWN_TIME, NO_SUCH_UNIT.format(word=shown(unit)), [(*introduced, *told.split())], taken
    )
