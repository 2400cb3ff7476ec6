"""Sentences that show commands between back-ticks, made into parts: `say `/deploy help`` shows the command as code."""

from __future__ import annotations

from bot.words import Code, Part, Words


def marked(sentence: str) -> Words:
    """The sentence with what stands between back-ticks as `Code`; a back-tick without a partner stays text."""
    pieces = sentence.split("`")
    if len(pieces) % 2 == 0:
        pieces[-2:] = ["`".join(pieces[-2:])]
    parts: list[Part] = [Code(piece) if index % 2 else piece for index, piece in enumerate(pieces)]
    return tuple(part for part in parts if part not in {"", Code("")})
