"""The two dialogs in which a person gives a reason: pure views, and what comes back from them.

https://docs.slack.dev/reference/views/modal-views/. What a dialog carries through Slack is the deployment's opaque id and
the place to answer in; who may do it is asked when the answer arrives.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from bot.errors import BadRequest
from bot.people import Place
from bot.slack.text import Block, clean, mrkdwn_object, plain_object

REJECT = "reject"
BREAK_GLASS = "break_glass"
WHY = "why"

LONGEST_WHY = 1000
LARGEST_METADATA = 3000

TITLES = {REJECT: "Reject", BREAK_GLASS: "Break the glass"}
SUBMITS = {REJECT: "Reject", BREAK_GLASS: "Deploy anyway"}
ASKED = {REJECT: "Why should this not be deployed?", BREAK_GLASS: "Why can't this wait for approval?"}
EXPLAINED = {
    REJECT: "Who asked will read your reason on the card.",
    BREAK_GLASS: "This deploys *without the missing approvals*. It is announced, and written to the audit log.",
}
NEVER_MIND = "Never mind"
SAY_WHY = "Say why, in a few words."
UNREADABLE = "What the dialog carried can't be read."


class Carried(msgspec.Struct, frozen=True, kw_only=True):
    """What a dialog carries in `private_metadata`."""

    deployment: str
    request: str = ""
    place: Place


def reason_modal(kind: str, carried: Carried) -> Block:
    """The dialog of a kind (`REJECT` or `BREAK_GLASS`)."""
    return {
        "type": "modal",
        "callback_id": kind,
        "title": plain_object(TITLES[kind], 24),
        "submit": plain_object(SUBMITS[kind], 24),
        "close": plain_object(NEVER_MIND, 24),
        "private_metadata": _fitting(carried),
        "blocks": [
            {"type": "section", "text": mrkdwn_object(EXPLAINED[kind])},
            {
                "type": "input",
                "block_id": WHY,
                "label": plain_object(ASKED[kind], 2000),
                "element": {
                    "type": "plain_text_input",
                    "action_id": WHY,
                    "multiline": True,
                    "max_length": LONGEST_WHY,
                    "focus_on_load": True,
                },
            },
        ],
    }


def carried_by(view: Mapping[str, Any]) -> Carried:
    """Raises `BadRequest` for anything that is not ours."""
    try:
        return msgspec.json.decode(view.get("private_metadata") or "", type=Carried)
    except (msgspec.DecodeError, TypeError) as problem:
        raise BadRequest(UNREADABLE) from problem


def reason_in(view: Mapping[str, Any]) -> str:
    """The reason given, bare; empty when there is none."""
    found: object = view
    for step in ("state", "values", WHY, WHY, "value"):
        found = found.get(step) if isinstance(found, Mapping) else None
    return clean(found)[:LONGEST_WHY].strip() if isinstance(found, str) else ""


def _fitting(carried: Carried) -> str:
    """Within Slack's limit: a response_url is the one part that may be left out."""
    text = msgspec.json.encode(carried).decode()
    if len(text) > LARGEST_METADATA:
        place = msgspec.structs.replace(carried.place, response_url="")
        text = msgspec.json.encode(msgspec.structs.replace(carried, place=place)).decode()
    if len(text) > LARGEST_METADATA:
        raise BadRequest(UNREADABLE)
    return text
