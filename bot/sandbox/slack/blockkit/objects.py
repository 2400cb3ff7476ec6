"""Composition objects: texts, options, confirm dialogs and the like.

https://docs.slack.dev/reference/block-kit/composition-objects
"""

from __future__ import annotations

from collections.abc import Mapping

from bot.sandbox.slack.blockkit.limits import LIMITS
from bot.sandbox.slack.blockkit.shapes import (
    Check,
    Found,
    Problem,
    boolean,
    integer,
    items,
    just,
    link,
    one_of,
    only_one_of,
    record,
    some_of,
    string,
    typed,
)


def plain_text(most: int = LIMITS["text_object.text"]) -> Check:
    """A `plain_text` object and nothing else: markup where it is not allowed is a frequent fault."""
    return record({"type": just("plain_text"), "text": string(most, least=1)}, {"emoji": boolean})


def mrkdwn(most: int = LIMITS["text_object.text"]) -> Check:
    return record({"type": just("mrkdwn"), "text": string(most, least=1)}, {"verbatim": boolean})


def any_text(most: int = LIMITS["text_object.text"]) -> Check:
    return typed({"plain_text": plain_text(most), "mrkdwn": mrkdwn(most)}, what="text type")


CONFIRM = record(
    {
        "title": plain_text(LIMITS["confirm.title"]),
        "text": any_text(LIMITS["confirm.text"]),
        "confirm": plain_text(LIMITS["confirm.confirm"]),
        "deny": plain_text(LIMITS["confirm.deny"]),
    },
    {"style": one_of("primary", "danger")},
)


def option(text: Check, *, with_url: bool = False) -> Check:
    """`{text, value, description?, url?}`; a `url` only in an overflow menu."""
    optional: dict[str, Check] = {"description": any_text(LIMITS["option.description"])}
    if with_url:
        optional["url"] = link(LIMITS["option.url"])
    return record({"text": text, "value": string(LIMITS["option.value"], least=1)}, optional)


PLAIN_OPTION = option(plain_text(LIMITS["option.text"]))
MARKED_OPTION = option(any_text(LIMITS["option.text"]))
LINKED_OPTION = option(plain_text(LIMITS["option.text"]), with_url=True)

OPTIONS = items(PLAIN_OPTION, most=LIMITS["select.options"])
OPTION_GROUPS = items(
    record({"label": plain_text(LIMITS["option_group.label"]), "options": OPTIONS}),
    most=LIMITS["select.option_groups"],
)

FILTER = record(
    {},
    {
        "include": items(one_of("im", "mpim", "private", "public")),
        "exclude_external_shared_channels": boolean,
        "exclude_bot_users": boolean,
    },
    some_of("include", "exclude_external_shared_channels", "exclude_bot_users"),
)

DISPATCH = record(
    {"trigger_actions_on": items(one_of("on_enter_pressed", "on_character_entered"), most=2)},
)

SLACK_FILE = record(
    {}, {"id": string(least=1), "url": link()}, only_one_of("id", "url"), some_of("id", "url")
)

WORKFLOW = record(
    {
        "trigger": record(
            {"url": link()},
            {"customizable_input_parameters": items(record({"name": string(), "value": string()}), least=0)},
        )
    },
)

FEEDBACK_BUTTON = record(
    {"text": plain_text(LIMITS["button.text"]), "value": string(LIMITS["button.value"])},
    {"accessibility_label": string(LIMITS["button.accessibility_label"])},
)

FOCUS: Mapping[str, Check] = {"focus_on_load": boolean}
PLACEHOLDER: Mapping[str, Check] = {"placeholder": plain_text(LIMITS["placeholder"])}
MAX_SELECTED: Mapping[str, Check] = {"max_selected_items": integer(1)}


def unlike_values(value: Mapping[str, object], at: str, found: Found) -> None:
    """Within one menu every option has its own value."""
    options = value.get("options")
    seen: set[object] = set()
    for position, entry in enumerate(options if isinstance(options, list) else []):
        if entry["value"] in seen:
            found.append(
                Problem(f"{at}/options/{position}/value", f"value `{entry['value']}` already exists")
            )
        seen.add(entry["value"])


def initial_among_options(value: Mapping[str, object], at: str, found: Found) -> None:
    """What is chosen at first must be one of the options, letter by letter."""
    offered = _offered(value)
    for name in ("initial_option", "initial_options"):
        chosen = value.get(name)
        for entry in chosen if isinstance(chosen, list) else [chosen] if chosen is not None else []:
            if entry not in offered:
                found.append(Problem(f"{at}/{name}", "must exactly match one of the options"))


def _offered(value: Mapping[str, object]) -> list[object]:
    options = value.get("options")
    if isinstance(options, list):
        return list(options)
    groups = value.get("option_groups")
    return [entry for group in groups for entry in group["options"]] if isinstance(groups, list) else []
