"""What concerns several settings at once. Each check gives its problems; the loader gives them their lines."""

from __future__ import annotations

from collections.abc import Iterator

from config.checks import (
    announcements,
    approvals,
    following,
    freezes,
    order,
    people,
    policies,
    releases,
    services,
    slack,
    sources,
    store,
    verifying,
)
from config.checks.declared import Declared
from config.faults import Problem
from config.models import Settings

CHECKS = (
    store.check,
    following.check,
    slack.check,
    people.check,
    approvals.check,
    announcements.check,
    policies.check,
    order.check,
    services.check_names,
    services.check_targets,
    services.check_channels,
    releases.check,
    freezes.check,
    sources.check,
    verifying.check,
)


def problems_of(settings: Settings, declared: Declared) -> Iterator[Problem]:
    """Every problem that the cross checks find, in no particular order."""
    for check in CHECKS:
        yield from check(settings, declared)
