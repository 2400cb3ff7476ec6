"""Which known word was probably meant."""

from __future__ import annotations

from collections.abc import Collection

from rapidfuzz import process
from rapidfuzz.distance import OSA

CLOSE_ENOUGH = 0.6
"""Similarity (0 to 1) from which a word is offered as "did you mean"."""

LONGEST_WORD = 100
SHORTEST_BEGINNING = 2


def nearest(word: str, known: Collection[str], closeness: float = CLOSE_ENOUGH) -> str | None:
    """The known word nearest to `word`, or the only one that begins with it; `None` when none is near enough.

    Swapped neighbours count as one slip.
    """
    found = process.extractOne(
        word[:LONGEST_WORD].lower(),
        list(known),
        scorer=OSA.normalized_similarity,
        processor=str.lower,
        score_cutoff=closeness,
    )
    if found:
        return found[0]
    beginning = [
        name for name in known if len(word) >= SHORTEST_BEGINNING and name.lower().startswith(word.lower())
    ]
    return beginning[0] if len(beginning) == 1 and closeness <= CLOSE_ENOUGH else None
