"""A word that stands where a version does, and may have been meant as something else: it is asked about, not deployed."""

from __future__ import annotations

from collections.abc import Sequence

from bot.grammar.clock_words import DAYS, WEEKDAYS, looks_like_clock
from bot.grammar.mending import Mend, as_version, dropped, swapped
from bot.grammar.misheard import SAY, mend
from bot.grammar.spans import begins_span
from bot.grammar.vocabulary import TOO_CLOSE, Vocabulary, shown
from bot.reasons import Reason
from config.nearness import nearest
from config.words import COMMAND_WORDS, NO_VERSIONS

LOOKS_LIKE = "“{version}” could be a version, or “{name}” mistyped."
LOOKS_LIKE_TIME = "“{version}” could be a version, or a mistyped time."
LOOKS_LIKE_NOW = "“{version}” could be a version; a time is not needed to start right away."
LOOKS_LIKE_WORD = "“{version}” could be a version, or a word of the command."

NOW = frozenset({"now", "immediately", "asap"})
VAGUE = (
    "tonite",
    "tmrw",
    "tmr",
    "later",
    "soon",
    "noon",
    "midday",
    "midnight",
    "lunch",
    "lunchtime",
    "night",
    "morning",
    "evening",
    "afternoon",
)
CLEAR = (*DAYS, *WEEKDAYS, "tonight", "yesterday")
AT_SOME_TIME = ("at", "14:00")


def refuse_lookalike(typed: str, service: str, others: Sequence[str], alone: bool, known: Vocabulary) -> None:
    """Raises `Refused` for the first of `others` that is rather something else.

    `typed` is the service as it was said, "" when it was not; `alone` when no other word may be the version.
    """
    for word in others:
        read = _lookalike(typed, service, word, others, known)
        if read is not None:
            sentence, ways = read
            as_it_is = [as_version(word)] if alone else []
            sentence = sentence.format(version=shown(word))
            raise mend(known, Reason.AMBIGUOUS, sentence, *ways, *as_it_is, template=SAY)


def _lookalike(
    typed: str, service: str, word: str, others: Sequence[str], known: Vocabulary
) -> tuple[str, list[Mend]] | None:
    """What is asked about the word, and what it may have been meant as; `None` for one that can only be a version."""
    lower = word.lower()
    if lower in NOW:
        return LOOKS_LIKE_NOW, [dropped(word)]
    if lower in NO_VERSIONS:
        return LOOKS_LIKE_WORD, [_first(word, lower)] if lower in COMMAND_WORDS else []
    if place := known.meant_environment(service, word, TOO_CLOSE):
        return LOOKS_LIKE.format(version=shown(word), name=place), [swapped(word, place)]
    if other := known.meant_service(word, TOO_CLOSE):
        instead = Mend(wrong=(typed, word), right=(other,)) if typed else swapped(word, other)
        return LOOKS_LIKE.format(version=shown(word), name=other), [instead]
    if time := time_meant(word, others):
        return LOOKS_LIKE_TIME, [Mend(wrong=(word,), right=time, moved=len(time) > 1)]
    command = None if any(map(str.isdigit, word)) else nearest(word, COMMAND_WORDS, TOO_CLOSE)
    if command:
        return LOOKS_LIKE.format(version=shown(word), name=command), [_first(word, command)]
    return None


def _first(word: str, command: str) -> Mend:
    return Mend(wrong=(word,), right=(command,), moved=True)


def time_meant(word: str, others: Sequence[str]) -> tuple[str, ...]:
    """The time that the word may have been meant as, as it is to be said; none when it looks like none."""
    lower = word.lower()
    if looks_like_clock(lower):
        return ("at", word)
    if begins_span([lower]):
        return ("in", word)
    meant = None if any(map(str.isdigit, word)) else nearest(word, (*CLEAR, *VAGUE), TOO_CLOSE)
    if meant is None:
        return ()
    if meant in {*DAYS, *WEEKDAYS}:
        return (meant,) if any(map(looks_like_clock, others)) else (meant, "09:00")
    return AT_SOME_TIME
