"""What is left of the private answers Slack allows: five uses of a `response_url` within half an hour."""

from __future__ import annotations

from bot.ports import Clock

USES = 5
LASTS = 30 * 60.0
# What was handed out just before we first saw it may end a little before we think.
MARGIN = 60.0


class ResponseUrls:
    """Counts uses by url.

    One first seen after a restart may be older than it seems: Slack then says so, and whoever asked goes another way.

    https://docs.slack.dev/interactivity/handling-user-interaction#message_responses
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._seen: dict[str, tuple[float, int]] = {}

    def use(self, url: str) -> bool:
        """Take one use; False when none is left."""
        now = self._clock.now()
        self._seen = {url: seen for url, seen in self._seen.items() if now - seen[0] < 2 * LASTS}
        first, used = self._seen.get(url, (now, 0))
        if used >= USES or now - first > LASTS - MARGIN:
            return False
        self._seen[url] = (first, used + 1)
        return True

    def forget(self, url: str) -> None:
        """It no longer works."""
        self._seen[url] = (self._clock.now(), USES)
