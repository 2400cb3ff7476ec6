"""The slack section: credentials per transport, ids, and a command name that Slack will take."""

from __future__ import annotations

import re
from collections.abc import Iterator

from config.checks.declared import Declared
from config.commands import Command
from config.faults import Path, Problem, suggestion
from config.models import Settings, Slack, is_user
from config.words import CHANNEL, CHANNEL_FORM

BUILT_IN = frozenset(
    {
        "active", "add", "apps", "archive", "away", "call", "canvas", "clear", "collapse", "dm", "dnd", "expand",
        "feed", "feedback", "giphy", "hangouts", "huddle", "invite", "invite_people", "join", "keys", "kick", "leave",
        "list", "me", "msg", "mute", "open", "part", "prefs", "pro", "rehash", "remind", "remove", "rename", "search",
        "shortcuts", "shrug", "sign-out", "star", "status", "topic", "unarchive", "unmute", "who",
    }
)  # fmt: skip
"""Slash commands that are Slack's own, past ones too: an app that asks for one is refused or never called.

Source: https://slack.com/help/articles/201259356-Use-built-in-slash-commands
"""

_COMMAND = re.compile(r"/[a-z0-9_-]{1,31}")
_PREFIX = re.compile(r"[a-z0-9_-]{0,20}")
_WORKSPACE = re.compile(r"[TE][A-Z0-9]{2,}")

REQUIRED = "is missing: transport {transport} needs it"
TAKEN = "makes the command {command}, which is Slack's own; choose another name or a command_prefix"
NOT_A_COMMAND = "makes the command {command}, which Slack does not take"
COMMAND_FORM = "a slash and up to 31 of a to z, 0 to 9, - and _"
TWICE = "is listed twice"
NO_DEPLOY = "lacks deploy: whatever has no command of its own follows it"
SAME = "makes the command {command}, as {other} does"


def check(settings: Settings, _declared: Declared) -> Iterator[Problem]:
    slack = settings.slack
    yield from _credentials(slack)
    yield from _commands(slack)
    yield from _ids(slack)
    if slack.announce_channel is not None and not CHANNEL.fullmatch(slack.announce_channel):
        yield Problem(path=("slack", "announce_channel"), problem="is no channel", allowed=CHANNEL_FORM)


def _credentials(slack: Slack) -> Iterator[Problem]:
    needed = "app_token" if slack.transport == "socket" else "signing_secret"
    if getattr(slack, needed) is None:
        yield Problem(path=("slack", needed), problem=REQUIRED.format(transport=slack.transport))
    for name in ("bot_token", "app_token", "signing_secret"):
        secret = getattr(slack, name)
        if secret is not None and not secret.get_secret_value().strip():
            yield Problem(path=("slack", name), problem="is empty")


def _commands(slack: Slack) -> Iterator[Problem]:
    if not _PREFIX.fullmatch(slack.command_prefix):
        allowed = "up to 20 of a to z, 0 to 9, - and _"
        yield Problem(
            path=("slack", "command_prefix"), problem="cannot begin a slash command", allowed=allowed
        )
        return
    if "deploy" not in slack.commands:
        yield Problem(path=("slack", "commands"), problem=NO_DEPLOY)
    taken: dict[str, Command] = {}
    for index, name in enumerate(slack.commands):
        path: Path = ("slack", "commands", name if isinstance(slack.commands, dict) else index)
        command = slack.command(name)
        if not _COMMAND.fullmatch(command):
            yield Problem(path=path, problem=NOT_A_COMMAND.format(command=command), allowed=COMMAND_FORM)
        elif command.removeprefix("/") in BUILT_IN:
            yield Problem(path=path, problem=TAKEN.format(command=command))
        elif taken.setdefault(command, name) != name or name in list(slack.commands)[:index]:
            yield Problem(path=path, problem=SAME.format(command=command, other=taken[command]))


def _ids(slack: Slack) -> Iterator[Problem]:
    yield from _each(("slack", "workspaces"), slack.workspaces, "workspace ids (T…)", workspaces=True)
    yield from _each(("slack", "allow_guests"), slack.allow_guests, "user ids (U…)", users=True)
    both = "user ids (U…) and workspace ids (T…)"
    yield from _each(("slack", "allow_strangers"), slack.allow_strangers, both, users=True, workspaces=True)


def _each(
    path: Path, ids: list[str], allowed: str, *, users: bool = False, workspaces: bool = False
) -> Iterator[Problem]:
    for index, word in enumerate(ids):
        good = (users and is_user(word)) or (workspaces and _WORKSPACE.fullmatch(word))
        if not good:
            yield Problem(
                path=(*path, index), problem=f'"{word}" is no such id' + suggestion(word, ()), allowed=allowed
            )
        elif word in ids[:index]:
            yield Problem(path=(*path, index), problem=f'"{word}" {TWICE}')
