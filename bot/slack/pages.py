"""Pages and dialogs drawn as Block Kit: pure, and inside Slack's limits whatever stands in them.

https://docs.slack.dev/surfaces/modals, …/surfaces/app-home and …/reference/block-kit/blocks: 50 blocks a message, 100 a modal or a
home. What grows too large is drawn again with less room for each text; then parts are left out, the buttons at the end last.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from bot.pages import Buttons, Dialog, Field, Heading, Page, Part, Rule, Say, Shown, Small, Snippet
from bot.slack.buttons import button_element, row
from bot.slack.cards import LARGEST_JSON, LONGEST_FALLBACK, LONGEST_HEADER, said
from bot.slack.fields import draw_field
from bot.slack.text import Block, length, mrkdwn, mrkdwn_object, plain_object, preformatted

MOST_IN_MESSAGE, MOST_IN_VIEW = 50, 100
LARGEST_VIEW = 240_000
LONGEST_BUTTON = 75
MOST_BUTTONS = 25
# Of one text, in units of Slack's counting; the first that makes the whole fit is taken.
ROOMS = (2800, 1000, 400, 150, 60)
LEFT_OUT = "… and more than fits here."


def draw_page(page: Page) -> dict[str, Any]:
    """`text` and `blocks` of a message."""
    blocks = _fitting(page.parts, MOST_IN_MESSAGE, LARGEST_JSON)
    return {"text": said(mrkdwn((page.fallback,), LONGEST_FALLBACK)), "blocks": blocks}


def draw_home(page: Page) -> dict[str, Any]:
    """The view of somebody's App Home."""
    return {"type": "home", "blocks": _fitting(page.parts, MOST_IN_VIEW, LARGEST_VIEW)}


def draw_dialog(dialog: Dialog, private_metadata: str) -> dict[str, Any]:
    """The view of a modal. Every input needs a submit button, so a dialog that has fields and no word for it gets one."""
    submit = dialog.submit or ("Go on" if dialog.fields else "")
    return {
        "type": "modal",
        "callback_id": dialog.kind,
        "title": plain_object(dialog.title, 24),
        "close": plain_object(dialog.close, 24),
        **({"submit": plain_object(submit, 24)} if submit else {}),
        "private_metadata": private_metadata,
        "blocks": _fitting(dialog.parts, MOST_IN_VIEW, LARGEST_VIEW),
    }


def _fitting(parts: Sequence[Part | Shown], most: int, largest: int) -> list[Block]:
    groups: list[list[Block]] = []
    for room in ROOMS:
        groups = [list(_blocks(part, number, room)) for number, part in enumerate(parts)]
        if _fits(_joined(groups), most, largest):
            return _joined(groups) or list(_blocks(Say(("",)), 0, 60))
    return _shortened(groups, most, largest)


def _fits(blocks: Sequence[Block], most: int, largest: int) -> bool:
    return len(blocks) <= most and length(json.dumps(blocks)) <= largest


def _joined(groups: Sequence[Sequence[Block]]) -> list[Block]:
    return [block for group in groups for block in group]


def _shortened(groups: list[list[Block]], most: int, largest: int) -> list[Block]:
    """As many of the first parts as fit, a word that there is more, and the last part where that is buttons."""
    *front, last = groups
    end = last if last and last[0]["type"] == "actions" else []
    if not end:
        front = groups
    end = [{"type": "context", "elements": [mrkdwn_object(LEFT_OUT)]}, *end]
    kept: list[Block] = []
    for group in front:
        if not _fits([*kept, *group, *end], most, largest):
            break
        kept += group
    return [*kept, *end]


def _blocks(part: Part | Shown, number: int, room: int) -> Iterator[Block]:
    match part:
        case Heading(text=text):
            yield {"type": "header", "text": plain_object(text, min(LONGEST_HEADER, room))}
        case Say(words=words, button=button):
            drawn = button_element(button, LONGEST_BUTTON) if button else None
            section = {"type": "section", "text": mrkdwn_object(mrkdwn(words, room))}
            yield section | ({"accessory": drawn} if drawn else {})
        case Small(words=words):
            yield {"type": "context", "elements": [mrkdwn_object(mrkdwn(words, room))]}
        case Rule():
            yield {"type": "divider"}
        case Snippet(text=text):
            yield preformatted(text, room)
        case Buttons(buttons=buttons):
            yield from row(buttons, most=MOST_BUTTONS, longest=LONGEST_BUTTON, name=f"buttons-{number}")
        case Field():
            yield draw_field(part, room)
