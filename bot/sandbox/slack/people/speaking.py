"""A person writes: a slash command, a mention, a direct message, or just words."""

from __future__ import annotations

import time

from bot.sandbox.slack.delivery import payloads
from bot.sandbox.slack.delivery.courier import Courier
from bot.sandbox.slack.delivery.parcel import Ack, Parcel
from bot.sandbox.slack.messages import Json, Message
from bot.sandbox.slack.people.faces import NotPossible, actor, outcome, room, shown_error
from bot.sandbox.slack.people.typing import as_kept
from bot.sandbox.slack.responses import respond_with_ack
from bot.sandbox.slack.workspace import Workspace
from bot.sandbox.slack.world import Channel, Person

COMMAND_FAILED = "{command} failed with the error “{error}”"
NOT_IN_THREADS = "{command} is not supported in threads. Sorry!"
NO_SUCH_COMMAND = "{command} is not a valid command. Slash commands start with “/”; to send it as words, start with a space."
MOST_CHARACTERS = 12_000


async def say(
    workspace: Workspace, courier: Courier, *, user: str, channel: str, text: str, thread_ts: str = ""
) -> Json:
    """`{ok, kind: "command" | "message", ts?, ack_ms?, status?, error?}`.

    Raises:
        NotPossible: nobody of that name, not in the channel, nothing said, no such thread.
    """
    person = actor(workspace, user)
    place = room(workspace, channel, person)
    if not text.strip() or len(text) > MOST_CHARACTERS:
        raise NotPossible("invalid_text", f"a message has from 1 to {MOST_CHARACTERS} characters")
    if thread_ts and workspace.conversations.find(place.id, thread_ts) is None:
        raise NotPossible("thread_not_found", f"no message {thread_ts} in {place.id}")
    if text.startswith("/"):
        return await _command(workspace, courier, person, place, text=text, thread_ts=thread_ts)
    return await _message(workspace, courier, person, place, text=text, thread_ts=thread_ts)


async def _command(
    workspace: Workspace, courier: Courier, person: Person, channel: Channel, *, text: str, thread_ts: str
) -> Json:
    name, _, words = text.partition(" ")
    known = next((entry for entry in workspace.world.app.commands if entry.command == name), None)
    if known is None or thread_ts:
        code, sentence = (
            ("unknown_command", NO_SUCH_COMMAND) if known is None else ("not_in_threads", NOT_IN_THREADS)
        )
        workspace.whisper(channel, person.id, sentence.format(command=name), thread_ts=thread_ts)
        return {"ok": False, "kind": "command", "error": code}
    words = as_kept(workspace.world, words.strip(), named=True) if known.should_escape else words.strip()
    response = workspace.tickets.response(person.id, channel.id)
    fields = payloads.command(workspace, response, name, words)
    started = time.perf_counter()
    ack = await courier.hand_over(Parcel(way="slash_commands", kind="slash_command", payload=fields))
    ms = (time.perf_counter() - started) * 1000
    if error := shown_error(ack):
        workspace.whisper(channel, person.id, COMMAND_FAILED.format(command=name, error=error))
    else:
        respond_with_ack(workspace, response, ack.body)
    return outcome(ack, ms, kind="command")


async def _message(
    workspace: Workspace, courier: Courier, person: Person, channel: Channel, *, text: str, thread_ts: str
) -> Json:
    parent = workspace.conversations.find(channel.id, thread_ts) if thread_ts else None
    message = workspace.write(
        channel,
        person.id,
        as_kept(workspace.world, text),
        thread_ts=(parent.thread_ts or parent.ts) if parent else "",
        client_msg_id=f"{workspace.conversations.next_number():08x}-0000-4000-8000-000000000000",
    )
    said: Json = {"ok": True, "kind": "message", "ts": message.ts}
    started = time.perf_counter()
    for kind in _events(workspace, channel, message):
        inner = payloads.said(workspace, kind, message)
        ack: Ack = await courier.event(
            Parcel(way="events_api", kind=kind, payload=payloads.event(workspace, inner))
        )
        said |= {"ack_ms": round((time.perf_counter() - started) * 1000, 3), "status": ack.status}
        said |= {} if ack.ok else {"error": shown_error(ack)}
    return said


def _events(workspace: Workspace, channel: Channel, message: Message) -> list[str]:
    """Which events the app gets for it: only where it is a member, only those it subscribed to."""
    app = workspace.world.app
    if app.bot_user not in channel.members:
        return []
    kinds = []
    if f"<@{app.bot_user}" in message.text and channel.kind != "im" and "app_mention" in app.events:
        kinds.append("app_mention")
    subscription = {"public": "message.channels", "private": "message.groups", "im": "message.im"}[
        channel.kind
    ]
    if subscription in app.events:
        kinds.append("message")
    return kinds
