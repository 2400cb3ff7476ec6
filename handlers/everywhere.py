"""Who may do something in every single place that a scope covers."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from config.models import EVERYONE, Policy, Settings

Right = Callable[[Policy], tuple[str, ...]]
"""Who may, by the policy of one place."""


def lists(settings: Settings, service: str, environment: str, right: Right) -> tuple[tuple[str, ...], ...]:
    """The lists of those who may, of all places that a scope covers; each list once."""
    found: dict[tuple[str, ...], None] = {}
    for name in [service] if service in settings.services else () if service else settings.services:
        for place in settings.services[name].environments:
            if environment in {"", place}:
                found[right(settings.policy_for(name, place)[1])] = None
    return tuple(found)


def common(found: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    """Groups and people that stand in every one of these lists, so that surely all of them may."""
    those = [one for one in found if EVERYONE not in one]
    if not those:
        return (EVERYONE,)
    return tuple(one for one in those[0] if all(one in other for other in those))
