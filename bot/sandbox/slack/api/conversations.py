"""`conversations.*`.

https://docs.slack.dev/reference/methods#conversations
"""

from __future__ import annotations

from bot.sandbox.slack.api.places import (
    SCOPE_PREFIX,
    by_id,
    is_member,
    is_ts,
    known_person,
    lacking_scope,
    lasting,
    need_scope,
    page,
    readable,
)
from bot.sandbox.slack.arguments import Arguments
from bot.sandbox.slack.messages import Json, Message
from bot.sandbox.slack.refusals import Refusal, problems
from bot.sandbox.slack.workspace import Workspace
from bot.sandbox.slack.world import Channel

_KINDS = {"public_channel": "public", "private_channel": "private", "im": "im", "mpim": "mpim"}


def as_slack(workspace: Workspace, channel: Channel, *, count: bool = False) -> Json:
    """The conversation object.

    https://docs.slack.dev/reference/objects/conversation-object
    """
    shown: Json = {
        "id": channel.id,
        "created": channel.created,
        "is_im": channel.kind == "im",
        "is_archived": channel.archived,
        "is_org_shared": False,
        "context_team_id": workspace.world.team.id,
        "updated": channel.created * 1000,
    }
    if channel.kind == "im":
        deleted = workspace.world.person(channel.user).deleted
        return shown | {"user": channel.user, "is_user_deleted": deleted, "is_open": True, "priority": 0}
    shown |= {
        "name": channel.name,
        "name_normalized": channel.name,
        "is_channel": channel.kind == "public",
        "is_group": channel.kind == "private",
        "is_mpim": False,
        "is_private": channel.kind == "private",
        "is_general": False,
        "is_member": is_member(workspace, channel),
        "is_shared": channel.shared,
        "is_ext_shared": channel.shared,
        "is_pending_ext_shared": False,
        "creator": workspace.world.people[0].id,
        "topic": {"value": channel.topic, "creator": "", "last_set": 0},
        "purpose": {"value": "", "creator": "", "last_set": 0},
        "previous_names": [],
    }
    return shown | ({"num_members": len(channel.members)} if count else {})


def list_(workspace: Workspace, arguments: Arguments) -> Json:
    wanted = [kind.strip() for kind in arguments.get("types", "public_channel").split(",")]
    if unknown := [kind for kind in wanted if kind not in _KINDS]:
        raise Refusal("invalid_types", f"{', '.join(unknown)}: use {', '.join(_KINDS)}")
    kinds = {_KINDS[kind] for kind in wanted}
    for kind in kinds & SCOPE_PREFIX.keys():
        lacking_scope(workspace, f"{SCOPE_PREFIX[kind]}:read")
    visible = [
        channel
        for channel in workspace.world.channels
        if channel.kind in kinds
        and (channel.kind == "public" or is_member(workspace, channel))
        and not (channel.archived and arguments.get("exclude_archived"))
    ]
    shown, following = page(visible, arguments, lambda channel: channel.id)
    channels = [as_slack(workspace, channel, count=True) for channel in shown]
    return {"channels": channels, "response_metadata": following}


def info(workspace: Workspace, arguments: Arguments) -> Json:
    channel = by_id(workspace, arguments["channel"])
    need_scope(workspace, channel, "read")
    return {"channel": as_slack(workspace, channel, count=arguments.get("include_num_members", False))}


def members(workspace: Workspace, arguments: Arguments) -> Json:
    channel = by_id(workspace, arguments["channel"])
    need_scope(workspace, channel, "read")
    shown, following = page(channel.members, arguments, str)
    return {"members": shown, "response_metadata": following}


