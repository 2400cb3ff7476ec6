"""`chat.*` and `reactions.add`.

https://docs.slack.dev/reference/methods#chat
"""

from __future__ import annotations

import copy
import re

from bot.sandbox.slack.api.content import content, metadata
from bot.sandbox.slack.api.places import (
    addressed,
    by_id,
    is_ts,
    known_person,
    lasting,
    valid_thread,
    writable,
)
from bot.sandbox.slack.arguments import Arguments
from bot.sandbox.slack.messages import Json, Message, with_ids
from bot.sandbox.slack.refusals import Refusal
from bot.sandbox.slack.workspace import Workspace

EMOJI = re.compile(r"[a-z0-9_+'\-]+(::skin-tone-[2-6])?")


def post_message(workspace: Workspace, arguments: Arguments) -> Json:
    channel = addressed(workspace, arguments["channel"])
    writable(workspace, channel)
    said = content(arguments, truncated=True)
    thread = valid_thread(workspace, channel, arguments.get("thread_ts", ""))
    message = workspace.write(
        channel,
        workspace.world.app.bot_user,
        by_app=True,
        thread_ts=thread,
        broadcast=bool(thread) and arguments.get("reply_broadcast", False),
        metadata=copy.deepcopy(metadata(arguments.get("metadata"))),
        **said,
    )
    return {"channel": channel.id, "ts": message.ts, "message": workspace.as_slack(message)}


def post_ephemeral(workspace: Workspace, arguments: Arguments) -> Json:
    channel = addressed(workspace, arguments["channel"])
    writable(workspace, channel)
    reader = known_person(workspace, arguments["user"], "user_not_in_channel")
    if reader.id not in channel.members:
        raise Refusal("user_not_in_channel", f"{reader.name} is not in #{channel.name}")
    said = content(arguments, truncated=True)
    thread = valid_thread(workspace, channel, arguments.get("thread_ts", ""))
    message = workspace.write(
        channel, workspace.world.app.bot_user, by_app=True, only_for=reader.id, thread_ts=thread, **said
    )
    return {"message_ts": message.ts}


def update(workspace: Workspace, arguments: Arguments) -> Json:
    """`text` without `blocks` removes the blocks; metadata stays unless `{}` is given."""
    channel = by_id(workspace, arguments["channel"])
    writable(workspace, channel)
    message = _own(workspace, arguments, "cant_update_message")
    said = content(arguments, truncated=False)
    message.text = said["text"]
    message.blocks = with_ids(said["blocks"], workspace.conversations.next_number)
    message.attachments = said["attachments"]
    if "metadata" in arguments:
        message.metadata = copy.deepcopy(metadata(arguments["metadata"]))
    message.edited_ts = workspace.conversations.next_ts()
    workspace.changed(message)
    shown = workspace.as_slack(message)
    return {"channel": channel.id, "ts": message.ts, "text": message.text, "message": shown}


def delete(workspace: Workspace, arguments: Arguments) -> Json:
    by_id(workspace, arguments["channel"])
    message = _own(workspace, arguments, "cant_delete_message")
    workspace.delete(message)
    return {"channel": message.channel, "ts": message.ts}


def permalink(workspace: Workspace, arguments: Arguments) -> Json:
    channel = by_id(workspace, arguments["channel"])
    message = lasting(workspace, channel, arguments["message_ts"])
    address = f"https://{workspace.world.team.domain}.slack.com/archives/{channel.id}/p{message.ts.replace('.', '')}"
    if message.is_reply:
        address += f"?thread_ts={message.thread_ts}&cid={channel.id}"
    return {"channel": channel.id, "permalink": address}


def add_reaction(workspace: Workspace, arguments: Arguments) -> Json:
    channel = by_id(workspace, arguments["channel"])
    writable(workspace, channel)
    if not is_ts(arguments["timestamp"]):
        raise Refusal("bad_timestamp", f"{arguments['timestamp']} is no ts")
    name = arguments["name"].strip(":")
    if not EMOJI.fullmatch(name):
        raise Refusal("invalid_name", f"{name!r} is no emoji")
    message = lasting(workspace, channel, arguments["timestamp"])
    users = message.reactions.setdefault(name, [])
    if workspace.world.app.bot_user in users:
        raise Refusal("already_reacted", f"already reacted with {name}")
    users.append(workspace.world.app.bot_user)
    workspace.changed(message)
    return {}


def _own(workspace: Workspace, arguments: Arguments, otherwise: str) -> Message:
    """The app's own message, else the error `otherwise`."""
    message = lasting(workspace, by_id(workspace, arguments["channel"]), arguments["ts"])
    if not message.by_app:
        raise Refusal(otherwise, "an app changes its own messages only")
    return message
