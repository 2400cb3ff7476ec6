"""Nobody speaks into the void: each command is answered, and what is said to somebody reaches him alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from bot.events import Asked, Tell
from bot.events.codec import EVENTS
from bot.slack.cards import draw_words
from tests.chaos.evidence import Evidence, Promise, Row, Violation

ANSWERS = frozenset({"Tell", "ShowPage", "ShowCard", "ShowRelease", "Announce", "PostNote"})
"""What people see, be it said to one of them or drawn for all."""
BY_ITSELF = frozenset({"ShowFreezes", "ShowStatus"})
"""What is answered in the handler itself, with a page."""


def each_command_was_answered(evidence: Evidence) -> Iterator[Violation]:
    """Or is still open in the journal, which another promise names."""
    for row in evidence.messages:
        kind = EVENTS.get(row["type"])
        said = kind is not None and issubclass(kind, Asked) and not row["cause"]
        if not said or row["state"] != "done" or row["type"] in BY_ITSELF:
            continue
        if not any(one["type"] in ANSWERS for one in _followed(evidence, row)):
            yield Violation(f"{row['type']} {row['id']} was not answered: {row['body'][:200]}", row["about"])


def what_is_said_to_somebody_reaches_him_alone(evidence: Evidence) -> Iterator[Violation]:
    heard: dict[str, set[str]] = defaultdict(set)
    direct = {one.id: one.user for one in evidence.town.slack.world.channels if one.kind == "im"}
    for channel in evidence.town.slack.world.channels:
        for message in evidence.town.slack.workspace.conversations.in_channel(channel.id):
            if message.by_app:
                heard[message.only_for or direct.get(channel.id, "")].add(message.text)
    for row, event in evidence.events(Tell):
        text = draw_words(event.words, event.buttons)["text"]
        if row["state"] == "done" and text not in heard[event.user]:
            where = " but all" if text in heard[""] else ""
            yield Violation(f"nobody{where} heard what was said to {event.user}: {text!r}", row["about"])


def _followed(evidence: Evidence, row: Row) -> Iterator[Row]:
    """Everything that came of a message."""
    left = [row["id"]]
    while left:
        for one in evidence.caused[left.pop()]:
            yield one
            left.append(one["id"])


ANSWERED: tuple[Promise, ...] = (each_command_was_answered, what_is_said_to_somebody_reaches_him_alone)
