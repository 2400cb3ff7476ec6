"""What may stand behind a preposition: the one place that decides it. `at` leads to a time, `to` to a place, `in` to either.

A word behind one of them is never dropped, and never becomes a version by itself.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.grammar.clock_words import DAYS, WEEKDAYS
from bot.grammar.mending import Mend, Misheard
from bot.grammar.misdated import bygone
from bot.grammar.misheard import NOTHING_FOLLOWS, SAY, mend
from bot.grammar.moments import begins_moment
from bot.grammar.vocabulary import Vocabulary, shown
from bot.reasons import Reason
from config.words import AT, PLACEHOLDER, POLITE, PREPOSITIONS, TOWARDS, VERSION, WITHIN

WHEN, WHERE, WHERE_TO, WHICH_VERSION = "When?", "Where?", "Where to?", "To which version?"
FROM_WHERE, HOW_LONG = "From where?", "For how long?"
ASKS = {"from": FROM_WHERE, "for": HOW_LONG}
TIMES = {
    "at": ("at 14:00", "tomorrow 09:00"),
    "by": ("at 14:00", "tomorrow 09:00"),
    "on": ("on mon 09:00",),
    "in": ("in 2h",),
    "within": ("in 2h",),
    "until": ("until tomorrow 09:00",),
    "till": ("until tomorrow 09:00",),
    "from": (),
    "for": ("for 2h",),
}
MOST_PLACES = 3
YESTERDAY = "yesterday"
DAY_WORDS = frozenset({*DAYS, *WEEKDAYS, "tonight", YESTERDAY})
"""They begin a time without a preposition."""


def unfinished(words: Sequence[str], vocabulary: Vocabulary) -> Misheard | None:
    """The refusal of a command that ends with a preposition; `None` for one that does not."""
    end = len(words)
    while end and words[end - 1].lower() in POLITE:
        end -= 1
    last = words[end - 1].lower() if end else ""
    if last not in PREPOSITIONS or vocabulary.is_name(last):
        return None
    ways = _finished(words[:end], tuple(words[end - 1 :]), vocabulary)
    sentence = f"{_asked(words[:end], vocabulary)} {NOTHING_FOLLOWS.format(word=shown(words[end - 1]))}"
    return mend(vocabulary, Reason.MISSING_WORD, sentence, *ways, template=SAY)


def _asked(said: Sequence[str], vocabulary: Vocabulary) -> str:
    word, placed = said[-1].lower(), bool(vocabulary.places_said(said))
    if word in TOWARDS:
        return WHICH_VERSION if placed and "from" not in said else WHERE_TO
    if word in WITHIN:
        return WHEN if placed else WHERE
    return ASKS.get(word, WHEN)


def _finished(said: Sequence[str], end: tuple[str, ...], vocabulary: Vocabulary) -> list[Mend]:
    """What may follow: a place that is not named yet, a version, a time; where nothing may, the preposition says nothing."""
    word = said[-1].lower()
    named = vocabulary.places_said(said)
    placing = word in {*TOWARDS, "from"} or (word in WITHIN and not named)
    places = [each for each in vocabulary.places(said) if each not in named] if placing else []
    follows = [*places[:MOST_PLACES], *([PLACEHOLDER] if named and word in TOWARDS else [])]
    return [
        *(Mend(wrong=end, right=(said[-1], each), final=True) for each in follows),
        *(Mend(wrong=end, right=tuple(time.split())) for time in TIMES.get(word, ())),
        Mend(wrong=end, otherwise=True),
    ]


def time_begins(words: Sequence[str], vocabulary: Vocabulary, *, placed: bool) -> bool:
    """Whether a time begins here, right or wrong: what it means, and whether there is such a one, is the clock's business.

    `placed`: a place is named somewhere, so that what stands behind `in` is none.
    """
    word = words[0].lower()
    if word in DAY_WORDS or (bygone(words) and not word.startswith("-")):
        return True
    follows = [each for each in words[1:] if each.lower() not in POLITE]
    if not follows or vocabulary.is_name(follows[0]) or follows[0].lower() in PREPOSITIONS:
        return False
    if word in AT:
        return follows[0].lower() != VERSION
    return word in WITHIN and (begins_moment(words) or placed)


def leads_nowhere(words: Sequence[str], vocabulary: Vocabulary) -> str:
    """The word behind `to` that is neither a name nor like a version, which has a digit in it; "" where none is."""
    for index, word in enumerate(words[:-1]):
        follows = words[index + 1]
        fine = vocabulary.is_name(follows) or follows.lower() in {*PREPOSITIONS, *POLITE, VERSION}
        if (
            word.lower() in TOWARDS
            and not fine
            and not any(map(str.isdigit, follows))
            and follows != PLACEHOLDER
        ):
            return follows
    return ""
