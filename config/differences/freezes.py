"""Freezes that hold at one place and not at another one, which is less than a policy can say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from config.differences.both import Both
from config.guarded import Key, PlacePart
from config.models import OPEN_POLICY


def frozen_less(both: Both, protected: Key, other: Key) -> bool:
    """Whether a freeze or a calendar that holds at a protected place does not hold at another one.

    Those that are gone are looser by themselves.
    """
    return any(
        _within(one, protected, both.before[protected]) and not _within(one, other, both.now[other])
        for one in _scoped(both)
    )


def _scoped(both: Both) -> Iterator[Mapping[str, Any]]:
    for section in ("freezes", "calendars"):
        yield from both.old.more.get(section, {}).values()


def _within(scoped: Mapping[str, Any], key: Key, place: PlacePart) -> bool:
    """As `bot.calendars` understands it: without named environments it holds where there is a policy."""
    services, environments = scoped.get("services") or (), scoped.get("environments") or ()
    if services and key[0] not in services:
        return False
    return key[1] in environments if environments else place.policy != OPEN_POLICY
