"""Finds what we posted under a key before a crash: the key travels as message metadata.

https://docs.slack.dev/messaging/message-metadata/. Slack has no idempotency of its own, so whoever is not sure looks
first; pages are bounded, because what a crash left behind is recent.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.people import Posted
from bot.reasons import Reason
from bot.slack.client import SlackClient
from bot.slack.identity import Identity
from bot.slack.rates import Turn
from bot.slack.refusals import SlackRejected, held
from bot.slack.shaper import Shaper

CARD = "pilothouse_card"
NOTE = "pilothouse_note"

PAGE = 200
MOST_PAGES = 5
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
            for message in held(method, page, "messages", list):
                if isinstance(message, dict) and self._is_ours(message, kind, key):
                    return Posted(channel=where["channel"], ts=str(message["ts"]))
            cursor = _next(page)
            if not cursor:
                break
        return None

    def _is_ours(self, message: Mapping[str, Any], kind: str, key: str) -> bool:
        """Whether it carries our key, and we wrote it: anybody's app can write any metadata."""
        me, carried = self._me, _mapping(message, "metadata")
        return (
            (message.get("bot_id") == me.bot if me.bot else message.get("user") == me.user)
            and carried.get("event_type") == kind
            and _mapping(carried, "event_payload").get("key") == key
        )

    async def channel(self, channel: str) -> str:
        """The id of a channel that the configuration names as `#name`, or of the direct message with a user.

        Raises `CannotLook` when it is not found.
        """
        if channel[:1] in {"U", "W"}:
            return await self._direct(channel)
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
            for found in held("conversations.list", page, "channels", list):
                if isinstance(found, dict) and found.get("name") == channel.removeprefix("#"):
                    return str(found["id"])
            cursor = _next(page)
            if not cursor:
                break
        raise CannotLook(channel)

    async def _direct(self, user: str) -> str:
        """A user's id stands for the direct message with him where something is posted, but not where it is read.

        https://docs.slack.dev/reference/methods/conversations.open
        """
        answer = await self._read("conversations.open", {"users": user})
        found = held("conversations.open", answer, "channel", dict).get("id")
        if not isinstance(found, str):
            raise CannotLook(user)
        return found

    async def _read(self, method: str, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        try:
            return await self._shaper.run(Turn(method), lambda: self._client.call(method, **asked))
        except SlackRejected as refusal:
            if refusal.reason is Reason.CREDENTIALS_WRONG:
                raise
            # Without a scope, by chat:write.public, or for whatever reason: the channel may still take posts.
            raise CannotLook(refusal.sentence) from refusal


def _next(page: Mapping[str, Any]) -> str:
    """Where the next page begins; "" after the last one."""
    cursor = _mapping(page, "response_metadata").get("next_cursor")
    return cursor if isinstance(cursor, str) else ""


def _mapping(of: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = of.get(name)
    return found if isinstance(found, dict) else {}
