"""What channels are called: mentions come with an id only, the configuration may name a channel by `#name`."""

from __future__ import annotations

import asyncio
import logging

from bot.errors import Rejected, Unreachable
from bot.ports import Clock
from bot.slack.client import SlackClient
from bot.slack.rates import Turn
from bot.slack.remembered import Remembered
from bot.slack.shaper import Shaper

FRESH_FOR = 10 * 60.0
STALE_AT_MOST = 24 * 3600.0
# Of the three seconds that Slack waits for an answer.
ANSWER_WITHIN = 1.5

log = logging.getLogger(__name__)


class ChannelNames:
    """https://docs.slack.dev/reference/methods/conversations.info, remembered for ten minutes."""

    def __init__(self, client: SlackClient, shaper: Shaper, clock: Clock) -> None:
        self._client = client
        self._shaper = shaper
        self._names = Remembered(clock, self._ask, fresh_for=FRESH_FOR, stale_for=STALE_AT_MOST)

    async def name(self, channel: str) -> str:
        """Without its #; "" for a direct message, and when Slack does not say it soon enough."""
        if channel.startswith("D"):
            return ""
        try:
            async with asyncio.timeout(ANSWER_WITHIN):
                return await self._names.get(channel)
        except (Unreachable, Rejected, TimeoutError) as problem:
            log.warning("the name of channel %s is not known: %s", channel, problem)
            return ""

    async def close(self) -> None:
        await self._names.close()

    async def _ask(self, channel: str) -> str:
        turn = Turn("conversations.info")
        answer = await self._shaper.run(turn, lambda: self._client.call(turn.method, channel=channel))
        found = answer.get("channel")
        return str(found.get("name") or "") if isinstance(found, dict) else ""