def history(workspace: Workspace, arguments: Arguments) -> Json:
    """Newest first; replies only when they were broadcast; ephemeral messages never."""
    channel = readable(workspace, arguments["channel"])
    lasting_ones = [
        message
        for message in workspace.conversations.in_channel(channel.id)
        if not message.only_for and (not message.is_reply or message.broadcast)
    ]
    within = _between(lasting_ones[::-1], arguments)
    shown, following = page(within, arguments, lambda message: message.ts)
    more = {"response_metadata": following} if following["next_cursor"] else {}
    return {
        "messages": _as_slack(workspace, shown, arguments),
        "has_more": bool(more),
        "pin_count": 0,
        **more,
    }


def replies(workspace: Workspace, arguments: Arguments) -> Json:
    """The parent, then its replies, oldest first."""
    channel = readable(workspace, arguments["channel"])
    try:
        start = lasting(workspace, channel, arguments["ts"])
    except Refusal as missing:
        raise Refusal("thread_not_found", missing.detail) from missing
    parent = start.thread_ts or start.ts
    top = workspace.conversations.find(channel.id, parent)
    thread = [*([top] if top else []), *workspace.conversations.replies(channel.id, parent)]
    shown, following = page(_between(thread, arguments), arguments, lambda message: message.ts, default=999)
    more = {"response_metadata": following} if following["next_cursor"] else {}
    return {"messages": _as_slack(workspace, shown, arguments), "has_more": bool(more), **more}


def join(workspace: Workspace, arguments: Arguments) -> Json:
    channel = by_id(workspace, arguments["channel"])
    if channel.kind != "public":
        raise Refusal("method_not_supported_for_channel_type", "only public channels can be joined")
    if channel.archived:
        raise Refusal("is_archived", f"#{channel.name} is archived")
    if is_member(workspace, channel):
        return {"channel": as_slack(workspace, channel), "warning": "already_in_channel"}
    channel.members.append(workspace.world.app.bot_user)
    workspace.stream.tell("channels")
    return {"channel": as_slack(workspace, channel)}


def open_(workspace: Workspace, arguments: Arguments) -> Json:
    """The direct message with one person. The stand-in has no group messages."""
    if arguments.get("channel"):
        channel = by_id(workspace, arguments["channel"])
        if channel.kind != "im":
            raise Refusal("method_not_supported_for_channel_type", "only direct messages are opened")
    else:
        channel = _direct(
            workspace, [user.strip() for user in arguments.get("users", "").split(",") if user.strip()]
        )
    whole = arguments.get("return_im", False)
    return {"channel": as_slack(workspace, channel) if whole else {"id": channel.id}}


def _direct(workspace: Workspace, users: list[str]) -> Channel:
    if not users:
        raise Refusal("users_list_not_supplied", "neither channel nor users")
    if len(users) > 1:
        raise Refusal("too_many_users", "the stand-in has no group messages: name one person")
    person = known_person(workspace, users[0])
    if person.deleted:
        raise Refusal("user_disabled", f"{person.name} was deactivated")
    lacking_scope(workspace, "im:write")
    return workspace.world.direct_message(person.id)


def _between(messages: list[Message], arguments: Arguments) -> list[Message]:
    """Those after `oldest` and before `latest`; with `inclusive` also those at the very ends."""
    for name in ("oldest", "latest"):
        value = arguments.get(name)
        if value and not (is_ts(value) or value.isdecimal()):
            raise problems(f"invalid_ts_{name}", [f"{value} is not a valid ts"])
    oldest, latest = arguments.get("oldest") or "0", arguments.get("latest") or "9999999999"
    ends = {oldest, latest} if arguments.get("inclusive") else set()
    return [m for m in messages if m.ts in ends or _micros(oldest) < _micros(m.ts) < _micros(latest)]


def _micros(ts: str) -> int:
    seconds, _, micros = ts.partition(".")
    return int(seconds) * 1_000_000 + int(micros.ljust(6, "0")[:6] or 0)


def _as_slack(workspace: Workspace, messages: list[Message], arguments: Arguments) -> list[Json]:
    with_metadata = arguments.get("include_all_metadata", False)
    return [workspace.as_slack(message, with_metadata=with_metadata) for message in messages]
