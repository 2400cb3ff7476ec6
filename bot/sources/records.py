"""What git prints, read: formats without any character that a name or subject could hold."""

from __future__ import annotations

from typing import Literal

from bot.sources.history import NAMES_READ, Name, Seen

LOG_FORMAT = "--format=%H%x00%an%x00%at%x00%s"
"""With `-z`, so that NUL ends each record too: no commit holds one."""
REF_FORMAT = (
    "--format=%(refname)%00%(objecttype)%00%(objectname)%00%(*objecttype)%00%(*objectname)%00%(creatordate:unix)"
    "%00%(authorname)%(*authorname)%00%(subject)"
)
_PER_COMMIT, _PER_NAME = 4, 8


def commits(output: bytes) -> tuple[Seen, ...]:
    """The records of `git log`, as many as are whole."""
    fields = output.decode(errors="replace").split("\0")
    return tuple(
        Seen(sha=sha, author=author, at=_number(at), subject=subject)
        for sha, author, at, subject in zip(
            *(fields[n::_PER_COMMIT] for n in range(_PER_COMMIT)), strict=False
        )
    )


def names(output: bytes, prefix: str, kind: Literal["tags", "branches"]) -> list[Name]:
    """The lines of `git for-each-ref` that lead to commits; the first, which are the newest."""
    found: list[Name] = []
    for line in output.decode(errors="replace").split("\n"):
        fields = line.split("\0")
        if len(fields) != _PER_NAME:
            continue
        name, what, sha, behind, inner, at, author, subject = fields
        if "commit" not in {what, behind}:
            continue
        found.append(
            Name(
                kind=kind,
                name=name.removeprefix(prefix),
                sha=inner if behind == "commit" else sha,
                at=_number(at),
                author=author,
                subject=subject,
            )
        )
        if len(found) == NAMES_READ:
            break
    return found


def _number(text: str) -> float:
    return float(text) if text.isdecimal() else 0.0
