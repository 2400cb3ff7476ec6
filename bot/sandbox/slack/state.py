"""What stands in the inputs of a message or view: `state.values`, and the value of a single element.

https://docs.slack.dev/reference/interaction-payloads/view-interactions-payload
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator
from typing import Any

from bot.sandbox.slack.blocks import elements_of

Json = dict[str, Any]
Values = dict[str, dict[str, Json]]

CHOSEN: dict[str, tuple[str, str | None]] = {
    "plain_text_input": ("value", "initial_value"),
    "email_text_input": ("value", "initial_value"),
    "url_text_input": ("value", "initial_value"),
    "number_input": ("value", "initial_value"),
    "rich_text_input": ("rich_text_value", "initial_value"),
    "static_select": ("selected_option", "initial_option"),
    "external_select": ("selected_option", "initial_option"),
    "users_select": ("selected_user", "initial_user"),
    "conversations_select": ("selected_conversation", "initial_conversation"),
    "channels_select": ("selected_channel", "initial_channel"),
    "multi_static_select": ("selected_options", "initial_options"),
    "multi_external_select": ("selected_options", "initial_options"),
    "multi_users_select": ("selected_users", "initial_users"),
    "multi_conversations_select": ("selected_conversations", "initial_conversations"),
    "multi_channels_select": ("selected_channels", "initial_channels"),
    "checkboxes": ("selected_options", "initial_options"),
    "radio_buttons": ("selected_option", "initial_option"),
    "overflow": ("selected_option", None),
    "datepicker": ("selected_date", "initial_date"),
    "timepicker": ("selected_time", "initial_time"),
    "datetimepicker": ("selected_date_time", "initial_date_time"),
    "file_input": ("files", None),
}
"""For each element: the field that holds what was chosen, and the one that says what is chosen at first."""

_NO_STATE = {"button", "overflow", "image", "workflow_button", "feedback_buttons", "icon_button"}


def inputs_of(blocks: Iterable[Json]) -> Iterator[tuple[Json, Json]]:
    """Each (block, element) that has a state."""
    for block in blocks:
        for _, element in elements_of(block):
            if element["type"] not in _NO_STATE:
                yield block, element


def initial_state(blocks: Iterable[Json]) -> Values:
    state: Values = {}
    for block, element in inputs_of(blocks):
        field, initial = CHOSEN[element["type"]]
        empty: object = [] if field.endswith("s") else None
        value = copy.deepcopy(element.get(initial, empty)) if initial else empty
        state.setdefault(block["block_id"], {})[element["action_id"]] = {
            "type": element["type"],
            field: value,
        }
    return state


def find_element(blocks: Iterable[Json], block_id: str, action_id: str) -> Json | None:
    """The interactive element with these ids."""
    for block in blocks:
        if block.get("block_id") == block_id:
            for _, element in elements_of(block):
                if element.get("action_id") == action_id:
                    return element
    return None


def offered(element: Json) -> list[Json]:
    """The options of a menu, its groups laid flat."""
    groups = element.get("option_groups", [])
    return [*element.get("options", []), *(entry for group in groups for entry in group["options"])]


def choose(element: Json, given: Json) -> Json:
    """What a person chose, as Slack would send it for this element; options are given by value or whole.

    Raises:
        ValueError: the element does not offer that.
    """
    kind = element["type"]
    if kind not in CHOSEN:
        return {}
    field = CHOSEN[kind][0]
    if field not in given and "value" in given and field != "value":
        given = {field: given["value"]}
    chosen = given.get(field)
    if field == "selected_option" and chosen is not None:
        chosen = _one_of_the_options(element, chosen)
    elif field == "selected_options":
        chosen = [_one_of_the_options(element, entry) for entry in chosen or []]
    return {field: chosen}


def _one_of_the_options(element: Json, chosen: Any) -> Json:
    if element["type"].endswith("external_select"):
        if not isinstance(chosen, dict):
            raise ValueError("an external menu needs the whole option")
        return chosen
    value = chosen.get("value") if isinstance(chosen, dict) else chosen
    for option in offered(element):
        if option["value"] == value:
            return copy.deepcopy(option)
    raise ValueError(f"{element['action_id']} does not offer {value!r}")
