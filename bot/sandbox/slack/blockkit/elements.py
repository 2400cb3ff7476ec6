"""Block elements, and which of them fits where.

https://docs.slack.dev/reference/block-kit/block-elements
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from bot.sandbox.slack.blockkit.limits import LIMITS
from bot.sandbox.slack.blockkit.objects import (
    CONFIRM,
    DISPATCH,
    FEEDBACK_BUTTON,
    FILTER,
    FOCUS,
    LINKED_OPTION,
    MARKED_OPTION,
    MAX_SELECTED,
    OPTION_GROUPS,
    OPTIONS,
    PLACEHOLDER,
    PLAIN_OPTION,
    SLACK_FILE,
    WORKFLOW,
    initial_among_options,
    plain_text,
    unlike_values,
)
from bot.sandbox.slack.blockkit.rich_text import RICH_TEXT
from bot.sandbox.slack.blockkit.shapes import (
    Check,
    Found,
    Problem,
    Rule,
    boolean,
    integer,
    items,
    just,
    link,
    one_of,
    only_one_of,
    pattern,
    record,
    some_of,
    string,
    typed,
)

ACTION_ID = string(LIMITS["action_id"], least=1)
DATE = pattern(re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])").fullmatch, "a date as YYYY-MM-DD")
TIME = pattern(re.compile(r"([01]\d|2[0-3]):[0-5]\d").fullmatch, "a time as HH:mm")
WHO = string(least=1)
DIGITS = pattern(re.compile(r"-?\d+(\.\d+)?").fullmatch, "a number in a string")


def _element(
    kind: str, required: Mapping[str, Check], optional: Mapping[str, Check], *rules: Rule
) -> tuple[str, Check]:
    """An interactive element: each has a type, may have an `action_id` and a confirm dialog."""
    return kind, record(
        {"type": just(kind), **required}, {"action_id": ACTION_ID, "confirm": CONFIRM, **optional}, *rules
    )


def _menus(
    kind: str, required: Mapping[str, Check], optional: Mapping[str, Check], *rules: Rule
) -> Iterable[tuple[str, Check]]:
    """A select menu and its sibling for several choices."""
    one = {name: check for name, check in optional.items() if not name.startswith("initial_many:")}
    many = {
        name.removeprefix("initial_many:"): check
        for name, check in optional.items()
        if name.startswith("initial_many:") or not name.startswith(("initial_", "response_url"))
    }
    yield _element(kind, required, {**PLACEHOLDER, **FOCUS, **one}, *rules)
    yield _element(f"multi_{kind}", required, {**PLACEHOLDER, **FOCUS, **MAX_SELECTED, **many}, *rules)


def _min_before_max(low: str, high: str) -> Rule:
    def rule(value: Mapping[str, object], at: str, found: Found) -> None:
        least, most = value.get(low), value.get(high)
        if least is not None and most is not None and float(str(least)) > float(str(most)):
            found.append(Problem(f"{at}/{low}", f"must not be above {high}"))

    return rule


def _choices(most: int, each: Check) -> dict[str, Check]:
    return {"options": items(each, most=most)}


_RADIOS = _choices(LIMITS["radio_buttons.options"], MARKED_OPTION)
_BOXES = _choices(LIMITS["checkboxes.options"], MARKED_OPTION)
_STATIC_RULES = (
    some_of("options", "option_groups"),
    only_one_of("options", "option_groups"),
    unlike_values,
    initial_among_options,
)
_TEXT_LIMITS = {
    "min_length": integer(0, LIMITS["plain_text_input.max_length"]),
    "max_length": integer(1, LIMITS["plain_text_input.max_length"]),
}
_TYPED: dict[str, Check] = {"dispatch_action_config": DISPATCH, **PLACEHOLDER, **FOCUS}

IMAGE = record(
    {"type": just("image"), "alt_text": string(LIMITS["image.alt_text"])},
    {"image_url": link(LIMITS["image.image_url"]), "slack_file": SLACK_FILE},
    some_of("image_url", "slack_file"),
    only_one_of("image_url", "slack_file"),
)

BUTTON = _element(
    "button",
    {"text": plain_text(LIMITS["button.text"])},
    {
        "value": string(LIMITS["button.value"]),
        "url": link(LIMITS["button.url"]),
        "style": one_of("primary", "danger"),
        "accessibility_label": string(LIMITS["button.accessibility_label"]),
    },
)[1]

ELEMENTS: dict[str, Check] = dict(
    [
        ("image", IMAGE),
        ("button", BUTTON),
        *_menus(
            "static_select",
            {},
            {
                "options": OPTIONS,
                "option_groups": OPTION_GROUPS,
                "initial_option": PLAIN_OPTION,
                "initial_many:initial_options": items(PLAIN_OPTION, most=LIMITS["select.options"]),
            },
            *_STATIC_RULES,
        ),
        *_menus(
            "external_select",
            {},
            {
                "min_query_length": integer(0),
                "initial_option": PLAIN_OPTION,
                "initial_many:initial_options": items(PLAIN_OPTION, most=LIMITS["select.options"]),
            },
        ),
        *_menus("users_select", {}, {"initial_user": WHO, "initial_many:initial_users": items(WHO)}),
        *_menus(
            "conversations_select",
            {},
            {
                "initial_conversation": WHO,
                "initial_many:initial_conversations": items(WHO),
                "default_to_current_conversation": boolean,
                "response_url_enabled": boolean,
                "filter": FILTER,
            },
        ),
        *_menus(
            "channels_select",
            {},
            {
                "initial_channel": WHO,
                "initial_many:initial_channels": items(WHO),
                "response_url_enabled": boolean,
            },
        ),
        _element("overflow", _choices(LIMITS["overflow.options"], LINKED_OPTION), {}, unlike_values),
        _element(
            "radio_buttons",
            _RADIOS,
            {"initial_option": MARKED_OPTION, **FOCUS},
            unlike_values,
            initial_among_options,
        ),
        _element(
            "checkboxes",
            _BOXES,
            {"initial_options": items(MARKED_OPTION), **FOCUS},
            unlike_values,
            initial_among_options,
        ),
        _element("datepicker", {}, {"initial_date": DATE, **PLACEHOLDER, **FOCUS}),
        _element("timepicker", {}, {"initial_time": TIME, "timezone": WHO, **PLACEHOLDER, **FOCUS}),
        _element("datetimepicker", {}, {"initial_date_time": integer(1_000_000_000, 9_999_999_999), **FOCUS}),
        _element(
            "plain_text_input",
            {},
            {
                "initial_value": string(LIMITS["plain_text_input.max_length"]),
                "multiline": boolean,
                **_TEXT_LIMITS,
                **_TYPED,
            },
            _min_before_max("min_length", "max_length"),
        ),
        _element("email_text_input", {}, {"initial_value": string(), **_TYPED}),
        _element("url_text_input", {}, {"initial_value": string(), **_TYPED}),
        _element(
            "number_input",
            {"is_decimal_allowed": boolean},
            {"initial_value": DIGITS, "min_value": DIGITS, "max_value": DIGITS, **_TYPED},
            _min_before_max("min_value", "max_value"),
        ),
        _element("rich_text_input", {}, {"initial_value": RICH_TEXT, **_TYPED}),
        _element(
            "file_input",
            {},
            {"filetypes": items(string(least=1)), "max_files": integer(1, LIMITS["file_input.max_files"])},
        ),
        _element(
            "workflow_button",
            {"text": plain_text(LIMITS["button.text"]), "workflow": WORKFLOW},
            {
                "style": one_of("primary", "danger"),
                "accessibility_label": string(LIMITS["button.accessibility_label"]),
            },
        ),
        _element(
            "feedback_buttons", {"positive_button": FEEDBACK_BUTTON, "negative_button": FEEDBACK_BUTTON}, {}
        ),
        _element(
            "icon_button",
            {"icon": one_of("trash"), "text": plain_text(LIMITS["button.text"])},
            {
                "value": string(LIMITS["button.value"]),
                "accessibility_label": string(LIMITS["button.accessibility_label"]),
                "visible_to_user_ids": items(WHO),
            },
        ),
    ]
)

_SELECTS = ("static_select", "external_select", "users_select", "conversations_select", "channels_select")
_MULTI = tuple(f"multi_{kind}" for kind in _SELECTS)
_PICKERS = ("checkboxes", "radio_buttons", "datepicker", "timepicker")

ACCESSORIES = ("button", "image", "overflow", "workflow_button", *_PICKERS, *_SELECTS, *_MULTI)
IN_ACTIONS = ("button", "overflow", "workflow_button", "datetimepicker", *_PICKERS, *_SELECTS, *_MULTI)
IN_INPUT = (
    "plain_text_input",
    "email_text_input",
    "url_text_input",
    "number_input",
    "rich_text_input",
    "file_input",
    "datetimepicker",
    *_PICKERS,
    *_SELECTS,
    *_MULTI,
)
IN_CONTEXT_ACTIONS = ("feedback_buttons", "icon_button")


def elements(kinds: Iterable[str]) -> Check:
    return typed({kind: ELEMENTS[kind] for kind in kinds}, what="element")
