"""What is going out, and what would be lost, in words: a line on the card, a list in its thread, the plan and the form."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from bot.gates import Situation
from bot.outgoing import Commit, Outgoing, authors, pull_requests, tickets
from bot.words import Bold, Link, Part, Words

KEPT = 12
"""Commits of each side that a deployment remembers."""
LISTED = 8
NAMED = 3
LONGEST_SUBJECT = 110

BRINGS = "Going out: "
TAKES = "Takes away "
UNKNOWN = "What is going out is not known: {why}"
FIRST = "What is going out: the first deployment here, nothing ran there before."
NO_REPOSITORY = "What is going out is not known: no repository is configured."
NOTHING = "Nothing new: the same commit runs there already."
PULL_REQUESTS = " · pull request{s} "
TICKETS = " · "
SEEN = "compare"
MORE = "… {count} more"
OTHERS = "{count} others"


def kept(found: Outgoing | None) -> Outgoing | None:
    """As much of it as a deployment remembers; the counts stay true."""
    if found is None:
        return None
    return msgspec.structs.replace(found, added=found.added[:KEPT], removed=found.removed[:KEPT])


def short(found: Outgoing | None, *, ended: bool) -> list[Words]:
    """A line or two for the card; nothing where there is nothing to say."""
    if found is None:
        return []
    if not found.known:
        return [] if ended else [(UNKNOWN.format(why=found.why),)]
    lines: list[Words] = []
    if found.added_count:
        lines.append((BRINGS, *_summed(found.added, found.added_count, found.url), *_compared(found.url)))
    if found.removed_count:
        more = () if found.added_count else _compared(found.url)
        lines.append((Bold(_taken(found)), *more))
    return lines


def told(so: Situation, *, repository: bool) -> list[Words]:
    """The same for who asks before anything is on its way: that there is nothing to compare with, is said as well."""
    if so.outgoing is None and so.first:
        return [(FIRST,)]
    if so.outgoing is None and not repository:
        return [(NO_REPOSITORY,)]
    return long(so.outgoing)


def long(found: Outgoing | None) -> list[Words]:
    """Everything for who decides: sums, and the commits themselves, the newest first."""
    if found is None:
        return []
    if not found.known:
        return [(UNKNOWN.format(why=found.why),)]
    if not found.added_count and not found.removed_count:
        return [(NOTHING,)]
    lines: list[Words] = []
    if found.added_count:
        lines.append((BRINGS, *_summed(found.added, found.added_count, found.url), *_compared(found.url)))
        lines += _listed("+", found.added, found.added_count)
    if found.removed_count:
        lines.append((Bold(_taken(found)), *(() if found.added_count else _compared(found.url))))
        lines += _listed("−", found.removed, found.removed_count)
    return lines


def _listed(sign: str, commits: Sequence[Commit], count: int) -> list[Words]:
    shown = commits[:LISTED]
    lines: list[Words] = [(f"{sign} {_cut(one.subject)}{_by((one.author,))}",) for one in shown]
    if count > len(shown):
        lines.append((f"{sign} {MORE.format(count=count - len(shown))}",))
    return lines


def _summed(commits: Sequence[Commit], count: int, url: str) -> Words:
    """`2 commits by Sam and Dana · pull requests #124, #123 · SHOP-42`."""
    words: list[Part] = [_counted(count, "commit"), _by(authors(commits))]
    numbers = pull_requests(commits)
    if numbers:
        words.append(PULL_REQUESTS.format(s="s" if len(numbers) > 1 else ""))
        words += _numbered(numbers, url)
    if found := tickets(commits):
        more = f", {OTHERS.format(count=len(found) - LISTED)}" if len(found) > LISTED else ""
        words.append(TICKETS + ", ".join(found[:LISTED]) + more)
    return tuple(words)


def _numbered(numbers: Sequence[str], url: str) -> list[Part]:
    """Links where the comparison is on GitHub, whose pull requests stand beside it."""
    repository, compared, _ = url.partition("/compare/")
    words: list[Part] = []
    for number in numbers[:LISTED]:
        words += [", "] if words else []
        words.append(Link(f"#{number}", f"{repository}/pull/{number}") if compared else f"#{number}")
    if len(numbers) > LISTED:
        words.append(f", {OTHERS.format(count=len(numbers) - LISTED)}")
    return words


def _taken(found: Outgoing) -> str:
    return f"{TAKES}{_counted(found.removed_count, 'live commit')}{_by(authors(found.removed))}."


def _compared(url: str) -> Words:
    return (" · ", Link(SEEN, url)) if url else ()


def _by(people: Sequence[str]) -> str:
    """` by Sam, Dana and 2 others`."""
    names = [one for one in people if one]
    if len(names) > NAMED:
        names = [*names[:NAMED], OTHERS.format(count=len(names) - NAMED)]
    if not names:
        return ""
    return f" by {' and '.join(filter(None, (', '.join(names[:-1]), names[-1])))}"


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def _cut(subject: str) -> str:
    return subject if len(subject) <= LONGEST_SUBJECT else f"{subject[: LONGEST_SUBJECT - 1]}…"
