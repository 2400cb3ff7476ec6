"""Words that belong to the command, so that no service, environment or alias can take them."""

from __future__ import annotations

import re

COMMAND_WORDS = (
    "deploy", "status", "cancel", "help", "plan", "why", "schedules", "release", "reload", "freeze", "unfreeze", "freezes",
    "promote", "rollback",
    "lock", "unlock", "locks", "good", "bad",
    "queue", "leave", "watch", "unwatch", "jump",
    "delegate", "delegations", "totp",
)  # fmt: skip
LATER_COMMANDS = (
    "approve", "history", "logs", "reject", "retry",
)  # fmt: skip
"""Not commands yet; a service of that name would stand in their way."""

BREAK_GLASS = "break-glass"
VERSION = "version"
POLITE = ("please", "the")
"""Words that say nothing, wherever they stand."""

TOWARDS = ("to", "into")
AT, WITHIN = ("at", "by"), ("in", "on", "within")
PREPOSITIONS = (*TOWARDS, *AT, *WITHIN, "from", "for", "until", "till")
"""Something follows each of them; a command that ends with one is not whole."""

FILLERS = (*TOWARDS, "on", "in", "at", VERSION, *POLITE)
"""What may be left out. What stands behind a preposition is judged before: `bot.grammar.prepositions`."""

PLACEHOLDER = "…"
"""What the person fills in, in a command that is suggested."""
SUFFIX_WORDS = (
    BREAK_GLASS,
    "--break-glass",
    "breakglass",
    "break",
    "glass",
    "because",
    "reason",
    "override",
    "removing",
    "bad",
)
LOCK_WORDS = ("only", "warning", "warn", "take", "over", "takeover", "until", "everywhere")
OTHERS = (
    "incident",
    "everything",
    "everyone",
    "all",
    "any",
    "none",
    "me",
    "mine",
    "like",
    "here",
    "this",
    "and",
    "or",
    "from",
    "for",
)

RESERVED = frozenset((*COMMAND_WORDS, *LATER_COMMANDS, *FILLERS, *SUFFIX_WORDS, *LOCK_WORDS, *OTHERS))
NO_VERSIONS = RESERVED | frozenset(PREPOSITIONS)
"""Words that are a version only behind the word "version"."""

NAME = re.compile(r"(?=.*[a-z])[a-z0-9](?:[a-z0-9._-]{0,61}[a-z0-9])?")
NAME_FORM = "a to z, 0 to 9, . _ - with a letter in it, up to 63 characters, no . _ - at the ends"

CHANNEL = re.compile(r"[CG][A-Z0-9]{2,}|#[^\s#A-Z,<>&|]{1,80}")
CHANNEL_FORM = "a channel id (C…) or #name in lower case"
