"""The workspace as the page draws it: team, app, people, channels, groups."""

from __future__ import annotations

from dataclasses import asdict

from bot.sandbox.slack.delivery.parcel import Json, Transport
from bot.sandbox.slack.world import App, Channel, Person, World


def workspace(world: World, transport: Transport | None) -> Json:
    """Who left and what is archived is not shown."""
    return {
        "team": asdict(world.team),
        "app": _app(world.app, transport),
        "people": [_person(world, person) for person in world.people if not person.deleted],
        "channels": [_channel(channel) for channel in world.channels if not channel.archived],
        "groups": [
            {"id": group.id, "handle": group.handle, "name": group.name, "users": list(group.users)}
            for group in world.groups
            if not group.disabled
        ],
    }


def _app(app: App, transport: Transport | None) -> Json:
    return {
        "id": app.id,
        "bot_user_id": app.bot_user,
        "name": app.name,
        "commands": [
            {"command": known.command, "description": known.description, "usage_hint": known.usage_hint}
            for known in app.commands
        ],
        "transport": transport.name if transport is not None else None,
        "connected": transport is not None and transport.connected,
    }


def _person(world: World, person: Person) -> Json:
    return {
        "id": person.id,
        "name": person.name,
        "real_name": person.real_name,
        "title": person.title,
        "timezone": person.timezone,
        "guest": bool(person.guest),
        "stranger": world.is_stranger(person.id),
        "bot": person.is_bot,
        "emoji": person.emoji,
        "colour": person.colour,
    }


def _channel(channel: Channel) -> Json:
    shown: Json = {
        "id": channel.id,
        "name": channel.name,
        "is_im": channel.kind == "im",
        "is_private": channel.kind == "private",
        "is_shared": channel.shared,
        "members": list(channel.members),
        "topic": channel.topic,
    }
    return shown | ({"user": channel.user} if channel.user else {})
