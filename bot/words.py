"""What is said to people, before it is any chat's markup: sentences made of parts, cards, notes, buttons."""

from __future__ import annotations

from typing import Literal

import msgspec

from bot.runs import Stage


class Mention(msgspec.Struct, frozen=True, tag="mention"):
    """A person (`U…`/`W…`); `group` for one of the chat's own groups (`S…`)."""

    id: str
    group: bool = False


class When(msgspec.Struct, frozen=True, tag="when"):
    """A moment, shown to each reader in his own time zone. `style`: `time`, `date_time`, or `relative`."""

    at: float
    style: Literal["time", "date_time", "relative"] = "time"


class Link(msgspec.Struct, frozen=True, tag="link"):
    text: str
    url: str


class Code(msgspec.Struct, frozen=True, tag="code"):
    text: str


class Bold(msgspec.Struct, frozen=True, tag="bold"):
    text: str


class Channel(msgspec.Struct, frozen=True, tag="channel"):
    """A channel to go to, shown by its name."""

    id: str


Part = str | Mention | When | Link | Code | Bold | Channel
"""A piece of a sentence. A plain `str` is untrusted text: it is escaped and never becomes markup or a mention."""

Words = tuple[Part, ...]


def marked(text: str) -> Words:
    """A sentence whose commands stand between back-ticks, as words: the commands become code."""
    return tuple(Code(piece) if index % 2 else piece for index, piece in enumerate(text.split("`")) if piece)


def refusal(sentence: str, way_out: str) -> Words:
    """No, and why, and what to do instead."""
    return (*marked(sentence), "\n", *marked(way_out)) if way_out else marked(sentence)


class Confirm(msgspec.Struct, frozen=True, kw_only=True):
    title: str
    text: str
    yes: str
    no: str = "Never mind"


class Button(msgspec.Struct, frozen=True, kw_only=True):
    """`action` is from a closed list (`bot.events.ACTIONS`), `value` an opaque id, never trusted state.

    `url` makes it a link button.
    """

    action: str
    label: str
    value: str = ""
    style: Literal["", "primary", "danger"] = ""
    confirm: Confirm | None = None
    url: str = ""


class CardView(msgspec.Struct, frozen=True, kw_only=True):
    """A card as it should look now: chat-neutral, drawn by `bot.slack.cards`.

    `fallback` is one full sentence for notifications and screen readers. `final` cards are shown before live ones
    when the chat limits us. `emoji` is a Slack short name without colons.
    """

    title: str
    emoji: str
    state: Words
    fallback: str
    fields: tuple[tuple[str, Words], ...] = ()
    stages: tuple[Stage, ...] = ()
    progress: float | None = None
    lines: tuple[Words, ...] = ()
    buttons: tuple[Button, ...] = ()
    context: tuple[Words, ...] = ()
    final: bool = False


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """A reply in a card's thread: `text`, and optionally preformatted lines (a log excerpt), shown as they are."""

    text: Words
    preformatted: str = ""
    broadcast: bool = False
    buttons: tuple[Button, ...] = ()
