"""Which conversation an app means, and what it may do there."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from bot.sandbox.slack.arguments import Arguments
from bot.sandbox.slack.messages import Json, Message
from bot.sandbox.slack.refusals import Refusal, problems
from bot.sandbox.slack.workspace import Workspace
from bot.sandbox.slack.world import Channel, Person

T = TypeVar("T")
MOST_PER_PAGE = 999
SCOPE_PREFIX = {"public": "channels", "private": "groups", "im": "im"}


def by_id(workspace: Workspace, channel_id: str) -> Channel:
    """A conversation the bot can know of.

    Raises:
        Refusal: `channel_not_found`, also for a private channel the bot is not in.
    """
    for channel in workspace.world.channels:
        if channel.id == channel_id:
            if channel.kind != "public" and not is_member(workspace, channel):
                raise Refusal("channel_not_found", f"{channel_id} is private and the app is not in it")
            return channel
    raise Refusal("channel_not_found", f"there is no channel {channel_id!r}")


def addressed(workspace: Workspace, channel: str) -> Channel:
    """Where a message may be sent: an id, `#name`, or a person's id, which means the direct message with them."""
    if channel[:1] in {"U", "W"}:
        return workspace.world.direct_message(known_person(workspace, channel, "channel_not_found").id)
    try:
        return by_id(workspace, workspace.world.channel(channel).id)
    except KeyError as unknown:
        raise Refusal("channel_not_found", f"there is no channel {channel!r}") from unknown


def is_member(workspace: Workspace, channel: Channel) -> bool:
    return workspace.world.app.bot_user in channel.members


def writable(workspace: Workspace, channel: Channel) -> None:
    """Raises `Refusal`: `is_archived`, or `not_in_channel` (unless `chat:write.public` was granted)."""
    if channel.archived:
        raise Refusal("is_archived", f"#{channel.name} is archived")
    everywhere = channel.kind == "public" and "chat:write.public" in workspace.world.app.scopes
    if not everywhere and not is_member(workspace, channel):
        raise Refusal(
            "not_in_channel", f"the app is not in #{channel.name}: invite it, or call conversations.join"
        )


def readable(workspace: Workspace, channel_id: str) -> Channel:
    """A conversation whose history the app may read."""
    channel = by_id(workspace, channel_id)
    need_scope(workspace, channel, "history")
    if not is_member(workspace, channel):
        raise Refusal("not_in_channel", f"the app is not in #{channel.name}")
    return channel


def need_scope(workspace: Workspace, channel: Channel, right: str) -> None:
    """Scopes are per kind of conversation: `channels:read`, `groups:read`, `im:read`."""
    lacking_scope(workspace, f"{SCOPE_PREFIX[channel.kind]}:{right}")


def lacking_scope(workspace: Workspace, needed: str) -> None:
    granted = workspace.world.app.scopes
    if needed not in granted:
        raise Refusal("missing_scope", f"needs {needed}", needed=needed, provided=",".join(granted))


def lasting(workspace: Workspace, channel: Channel, ts: str) -> Message:
    """A message that is there for everybody. Ephemeral ones can't be looked up, by Slack's own account."""
    message = workspace.conversations.find(channel.id, ts)
    if message is None:
        raise Refusal("message_not_found", f"no message {ts} in {channel.id}")
    if message.only_for:
        raise Refusal("message_not_found", f"{ts} was ephemeral: those can't be found, changed or deleted")
    return message


def known_person(workspace: Workspace, user: str, error: str = "user_not_found") -> Person:
    for person in workspace.world.people:
        if person.id == user:
            return person
    raise Refusal(error, f"nobody has the id {user!r}")


def page(
    everything: Sequence[T], arguments: Arguments, key: Callable[[T], str], *, default: int = 100
) -> tuple[list[T], Json]:
    """One page and its `response_metadata`. The cursor names the last entry shown, so that new ones don't shift it.

    Raises:
        Refusal: `invalid_cursor`, `invalid_limit`.
    """
    limit = arguments.get("limit", default)
    if not 1 <= limit <= MOST_PER_PAGE:
        raise Refusal("invalid_limit", f"limit must be from 1 to {MOST_PER_PAGE}, not {limit}")
    start = 0
    if cursor := arguments.get("cursor"):
        keys = [key(entry) for entry in everything]
        try:
            start = keys.index(base64.b64decode(cursor, validate=True).decode().removeprefix("after:")) + 1
        except (ValueError, binascii.Error) as broken:
            raise Refusal("invalid_cursor", f"{cursor!r} was never given out") from broken
    shown = list(everything[start : start + limit])
    more = start + limit < len(everything)
    following = base64.b64encode(f"after:{key(shown[-1])}".encode()).decode() if more and shown else ""
    return shown, {"next_cursor": following}


def is_ts(value: Any) -> bool:
    seconds, dot, micros = str(value).partition(".")
    return dot == "." and seconds.isdecimal() and micros.isdecimal()


def valid_thread(workspace: Workspace, channel: Channel, thread_ts: str) -> str:
    """The parent of a thread.

    Slack itself takes a `thread_ts` that leads nowhere and shows the reply to nobody
    (https://github.com/slackapi/python-slack-sdk/issues/840); a message lost in silence is refused here.
    """
    if not thread_ts:
        return ""
    if not is_ts(thread_ts):
        raise problems("invalid_thread_ts", [f"{thread_ts} is not a valid thread_ts"])
    parent = workspace.conversations.find(channel.id, thread_ts)
    if parent is None:
        raise Refusal("thread_not_found", f"no message {thread_ts} in {channel.id}")
    if parent.is_reply or parent.only_for:
        raise Refusal(
            "cannot_reply_to_message", f"{thread_ts} is a reply or ephemeral: threads have one level"
        )
    return thread_ts
