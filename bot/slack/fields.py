"""The fields of a dialog as input blocks, and what stands in them when it comes back.

https://docs.slack.dev/reference/block-kit/blocks/input-block. Slack keeps what a person put in by the block's id, so what a field
hangs on is a part of it: under another service, nothing is chosen.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from bot.pages import YES, Answers, Choice, ExternalChoice, Field, Option, TextField, Toggle
from bot.slack.text import Block, clean, cut, length, plain_object

LONGEST_LABEL = 150
LONGEST_PLACEHOLDER = 150
LONGEST_INPUT = 3000
LONGEST_BLOCK_ID = 255
MOST_OPTIONS = 100
LONGEST_OPTION = 75
LONGEST_OPTION_VALUE = 150
NO_OPTIONS = Option("-", "Nothing to choose from")


def block_id(field: Field) -> str:
    return f"{field.name}/{field.of}"[:LONGEST_BLOCK_ID] if field.of else field.name


def split_block_id(found: str) -> tuple[str, str]:
    """The field's name, and what it hangs on."""
    name, _, of = found.partition("/")
    return name, of


def draw_field(field: Field, room: int) -> Block:
    return {
        "type": "input",
        "block_id": block_id(field),
        "label": plain_object(field.label, min(LONGEST_LABEL, room)),
        "element": _element(field),
        **({"hint": plain_object(field.hint, min(LONGEST_LABEL, room))} if field.hint else {}),
        **({"optional": True} if field.optional else {}),
        **({"dispatch_action": True} if field.watched else {}),
    }


def draw_options(options: Iterable[Option]) -> list[Block]:
    """At most a hundred, each with another value; one whose value is too long can't be shortened, so it is left out."""
    drawn: dict[str, Block] = {}
    for option in options:
        if _possible(option) and option.value not in drawn:
            drawn[option.value] = _option(option)
    return list(drawn.values())[:MOST_OPTIONS]


def answers_in(view: Mapping[str, Any]) -> Answers:
    """What stands in the fields of a view; what has no shape of ours counts as nothing."""
    values: dict[str, str] = {}
    hangs: dict[str, str] = {}
    found = view.get("state")
    found = found.get("values") if isinstance(found, Mapping) else None
    for block, actions in found.items() if isinstance(found, Mapping) else ():
        name, of = split_block_id(str(block))
        element = actions.get(name) if isinstance(actions, Mapping) else None
        if isinstance(element, Mapping):
            values[name] = clean(_value(element))[:LONGEST_INPUT]
            hangs[name] = of
    return Answers(values=values, of=hangs)


def _element(field: Field) -> dict[str, Any]:
    match field:
        case TextField():
            return _text(field)
        case Choice():
            return _choice(field)
        case ExternalChoice():
            return {
                "type": "external_select",
                "action_id": field.name,
                "min_query_length": 0,
                **_placeholder(field.placeholder),
                **(
                    {"initial_option": _option(field.initial)}
                    if field.initial and _possible(field.initial)
                    else {}
                ),
            }
        case Toggle():
            box = {"text": plain_object(field.says, LONGEST_OPTION), "value": YES}
            return {
                "type": "checkboxes",
                "action_id": field.name,
                "options": [box],
                **({"initial_options": [box]} if field.initial else {}),
            }
    raise AssertionError(f"no way to draw {field!r}")  # pragma: no cover - the fields are a closed list


def _text(field: TextField) -> dict[str, Any]:
    initial = cut(clean(field.initial), field.most)
    return {
        "type": "plain_text_input",
        "action_id": field.name,
        "multiline": field.multiline,
        "max_length": min(field.most, LONGEST_INPUT),
        **({"initial_value": initial} if initial else {}),
        **({"focus_on_load": True} if field.focus else {}),
        **({"dispatch_action_config": {"trigger_actions_on": ["on_enter_pressed"]}} if field.watched else {}),
        **_placeholder(field.placeholder),
    }


def _choice(field: Choice) -> dict[str, Any]:
    options = draw_options(field.options) or [_option(NO_OPTIONS)]
    initial = [option for option in options if option["value"] == field.initial]
    return {
        "type": "static_select",
        "action_id": field.name,
        "options": options,
        **({"initial_option": initial[0]} if initial else {}),
        **_placeholder(field.placeholder),
    }


def _placeholder(text: str) -> dict[str, Any]:
    return {"placeholder": plain_object(text, LONGEST_PLACEHOLDER)} if text else {}


def _possible(option: Option) -> bool:
    return 0 < length(option.value) <= LONGEST_OPTION_VALUE and clean(option.value) == option.value


def _option(option: Option) -> Block:
    note = {"description": plain_object(option.note, LONGEST_OPTION)} if option.note.strip() else {}
    return {"text": plain_object(option.text, LONGEST_OPTION), "value": option.value, **note}


def _value(element: Mapping[str, Any]) -> str:
    """One element of `state.values`: text, the value of the option that is chosen, or of the box that is ticked."""
    several = element.get("selected_options")
    chosen = several[0] if isinstance(several, list) and several else element.get("selected_option")
    found = chosen.get("value") if isinstance(chosen, Mapping) else element.get("value")
    return found if isinstance(found, str) else ""
