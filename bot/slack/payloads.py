"""Slack's bodies read into our values, purely: what does not have the promised shape is a `BadRequest`.

https://docs.slack.dev/interactivity/implementing-slash-commands, …/reference/interaction-payloads and
…/apis/events-api#event_type_structure.
"""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from bot.errors import BadRequest
from bot.people import Person, Place
from bot.slack.buttons import action_of
from bot.slack.text import LONE_SURROGATE

MOST_FORM_FIELDS = 200
LONGEST_TEXT = 8000

NOT_READABLE = "The body is neither a form nor JSON as Slack sends them."
MISSING = "The body has no {path}."
NO_ID = "{path} is no id."

ID = re.compile(r"[A-Z0-9]{2,40}")
# Words all the same: a reply that was also sent to the channel, and words with a file.
SAID_ALL_THE_SAME = (None, "", "thread_broadcast", "file_share")
STAMP = re.compile(r"\d{1,12}\.\d{1,9}")


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """Words that somebody gave: by slash command, by mention, or in a direct message. `key` is the delivery's."""

    key: str
    by: Person
    place: Place
    text: str
    channel_name: str = ""


class Click(msgspec.Struct, frozen=True, kw_only=True):
    """A button pressed. `action` and `value` are what the message said, not yet known to be ours.

    `channel_name` is "" in a direct message and a home, and where it is private, since Slack does not tell it then.
    """

    key: str
    by: Person
    place: Place
    action: str
    value: str
    trigger: str
    channel_name: str = ""


def read_payload(body: bytes, content_type: str) -> dict[str, Any]:
    """The payload of a verified HTTP body: a JSON object, a form, or the JSON in a form's `payload`."""
    try:
        text = body.decode()
        if content_type == "application/json" or text.startswith("{"):
            payload = json.loads(text)
        else:
            form = dict(parse_qsl(text, keep_blank_values=True, max_num_fields=MOST_FORM_FIELDS))
            payload = json.loads(form["payload"]) if "payload" in form else form
    except (ValueError, RecursionError) as problem:
        raise BadRequest(NOT_READABLE) from problem
    if not isinstance(payload, dict) or not payload:
        raise BadRequest(NOT_READABLE)
    return payload


def slash_command(body: Mapping[str, Any]) -> Said:
    """The key is the trigger's with what was said: a trigger used twice for two commands hides neither of them.

    Slack sends a trigger always; without one every delivery counts as a command of its own.
    """
    channel = _id(body, "channel_id")
    parts = (text_in(body, "user_id"), channel, text_in(body, "command"), text_in(body, "text"))
    return Said(
        key=f"slash:{text_in(body, 'trigger_id') or uuid.uuid4().hex}:{_digest(parts)}",
        by=Person(id=_id(body, "user_id"), name=text_in(body, "user_name"), team=text_in(body, "team_id")),
        place=Place(
            channel=channel,
            team=text_in(body, "team_id"),
            direct=channel.startswith("D"),
            response_url=text_in(body, "response_url"),
        ),
        text=text_in(body, "text"),
        channel_name=text_in(body, "channel_name"),
    )


def message_event(body: Mapping[str, Any]) -> Said:
    """An `app_mention` or a `message` event."""
    event = _mapping(body, "event")
    user, channel = _id(event, "user", within="event."), _id(event, "channel", within="event.")
    team = text_in(body, "team_id")
    thread = text_in(event, "thread_ts")
    return Said(
        # An event without an id is known by its message: its time is unique in its channel.
        key=f"event:{text_in(body, 'event_id') or _required(event, 'ts') + '@' + channel}",
        by=Person(id=user, name=user, team=text_in(event, "user_team") or text_in(event, "team") or team),
        place=Place(
            channel=channel,
            team=team,
            thread=thread if STAMP.fullmatch(thread) else "",
            direct=is_direct(event),
        ),
        text=text_in(event, "text"),
    )


def is_direct(event: Mapping[str, Any]) -> bool:
    """Whether a message stands in a direct message with the bot: its channel says so where its type does not."""
    kind = text_in(event, "channel_type")
    return kind == "im" if kind else text_in(event, "channel").startswith("D")


