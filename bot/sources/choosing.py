"""Which versions are offered to somebody who types: pure, and quick enough for every key that is pressed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Literal

import msgspec
from rapidfuzz import fuzz, process

from bot.choices import Kind, VersionChoice
from bot.outgoing import one_line
from bot.sources.history import Name
from bot.sources.naming import shown, version_of
from config.sources import Repository

OFFERED_MOST = 500
"""Tags, and branches, that are offered: the newest ones that the configuration's pattern lets through."""
LONGEST_TYPED = 128
LONGEST_DETAIL = 100
ALIKE = 65.0
"""Of 100: below, what is typed has nothing to do with it."""

PATTERNS: dict[str, Callable[[Repository], str]] = {
    "tags": lambda repository: repository.tags,
    "branches": lambda repository: repository.branches,
}


def named(repository: Repository, names: Iterable[Name]) -> list[VersionChoice]:
    """Tags and branches as versions, in the order given."""
    found: list[VersionChoice] = []
    counted = dict.fromkeys(PATTERNS, 0)
    for one in names:
        if counted[one.kind] == OFFERED_MOST or not shown(PATTERNS[one.kind](repository), one.name):
            continue
        counted[one.kind] += 1
        detail = " · ".join(filter(None, (one.subject, one.author)))
        found.append(
            VersionChoice(
                version=version_of(repository.version_to_ref, one.name),
                kind=one.kind,
                detail=one_line(detail, LONGEST_DETAIL),
                at=one.at,
                digest=one.sha,
            )
        )
    return found


def merged(choices: Iterable[VersionChoice]) -> list[VersionChoice]:
    """Each version once, as it is said first; what the others know of its commit and time is added. Newest first."""
    found: dict[str, VersionChoice] = {}
    for one in choices:
        first = found.setdefault(one.version, one)
        found[one.version] = msgspec.structs.replace(
            first, digest=first.digest or one.digest, at=first.at or one.at, detail=first.detail or one.detail
        )
    # What has no time keeps its place behind what has one.
    return sorted(found.values(), key=lambda one: one.at, reverse=True)


def chosen(choices: Iterable[VersionChoice], typed: str, limit: int) -> list[VersionChoice]:
    """Those that fit what is typed: the same first, then what begins so, then what has it in it, then what is alike."""
    these = list(choices)
    word = typed.strip()[:LONGEST_TYPED].casefold()
    if not word:
        return these[: max(limit, 0)]
    ranked: list[list[VersionChoice]] = [[], [], [], []]
    for one in these:
        version = one.version.casefold()
        if version == word:
            ranked[0].append(one)
        elif version.startswith((word, f"v{word}")):
            ranked[1].append(one)
        elif word in version:
            ranked[2].append(one)
        elif word in one.detail.casefold():
            ranked[3].append(one)
    found = [one for rank in ranked for one in rank]
    if len(found) < limit:
        taken = {one.version for one in found}
        left = [one for one in these if one.version not in taken]
        found += _alike(word, left, limit - len(found))
    return found[: max(limit, 0)]


def _alike(word: str, choices: list[VersionChoice], limit: int) -> list[VersionChoice]:
    near = process.extract(
        word,
        [one.version for one in choices],
        scorer=fuzz.WRatio,
        processor=str.casefold,
        limit=limit,
        score_cutoff=ALIKE,
    )
    return [choices[index] for _, _, index in near]


def of_kind(choices: Iterable[VersionChoice], kind: Kind | Literal[""]) -> list[VersionChoice]:
    """Those of one kind, or all for an empty one."""
    return [one for one in choices if kind in {"", one.kind}]
