"""How long to wait before something is tried again."""

from __future__ import annotations

import random

FIRST, MOST = 0.5, 15.0


def backoff(attempts: int) -> float:
    """Seconds until the next attempt: doubling, bounded, spread by a quarter so that retries don't march in step."""
    wait = min(MOST, FIRST * 2.0 ** min(attempts, 10))
    return wait * random.uniform(0.75, 1.0)  # noqa: S311 - spreads load, guards nothing
