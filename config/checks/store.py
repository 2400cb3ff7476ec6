"""How long things are kept."""

from __future__ import annotations

from collections.abc import Iterator

from config.checks.declared import Declared
from config.durations import written
from config.faults import Problem
from config.models import Settings

LEAST_KEPT = 2 * 3600.0
"""A delivery is known as a repetition only while its row is kept.

Slack delivers again after up to 5 minutes (https://docs.slack.dev/apis/events-api/#retries), proxies and restarts add theirs.
"""

TOO_SHORT = "is shorter than {least}: what Slack delivers again would be done again"


def check(settings: Settings, _declared: Declared) -> Iterator[Problem]:
    if settings.store.keep_messages < LEAST_KEPT:
        problem = TOO_SHORT.format(least=written(LEAST_KEPT))
        yield Problem(path=("store", "keep_messages"), problem=problem)
