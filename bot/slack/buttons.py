"""Buttons drawn as Block Kit: what a click says is an action of the closed list and an opaque id, nothing else."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

from bot.slack.text import Block, clean, length, plain_object
from bot.words import Button, Confirm

LONGEST_ACTION = 255
LONGEST_URL = 3000

# Ids are ours and short. A value that is none can't be cut without becoming another id, so its button is left out.
LONGEST_VALUE = 1000
AGAIN = "."
WEB_ADDRESS = re.compile(r"https?://[\x21-\x7e]+", re.IGNORECASE)


def actions(buttons: Sequence[Button], *, most: int, longest: int) -> list[Block]:
    """Blocks of buttons: an action stands once in a block, and one button of a block is primary."""
    groups: list[list[Button]] = []
    for button in [button for button in buttons if _possible(button)][:most]:
        free = (group for group in groups if all(button.action != other.action for other in group))
        group = next(free, None)
        if group is None:
            groups.append([button])
        else:
            group.append(button)
    return [
        {"type": "actions", "block_id": f"buttons-{number}", "elements": _elements(group, longest)}
        for number, group in enumerate(groups)
    ]


def row(buttons: Sequence[Button], *, most: int, longest: int, name: str) -> list[Block]:
    """One block for all of them, however often an action stands there: the second is `status.2`, see `action_of`."""
    kept = [button for button in buttons if _possible(button)][:most]
    elements = _elements(kept, longest)
    seen: Counter[str] = Counter()
    for element in elements:
        action = element["action_id"]
        seen[action] += 1
        if seen[action] > 1:
            element["action_id"] = f"{action}{AGAIN}{seen[action]}"
    return [{"type": "actions", "block_id": name, "elements": elements}] if elements else []


def action_of(action_id: str) -> str:
    """What a clicked button says it is."""
    return action_id.partition(AGAIN)[0]


def button_element(button: Button, longest: int) -> dict[str, Any] | None:
    """One button, to stand beside a text; None when it can't be drawn."""
    return _element(button, longest, primary=button.style == "primary") if _possible(button) else None


def _possible(button: Button) -> bool:
    """Whether the button can be drawn, and a click on it be understood."""
    if (
        not button.action
        or length(button.action) > LONGEST_ACTION
        or length(button.value) > LONGEST_VALUE
        or clean(button.value) != button.value
    ):
        return False
    return not button.url or bool(len(button.url) <= LONGEST_URL and WEB_ADDRESS.fullmatch(button.url))


def _elements(group: Sequence[Button], longest: int) -> list[dict[str, Any]]:
    first = next((index for index, button in enumerate(group) if button.style == "primary"), -1)
    return [_element(button, longest, primary=index == first) for index, button in enumerate(group)]


def _element(button: Button, longest: int, *, primary: bool) -> dict[str, Any]:
    element: dict[str, Any] = {
        "type": "button",
        "action_id": clean(button.action),
        "text": plain_object(button.label, longest) | {"emoji": True},
    }
    if button.value:
        element["value"] = button.value
    if button.url:
        element["url"] = button.url
    if button.style == "danger" or primary:
        element["style"] = button.style
    if button.confirm:
        element["confirm"] = _confirm(button.confirm, longest, danger=button.style == "danger")
    return element


def _confirm(confirm: Confirm, longest: int, *, danger: bool) -> dict[str, Any]:
    """A dialog: title at most 100, text 300, both answers 30 (https://docs.slack.dev/reference/block-kit/composition-objects/confirmation-dialog-object)."""
    return {
        "title": plain_object(confirm.title, min(100, longest * 2)),
        "text": plain_object(confirm.text, min(300, longest * 4)),
        "confirm": plain_object(confirm.yes, 30),
        "deny": plain_object(confirm.no, 30),
        **({"style": "danger"} if danger else {}),
    }
