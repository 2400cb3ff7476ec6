"""Block Kit's rules, each by its name: what Slack would take, and what it would say of the rest."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from bot.sandbox.slack.blocks import LIMITS, validate_blocks, validate_message, validate_view

SHARED = Path(os.environ.get("PILOTHOUSE_SHARED", "../shared"))
COUNTED_ELSEWHERE = {
    "button.style",
    "response_url",
    "trigger_id",
    "ack",
    "options(external_select)",
    "signature.timestamp",
    "events.retries",
    "events.failure_limit",
    "events.deliveries",
    "socket_mode.connections",
    "rate.chat.postMessage",
    "rate.incoming_webhook",
    "rate.tiers",
    "file.snippet",
    "file.alt_txt",
    "complete_upload.channels",
}


def plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str) -> dict[str, Any]:
    return {"type": "mrkdwn", "text": text}


def button(action_id: str = "go", **more: Any) -> dict[str, Any]:
    return {"type": "button", "action_id": action_id, "text": plain("Go"), **more}


def section(**more: Any) -> dict[str, Any]:
    return {"type": "section", "text": mrkdwn("hello"), **more}


def option(value: str, text: str = "an option", **more: Any) -> dict[str, Any]:
    return {"text": plain(text), "value": value, **more}


def select(count: int = 2, **more: Any) -> dict[str, Any]:
    return {
        "type": "static_select",
        "action_id": "pick",
        "options": [option(f"v{number}") for number in range(count)],
        **more,
    }


def asked(element: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "input", "block_id": "i", "label": plain("Label"), "element": element, **more}


def modal(*blocks: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "modal", "title": plain("Title"), "blocks": list(blocks), **more}


def complaints(*blocks: Any) -> list[str]:
    return [str(problem) for problem in validate_blocks(list(blocks))]


def of_view(view: Any) -> list[str]:
    return [str(problem) for problem in validate_view(view)]


def test_our_limits_are_those_that_were_looked_up():
    source = SHARED / "slack" / "limits.json"
    if not source.exists():
        pytest.skip(f"{source} is not here")
    looked_up = {
        name: entry[0]
        for name, entry in json.loads(source.read_text()).items()
        if name != "_" and name not in COUNTED_ELSEWHERE
    }
    assert looked_up == LIMITS


TAKEN = {
    "a divider": {"type": "divider"},
    "a header": {"type": "header", "text": plain("T" * 150)},
    "a section with fields only": {"type": "section", "fields": [mrkdwn("a"), plain("b")]},
    "a section with a button": section(accessory=button()),
    "a section with an image": section(
        accessory={"type": "image", "image_url": "https://x.example/a.png", "alt_text": "a"}
    ),
    "a context": {"type": "context", "elements": [mrkdwn("a"), plain("b")]},
    "buttons with styles": {
        "type": "actions",
        "elements": [
            button("a", style="primary"),
            button("b", style="danger"),
            button("c", url="https://x.example"),
        ],
    },
    "a button with a confirm dialog": {
        "type": "actions",
        "elements": [
            button(
                confirm={
                    "title": plain("Sure?"),
                    "text": mrkdwn("*Really*"),
                    "confirm": plain("Yes"),
                    "deny": plain("No"),
                    "style": "danger",
                }
            )
        ],
    },
    "an image": {
        "type": "image",
        "image_url": "https://x.example/a.png",
        "alt_text": "a",
        "title": plain("t"),
    },
    "an overflow menu": section(
        accessory={"type": "overflow", "options": [option("a", url="https://x.example"), option("b")]}
    ),
    "a menu with groups": section(
        accessory={
            "type": "static_select",
            "option_groups": [{"label": plain("g"), "options": [option("a")]}],
            "initial_option": option("a"),
        }
    ),
    "checkboxes with markup": section(
        accessory={"type": "checkboxes", "options": [{"text": mrkdwn("*a*"), "value": "a"}]}
    ),
    "an input": asked({"type": "plain_text_input", "multiline": True, "min_length": 1, "max_length": 3000}),
    "markdown": {"type": "markdown", "text": "**bold**"},
    "a table": {
        "type": "table",
        "rows": [[{"type": "raw_text", "text": "a"}]],
        "column_settings": [{"align": "right"}],
    },
    "a card": {"type": "card", "title": mrkdwn("t"), "actions": [button()]},
    "a carousel": {"type": "carousel", "elements": [{"type": "card", "title": plain("t")}]},
    "a container": {"type": "container", "title": plain("t"), "child_blocks": [{"type": "divider"}]},
    "rich text of every kind": {
        "type": "rich_text",
        "elements": [
            {
                "type": "rich_text_section",
                "elements": [
                    {"type": "text", "text": "a", "style": {"bold": True, "code": True}},
                    {"type": "link", "url": "https://x.example", "text": "x"},
                    {"type": "user", "user_id": "U1"},
                    {"type": "usergroup", "usergroup_id": "S1"},
                    {"type": "channel", "channel_id": "C1"},
                    {"type": "emoji", "name": "ship"},
                    {"type": "broadcast", "range": "here"},
                    {"type": "date", "timestamp": 1, "format": "{date}", "fallback": "then"},
                    {"type": "color", "value": "#00ff00"},
                ],
            },
            {
                "type": "rich_text_list",
                "style": "bullet",
                "indent": 1,
                "elements": [{"type": "rich_text_section", "elements": []}],
            },
            {"type": "rich_text_quote", "elements": [{"type": "text", "text": "q"}]},
            {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": "log"}]},
        ],
    },
}


@pytest.mark.parametrize("what", TAKEN)
def test_slack_takes(what: str):
    assert complaints(TAKEN[what]) == []


REFUSED = {
    "an unknown block": ({"type": "banner"}, "unsupported block: banner [json-pointer:/blocks/0/type]"),
    "a block without type": ({"text": plain("a")}, "missing required field: type [json-pointer:/blocks/0]"),
    "text in place of a block": ("divider", "must provide an object [json-pointer:/blocks/0]"),
    "an unknown field": ({"type": "divider", "colour": "red"}, "invalid additional property: colour [json-pointer:/blocks/0]"),
    "a header too long": (
        {"type": "header", "text": plain("T" * 151)},
        "must be less than 151 characters [json-pointer:/blocks/0/text/text]",
    ),
    "markup in a header": ({"type": "header", "text": mrkdwn("*T*")}, "must be one of: plain_text [json-pointer:/blocks/0/text/type]"),
    "an empty section text": (
        {"type": "section", "text": mrkdwn("")},
        "must be more than 0 characters [json-pointer:/blocks/0/text/text]",
    ),
    "a section too long": (
        {"type": "section", "text": mrkdwn("s" * 3001)},
        "must be less than 3001 characters [json-pointer:/blocks/0/text/text]",
    ),
    "a section without text and fields": ({"type": "section"}, "missing required field: text or fields [json-pointer:/blocks/0]"),
    "eleven fields": (
        {"type": "section", "fields": [mrkdwn("f")] * 11},
        "no more than 10 items allowed [json-pointer:/blocks/0/fields]",
    ),
    "a field too long": (
        {"type": "section", "fields": [mrkdwn("f" * 2001)]},
        "must be less than 2001 characters [json-pointer:/blocks/0/fields/0/text]",
    ),
    "an input as an accessory": (
        section(accessory={"type": "plain_text_input"}),
        "unsupported element: plain_text_input [json-pointer:/blocks/0/accessory/type]",
    ),
    "a button in a context": (
        {"type": "context", "elements": [button()]},
        "unsupported element: button [json-pointer:/blocks/0/elements/0/type]",
    ),
    "eleven context elements": (
        {"type": "context", "elements": [mrkdwn("c")] * 11},
        "no more than 10 items allowed [json-pointer:/blocks/0/elements]",
    ),
    "no actions": ({"type": "actions", "elements": []}, "no fewer than 1 items allowed [json-pointer:/blocks/0/elements]"),
    "twenty-six actions": (
        {"type": "actions", "elements": [button(f"b{n}") for n in range(26)]},
        "no more than 25 items allowed [json-pointer:/blocks/0/elements]",
    ),
    "a button text too long": (
        {"type": "actions", "elements": [{"type": "button", "text": plain("b" * 76)}]},
        "must be less than 76 characters [json-pointer:/blocks/0/elements/0/text/text]",
    ),
    "markup on a button": (
        {"type": "actions", "elements": [{"type": "button", "text": mrkdwn("b")}]},
        "must be one of: plain_text [json-pointer:/blocks/0/elements/0/text/type]",
    ),
    "a button value too long": (
        {"type": "actions", "elements": [button(value="v" * 2001)]},
        "must be less than 2001 characters [json-pointer:/blocks/0/elements/0/value]",
    ),
    "an unknown style": (
        {"type": "actions", "elements": [button(style="default")]},
        "must be one of: primary, danger [json-pointer:/blocks/0/elements/0/style]",
    ),
    "a link without scheme": (
        {"type": "actions", "elements": [button(url="example.com")]},
        "Invalid URL: example.com [json-pointer:/blocks/0/elements/0/url]",
    ),
    "two elements with one action_id": (
        {"type": "actions", "elements": [button("a"), button("a")]},
        "action_id `a` already exists [json-pointer:/blocks/0/elements/1/action_id]",
    ),
    "an action_id too long": (
        {"type": "actions", "elements": [button("a" * 256)]},
        "must be less than 256 characters [json-pointer:/blocks/0/elements/0/action_id]",
    ),
    "a confirm dialog without deny": (
        {"type": "actions", "elements": [button(confirm={"title": plain("t"), "text": plain("t"), "confirm": plain("y")})]},
        "missing required field: deny [json-pointer:/blocks/0/elements/0/confirm]",
    ),
    "an image without alt_text": (
        {"type": "image", "image_url": "https://x.example/a.png"},
        "missing required field: alt_text [json-pointer:/blocks/0]",
    ),
    "an image from nowhere": (
        {"type": "image", "alt_text": "a"},
        "missing required field: image_url or slack_file [json-pointer:/blocks/0]",
    ),
    "101 options": (section(accessory=select(101)), "no more than 100 items allowed [json-pointer:/blocks/0/accessory/options]"),
    "an option text too long": (
        section(accessory={"type": "static_select", "options": [option("a", "t" * 76)]}),
        "must be less than 76 characters [json-pointer:/blocks/0/accessory/options/0/text/text]",
    ),
    "an option value too long": (
        section(accessory={"type": "static_select", "options": [option("v" * 151)]}),
        "must be less than 151 characters [json-pointer:/blocks/0/accessory/options/0/value]",
    ),
    "an option url outside an overflow menu": (
        section(accessory={"type": "static_select", "options": [option("a", url="https://x.example")]}),
        "invalid additional property: url [json-pointer:/blocks/0/accessory/options/0]",
    ),
    "options with one value": (
        section(accessory={"type": "static_select", "options": [option("a"), option("a")]}),
        "value `a` already exists [json-pointer:/blocks/0/accessory/options/1/value]",
    ),
    "options and groups together": (
        section(accessory=select(option_groups=[{"label": plain("g"), "options": [option("a")]}])),
        "only one of options, option_groups is allowed [json-pointer:/blocks/0/accessory]",
    ),
    "a menu with neither": (
        section(accessory={"type": "static_select"}),
        "missing required field: options or option_groups [json-pointer:/blocks/0/accessory]",
    ),
    "an initial option that is not offered": (
        section(accessory=select(initial_option=option("other"))),
        "must exactly match one of the options [json-pointer:/blocks/0/accessory/initial_option]",
    ),
    "six overflow options": (
        section(accessory={"type": "overflow", "options": [option(str(n)) for n in range(6)]}),
        "no more than 5 items allowed [json-pointer:/blocks/0/accessory/options]",
    ),
    "a date that is none": (
        section(accessory={"type": "datepicker", "initial_date": "2026-13-01"}),
        "must be a date as YYYY-MM-DD [json-pointer:/blocks/0/accessory/initial_date]",
    ),
    "an input with min above max": (
        asked({"type": "plain_text_input", "min_length": 5, "max_length": 4}),
        "must not be above max_length [json-pointer:/blocks/0/element/min_length]",
    ),
    "an input with a button": (
        asked(button()),
        "unsupported element: button [json-pointer:/blocks/0/element/type]",
    ),
    "a style that rich text does not know": (
        {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": "a", "style": {"blink": True}}]}]},
        "invalid additional property: blink [json-pointer:/blocks/0/elements/0/elements/0/style]",
    ),
    "an empty piece of rich text": (
        {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": ""}]}]},
        "must be more than 0 characters [json-pointer:/blocks/0/elements/0/elements/0/text]",
    ),
    "a mention in preformatted text": (
        {"type": "rich_text", "elements": [{"type": "rich_text_preformatted", "elements": [{"type": "user", "user_id": "U1"}]}]},
        "unsupported rich text element: user [json-pointer:/blocks/0/elements/0/elements/0/type]",
    ),
    "rich text that nests sections": (
        {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [{"type": "rich_text_section", "elements": []}]}]},
        "unsupported rich text element: rich_text_section [json-pointer:/blocks/0/elements/0/elements/0/type]",
    ),
    "a table row too wide": (
        {"type": "table", "rows": [[{"type": "raw_text", "text": "c"}] * 21]},
        "no more than 20 items allowed [json-pointer:/blocks/0/rows/0]",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", REFUSED)
def test_slack_refuses(what: str):
    block, said = REFUSED[what]
    assert complaints(block) == [said]


def test_a_message_has_at_most_50_blocks():
    assert complaints(*[{"type": "divider"}] * 50) == []
    assert complaints(*[{"type": "divider"}] * 51) == ["no more than 50 items allowed [json-pointer:/blocks]"]


def test_a_block_id_is_used_once():
    twice = [section(block_id="a"), {"type": "divider", "block_id": "a"}]
    assert complaints(*twice) == ["block_id `a` already exists [json-pointer:/blocks/1/block_id]"]


def test_one_action_id_may_stand_in_two_blocks():
    assert complaints(section(accessory=button("a")), section(accessory=button("a"))) == []


def test_markdown_is_counted_over_all_blocks():
    half = {"type": "markdown", "text": "m" * 6_001}
    assert complaints(half) == []
    assert complaints(half, half) == [
        "markdown blocks must be less than 12001 characters together [json-pointer:/blocks]"
    ]


def test_a_message_has_one_table():
    table = {"type": "table", "rows": [[{"type": "raw_text", "text": "a"}]]}
    assert complaints(table, table) == ["no more than 1 table blocks allowed [json-pointer:/blocks]"]


def test_blocks_together_stay_below_13200_characters():
    big = [section(text=mrkdwn("s" * 3000)) for _ in range(5)]
    assert [problem.text.split(":")[0] for problem in validate_message({"blocks": big})] == [
        "msg_blocks_too_long"
    ]
    assert validate_message({"blocks": big[:4]}) == []


def test_a_message_without_anything_has_no_text():
    assert [problem.text for problem in validate_message({"text": "", "blocks": []})] == ["no_text"]


def test_a_modal_has_at_most_100_blocks():
    assert of_view(modal(*[{"type": "divider"}] * 100)) == []
    assert of_view(modal(*[{"type": "divider"}] * 101)) == [
        "no more than 100 items allowed [json-pointer:/view/blocks]"
    ]


@pytest.mark.parametrize("field", ["title", "submit", "close"])
def test_a_modal_says_at_most_24_characters_in_its(field: str):
    assert of_view(modal(**{field: plain("x" * 24)})) == []
    assert of_view(modal(**{field: plain("x" * 25)})) == [
        f"must be less than 25 characters [json-pointer:/view/{field}/text]"
    ]


def test_a_modal_with_an_input_needs_a_submit_button():
    form = modal(asked({"type": "plain_text_input"}))
    assert of_view(form) == ["missing required field: submit [json-pointer:/view]"]
    assert of_view({**form, "submit": plain("Send")}) == []


def test_private_metadata_has_at_most_3000_characters():
    assert of_view(modal(private_metadata="m" * 3000)) == []
    assert of_view(modal(private_metadata="m" * 3001)) == [
        "must be less than 3001 characters [json-pointer:/view/private_metadata]"
    ]


def test_a_home_has_no_title_and_no_submit_button():
    assert of_view({"type": "home", "blocks": []}) == []
    assert of_view({"type": "home", "blocks": [], "title": plain("T")}) == [
        "invalid additional property: title [json-pointer:/view]"
    ]


def test_a_view_takes_no_block_that_is_for_messages_only():
    assert of_view(modal({"type": "markdown", "text": "m"})) == [
        "unsupported block: markdown [json-pointer:/view/blocks/0/type]"
    ]


def test_a_view_is_a_modal_or_a_home():
    assert of_view({"type": "workflow_step", "blocks": []}) == [
        "unsupported view: workflow_step [json-pointer:/view/type]"
    ]
    assert of_view({"blocks": []}) == ["missing required field: type [json-pointer:/view]"]
