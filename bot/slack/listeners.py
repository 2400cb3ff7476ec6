"""What Slack tells us, written down before it is thanked: each listener reads, journals, and only then answers.

Nothing runs after the answer: what fails there would be lost (https://docs.slack.dev/tools/bolt-python/concepts/acknowledge).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any, Protocol

from msgspec.structs import replace
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.response import BoltResponse

from bot.dialogs import DIALOGS
from bot.dialogs.kind import DialogKind, Opening
from bot.errors import BadRequest, Unreachable
from bot.events import ACTIONS, Event
from bot.pages import Carried
from bot.ports import Clock
from bot.slack.client import SlackClient
from bot.slack.dialogs import NOT_KEPT, Choices, Dialogs, no_choices
from bot.slack.identity import Identity
from bot.slack.payloads import (
    Click,
    Said,
    block_action,
    is_direct,
    is_said_by_a_person,
    message_event,
    slash_command,
    text_in,
)
from bot.slack.understanding import decided, named, said_to_the_bot, understood
from bot.slack.view_payloads import HOME, MODAL, home_opened, surface
from bot.slack.views import Views
from config.commands import SLASH_COMMANDS
from config.models import Settings

IN_WORDS = "It can be said in words, too: `{command} help` shows how."
NOT_OURS = "I don't know {command}. Try {known} help."

# What Slack calls every private channel in the payload of a slash command.
PRIVATE = "privategroup"
LINKS = frozenset({"open_link"})
ASIDES_END_WITHIN = 3.0
# Of the three seconds of a trigger, before the dialog is opened.
NAME_WITHIN = 0.7

log = logging.getLogger(__name__)

Body = dict[str, Any]
Listener = Callable[[Body, AsyncAck], Awaitable[BoltResponse]]


class Inbox(Protocol):
    """Where what Slack tells goes: a durable journal."""

    async def accept(self, event: Event, *, key: str) -> bool:
        """Returns once the event is committed; False when this key was committed before. Raises when it is not."""
        ...


class Listeners:
    """One listener per kind of payload; `channel_name` gives a channel's name, or "" when it can't be had.

    `settings` gives those in force: each payload is understood by them as they are then.
    `choices` answers what somebody types into a menu of a dialog.
    """

    def __init__(
        self,
        inbox: Inbox,
        settings: Callable[[], Settings],
        me: Identity,
        client: SlackClient,
        channel_name: Callable[[str], Awaitable[str]],
        *,
        views: Views,
        clock: Clock,
        choices: Choices = no_choices,
        kinds: Mapping[str, DialogKind] = DIALOGS,
    ) -> None:
        self._inbox = inbox
        self._settings = settings
        self._me = me
        self._client = client
        self._channel_name = channel_name
        self._asides: set[asyncio.Task[None]] = set()
        self._dialogs = Dialogs(self._keep, views, settings, choices, kinds, clock=clock)

    async def command(self, body: Body, ack: AsyncAck) -> BoltResponse:
        known = self._settings().slack.slash_commands().get(str(body.get("command")))
        if known is None:
            return await self._unknown_command(body, ack)
        said = slash_command(body)
        kind = self._dialogs.opened_by(known) if not said.text else None
        if said.channel_name == PRIVATE:
            name = self._channel_name if kind is None else self._channel_name_soon
            said = replace(said, channel_name=await name(said.place.channel))
        if kind is not None:
            here = self._settings().service_of_channel(said.place.channel, said.channel_name) or ""
            opening = Opening(by=said.by, carried=Carried(place=said.place), service_here=here)
            sentence = await self._dialogs.open(kind, opening, text_in(body, "trigger_id"), said.key)
            return await ack(self._in_words(sentence)) if sentence else await ack()
        said = replace(said, text=f"{SLASH_COMMANDS[known].word} {said.text}".strip())
        kept = await self._keep(understood(said, self._settings()), said.key)
        return await ack() if kept else await ack(NOT_KEPT)

    async def _channel_name_soon(self, channel: str) -> str:
        """While a trigger runs out: who asks again a moment later has it remembered."""
        try:
            async with asyncio.timeout(NAME_WITHIN):
                return await self._channel_name(channel)
        except TimeoutError:
            return ""

    def _in_words(self, sentence: str) -> str:
        """Whatever a form is for can be said as well."""
        return f"{sentence} {IN_WORDS.format(command=self._settings().slack.command())}"

    async def _unknown_command(self, body: Body, ack: AsyncAck) -> BoltResponse:
        known = self._settings().slack.command()
        return await ack(NOT_OURS.format(command=str(body.get("command"))[:100], known=known))

    async def mention(self, body: Body, ack: AsyncAck) -> BoltResponse:
        """In a channel or its threads; what is said in a direct message arrives as a message."""
        said = self._said(body)
        if said is None or said.place.direct:
            return await ack()
        return await self._heard(self._without_mention(said), ack)

    async def message(self, body: Body, ack: AsyncAck) -> BoltResponse:
        """In a direct message; other conversations are none of our business."""
        said = self._said(body) if is_direct(body["event"]) else None
        return await self._heard(self._without_mention(said), ack) if said else await ack()

    async def home(self, body: Body, ack: AsyncAck) -> BoltResponse:
        """Somebody looks at his home; the messages beside it are none of its business."""
        if body["event"].get("tab") != HOME:
            return await ack()
        event, key = home_opened(body)
        return await ack() if await self._keep(event, key) else BoltResponse(status=503)

    async def click(self, body: Body, ack: AsyncAck) -> BoltResponse:
        if surface(body) == MODAL:
            return await self._dialogs.changed(body, ack)
        click = block_action(body)
        if click.action in self._dialogs.kinds:
            return await self._open(click, ack)
        if click.action not in ACTIONS:
            log.warning("a click on an unknown button is ignored")
            return await ack()
        if click.action in LINKS:
            return await ack()
        if await self._keep(decided(click), click.key):
            return await ack()
        self._aside(click, NOT_KEPT)
        return BoltResponse(status=503)

    async def submission(self, body: Body, ack: AsyncAck) -> BoltResponse:
        return await self._dialogs.submission(body, ack)

    async def suggestions(self, body: Body, ack: AsyncAck) -> BoltResponse:
        return await self._dialogs.suggestions(body, ack)

    async def ignored(self, _body: Body, ack: AsyncAck) -> BoltResponse:
        """Everything else: an answer all the same, because too many errors switch the subscription off."""
        return await ack()

    async def close(self) -> None:
        """Lets what is being said to people come to its end, for a short while."""
        if self._asides:
            _, late = await asyncio.wait(self._asides, timeout=ASIDES_END_WITHIN)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    def _said(self, body: Body) -> Said | None:
        return message_event(body) if is_said_by_a_person(body["event"], self._me.user) else None

    def _without_mention(self, said: Said) -> Said:
        return replace(said, text=said_to_the_bot(said.text, self._me.user))

    async def _heard(self, said: Said, ack: AsyncAck) -> BoltResponse:
        said = replace(said, channel_name=await self._channel_name(said.place.channel))
        kept = await self._keep(understood(said, self._settings()), said.key)
        return await ack() if kept else BoltResponse(status=503)  # and Slack delivers it again

    async def _keep(self, event: Event, key: str) -> bool:
        try:
            new = await self._inbox.accept(event, key=key)
        except Exception:
            # The web boundary: whatever it was, the person and Slack have to hear that nothing was kept.
            log.exception("could not write down %s", key)
            return False
        if not new:
            log.info("delivered again, and known already: %s", key)
        return True

    async def _open(self, click: Click, ack: AsyncAck) -> BoltResponse:
        about, detail = named(click.value) if click.value else ("", "")
        carried = Carried(about=about, detail=detail, place=click.place)
        here = self._settings().service_of_channel(click.place.channel, click.channel_name) or ""
        opening = Opening(by=click.by, carried=carried, service_here=here)
        kind = self._dialogs.kinds[click.action]
        sentence = await self._dialogs.open(kind, opening, click.trigger, click.key)
        if sentence:
            self._aside(click, sentence)
        return await ack()

    def _aside(self, click: Click, sentence: str) -> None:
        """Say it to who clicked, without holding up the answer to Slack."""
        if click.place.response_url:
            task = asyncio.create_task(
                self._say(click.place.response_url, sentence), name="an aside in Slack"
            )
            self._asides.add(task)
            task.add_done_callback(self._asides.discard)

    async def _say(self, response_url: str, sentence: str) -> None:
        answer = {"response_type": "ephemeral", "replace_original": False, "text": sentence}
        try:
            await self._client.respond(response_url, answer)
        except Unreachable as problem:
            log.warning("could not say so either: %s", problem)


def guarded(listener: Listener) -> Callable[[Body, AsyncAck], Coroutine[Any, Any, BoltResponse]]:
    """The listener, with a verified payload of a shape that Slack never sends answered and logged."""

    async def guard(body: Body, ack: AsyncAck) -> BoltResponse:
        try:
            return await listener(body, ack)
        except BadRequest as nonsense:
            log.warning("a verified request made no sense: %s", nonsense.sentence)
            return await ack()

    return guard
