"""When a deployment is to start: the words read in one place, for the command, the plan and the form. Pure."""

from __future__ import annotations

from bot.errors import Refused
from bot.grammar.deployment_words import INTRODUCES_TIME
from bot.grammar.mistimed import UnclearTime
from bot.grammar.moments import moment
from bot.grammar.utterance import heard
from bot.reasons import Reason

LEFT_OVER = "I don't know what to do with “{words}” behind the time."
LEFT_OVER_OUT = "The time comes last: `{command}`"
AT_WHAT_TIME = "At what time on that day?"
AT_WHAT_TIME_OUT = "Say it behind the day: `{when}`"
NO_HURRY = "Break-glass is for now: it can't be planned for later."
NO_HURRY_OUT = "Leave `break-glass` out, or leave out when."


def start_of(
    when: str, *, now: float, timezone: str, before: str = "", after: str = "", glass: str = ""
) -> float:
    """Epoch seconds of the words, in the person's time zone (IANA); 0 for none. `now` is in epoch seconds.

    `before` is the command in front of them, `after` what goes on behind; without one, what is to be said instead are times
    alone. `glass` is the reason for breaking the glass, which is never planned. Raises `Refused`.
    """
    if not when:
        return 0.0
    if glass:
        raise Refused(Reason.NO_HURRY, NO_HURRY, way_out=NO_HURRY_OUT)
    words = when.split()
    try:
        found = moment(words, now=now, timezone=timezone)
    except UnclearTime as unclear:
        # A date or a clock alone might be a version: the word for it keeps it a time.
        introduced = before and any(time[:1].isdigit() for time in unclear.instead)
        raise unclear.within(f"{before} at" if introduced else before, after) from unclear
    if found.taken < len(words):
        sentence = LEFT_OVER.format(words=" ".join(words[found.taken :]))
        out = LEFT_OVER_OUT.format(command=_behind(before, *words[: found.taken], after))
        raise Refused(Reason.UNKNOWN_COMMAND, sentence, way_out=out)
    if found.whole_day:
        out = AT_WHAT_TIME_OUT.format(when=_behind(before, when, "09:00", after))
        raise Refused(Reason.MISSING_WORD, AT_WHAT_TIME, way_out=out)
    return found.at


def said_as_time(typed: str) -> str:
    """What stands in a field for a time, as the words that a command says it in.

    There a date alone could be a version: the word in front of it makes it a time.
    """
    said = heard(typed)
    plain = said.reason is None and said.because is None
    words = said.words if plain else tuple(typed.split())
    introduced = not words or words[0].lower() in INTRODUCES_TIME
    return " ".join(words if introduced else ("at", *words))


def _behind(*words: str) -> str:
    return " ".join(filter(None, words))
