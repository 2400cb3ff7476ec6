"""Messages and threads, in the order they were written.

https://docs.slack.dev/reference/objects/message-object
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from bot.sandbox.slack.blocks import elements_of
from bot.sandbox.slack.world import App, World

Json = dict[str, Any]

SLACKBOT = "USLACKBOT"


@dataclass(kw_only=True)
class Message:
    """`by_app` is true for what the app wrote; `only_for` names the one reader of an ephemeral message."""

    ts: str
    channel: str
    user: str
    text: str
    at: float
    by_app: bool = False
    blocks: list[Json] = field(default_factory=list)
    attachments: list[Json] = field(default_factory=list)
    thread_ts: str = ""
    broadcast: bool = False
    only_for: str = ""
    metadata: Json | None = None
    edited_ts: str = ""
    client_msg_id: str = ""
    reactions: dict[str, list[str]] = field(default_factory=dict)

    @property
    def is_reply(self) -> bool:
        return bool(self.thread_ts) and self.thread_ts != self.ts


def with_ids(blocks: list[Json], number: Callable[[], int]) -> list[Json]:
    """A copy in which every block has a `block_id` and every element an `action_id`, as Slack gives them back."""
    kept = copy.deepcopy(blocks)
    for block in kept:
        block.setdefault("block_id", f"b{number():04x}")
        for _, element in elements_of(block):
            element.setdefault("action_id", f"a{number():04x}")
    return kept


@dataclass
class Conversations:
    """All messages by channel and `ts`. A `ts` is unique and rises, whatever the clock does."""

    world: World
    clock: Callable[[], float]
    _kept: dict[str, dict[str, Message]] = field(default_factory=dict)
    _threads: dict[tuple[str, str], list[Message]] = field(default_factory=dict)
    _last_ts: int = 0
    _counter: int = 0

    def next_number(self) -> int:
        self._counter += 1
        return self._counter

    def next_ts(self) -> str:
        self._last_ts = max(self._last_ts + 1, int(self.clock() * 1_000_000))
        return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06d}"

    def add(self, channel: str, user: str, text: str, **more: Any) -> Message:
        """Writes a message down; `more` are the fields of `Message`."""
        blocks = with_ids(more.pop("blocks", None) or [], self.next_number)
        message = Message(
            ts=self.next_ts(), channel=channel, user=user, text=text, at=self.clock(), blocks=blocks, **more
        )
        self._kept.setdefault(channel, {})[message.ts] = message
        if message.is_reply and not message.only_for:
            self._threads.setdefault((channel, message.thread_ts), []).append(message)
        return message

    def find(self, channel: str, ts: str) -> Message | None:
        return self._kept.get(channel, {}).get(ts)

    def remove(self, message: Message) -> None:
        del self._kept[message.channel][message.ts]
        if message.is_reply and not message.only_for:
            self._threads[message.channel, message.thread_ts].remove(message)

    def in_channel(self, channel: str) -> Iterator[Message]:
        """Everything in a channel, oldest first, replies and ephemeral messages included."""
        yield from self._kept.get(channel, {}).values()

    def replies(self, channel: str, parent: str) -> list[Message]:
        """The lasting replies of a thread, oldest first, without its parent."""
        return list(self._threads.get((channel, parent), ()))

    def as_slack(self, message: Message, app: App, *, with_metadata: bool = True) -> Json:
        """The message object of the Web API and of interactive payloads."""
        shown: Json = {"type": "message", "user": message.user, "ts": message.ts, "text": message.text}
        if message.by_app:
            shown |= {"bot_id": app.bot_id, "app_id": app.id, "team": self.world.team.id}
        elif message.user != SLACKBOT:
            shown |= {"team": self.world.person(message.user).team or self.world.team.id}
            shown |= {"client_msg_id": message.client_msg_id} if message.client_msg_id else {}
        if message.blocks:
            shown["blocks"] = copy.deepcopy(message.blocks)
        if message.attachments:
            shown["attachments"] = copy.deepcopy(message.attachments)
        if message.edited_ts:
            shown["edited"] = {"user": message.user, "ts": message.edited_ts}
        if message.metadata is not None and with_metadata:
            shown["metadata"] = copy.deepcopy(message.metadata)
        if message.broadcast:
            shown["subtype"] = "thread_broadcast"
        if message.reactions:
            shown["reactions"] = [
                {"name": name, "users": list(users), "count": len(users)}
                for name, users in message.reactions.items()
            ]
        return shown | self._thread(message)

    def _thread(self, message: Message) -> Json:
        if message.is_reply:
            return {"thread_ts": message.thread_ts}
        replies = self.replies(message.channel, message.ts)
        if not replies:
            return {}
        writers = list(dict.fromkeys(reply.user for reply in replies))
        return {
            "thread_ts": message.ts,
            "reply_count": len(replies),
            "reply_users": writers,
            "reply_users_count": len(writers),
            "latest_reply": replies[-1].ts,
            "is_locked": False,
        }

    def as_page(self, message: Message) -> Json:
        """The message as `GET /sandbox/messages` shows it."""
        replies = [] if message.is_reply else self.replies(message.channel, message.ts)
        name = "Slackbot" if message.user == SLACKBOT else self.world.person(message.user).real_name
        shown: Json = {
            "ts": message.ts,
            "channel": message.channel,
            "user": message.user,
            "bot": message.by_app,
            "name": name,
            "text": message.text,
            "blocks": message.blocks,
            "reply_count": len(replies),
            "reply_users": list(dict.fromkeys(reply.user for reply in replies)),
            "edited": bool(message.edited_ts),
            "ephemeral": bool(message.only_for),
            "broadcast": message.broadcast,
            "reactions": message.reactions,
            "at": message.at,
        }
        shown |= {"thread_ts": message.thread_ts} if message.thread_ts else {}
        shown |= {"metadata": message.metadata} if message.metadata is not None else {}
        return copy.deepcopy(shown)
