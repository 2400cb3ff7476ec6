"""The workspace the stand-in plays: who is there, where they talk, and what the app may do.

Everything is plain data. Tests change it in place (`world.person("sam").deleted = True`); the stand-in looks at it
anew each time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

BOT_SCOPES = (
    "app_mentions:read",
    "channels:history",
    "channels:read",
    "chat:write",
    "commands",
    "groups:history",
    "groups:read",
    "im:history",
    "im:read",
    "im:write",
    "usergroups:read",
    "users:read",
)
"""What the app's manifest asks for, and no more: a call that needs another scope is found out here."""

EVENTS = ("app_home_opened", "app_mention", "message.im")
"""What the app subscribes to unless the world says otherwise."""

ChannelKind = Literal["public", "private", "im"]


@dataclass(kw_only=True)
class Team:
    id: str
    name: str
    domain: str


@dataclass(kw_only=True)
class Command:
    """A slash command as the app's manifest declares it. `command` starts with `/`."""

    command: str
    description: str
    usage_hint: str = ""
    should_escape: bool = False


@dataclass(kw_only=True)
class App:
    """The one app in the workspace, its secrets, and what it was granted."""

    id: str
    name: str
    bot_id: str
    bot_user: str
    bot_token: str
    app_token: str
    signing_secret: str
    verification_token: str
    client_id: str
    client_secret: str
    scopes: tuple[str, ...] = BOT_SCOPES
    app_token_scopes: tuple[str, ...] = ("connections:write",)
    events: tuple[str, ...] = EVENTS
    commands: list[Command] = field(default_factory=list)


@dataclass(kw_only=True)
class Person:
    """Somebody, or the bot itself.

    `guest` is Slack's single- or multi-channel guest; `team` is another workspace's id for a stranger in a shared
    channel. `colour` and `emoji` are what an avatar is painted with.
    """

    id: str
    name: str
    real_name: str
    title: str = ""
    email: str = ""
    timezone: str = "Europe/Berlin"
    guest: Literal["", "single_channel", "multi_channel"] = ""
    team: str = ""
    is_admin: bool = False
    is_bot: bool = False
    deleted: bool = False
    colour: str = "#5b6b7b"
    emoji: str = "🙂"


@dataclass(kw_only=True)
class Channel:
    """A conversation. `user` is the other side of a direct message with the bot."""

    id: str
    name: str
    kind: ChannelKind = "public"
    members: list[str] = field(default_factory=list)
    user: str = ""
    topic: str = ""
    archived: bool = False
    shared: bool = False
    created: int = 1_700_000_000


@dataclass(kw_only=True)
class Group:
    """A Slack user group, mentioned as `@handle`."""

    id: str
    handle: str
    name: str
    users: list[str] = field(default_factory=list)
    disabled: bool = False


@dataclass(kw_only=True)
class World:
    team: Team
    app: App
    people: list[Person]
    channels: list[Channel]
    groups: list[Group] = field(default_factory=list)

    def person(self, who: str) -> Person:
        """By id, `name` or `@name`. Raises `KeyError` when nobody is called so."""
        wanted = who.removeprefix("@")
        for person in self.people:
            if wanted in {person.id, person.name}:
                return person
        raise KeyError(who)

    def channel(self, where: str) -> Channel:
        """By id, `name` or `#name`. Raises `KeyError` when there is no such channel."""
        wanted = where.removeprefix("#")
        for channel in self.channels:
            if wanted and wanted in {channel.id, channel.name}:
                return channel
        raise KeyError(where)

    def group(self, which: str) -> Group:
        """By id, `handle` or `@handle`. Raises `KeyError` when there is no such group."""
        wanted = which.removeprefix("@")
        for group in self.groups:
            if wanted in {group.id, group.handle}:
                return group
        raise KeyError(which)

    def direct_message(self, user: str) -> Channel:
        """The conversation of `user` with the bot, opened when there is none yet."""
        for channel in self.channels:
            if channel.kind == "im" and channel.user == user:
                return channel
        opened = Channel(id="D" + user[1:], name="", kind="im", user=user, members=[user, self.app.bot_user])
        self.channels.append(opened)
        return opened

    def is_stranger(self, user: str) -> bool:
        return self.person(user).team not in {"", self.team.id}


def commands(*lines: tuple[str, str, str]) -> list[Command]:
    """`(command, description, usage_hint)` each."""
    return [Command(command=name, description=text, usage_hint=hint) for name, text, hint in lines]


def ids(people: Sequence[Person]) -> list[str]:
    return [person.id for person in people]
