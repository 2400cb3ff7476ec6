"""What was told from outside is made durable here, before anybody is thanked for it."""

from __future__ import annotations

import sqlite3

from bot import audit
from bot.errors import Unreachable
from bot.events import AboutDeployment, Asked, Event
from bot.journal import Journal
from bot.messages import insert, message
from bot.ports import Clock
from bot.reasons import Reason
from bot.store import Store

STOPPING = "The server is stopping."


class JournalInbox:
    """Takes what Slack and webhooks tell, until it is closed (implements `bot.slack.listeners.Inbox`)."""

    def __init__(self, journal: Journal, store: Store, clock: Clock) -> None:
        self._journal = journal
        self._store = store
        self._clock = clock
        self._open = True

    def close(self) -> None:
        """From now on whoever tells something hears that he should come again later."""
        self._open = False

    async def accept(self, event: Event, *, key: str) -> bool:
        """Make what was told durable. False for a redelivery: the key has been taken before.

        What a person asked is audited in the same commit, before anything is decided about it.

        Raises `Unreachable` while the server stops.
        """
        if not self._open:
            raise Unreachable(Reason.PEER_RESTARTING, STOPPING)
        subject = event.subject
        if isinstance(event, AboutDeployment):
            found = await self._store.deployment(event.deployment)
            subject = found.lane if found else f"person/{event.by.id}"
        new = message(event, id=key, at=self._clock.now(), subject=subject)
        if not isinstance(event, Asked):
            return (await self._journal.publish(new))[0]
        detail = {"command": new.type, "text": event.text[: audit.TEXT_MOST], "delivery": new.id}
        asked = audit.Entry(at=new.at, actor=event.by.id, action="asked", about=new.about, detail=detail)

        def change(connection: sqlite3.Connection) -> bool:
            fresh = insert(connection, new)
            if fresh:
                audit.append(connection, asked)
            return fresh

        return await self._journal.submit(change, [new])
