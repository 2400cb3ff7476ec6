"""What a deployment would bring and take away, as commits; and what their subjects tell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import msgspec

from config.versions import occurrences

MOST = 50
"""Commits listed on each side; the counts go on."""

LONGEST_SUBJECT = 200
LONGEST_AUTHOR = 80
TICKETS_MOST = 10
NAMED_MOST = 3

_PULL_REQUEST = r"\(#[0-9]{1,9}\)\s*$|^Merge pull request #[0-9]{1,9}\b|\(pull request #[0-9]{1,9}\)|^Merged PR [0-9]{1,9}:"
"""GitHub's squash and merge, Bitbucket, Azure DevOps; GitLab names its merge requests below the subject."""


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

    @property
    def takes(self) -> TakenAway | None:
        """What it takes away, as a deployment remembers it; None for nothing, or where that is not known."""
        if not self.removed_count:
            return None
        return TakenAway(
            count=self.removed_count,
            authors=tuple(dict.fromkeys(one.author for one in self.removed if one.author)),
            commits=tuple(one.sha for one in self.removed),
        )


class TakenAway(msgspec.Struct, frozen=True, kw_only=True):
    """The live commits that somebody was told would be taken away: how many, whose, and the ids of those that are listed."""

    count: int
    authors: tuple[str, ...] = ()
    commits: tuple[str, ...] = ()

    def covers(self, now: TakenAway) -> bool:
        """Whether all that is taken away now was among it. Of what is not listed whole, only the very same is."""
        if now.count == len(now.commits):
            return set(now.commits) <= set(self.commits)
        return (now.count, now.commits) == (self.count, self.commits)

    def said(self) -> str:
        """`2 live commits by ana, bo and others`."""
        names = [*self.authors[:NAMED_MOST], *(["others"] if len(self.authors) > NAMED_MOST else [])]
        by = f" by {' and '.join(filter(None, (', '.join(names[:-1]), names[-1])))}" if names else ""
        return f"{self.count} live {'commit' if self.count == 1 else 'commits'}{by}"


def commit(*, sha: str, subject: str, author: str, at: float, tickets: str) -> Commit:
    """A commit with what its subject tells. `tickets` is the RE2 pattern of what is a ticket."""
    words = one_line(subject, LONGEST_SUBJECT)
    return Commit(
        sha=sha,
        subject=words,
        author=one_line(author, LONGEST_AUTHOR),
        at=at,
        pull_request=pull_request_of(words),
        tickets=occurrences(tickets, words)[:TICKETS_MOST],
    )


def pull_request_of(subject: str) -> str:
    """The number of the pull request that a subject names, by the forms that hosts give it; else empty."""
    found = occurrences(_PULL_REQUEST, subject)
    return "".join(filter(str.isdigit, found[-1])) if found else ""


def one_line(text: str, longest: int) -> str:
    """What git holds may be any bytes: one printable line of it, with … where it was too long."""
    words = " ".join("".join(char if char.isprintable() else " " for char in text[: longest * 4]).split())
    return words if len(words) <= longest else f"{words[: longest - 1]}…"


def authors(commits: Iterable[Commit]) -> tuple[str, ...]:
    """Who wrote them, those with the most commits first."""
    counted = Counter(one.author for one in commits if one.author)
    return tuple(name for name, _ in counted.most_common())


def pull_requests(commits: Iterable[Commit]) -> tuple[str, ...]:
    """The numbers of their pull requests, newest first, each once."""
    return tuple(dict.fromkeys(one.pull_request for one in commits if one.pull_request))


def tickets(commits: Iterable[Commit]) -> tuple[str, ...]:
    """Their tickets, newest first, each once."""
    return tuple(dict.fromkeys(ticket for one in commits for ticket in one.tickets))
