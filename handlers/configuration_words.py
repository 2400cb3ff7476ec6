"""How faults and differences of the configuration are said, in bounds: to one person, to operations, on a card."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.words import Bold, Code, Mention, Part, Words
from config.differences import Difference
from config.faults import ConfigurationFaults

FAULTS_MOST = 10
DIFFERENCES_MOST = 20
KEPT_MOST = 40
LONGEST = 300

NOT_USABLE = "The configuration can't be used, so the one in force stays:"
MORE_FAULTS = "… and {count} more."
SEE_FAULTS = "`pilothouse check-config` shows all of them."
MORE = "… and {count} more; `pilothouse config diff` shows all of them."
RESTART = "Needs a restart, and stays as it is until then: {settings}."

_USER = re.compile(r"\b([UW](?=[A-Z]*[0-9])[A-Z0-9]{6,})\b")
"""An id of a user has a digit in it; words in capitals rarely have."""


def faults(wrong: ConfigurationFaults) -> list[str]:
    """One line each: file, line, setting, what is wrong, what is allowed."""
    lines = [_short(str(fault)) for fault in wrong.faults[:FAULTS_MOST]]
    left = len(wrong.faults) - FAULTS_MOST
    return lines + ([MORE_FAULTS.format(count=left)] if left > 0 else [])


def faults_in_words(lines: Sequence[str]) -> Words:
    return lined([(NOT_USABLE,), *((Code(line),) for line in lines), in_words(SEE_FAULTS)])


def sentences_of(found: Sequence[Difference]) -> tuple[tuple[str, ...], int]:
    """The first differences as sentences, and how many there are besides."""
    return tuple(_short(one.sentence) for one in found[:KEPT_MOST]), max(0, len(found) - KEPT_MOST)


def listed(
    sentences: Sequence[str], more: int = 0, *, loosening: int = 0, most: int = DIFFERENCES_MOST
) -> list[Words]:
    """A line for each difference; those that loosen a policy stand out."""
    shown = [
        ("• ", Bold("looser"), ": ", *people(one)) if index < loosening else ("• ", *people(one))
        for index, one in enumerate(sentences[:most])
    ]
    left = len(sentences) - len(shown) + more
    return shown + ([in_words(MORE.format(count=left))] if left > 0 else [])


def needs_restart(settings: Sequence[str]) -> list[Words]:
    return [(RESTART.format(settings=", ".join(settings)),)] if settings else []


def people(sentence: str) -> Words:
    """A sentence in which user ids become the people."""
    return tuple(
        Mention(piece) if index % 2 else piece for index, piece in enumerate(_USER.split(sentence)) if piece
    )


def in_words(sentence: str) -> Words:
    """A sentence whose commands stand between back-ticks."""
    return tuple(
        Code(piece) if index % 2 else piece for index, piece in enumerate(sentence.split("`")) if piece
    )


def lined(lines: Sequence[Words]) -> Words:
    """Several lines as one text."""
    words: list[Part] = []
    for line in lines:
        words += ["\n"] if words else []
        words += line
    return tuple(words)


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
