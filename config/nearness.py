"""Which known word was probably meant."""

from __future__ import annotations

from collections.abc import Collection

from rapidfuzz import process
from rapidfuzz.distance import OSA

CLOSE_ENOUGH = 0.6
"""Similarity (0 to 1) from which a word is offered as "did you mean"."""

LONGEST_WORD = 100


def nearest(word: str, known: Collection[str], closeness: float = CLOSE_ENOUGH) -> str | None:
    """The known word nearest to `word`, swapped neighbours being one slip; `None` when none is near enough."""
    found = process.extractOne(
        word[:LONGEST_WORD].lower(),
        list(known),
        scorer=OSA.normalized_similarity,
        processor=str.lower,
        score_cutoff=closeness,
    )
    return found[0] if found else None
