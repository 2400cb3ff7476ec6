"""What a human can mend at Slack (a token, a scope) is waited out: what is to be said is kept until it can be."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from bot.errors import Unreachable
from bot.ports import Clock
from bot.reasons import Reason
from bot.slack.refusals import SlackRejected

AGAIN_AFTER = 60.0
"""Seconds. Whoever mends it wants to see it work, and Slack is not to be knocked at for hours."""
STANDS_FOR = 3 * AGAIN_AFTER
"""Seconds for which a refusal that nobody has met again still counts: perhaps there is nothing left to say there."""
MENDABLE = frozenset({Reason.CREDENTIALS_WRONG, Reason.PERMISSION_MISSING})

KEPT = "Slack does not take what is to be said (%s); it is kept, and tried again every %g s: %s"

log = logging.getLogger(__name__)


class Patience:
    """`with patience.over("chat.update"): …` raises `Unreachable` where Slack refuses what can be mended.

    The log hears of it once, until that works again; `check` tells it to whoever watches Slack.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._standing: dict[str, tuple[float, SlackRejected]] = {}

    @contextmanager
    def over(self, what: str) -> Iterator[None]:
        try:
            yield
        except SlackRejected as no:
            if no.reason not in MENDABLE:
                raise
            known = self._standing.get(what)
            if known is None or known[1].code != no.code:
                log.warning(KEPT, what, AGAIN_AFTER, no.sentence)
            self._standing[what] = (self._clock.now(), no)
            raise Unreachable(no.reason, no.sentence, retry_after=AGAIN_AFTER) from no
        self._standing.pop(what, None)

    def check(self) -> None:
        """Raises what Slack refused last, while it may still be so."""
        now = self._clock.now()
        self._standing = {
            what: (at, no) for what, (at, no) in self._standing.items() if now - at < STANDS_FOR
        }
        for _, no in self._standing.values():
            raise Unreachable(no.reason, no.sentence)
