"""Who speaks, and where: as the chat vouches for it."""

from __future__ import annotations

import msgspec


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody in the chat, as the chat vouches for him. `timezone` is an IANA name, `team` the workspace's id."""

    id: str
    name: str
    team: str = ""
    timezone: str = "UTC"
    guest: bool = False
    bot: bool = False
    deactivated: bool = False


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where somebody spoke: `channel` id, `thread` timestamp when in one, `direct` in a direct message.

    `response_url` answers privately for 30 minutes (five times); empty for mentions and direct messages.
    """

    channel: str
    team: str = ""
    thread: str = ""
    direct: bool = False
    response_url: str = ""


def directly(user: str, team: str = "") -> Place:
    """The direct message with somebody: a user's id stands for it."""
    return Place(channel=user, team=team, direct=True)


class Posted(msgspec.Struct, frozen=True, kw_only=True):
    channel: str
    ts: str
