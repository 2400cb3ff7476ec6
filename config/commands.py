"""The slash commands that there can be: which of them exist, and how they are called, is configuration.

`/lock checkout` means exactly `/deploy lock checkout`: each is a word of the one grammar with a name of its own in Slack.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

Command = Literal[
    "deploy",
    "lock",
    "unlock",
    "locks",
    "freeze",
    "unfreeze",
    "freezes",
    "promote",
    "rollback",
    "release",
    "pilothouse",
]


class SlashCommand(NamedTuple):
    """What Slack shows while somebody types it. `word` is what it puts before the words that follow, "" for nothing."""

    says: str
    hint: str
    word: str


SLASH_COMMANDS: dict[Command, SlashCommand] = {
    "deploy": SlashCommand(
        "Deploy a service; alone it opens a form",
        "<service> [<version>] [to] <environment> | status | cancel | help",
        "",
    ),
    "lock": SlashCommand(
        "Keep deployments out for a while",
        "<service> <environment> [for 2h] because <reason>",
        "lock",
    ),
    "unlock": SlashCommand("Let deployments in again", "<service> <environment>", "unlock"),
    "locks": SlashCommand("See what is locked, by whom, until when", "[<service>] [<environment>]", "locks"),
    "freeze": SlashCommand(
        "Stop all deployments to an environment for a while",
        "<environment> until mon 09:00 because <reason>",
        "freeze",
    ),
    "unfreeze": SlashCommand("End a freeze", "<environment>", "unfreeze"),
    "freezes": SlashCommand(
        "See what is frozen, until when, and why", "[<service>] [<environment>]", "freezes"
    ),
    "promote": SlashCommand(
        "Take what runs in one environment to the next, unchanged",
        "<service> [to <environment>]",
        "promote",
    ),
    "rollback": SlashCommand(
        "Go back to the last good version, or to a named one",
        "<service> <environment> [to <version>]",
        "rollback",
    ),
    "release": SlashCommand(
        "Deploy several services together, in order",
        "<service>=<version> … to <environment>",
        "release",
    ),
    "pilothouse": SlashCommand("Help, and what concerns the bot itself", "help | status | reload", ""),
}
"""The closed list, in the order in which Slack shows them. What is missing here follows `/deploy`, such as `/deploy status`."""
