"""The unit of work of one message: what its handlers change, the messages they publish, and its own end."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable
from typing import Any

from bot import audit
from bot.deployments import Deployment, Post, RunRecord
from bot.events import Event
from bot.homes import Home
from bot.journal import Message, insert, message
from bot.saving import expect_standing, save_deployment, save_home, save_post, save_run, save_standing
from bot.standing import Standing

ID_MOST = 96
"""Longest id that grows by one more link; a run that is followed for a day is a chain of thousands."""


def child_id(parent: str, name: str) -> str:
    """The id of a message that another one publishes: always the same, readable while it is short."""
    whole = f"{parent}/{name}"
    if len(whole) <= ID_MOST:
        return whole
    digest = hashlib.blake2s(whole.encode(), digest_size=16).hexdigest()
    return f"{parent.partition('~')[0][:40]}~{digest}"


class Unit:
    """Collects changes; `apply` makes them inside a transaction. Implements `bot.ports.Changes`.

    The ids of published messages come from the id of the handled one and a count, so a second handling of the same
    message publishes the same ids.
    """

    def __init__(self, handled: Message, now: float) -> None:
        self._handled = handled
        self._now = now
        self._saves: list[Deployment | RunRecord | Post | Home | Standing] = []
        self._expected: int | None = None
        self._entries: list[audit.Entry] = []
        self.messages: list[Message] = []

    def save(self, new: Deployment | RunRecord | Post | Home | Standing, /) -> None:
        self._saves.append(new)

    def expect(self, *, standing: int) -> None:
        self._expected = standing

    def publish(self, event: Event, /, *, subject: str = "", after: float = 0.0, id: str = "") -> None:  # noqa: A002 - the word of the port
        handled = self._handled
        self.messages.append(
            message(
                event,
                id=id or child_id(handled.id, str(len(self.messages) + 1)),
                at=self._now,
                subject=subject,
                cause=handled.id,
                chain=handled.chain,
                due=self._now + after if after > 0 else 0.0,
            )
        )

    def audit(self, action: str, /, *, actor: str, about: str = "", reason: str = "", **detail: Any) -> None:
        if action not in audit.ACTIONS:
            raise ValueError(f"{action} is not an action of the audit log")
        self._entries.append(
            audit.Entry(at=self._now, actor=actor, action=action, about=about, reason=reason, detail=detail)
        )

    def apply(self, connection: sqlite3.Connection, end: Callable[[sqlite3.Connection], None]) -> None:
        """Make every change and end the message. Raises `Conflict` when the state has moved on."""
        end(connection)
        if self._expected is not None:
            expect_standing(connection, self._expected)
        for new in self._saves:
            if isinstance(new, Standing):
                save_standing(connection, new)
            else:
                _SAVE[type(new)](connection, new)
        for entry in self._entries:
            audit.append(connection, entry)
        for one in self.messages:
            one.seq = 0
            insert(connection, one)


_SAVE: dict[type, Callable[[sqlite3.Connection, Any], None]] = {
    Deployment: save_deployment,
    RunRecord: save_run,
    Post: save_post,
    Home: save_home,
}
