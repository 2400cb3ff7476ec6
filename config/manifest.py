"""The Slack app manifest that fits a configuration: one paste at https://api.slack.com/apps sets the app up.

Form and limits: https://github.com/slackapi/manifest-schema (schemas/manifest.schema.2.0.0.json).
"""

from __future__ import annotations

from typing import Any

from config.commands import SLASH_COMMANDS
from config.models import Settings

SLACK_PATH = "/slack/events"
"""Where this server takes everything that Slack sends over HTTP."""

SCOPES = {
    "app_mentions:read": "hear its mentions",
    "channels:history": "find its own card after a crash, in public channels",
    "channels:read": "know the names of public channels",
    "chat:write": "post and edit cards",
    "commands": "have slash commands",
    "groups:history": "find its own card after a crash, in private channels",
    "groups:read": "know the names of private channels",
    "im:history": "hear direct messages",
    "im:read": "know which channels are direct messages",
    "im:write": "answer in direct messages",
    "usergroups:read": "know who is in a user group that may approve",
    "users:read": "know names, time zones, and who is a guest",
}
"""What the bot token must be allowed, and what for."""

EVENTS = ("app_home_opened", "app_mention", "message.im")

DESCRIPTION = "Deploys from Slack, with approvals and one live card for each deployment."
BACKGROUND = "#1d3557"

NO_ADDRESS = "server.public_url is not set: over HTTP, Slack must be told where this server is"
NOT_HTTPS = "server.public_url must begin with https://: Slack sends to nothing else"


class NoManifest(ValueError):  # noqa: N818 - the word of the house
    """The configuration does not say enough for a manifest."""


def manifest(settings: Settings) -> dict[str, Any]:
    """The manifest, ready for JSON or YAML. Raises `NoManifest`."""
    slack, url = settings.slack, _request_url(settings)
    return {
        "_metadata": {"major_version": 2, "minor_version": 1},
        "display_information": {
            "name": slack.app_name,
            "description": DESCRIPTION,
            "background_color": BACKGROUND,
        },
        "features": {
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": False,
            },
            "bot_user": {"display_name": slack.app_name, "always_online": True},
            "slash_commands": [
                command | ({"url": url} if url else {}) for command in slash_commands(settings)
            ],
        },
        "oauth_config": {"scopes": {"bot": list(SCOPES)}},
        "settings": {
            "event_subscriptions": _addressed(url) | {"bot_events": list(EVENTS)},
            "interactivity": {"is_enabled": True} | _addressed(url),
            "org_deploy_enabled": False,
            "socket_mode_enabled": slack.transport == "socket",
            "token_rotation_enabled": False,
        },
    }


def slash_commands(settings: Settings) -> list[dict[str, Any]]:
    """Each slash command that exists, as Slack has to know it."""
    return [
        {
            "command": command,
            "description": SLASH_COMMANDS[name].says,
            "usage_hint": SLASH_COMMANDS[name].hint,
            "should_escape": True,
        }
        for command, name in settings.slack.slash_commands().items()
    ]


def _request_url(settings: Settings) -> str:
    """Where Slack sends to; empty under Socket Mode, which sends nothing."""
    if settings.slack.transport == "socket":
        return ""
    address = settings.server.public_url
    if address is None:
        raise NoManifest(NO_ADDRESS)
    if not address.startswith("https://"):
        raise NoManifest(NOT_HTTPS)
    return address.rstrip("/") + SLACK_PATH


def _addressed(url: str) -> dict[str, Any]:
    return {"request_url": url} if url else {}
