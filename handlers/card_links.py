"""What a card says of other deployments: what it promotes, what it goes back from, and by what it was taken back."""

from __future__ import annotations

from collections.abc import Mapping

from bot.deployments import Deployment
from bot.earlier import GoingBack
from bot.words import Code, Link, Part, When, Words

PROMOTES = "Promotes "
FROM = " from "
BACK = "Goes back from "
BY_ITSELF = "Goes back by itself from "
MARKS = "Marks {version} as bad."
LOCKS = "Locks {service} in {environment} for everybody else."
TAKEN_BACK = "Rolled back by "
BEING_TAKEN_BACK = "Being rolled back by "

Links = Mapping[str, str]
"""Where the card of another deployment is, by its id."""


def others(one: Deployment) -> list[str]:
    """The ids of the deployments that its card speaks of."""
    found = [one.promotes, one.rolls_back, one.taken_back]
    return [other.deployment for other in found if other is not None]


def related(one: Deployment, links: Links) -> list[Words]:
    """A line for each."""
    found: list[Words] = []
    if one.promotes is not None:
        from_there = _named(one.promotes.deployment, one.promotes.number, links)
        found.append((PROMOTES, from_there, FROM, one.promotes.environment, "."))
    if one.rolls_back is not None:
        found += _back(one, one.rolls_back, links)
    if one.taken_back is not None:
        taken = one.taken_back
        words = [BEING_TAKEN_BACK, TAKEN_BACK][bool(taken.at)]
        at: list[Part] = [" at ", When(taken.at)] if taken.at else []
        by = _named(taken.deployment, taken.number, links)
        found.append((words, by, " to ", Code(taken.version), *at, "."))
    return found


def _back(one: Deployment, back: GoingBack, links: Links) -> list[Words]:
    why = f": {back.why}" if back.why else "."
    words = BY_ITSELF if back.automatic else BACK
    left = _named(back.deployment, back.number, links)
    found: list[Words] = [(words, left, " (", Code(back.version), ")", why)]
    marks = [
        *([MARKS.format(version=back.version)] if back.mark_bad else []),
        *([LOCKS.format(service=one.service, environment=one.environment)] if back.lock_place else []),
    ]
    if marks:
        found.append((" ".join(marks),))
    return found


def _named(deployment: str, number: int, links: Links) -> Part:
    url = links.get(deployment, "")
    return Link(f"#{number}", url) if url else f"#{number}"
