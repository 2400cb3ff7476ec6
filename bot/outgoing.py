"""What a deployment would bring and take away, as commits."""

from __future__ import annotations

import msgspec


class Commit(msgspec.Struct, frozen=True, kw_only=True):
    """One commit. `at` is epoch seconds; `pull_request` is its number or empty; `tickets` as they are written."""

    sha: str
    subject: str
    author: str = ""
    at: float = 0.0
    pull_request: str = ""
    tickets: tuple[str, ...] = ()


class Outgoing(msgspec.Struct, frozen=True, kw_only=True):
    """What lies between what runs now and what is asked.

    `added` and `removed` are bounded lists, newest first; the counts are true. `known` is false when it can't be told,
    and `why` says why. `url` shows the comparison to people.
    """

    added: tuple[Commit, ...] = ()
    removed: tuple[Commit, ...] = ()
    added_count: int = 0
    removed_count: int = 0
    known: bool = True
    why: str = ""
    url: str = ""
