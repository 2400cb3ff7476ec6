"""Dialogs as they come in: opened, changed, sent off, typed into. Each is read, journalled, and only then answered."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.response import BoltResponse

from bot.dialogs import DIALOGS
from bot.dialogs.kind import Answered, DialogKind, Looking, Opening, WrongAnswers
from bot.errors import Refused, Unreachable
from bot.events import Event
from bot.pages import Answers, Dialog, Group, OpenDialog, Say, Typed
from bot.ports import Clock
from bot.slack.fields import LONGEST_OPTION, MOST_OPTIONS, draw_options
from bot.slack.refusals import SlackRejected
from bot.slack.text import plain_object
from bot.slack.view_payloads import Viewed, typed, viewed
from bot.slack.views import Views
from config.models import Settings

NOT_KEPT = "I could not write this down, so nothing was done. Please try again in a moment."
NAMELESS = "The form can't be filled in here, because Slack's side does not name what it opened."
NOT_OPENED = "The dialog did not open in time, so nothing was done. Please click again."

# Of the three seconds that a trigger lasts and Slack waits for an answer.
OPEN_WITHIN = 2.0
OPTIONS_WITHIN = 2.0

log = logging.getLogger(__name__)

Body = dict[str, Any]
Choices = Callable[[Typed], Awaitable[Sequence[Group]]]
"""What can be chosen in a field, for what was typed so far."""


async def no_choices(_typed: Typed) -> Sequence[Group]:
    return ()


class Dialogs:
    """The closed list of dialogs over Slack's payloads. `keep` journals an event, and is false when it could not."""

    def __init__(
        self,
        keep: Callable[[Event, str], Awaitable[bool]],
        views: Views,
        settings: Callable[[], Settings],
        choices: Choices = no_choices,
        kinds: Mapping[str, DialogKind] = DIALOGS,
        *,
        clock: Clock,
    ) -> None:
        self._clock = clock
        self._keep = keep
        self._views = views
        self._settings = settings
        self._choices = choices
        self.kinds = kinds

    def opened_by(self, command: str) -> DialogKind | None:
        """The dialog that a slash command opens when nothing follows it."""
        return next((kind for kind in self.kinds.values() if kind.command == command), None)

    async def open(self, kind: DialogKind, opening: Opening, trigger: str, key: str) -> str:
        """Open it, and have it filled in where it shows more than the configuration knows.

        What to say to the person when it did not work; "" when it did.
        """
        dialog = kind.first(opening, self._settings())
        try:
            async with asyncio.timeout(OPEN_WITHIN):
                view = await self._views.open(trigger, dialog)
        except (Unreachable, SlackRejected, TimeoutError) as problem:
            log.warning("a dialog did not open: %s", problem)
            return NOT_OPENED
        if kind.look is None:
            return ""
        if view is None:
            return NAMELESS
        looking = Looking(
            by=opening.by,
            carried=opening.carried,
            answers=Answers(),
            view=view,
            opened=True,
            service_here=opening.service_here,
        )
        if await self._keep(kind.look(looking, self._settings()), f"look:{key}"):
            return ""
        await self._say_in(view, dialog, NOT_KEPT)
        return NOT_KEPT

    async def changed(self, body: Body, ack: AsyncAck) -> BoltResponse:
        """A watched field was changed: the dialog is drawn anew by the handler of what `look` makes of it."""
        seen = viewed(body)
        kind = self.kinds.get(seen.kind)
        if kind is None or kind.look is None:
            log.warning("a change of an unknown dialog is ignored")
            return await ack()
        looking = Looking(by=seen.by, carried=seen.carried, answers=seen.answers, view=seen.view)
        kept = await self._keep(kind.look(looking, self._settings()), seen.key)
        return await ack() if kept else BoltResponse(status=503)

    async def submission(self, body: Body, ack: AsyncAck) -> BoltResponse:
        seen = viewed(body)
        kind = self.kinds.get(seen.kind)
        if kind is None:
            log.warning("an answer to an unknown dialog is ignored")
            return await ack()
        answered = Answered(by=seen.by, carried=seen.carried, answers=seen.answers, at=self._clock.now())
        try:
            event = kind.read(answered, self._settings())
        except WrongAnswers as wrong:
            return await _errors(ack, seen, wrong.sentences)
        except Refused as no:
            sentence = f"{no.sentence} {no.way_out}".strip().replace("`", "")
            return await _errors(ack, seen, {"": sentence})
        if not await self._keep(event, seen.key):
            return await _errors(ack, seen, {"": NOT_KEPT})
        return await ack()

    async def suggestions(self, body: Body, ack: AsyncAck) -> BoltResponse:
        """At most a hundred options for what was typed, in time; none rather than an error."""
        asked = typed(body)
        groups: Sequence[Group] = ()
        try:
            async with asyncio.timeout(OPTIONS_WITHIN):
                groups = await self._choices(asked)
        except Exception:
            # The web boundary: a menu without options says more to a person than one that failed.
            log.exception("no options for the field %s", asked.field[:50])
        return await ack(**_offered(groups))

    async def _say_in(self, view: OpenDialog, dialog: Dialog, sentence: str) -> None:
        told = Dialog(
            kind=dialog.kind,
            title=dialog.title,
            parts=(Say((sentence,)),),
            carried=dialog.carried,
            close="Close",
        )
        try:
            async with asyncio.timeout(OPEN_WITHIN):
                await self._views.update(view, told)
        except (Unreachable, SlackRejected, TimeoutError) as problem:
            log.warning("could not say so in the dialog: %s", problem)


def _offered(groups: Sequence[Group]) -> dict[str, Any]:
    """The options of the one group, or of each below its label; every value once, a hundred in all."""
    left, seen, drawn = MOST_OPTIONS, set[str](), []
    for group in groups:
        fresh = [one for one in draw_options(group.options) if one["value"] not in seen][:left]
        seen |= {one["value"] for one in fresh}
        left -= len(fresh)
        if fresh:
            drawn.append((group.label, fresh))
    if len(drawn) <= 1:
        return {"options": drawn[0][1] if drawn else []}
    return {
        "option_groups": [
            {"label": plain_object(label, LONGEST_OPTION), "options": options} for label, options in drawn
        ]
    }


async def _errors(ack: AsyncAck, seen: Viewed, sentences: Mapping[str, str]) -> BoltResponse:
    """Each sentence at its field; what belongs to none, or to one that is not shown, at the first there is.

    Slack takes errors for input blocks of this view only; a dialog without any can't be told anything, and is closed.
    """
    found: dict[str, str] = {}
    first = next(iter(seen.blocks.values()), "")
    for name, sentence in sentences.items():
        block = seen.blocks.get(name, first)
        if block:
            found[block] = f"{found[block]} {sentence}" if block in found else sentence
    if not found:
        log.warning("an answer to a dialog was wrong, and no field shows it: %s", seen.kind)
        return await ack()
    return await ack(response_action="errors", errors=found)
