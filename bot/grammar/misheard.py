"""How the grammar says no: a sentence, and the command that was probably meant between back-ticks."""

from __future__ import annotations

from collections.abc import Callable

from bot.errors import Refused
from bot.grammar.mending import Mend, Misheard, one_of, wholes
from bot.grammar.utterance import Utterance, giving
from bot.grammar.vocabulary import Vocabulary, shown
from bot.reasons import Reason
from config.words import PLACEHOLDER

SEE_HELP = "`{command} help` shows what I understand."
DID_YOU_MEAN = "Did you mean {whole}?"
SAY = "Say {whole}."
LEFT_OVER = "I don't know what to do with {words}."
NOTHING_FOLLOWS = "Nothing follows “{word}”."

LONGEST_REASON_SAID = 200
LONGEST_SAID = 1_000


def left_over(words: list[str], vocabulary: Vocabulary) -> Refused:
    named = " and ".join(f"“{shown(word)}”" for word in words)
    return refused(vocabulary, Reason.UNKNOWN_COMMAND, LEFT_OVER.format(words=named))


def refused(vocabulary: Vocabulary, reason: Reason, sentence: str, meant: str = "", *ways: Mend) -> Misheard:
    """`ways` to mend it; `meant` is a command, without its name, that is suggested as it stands where none of them makes sense."""
    literal = (
        DID_YOU_MEAN.format(whole=f"`{vocabulary.command} {meant.strip()}`")
        if meant
        else SEE_HELP.format(command=vocabulary.command)
    )
    return Misheard(reason, sentence, ways, template=DID_YOU_MEAN, literal=literal)


def mend(
    vocabulary: Vocabulary, reason: Reason, sentence: str, *ways: Mend, template: str = DID_YOU_MEAN
) -> Misheard:
    """`ways` to mend what was said; the help where none of them makes sense."""
    literal = SEE_HELP.format(command=vocabulary.command)
    return Misheard(reason, sentence, ways, template=template, literal=literal)


def with_way_out(
    no: Misheard, said: Utterance, read: Callable[[Utterance], object], vocabulary: Vocabulary
) -> Refused:
    """The refusal with the whole commands that may have been meant."""
    told = [whole for one in wholes(no, said, read) if (whole := _told(one, vocabulary))]
    if not told:
        return Refused(no.reason, no.sentence, way_out=no.way_out)
    template = no.template if len(told) == 1 else SAY
    return Refused(no.reason, no.sentence, way_out=template.format(whole=one_of(told)))


def _told(said: Utterance, vocabulary: Vocabulary) -> str:
    """The command as it is typed; "" when it can't be shown so that it can be typed."""
    words = [vocabulary.command, *said.words]
    because = said.because if said.reason is None else said.reason
    if said.reason is not None:
        words.append("break-glass")
    whole = " ".join(words)
    if "`" in whole or not whole.isprintable() or len(whole) > LONGEST_SAID:
        return ""
    if because is None:
        return whole
    reason = because.replace("`", "'")
    fits = 0 < len(reason) <= LONGEST_REASON_SAID and reason.isprintable()
    return f"{whole} {giving(reason if fits else PLACEHOLDER)}"
