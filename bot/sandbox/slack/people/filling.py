"""Filling in a form, and what Slack checks of it by itself before it bothers the app."""

from __future__ import annotations

import re
from typing import Any

from bot.sandbox.slack.messages import Json
from bot.sandbox.slack.people.faces import NotPossible
from bot.sandbox.slack.state import CHOSEN, Values, choose, inputs_of
from bot.sandbox.slack.surfaces import View

REQUIRED = "Please complete this required field."
TOO_SHORT = "Must be at least {0} characters."
TOO_LONG = "Must be at most {0} characters."
NO_NUMBER = "Must be a number."
NO_WHOLE_NUMBER = "Must be a whole number."
TOO_SMALL = "Must be at least {0}."
TOO_GREAT = "Must be at most {0}."
NO_ADDRESS = "Must be an email address."
NO_LINK = "Must be a link."
TOO_MANY = "Choose at most {0}."

LONGEST = 3_000


def fill_in(view: View, values: Values) -> None:
    """Puts values into the inputs of a view, by block and action.

    Raises:
        NotPossible: the view has no such input, or it does not offer that.
    """
    known = {(block["block_id"], element["action_id"]): element for block, element in inputs_of(view.blocks)}
    for block_id, actions in values.items():
        for action_id, given in actions.items():
            element = known.get((block_id, action_id))
            if element is None:
                raise NotPossible(
                    "no_such_element", f"the form has no input {action_id!r} in block {block_id!r}"
                )
            try:
                value = choose(element, given)
            except ValueError as wrong:
                raise NotPossible("invalid_choice", str(wrong)) from wrong
            view.values.setdefault(block_id, {})[action_id] = {"type": element["type"], **value}


def missing(blocks: list[Json], state: Values) -> dict[str, str]:
    """What is wrong with a form, by block id; empty when it may be sent."""
    errors: dict[str, str] = {}
    for block, element in inputs_of(blocks):
        if block["type"] != "input":
            continue
        value = state[block["block_id"]][element["action_id"]].get(CHOSEN[element["type"]][0])
        if value in (None, "", []):
            if not block.get("optional"):
                errors[block["block_id"]] = REQUIRED
        elif complaint := _complaint(element, value):
            errors[block["block_id"]] = complaint
    return errors


def _complaint(element: Json, value: Any) -> str:
    kind = element["type"]
    if kind == "plain_text_input":
        return _length(element, str(value))
    if kind == "number_input":
        return _number(element, str(value))
    if kind == "email_text_input" and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", str(value)):
        return NO_ADDRESS
    if kind == "url_text_input" and not re.match(r"[a-z][a-z0-9+.\-]*://\S", str(value)):
        return NO_LINK
    most = element.get("max_selected_items")
    return TOO_MANY.format(most) if most and isinstance(value, list) and len(value) > most else ""


def _length(element: Json, value: str) -> str:
    least, most = element.get("min_length", 0), element.get("max_length", LONGEST)
    if len(value) < least:
        return TOO_SHORT.format(least)
    return TOO_LONG.format(most) if len(value) > most else ""


def _number(element: Json, value: str) -> str:
    if not re.fullmatch(r"-?\d+(\.\d+)?", value):
        return NO_NUMBER
    if "." in value and not element["is_decimal_allowed"]:
        return NO_WHOLE_NUMBER
    if "min_value" in element and float(value) < float(element["min_value"]):
        return TOO_SMALL.format(element["min_value"])
    if "max_value" in element and float(value) > float(element["max_value"]):
        return TOO_GREAT.format(element["max_value"])
    return ""
