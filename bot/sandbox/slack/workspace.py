"""All that the stand-in knows at one time; its parts act on this and on nothing else."""

from __future__ import annotations

import time
from collections.abc import Callable

from bot.sandbox.slack.faults import Faults
from bot.sandbox.slack.messages import SLACKBOT, Conversations, Json, Message
from bot.sandbox.slack.rates import Limiter, Rates
from bot.sandbox.slack.records import Records
from bot.sandbox.slack.state import Values
from bot.sandbox.slack.stream import Stream
from bot.sandbox.slack.surfaces import Surfaces
from bot.sandbox.slack.tickets import Tickets
from bot.sandbox.slack.world import Channel, World


class Workspace:
    """`url` is where the stand-in listens, once it does; addresses given to the app start with it.

    `choices` is what people picked in the inputs of messages, by person and message `ts`; `socket_tickets` are the
    WebSocket addresses given out and not used yet, with the moment they were.
    """

    def __init__(
        self, world: World, *, clock: Callable[[], float] = time.time, rates: Rates | None = None
    ) -> None:
        self.world = world
        self.clock = clock
        self.url = ""
        self.stream = Stream()
        self.records = Records(self.stream)
        self.conversations = Conversations(world, clock)
        self.surfaces = Surfaces(world.team, world.app, self.stream)
        self.tickets = Tickets(clock)
        self.limiter = Limiter(rates or Rates(), clock)
        self.faults = Faults()
        self.socket_tickets: dict[str, float] = {}
        self.choices: dict[tuple[str, str], Values] = {}

    def write(self, channel: Channel, user: str, text: str, **more: object) -> Message:
        """A new message, told to whoever may see it."""
        message = self.conversations.add(channel.id, user, text, **more)
        kind = "ephemeral" if message.only_for else "message"
        self._tell(kind, message)
        return message

    def changed(self, message: Message) -> None:
        self._tell("changed", message)

    def delete(self, message: Message) -> None:
        self.conversations.remove(message)
        self._tell("deleted", message)

    def whisper(self, channel: Channel, user: str, text: str, *, thread_ts: str = "") -> Message:
        """Slackbot's own words to one person, such as that a command failed."""
        return self.write(channel, SLACKBOT, text, only_for=user, thread_ts=thread_ts)

    def as_slack(self, message: Message, *, with_metadata: bool = True) -> Json:
        return self.conversations.as_slack(message, self.world.app, with_metadata=with_metadata)

    def sees(self, user: str, message: Message) -> bool:
        return not message.only_for or message.only_for == user

    def _tell(self, kind: str, message: Message) -> None:
        thread = {"thread_ts": message.thread_ts} if message.thread_ts else {}
        self.stream.tell(kind, viewer=message.only_for, channel=message.channel, ts=message.ts, **thread)
