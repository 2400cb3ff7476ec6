"""What a dialog carries through Slack, within its limits: opaque ids, and the place to answer in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from bot.errors import BadRequest
from bot.pages import Carried, Dialog
from bot.slack.pages import draw_dialog

LARGEST_METADATA = 3000
UNREADABLE = "What the dialog carried can't be read."


def modal(dialog: Dialog) -> dict[str, Any]:
    """The view, with what it carries in `private_metadata`. Raises `BadRequest` for more than that takes."""
    return draw_dialog(dialog, _fitting(dialog.carried))


def carried_by(view: Mapping[str, Any]) -> Carried:
    """Raises `BadRequest` for anything that is not ours."""
    try:
        return msgspec.json.decode(view.get("private_metadata") or "", type=Carried)
    except (msgspec.DecodeError, TypeError) as problem:
        raise BadRequest(UNREADABLE) from problem


def _fitting(carried: Carried) -> str:
    """Within Slack's limit: a response_url is the one part that may be left out."""
    text = msgspec.json.encode(carried).decode()
    if len(text) > LARGEST_METADATA:
        place = msgspec.structs.replace(carried.place, response_url="")
        text = msgspec.json.encode(msgspec.structs.replace(carried, place=place)).decode()
    if len(text) > LARGEST_METADATA:
        raise BadRequest(UNREADABLE)
    return text
