"""What is wrong with a configuration file: each fault with its line and with what is allowed there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from config.nearness import nearest

Path = tuple[str | int, ...]
"""Where in the file: `("services", "checkout", "channels", 0)`."""

MOST_LISTED = 40


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One fault. `line` and `column` count from 1, `path` is dotted, `allowed` may be empty."""

    file: str
    line: int
    column: int
    path: str
    problem: str
    allowed: str = ""

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}: " + (f"{self.path}: " if self.path else "")
        return where + self.problem + (f" (allowed: {self.allowed})" if self.allowed else "")


class ConfigurationFaults(Exception):  # noqa: N818 - the word of the house
    """The file cannot be used. Its text lists all faults in the order of the file, one a line."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(sorted(faults, key=lambda fault: (fault.line, fault.column, fault.path)))
        super().__init__("\n".join(map(str, self.faults)))


@dataclass(frozen=True, kw_only=True)
class Problem:
    """A fault before its line is known. `key` points at the key rather than at the value."""

    path: Path
    problem: str
    allowed: str = ""
    key: bool = False


def dotted(path: Path) -> str:
    """`services.checkout.channels[0]`."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def listed(words: Iterable[str]) -> str:
    """The words in order, as they are given in `allowed`."""
    ordered = sorted(words)
    more = len(ordered) - MOST_LISTED
    return ", ".join(ordered[:MOST_LISTED]) + (f" and {more} more" if more > 0 else "")


def suggestion(word: str, known: Sequence[str]) -> str:
    """` - did you mean "checkout"?`, or nothing when no known word is near."""
    near = nearest(word, known)
    return f' - did you mean "{near}"?' if near else ""
