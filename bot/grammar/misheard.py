"""How the grammar says no: a sentence, and the command that was probably meant between back-ticks."""

from __future__ import annotations

from bot.errors import Refused
from bot.grammar.vocabulary import Vocabulary, shown
from bot.reasons import Reason

SEE_HELP = "`{command} help` shows what I understand."
DID_YOU_MEAN = "Did you mean `{command} {words}`?"
LEFT_OVER = "I don't know what to do with {words}."


def left_over(words: list[str], vocabulary: Vocabulary) -> Refused:
    named = " and ".join(f"“{shown(word)}”" for word in words)
    return refused(vocabulary, Reason.UNKNOWN_COMMAND, LEFT_OVER.format(words=named))


def refused(vocabulary: Vocabulary, reason: Reason, sentence: str, meant: str = "") -> Refused:
    """`meant` is the command that was probably meant, without its name."""
    way_out = say(vocabulary, DID_YOU_MEAN, meant) if meant else SEE_HELP.format(command=vocabulary.command)
    return Refused(reason, sentence, way_out=way_out)


def say(vocabulary: Vocabulary, template: str, words: str) -> str:
    return template.format(command=vocabulary.command, words=words.strip())
