"""The same command with one thing in it mended and everything else kept: the one place that builds what is suggested.

A refusal names what was wrong and what is right (`Mend`); from the words as they were said the whole command is built and read
again. Where another word is wrong, too, it is mended as well. What is still not understood is never suggested.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

import msgspec
from msgspec.structs import replace

from bot.errors import Refused
from bot.grammar.utterance import Utterance
from bot.reasons import Reason
from config.words import COMMAND_WORDS, PLACEHOLDER, PREPOSITIONS

MOST_READ = 200
MOST_MENDED = 4
FURTHER = 3
"""How many half-mended commands are looked at for what else is wrong in them."""


class Mend(msgspec.Struct, frozen=True, kw_only=True):
    """`right` in place of the words `wrong`, which stand beside each other; without `wrong` it is put in where it makes sense.

    `moved`: `right` may stand elsewhere. `reason`: one is to be given; `unreasoned`: none is. `final`: nothing else is mended
    beside it. `otherwise`: only where no way before it makes sense.
    """

    wrong: tuple[str, ...] = ()
    right: tuple[str, ...] = ()
    moved: bool = False
    reason: bool = False
    unreasoned: bool = False
    final: bool = False
    otherwise: bool = False


class Misheard(Refused):
    """Not understood, and `ways` to say it right. `template` takes one, `{whole}`; `literal` is said where none makes sense."""

    def __init__(
        self, reason: Reason, sentence: str, ways: Sequence[Mend], *, template: str, literal: str = ""
    ) -> None:
        self.ways = tuple(ways)
        self.template = template
        super().__init__(reason, sentence, way_out=literal)


def swapped(wrong: str, right: str) -> Mend:
    """One word for another."""
    return Mend(wrong=(wrong,), right=(right,))


def dropped(*wrong: str) -> Mend:
    return Mend(wrong=wrong)


def put_in(*right: str) -> Mend:
    return Mend(right=right)


def as_version(word: str) -> Mend:
    """The word is a version, whatever it looks like."""
    return Mend(wrong=(word,), right=("version", word, "to"))


def wholes(no: Misheard, said: Utterance, read: Callable[[Utterance], object]) -> list[Utterance]:
    """The whole commands that may have been meant, each understood by `read`, which raises `Refused` for others."""
    different: list[Utterance] = []
    for way in no.ways:
        if way.otherwise and different:
            continue
        found = _Search(read).mended(said, way, 0 if way.final else MOST_MENDED)
        if found is not None and found not in different:
            different.append(found)
    return different


class _Search:
    """Reads what may have been meant until one is understood; the effort has an end."""

    def __init__(self, read: Callable[[Utterance], object]) -> None:
        self._read = read
        self._left = MOST_READ

    def mended(self, said: Utterance, mend: Mend, deep: int) -> Utterance | None:
        further: list[tuple[Utterance, Misheard]] = []
        for candidate in _candidates(said, mend):
            if candidate == said or not self._left or _leads_elsewhere(said, candidate, mend):
                continue
            self._left -= 1
            try:
                self._read(candidate)
            except Misheard as no:
                further.append((candidate, no))
            except Refused:
                continue
            else:
                return candidate
        ways = ((candidate, way) for candidate, no in further[:FURTHER] for way in no.ways) if deep else ()
        found = (self.mended(candidate, way, deep - 1) for candidate, way in ways)
        return next((one for one in found if one is not None), None)


def _leads_elsewhere(said: Utterance, candidate: Utterance, mend: Mend) -> bool:
    """Whether another word than the command's own has come first."""
    own = said.words[:1]
    return (
        bool(own)
        and own != candidate.words[:1]
        and own[0] not in mend.wrong
        and own[0].lower() in COMMAND_WORDS
    )


def _candidates(said: Utterance, mend: Mend) -> Iterator[Utterance]:
    if mend.reason and said.reason is not None:
        said = replace(said, reason=PLACEHOLDER)
    elif mend.reason and (said.because is None or not mend.right):
        said = replace(said, because=PLACEHOLDER)
    if mend.unreasoned:
        if said.reason:
            yield replace(said, reason=None, because=said.reason)
        yield replace(said, reason=None, because=None)
    elif mend.wrong or mend.right:
        for words in _worded(said.words, mend):
            yield replace(said, words=words)
    else:
        yield said


def _worded(words: tuple[str, ...], mend: Mend) -> Iterator[tuple[str, ...]]:
    """Wherever the wrong words stand; what is only put in is tried from the last place to the first."""
    first = 1 if words and words[0].lower() in COMMAND_WORDS else 0
    length = len(mend.wrong)
    if not length:
        yield from (words[:at] + mend.right + words[at:] for at in range(len(words), first - 1, -1))
        return
    for at in range(len(words) - length + 1):
        if words[at : at + length] != mend.wrong:
            continue
        before, after = words[:at], words[at + length :]
        if mend.moved:
            left = before + after
            yield from (left[:to] + mend.right + left[to:] for to in range(len(left) + 1))
        else:
            yield from _at_seam(before, mend.right, after)


def _at_seam(
    before: tuple[str, ...], right: tuple[str, ...], after: tuple[str, ...]
) -> Iterator[tuple[str, ...]]:
    """A preposition goes with the word that it led to; the `to` behind a version only leads somewhere."""
    if right[-1:] == ("to",) and len(right) > 1:
        if after and after[0].lower() not in PREPOSITIONS:
            yield before + right + after
        yield before + right[:-1] + after
        return
    yield before + right + after
    if not right and before and before[-1].lower() in PREPOSITIONS:
        yield before[:-1] + after


def one_of(ways: Iterable[str]) -> str:
    """`a, b or c`, each between back-ticks."""
    marked = [f"`{way}`" for way in ways]
    return " or ".join(filter(None, (", ".join(marked[:-1]), *marked[-1:])))
