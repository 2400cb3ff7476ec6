"""Finds what we posted under a key before a crash: the key travels as message metadata.

https://docs.slack.dev/messaging/message-metadata/. Slack has no idempotency of its own, so whoever is not sure looks
first; pages are bounded, because what a crash left behind is recent.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.people import Posted
from bot.slack.client import SlackClient
from bot.slack.identity import Identity
from bot.slack.rates import Turn
from bot.slack.refusals import SlackRejected
from bot.slack.shaper import Shaper

CARD = "pilothouse_card"
NOTE = "pilothouse_note"

PAGE = 200
MOST_PAGES = 5
# The channel may still take posts though it can't be read: without a scope, or by chat:write.public.
CANT_LOOK = frozenset({"missing_scope", "not_in_channel", "channel_not_found"})
KINDS_OF_CHANNEL = "public_channel,private_channel"


class CannotLook(Exception):  # noqa: N818 - an answer, not an error
    """Slack does not let us read there, so whether the key was posted stays unknown."""


def metadata(kind: str, key: str) -> dict[str, Any]:
    return {"event_type": kind, "event_payload": {"key": key}}


class Search:
    def __init__(self, client: SlackClient, shaper: Shaper, me: Identity) -> None:
        self._client = client
        self._shaper = shaper
        self._me = me

    async def card(self, channel: str, key: str) -> Posted | None:
        """The card of that key among the channel's newest messages. Raises `CannotLook`."""
        place = await self.channel(channel)
        return await self._pages("conversations.history", {"channel": place}, CARD, key)

    async def announcement(self, channel: str, key: str) -> Posted | None:
        """The announcement of that key among the channel's newest messages. Raises `CannotLook`."""
        return await self._pages("conversations.history", {"channel": await self.channel(channel)}, NOTE, key)

    async def note(self, card: Posted, key: str) -> Posted | None:
        """The note of that key in the card's thread. Raises `CannotLook`."""
        thread = {"channel": card.channel, "ts": card.ts}
        return await self._pages("conversations.replies", thread, NOTE, key)

    async def _pages(self, method: str, where: dict[str, str], kind: str, key: str) -> Posted | None:
        cursor = None
        for _ in range(MOST_PAGES):
            page = await self._read(
                method, {**where, "limit": PAGE, "include_all_metadata": True, "cursor": cursor}
            )
            for message in page.get("messages", ()):
                if self._is_ours(message, kind, key):
                    return Posted(channel=where["channel"], ts=message["ts"])
            cursor = (page.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                break
        return None

    def _is_ours(self, message: Mapping[str, Any], kind: str, key: str) -> bool:
        """Whether it carries our key, and we wrote it: anybody's app can write any metadata."""
        me, carried = self._me, message.get("metadata") or {}
        return (
            (message.get("bot_id") == me.bot if me.bot else message.get("user") == me.user)
            and carried.get("event_type") == kind
            and (carried.get("event_payload") or {}).get("key") == key
        )

    async def channel(self, channel: str) -> str:
        """The id of a channel that the configuration names as `#name`. Raises `CannotLook` when it is not found."""
        if not channel.startswith("#"):
            return channel
        cursor = None
        for _ in range(MOST_PAGES):
            asked = {
                "types": KINDS_OF_CHANNEL,
                "exclude_archived": True,
                "limit": PAGE,
                "cursor": cursor,
            }
            page = await self._read("conversations.list", asked)
            for found in page.get("channels", ()):
                if found.get("name") == channel.removeprefix("#"):
                    return str(found["id"])
            cursor = (page.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                break
        raise CannotLook(channel)

    async def _read(self, method: str, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        try:
            return await self._shaper.run(Turn(method), lambda: self._client.call(method, **asked))
        except SlackRejected as refusal:
            if refusal.code in CANT_LOOK:
                raise CannotLook(refusal.sentence) from refusal
            raise
