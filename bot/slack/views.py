"""Dialogs and homes as Slack shows them: opened at once, drawn anew when their turn has come.

https://docs.slack.dev/reference/methods/views.open, …/views.update and …/views.publish.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from bot.errors import BadRequest, Unreachable
from bot.pages import Dialog, OpenDialog, Page
from bot.slack.client import SlackClient
from bot.slack.modals import modal
from bot.slack.pages import draw_home
from bot.slack.rates import Turn
from bot.slack.refusals import SlackRejected, held
from bot.slack.shaper import Shaper
from bot.slack.view_payloads import open_dialog

OPEN, UPDATE, PUBLISH = "views.open", "views.update", "views.publish"
# Closed meanwhile, or changed by somebody else: what was to be shown is of no use any more.
GONE = frozenset({"not_found", "hash_conflict", "view_not_found"})
REMEMBERED = 1000

log = logging.getLogger(__name__)


class Views:
    """Calls for one workspace. Remembers the newest mark of each dialog that it drew itself.

    Two changes in a row carry the same mark, so the second one's drawing would conflict with the first one's, although it
    knows more: each is drawn over our own last drawing, and over nobody else's.
    """

    def __init__(self, client: SlackClient, shaper: Shaper) -> None:
        self._client = client
        self._shaper = shaper
        self._marks: dict[str, str] = {}

    async def open(self, trigger: str, dialog: Dialog) -> OpenDialog | None:
        """Now, without waiting for a turn: a trigger lasts three seconds. Raises `Unreachable` or `SlackRejected`.

        None when it was opened, but what speaks Slack's side does not tell its id, so that it can't be drawn anew.
        """
        answer = await self._client.call(OPEN, trigger_id=trigger, view=modal(dialog))
        try:
            return open_dialog(held(OPEN, answer, "view", dict))
        except (BadRequest, Unreachable) as nameless:
            log.warning("a dialog opened without a name: %s", nameless)
            return None

    async def update(self, view: OpenDialog, dialog: Dialog) -> bool:
        """Draw it anew; false when nobody sees it any more, or something newer. Raises as `open`."""
        arguments = {"view_id": view.id, "view": modal(dialog), "hash": self._newest(view) or None}
        turn = Turn(UPDATE, message=view.id)
        try:
            answer = await self._shaper.run(turn, lambda: self._client.call(UPDATE, **arguments))
        except SlackRejected as refusal:
            if refusal.code not in GONE:
                raise
            log.info("a dialog is not drawn anew: %s", refusal.code)
            return False
        self._remember(view.id, answer)
        return True

    async def publish(self, user: str, page: Page) -> None:
        """Set what somebody sees in his home of the app. Raises as `open`."""
        view = draw_home(page)
        turn = Turn(PUBLISH, message=user)
        await self._shaper.run(turn, lambda: self._client.call(PUBLISH, user_id=user, view=view))

    def _newest(self, view: OpenDialog) -> str:
        return self._marks.get(view.id, view.mark)

    def _remember(self, id_: str, answer: Mapping[str, Any]) -> None:
        shown = answer.get("view")
        mark = shown.get("hash") if isinstance(shown, Mapping) else None
        self._marks.pop(id_, None)
        if isinstance(mark, str):
            self._marks[id_] = mark
        while len(self._marks) > REMEMBERED:
            del self._marks[next(iter(self._marks))]
