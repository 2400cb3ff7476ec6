"""Slack's rate limits: tiers per method and workspace, one post a second per channel.

https://docs.slack.dev/apis/web-api/rate-limits
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

MINUTE = 60.0

TIERS: dict[str, int] = {"t1": 1, "t2": 20, "t3": 50, "t4": 100, "t5": 600}
"""Calls a minute. `t5` stands for "special": hundreds a minute."""


@dataclass(frozen=True, kw_only=True)
class Rates:
    """How much the app may do. `scale` multiplies every speed; `math.inf` takes the limits away.

    `post_burst` is how many messages a channel takes at once before it insists on one a second; `posts_per_minute`
    is for the whole workspace.
    """

    scale: float = 1.0
    post_burst: int = 5
    posts_per_minute: int = 300


@dataclass
class Limiter:
    """Says how long a call must wait; 0 means go, and counts it."""

    rates: Rates
    clock: Callable[[], float]
    _windows: dict[str, deque[float]] = field(default_factory=dict)
    _buckets: dict[str, tuple[float, float]] = field(default_factory=dict)

    def method(self, name: str, tier: str) -> float:
        """Seconds to wait before `name` may be called again, at most `TIERS[tier]` times a minute."""
        return self._window(name, TIERS[tier])

    def post(self, channel: str) -> float:
        """Seconds to wait before `channel` takes another message."""
        return self._bucket(channel) or self._window("posts of the workspace", self.rates.posts_per_minute)

    def _window(self, key: str, most: int) -> float:
        if math.isinf(self.rates.scale):
            return 0.0
        now, length = self.clock(), MINUTE / self.rates.scale
        calls = self._windows.setdefault(key, deque())
        while calls and calls[0] <= now - length:
            calls.popleft()
        if len(calls) >= most:
            return calls[0] + length - now
        calls.append(now)
        return 0.0

    def _bucket(self, key: str) -> float:
        if math.isinf(self.rates.scale):
            return 0.0
        now, burst = self.clock(), float(self.rates.post_burst)
        tokens, last = self._buckets.get(key, (burst, now))
        tokens = min(burst, tokens + (now - last) * self.rates.scale)
        allowed = tokens >= 1.0
        self._buckets[key] = (tokens - 1.0 if allowed else tokens, now)
        return 0.0 if allowed else (1.0 - tokens) / self.rates.scale


def retry_after(seconds: float) -> str:
    """`Retry-After` is in whole seconds, never 0."""
    return str(max(1, math.ceil(seconds)))
