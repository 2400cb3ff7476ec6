"""How the grammar says no to a time: a sentence, and the times that were probably meant, in back-ticks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bot.errors import Refused
from bot.reasons import Reason

SAY = "Say {ways}."


class UnclearTime(Refused):
    """No time, or more than one. `instead` are the times to say in place of the first `taken` words."""

    def __init__(self, reason: Reason, sentence: str, instead: Iterable[Sequence[str]], taken: int) -> None:
        self.instead = tuple(" ".join(words) for words in instead)
        self.taken = taken
        super().__init__(reason, sentence, way_out=_ways(self.instead))

    def within(self, before: str, after: str = "") -> Refused:
        """The same for a whole command: `before` are the words in front of the time, with the command's name."""
        whole = [" ".join(filter(None, (before, time, after))) for time in self.instead]
        return Refused(self.reason, self.sentence, way_out=_ways(whole), facts=self.facts)


def _ways(commands: Sequence[str]) -> str:
    marked = [f"`{command}`" for command in commands]
    if not marked:
        return ""
    return SAY.format(ways=" or ".join(filter(None, (", ".join(marked[:-1]), marked[-1]))))
