"""What Slack tells about views: a field changed, a dialog sent off, something typed into a menu, a home opened. All pure.

https://docs.slack.dev/reference/interaction-payloads/view-interactions-payload, …/block_suggestion-payload and
https://docs.slack.dev/reference/events/app_home_opened.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from bot.errors import BadRequest
from bot.events.surface import OpenHome
from bot.pages import Answers, Carried, OpenDialog, Typed
from bot.people import Person
from bot.slack.fields import answers_in, split_block_id
from bot.slack.modals import carried_by
from bot.slack.payloads import MISSING, block_action_key, person, text_in

HOME, MODAL = "home", "modal"
NO_VIEW_ID = "view.id is no id."
VIEW_ID = re.compile(r"V[A-Z0-9]{2,40}")
USER = re.compile(r"[UW][A-Z0-9]{2,40}")
LONGEST_MARK = 200


class Viewed(msgspec.Struct, frozen=True, kw_only=True):
    """A dialog as it stands before somebody. `action` is the field or button that was touched; "" when it was sent off."""

    key: str
    by: Person
    kind: str
    view: OpenDialog
    carried: Carried
    answers: Answers
    blocks: Mapping[str, str]
    """The id of each field's block, by the field's name."""
    action: str = ""


def surface(body: Mapping[str, Any]) -> str:
    """`home` or `modal` when something in a view was touched; "" for a message."""
    view = body.get("view")
    found = view.get("type") if isinstance(view, Mapping) else ""
    return found if found in {HOME, MODAL} else ""


def viewed(body: Mapping[str, Any]) -> Viewed:
    """A submission, or a change of a watched field."""
    view = view_of(body)
    actions = body.get("actions")
    action = actions[0] if isinstance(actions, list) and actions else {}
    if not isinstance(action, dict):
        raise BadRequest(MISSING.format(path="actions"))
    shown = open_dialog(view)
    touched = text_in(action, "action_id")
    return Viewed(
        key=block_action_key(body, action, shown.id) if action else f"submit:{shown.id}",
        by=person(body),
        kind=text_in(view, "callback_id"),
        view=shown,
        carried=carried_by(view),
        answers=answers_in(view),
        blocks=_blocks(view),
        action=touched,
    )


def typed(body: Mapping[str, Any]) -> Typed:
    """`block_suggestion`: what hangs on what stands in the block's id, so the rest of the dialog is not asked for it."""
    field, of = split_block_id(text_in(body, "block_id"))
    view = body.get("view")
    kind = text_in(view, "callback_id") if isinstance(view, Mapping) else ""
    return Typed(by=person(body), kind=kind, field=field, of=of, text=text_in(body, "value"))


def home_opened(body: Mapping[str, Any]) -> tuple[OpenHome, str]:
    """Who looks, as far as the payload says, and the delivery's key."""
    event = body.get("event")
    event = event if isinstance(event, Mapping) else {}
    user, team = text_in(event, "user"), text_in(body, "team_id")
    if not USER.fullmatch(user):
        raise BadRequest(MISSING.format(path="event.user"))
    key = text_in(body, "event_id") or f"home@{user}@{text_in(event, 'event_ts')}"
    return OpenHome(by=Person(id=user, name=user, team=team)), f"event:{key}"


def view_of(body: Mapping[str, Any]) -> Mapping[str, Any]:
    view = body.get("view")
    if not isinstance(view, Mapping):
        raise BadRequest(MISSING.format(path="view"))
    return view


def open_dialog(view: Mapping[str, Any]) -> OpenDialog:
    """The id and the hash of a view, from a payload or from the answer of `views.open`."""
    found = text_in(view, "id")
    if not VIEW_ID.fullmatch(found):
        raise BadRequest(NO_VIEW_ID)
    return OpenDialog(id=found, mark=text_in(view, "hash")[:LONGEST_MARK])


def _blocks(view: Mapping[str, Any]) -> dict[str, str]:
    """The ids of the input blocks, by the name of the field; Slack takes errors for these only."""
    blocks = view.get("blocks")
    ids = [
        str(block.get("block_id"))
        for block in (blocks if isinstance(blocks, list) else ())
        if isinstance(block, Mapping) and block.get("type") == "input"
    ]
    return {split_block_id(one)[0]: one for one in ids}
