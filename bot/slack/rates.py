"""How often Slack lets us call what, decided purely: given what was called when, who may go next, and when.

https://docs.slack.dev/apis/web-api/rate-limits: a tier is so many calls a minute per method and workspace;
`chat.postMessage` is one a second per channel.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable, Mapping
from enum import IntEnum
from typing import NamedTuple, TypeVar

MINUTE = 60.0
# Requests don't arrive as evenly as they are sent, so one a second is meant as a little less.
BETWEEN_POSTS = 1.05
FORGET_AFTER = 2 * MINUTE

UPDATE = "chat.update"
POST = "chat.postMessage"


class Priority(IntEnum):
    """Who goes first when not everybody may."""

    FINAL = 0
    POST = 1
    LIVE = 2


class Turn(NamedTuple):
    """What somebody wants to do. `channel` and `message` (its `ts`) are empty where no limit hangs on them."""

    method: str
    channel: str = ""
    message: str = ""
    priority: Priority = Priority.POST


class Limit(NamedTuple):
    """At most `most` calls in any stretch of `seconds`."""

    most: int
    seconds: float


Waiting = TypeVar("Waiting")

# Below the tiers by some, because Slack's minute and ours do not begin together.
TIER_2, TIER_3, TIER_4 = Limit(18, MINUTE), Limit(46, MINUTE), Limit(90, MINUTE)
METHODS: Mapping[str, Limit] = {
    POST: Limit(250, MINUTE),
    UPDATE: TIER_3,
    "chat.postEphemeral": TIER_4,
    "conversations.history": TIER_3,
    "conversations.info": TIER_3,
    "conversations.open": TIER_3,
    "conversations.replies": TIER_3,
    "usergroups.users.list": TIER_2,
    "users.info": TIER_4,
    "views.open": TIER_4,
    "views.publish": TIER_4,
    "views.update": TIER_4,
}
# Live edits leave room for final ones, and spread over the minute.
LIVE_UPDATES = (Limit(36, MINUTE), Limit(10, 15.0))


class Rates:
    """What was called when. `interval` is the least time in seconds between two edits of one message."""

    def __init__(self, *, interval: float) -> None:
        self.interval = interval
        self._calls: dict[str, deque[float]] = {}
        self._posts: dict[str, float] = {}
        self._edits: dict[tuple[str, str], float] = {}
        self._paused: dict[str, float] = {}

    def earliest(self, turn: Turn) -> float:
        """When the turn may be taken, in the clock's time; a moment that is past means now."""
        return max(
            self._paused.get(turn.method, -math.inf),
            self._free(turn.method, METHODS.get(turn.method, TIER_2)),
            self._own(turn),
        )

    def took(self, turn: Turn, now: float) -> None:
        """The turn was taken."""
        self._calls.setdefault(turn.method, deque(maxlen=METHODS.get(turn.method, TIER_2).most)).append(now)
        if turn.method == POST:
            self._posts[turn.channel] = now
        elif turn.method == UPDATE:
            self._edits[turn.channel, turn.message] = now
        self._forget(now)

    def pause(self, method: str, until: float) -> None:
        """Slack answered 429: nobody calls this method before `until`; others go on."""
        self._paused[method] = max(until, self._paused.get(method, -math.inf))

    def next_turn(
        self, waiting: Iterable[tuple[Turn, Waiting]], now: float
    ) -> tuple[float, tuple[Turn, Waiting] | None]:
        """Who goes now, or `None` and when to ask again (infinity when nobody waits).

        By priority, then in the order of coming; somebody who may not yet holds up nobody who may.
        """
        again = math.inf
        chosen: tuple[Turn, Waiting] | None = None
        for one in waiting:
            if chosen is not None and one[0].priority >= chosen[0].priority:
                continue
            at = self.earliest(one[0])
            if at <= now:
                chosen = one
            else:
                again = min(again, at)
        return (now, chosen) if chosen else (again, None)

    def _own(self, turn: Turn) -> float:
        """What limits this turn beyond its method: its channel, its message, its priority."""
        if turn.method == POST:
            return self._posts.get(turn.channel, -math.inf) + BETWEEN_POSTS
        if turn.method != UPDATE:
            return -math.inf
        at = self._edits.get((turn.channel, turn.message), -math.inf) + self.interval
        if turn.priority is Priority.LIVE:
            at = max(at, *(self._free(UPDATE, limit) for limit in LIVE_UPDATES))
        return at

    def _free(self, method: str, limit: Limit) -> float:
        """When the limit lets one more call of the method through."""
        calls = self._calls.get(method, ())
        return calls[-limit.most] + limit.seconds if len(calls) >= limit.most else -math.inf

    def _forget(self, now: float) -> None:
        """Nothing is remembered longer than it can matter."""
        if len(self._edits) + len(self._posts) > 1000:
            oldest = now - max(FORGET_AFTER, self.interval)
            self._edits = {key: at for key, at in self._edits.items() if at > oldest}
            self._posts = {key: at for key, at in self._posts.items() if at > oldest}