def is_said_by_a_person(event: Mapping[str, Any], our_user: str) -> bool:
    """False for what bots, edits, joins and Slack itself say, and for our own words."""
    if event.get("subtype") not in SAID_ALL_THE_SAME:
        return False
    if event.get("bot_id") or event.get("bot_profile") or event.get("edited") or event.get("hidden"):
        return False
    return event.get("user") not in (None, our_user, "USLACKBOT")


def block_action(body: Mapping[str, Any]) -> Click:
    """The first action of a click. The key is the click's own, so that a redelivery is one row.

    In somebody's home there is no message, and answers go to him directly.
    """
    actions = body.get("actions")
    action = actions[0] if isinstance(actions, list) and actions else None
    if not isinstance(action, dict):
        raise BadRequest(MISSING.format(path="actions"))
    return Click(
        key=block_action_key(body, action, _clicked_message(body)[0]),
        by=person(body),
        place=clicked_place(body),
        action=action_of(_required(action, "action_id")),
        value=text_in(action, "value"),
        trigger=text_in(body, "trigger_id"),
        channel_name=_channel_name(body),
    )


def _channel_name(body: Mapping[str, Any]) -> str:
    channel = body.get("channel")
    found = text_in(channel, "name") if isinstance(channel, dict) else ""
    return "" if found in {"privategroup", "directmessage"} else found


def block_action_key(body: Mapping[str, Any], action: Mapping[str, Any], where: str) -> str:
    """`where` is the message's time or the view's id."""
    moment = text_in(action, "action_ts") or text_in(body, "trigger_id")
    parts = (_required(action, "action_id"), text_in(action, "value"), person(body).id, moment, where)
    return f"click:{_digest(parts)}"


def clicked_place(body: Mapping[str, Any]) -> Place:
    """Where the message with the button stands; a reply's thread, but not the thread below a card."""
    if _in_view(body):
        by = person(body)
        return Place(channel=by.id, team=by.team, direct=True)
    channel = _id(_mapping(body, "channel"), "id", within="channel.")
    message, thread = _clicked_message(body)
    in_thread = STAMP.fullmatch(thread) and thread != message
    return Place(
        channel=channel,
        team=_team(body),
        thread=thread if in_thread else "",
        direct=channel.startswith("D"),
        response_url=text_in(body, "response_url"),
    )


def person(body: Mapping[str, Any]) -> Person:
    """Who clicked or submitted, as far as the payload says: guests and strangers are asked about later."""
    user = _mapping(body, "user")
    id_ = _id(user, "id", within="user.")
    return Person(
        id=id_,
        name=text_in(user, "username") or text_in(user, "name") or id_,
        team=text_in(user, "team_id") or _team(body),
    )


def _in_view(body: Mapping[str, Any]) -> bool:
    return isinstance(body.get("view"), dict) and not isinstance(body.get("message"), dict)


def _clicked_message(body: Mapping[str, Any]) -> tuple[str, str]:
    """The times of the message with the button and of its thread: from the container, else from the message itself."""
    if _in_view(body):
        return text_in(body["view"], "id"), ""
    for name, stamp in (("container", "message_ts"), ("message", "ts")):
        found = body.get(name)
        if isinstance(found, dict):
            return text_in(found, stamp), text_in(found, "thread_ts")
    raise BadRequest(MISSING.format(path="container"))


def _digest(parts: tuple[str, ...]) -> str:
    return hashlib.blake2s(repr(parts).encode(), digest_size=16).hexdigest()


def _team(body: Mapping[str, Any]) -> str:
    team = body.get("team")
    return text_in(team, "id") if isinstance(team, dict) else ""


def _mapping(body: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = body.get(name)
    if not isinstance(found, dict):
        raise BadRequest(MISSING.format(path=name))
    return found


def text_in(body: Mapping[str, Any], name: str) -> str:
    """A string, bounded and fit for storing; empty when there is none. JSON lets half characters through."""
    found = body.get(name)
    return LONE_SURROGATE.sub("\ufffd", found)[:LONGEST_TEXT] if isinstance(found, str) else ""


def _required(body: Mapping[str, Any], name: str) -> str:
    found = text_in(body, name)
    if not found:
        raise BadRequest(MISSING.format(path=name))
    return found


def _id(body: Mapping[str, Any], name: str, *, within: str = "") -> str:
    found = _required(body, name)
    if not ID.fullmatch(found):
        raise BadRequest(NO_ID.format(path=f"{within}{name}"))
    return found
