"""The payloads, field by field as Slack sends them.

https://docs.slack.dev/interactivity/implementing-slash-commands and
https://docs.slack.dev/reference/interaction-payloads
"""

from __future__ import annotations

from bot.sandbox.slack.delivery.parcel import Json
from bot.sandbox.slack.messages import Message
from bot.sandbox.slack.surfaces import View
from bot.sandbox.slack.tickets import Response
from bot.sandbox.slack.workspace import Workspace
from bot.sandbox.slack.world import Channel, Person

_KIND_NAMES = {"public": "", "private": "privategroup", "im": "directmessage"}
_EVENT_KINDS = {"public": "channel", "private": "group", "im": "im"}


def channel_name(channel: Channel) -> str:
    """In payloads a private channel is `privategroup` and a direct message `directmessage`."""
    return _KIND_NAMES[channel.kind] or channel.name


def response_url(workspace: Workspace, response: Response) -> str:
    return f"{workspace.url}/response/{workspace.world.team.id}/{response.id}"


def command(workspace: Workspace, response: Response, name: str, text: str) -> Json:
    """The fields of a slash command's form; `response` is the leave to answer it."""
    team, app = workspace.world.team, workspace.world.app
    person, channel = workspace.world.person(response.user), workspace.world.channel(response.channel)
    return {
        "token": app.verification_token,
        "team_id": team.id,
        "team_domain": team.domain,
        "channel_id": channel.id,
        "channel_name": channel_name(channel),
        "user_id": person.id,
        "user_name": person.name,
        "command": name,
        "text": text,
        "api_app_id": app.id,
        "is_enterprise_install": "false",
        "response_url": response_url(workspace, response),
        "trigger_id": workspace.tickets.trigger(person.id),
    }


def interaction(workspace: Workspace, kind: str, person: Person) -> Json:
    """What every interaction has, whatever it is about."""
    team, app = workspace.world.team, workspace.world.app
    return {
        "type": kind,
        "user": {
            "id": person.id,
            "username": person.name,
            "name": person.name,
            "team_id": person.team or team.id,
        },
        "api_app_id": app.id,
        "token": app.verification_token,
        "team": {"id": team.id, "domain": team.domain},
        "enterprise": None,
        "is_enterprise_install": False,
    }


def in_message(workspace: Workspace, message: Message) -> Json:
    """Where it happened, if in a message. Of an ephemeral one Slack does not send the content along."""
    container: Json = {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": message.channel,
        "is_ephemeral": bool(message.only_for),
    }
    if message.thread_ts:
        container["thread_ts"] = message.thread_ts
    channel = workspace.world.channel(message.channel)
    place: Json = {"container": container, "channel": {"id": channel.id, "name": channel_name(channel)}}
    return place if message.only_for else {**place, "message": workspace.as_slack(message)}


def in_view(workspace: Workspace, view: View) -> Json:
    return {
        "container": {"type": "view", "view_id": view.id},
        "view": workspace.surfaces.as_slack(view),
    }


def event(workspace: Workspace, inner: Json) -> Json:
    """An Events API envelope.

    https://docs.slack.dev/apis/events-api#event-type-structure
    """
    team, app = workspace.world.team, workspace.world.app
    number = workspace.conversations.next_number()
    channel = next((c for c in workspace.world.channels if c.id == inner.get("channel")), None)
    return {
        "token": app.verification_token,
        "team_id": team.id,
        "context_team_id": team.id,
        "context_enterprise_id": None,
        "api_app_id": app.id,
        "event": inner,
        "type": "event_callback",
        "event_id": f"Ev{number:010X}",
        "event_time": int(workspace.clock()),
        "authorizations": [
            {
                "enterprise_id": None,
                "team_id": team.id,
                "user_id": app.bot_user,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": bool(channel and channel.shared),
        "event_context": f"4-{number:x}",
    }


def said(workspace: Workspace, kind: str, message: Message) -> Json:
    """A `message` or `app_mention` event."""
    person = workspace.world.person(message.user)
    channel = workspace.world.channel(message.channel)
    inner: Json = {
        "type": kind,
        "user": person.id,
        "text": message.text,
        "ts": message.ts,
        "client_msg_id": message.client_msg_id,
        "team": person.team or workspace.world.team.id,
        "channel": channel.id,
        "event_ts": message.ts,
    }
    if message.thread_ts:
        inner["thread_ts"] = message.thread_ts
    if kind == "message":
        inner["channel_type"] = _EVENT_KINDS[channel.kind]
    if person.team:
        inner |= {"user_team": person.team, "source_team": person.team}
    return inner
