"""Layout blocks, and which surface takes which.

https://docs.slack.dev/reference/block-kit/blocks
"""

from __future__ import annotations

from collections.abc import Mapping

from bot.sandbox.slack.blockkit.elements import (
    ACCESSORIES,
    BUTTON,
    ELEMENTS,
    IMAGE,
    IN_ACTIONS,
    IN_CONTEXT_ACTIONS,
    IN_INPUT,
    elements,
)
from bot.sandbox.slack.blockkit.limits import LIMITS
from bot.sandbox.slack.blockkit.objects import SLACK_FILE, any_text, mrkdwn, plain_text
from bot.sandbox.slack.blockkit.rich_text import RICH_TEXT
from bot.sandbox.slack.blockkit.shapes import (
    Check,
    Rule,
    anything,
    boolean,
    integer,
    items,
    just,
    link,
    number,
    one_of,
    only_one_of,
    record,
    some_of,
    string,
    typed,
)


def _block(
    kind: str, required: Mapping[str, Check], optional: Mapping[str, Check] | None = None, *rules: Rule
) -> tuple[str, Check]:
    with_id = {"block_id": string(LIMITS["block_id"], least=1), **(optional or {})}
    return kind, record({"type": just(kind), **required}, with_id, *rules)


_CONTEXT = typed({"image": IMAGE, "mrkdwn": mrkdwn(), "plain_text": plain_text()}, what="element")

BASIC: dict[str, Check] = dict(
    [
        _block("divider", {}),
        _block("header", {"text": plain_text(LIMITS["header.text"])}),
        _block(
            "section",
            {},
            {
                "text": any_text(LIMITS["section.text"]),
                "fields": items(any_text(LIMITS["section.fields[].text"]), most=LIMITS["section.fields"]),
                "accessory": elements(ACCESSORIES),
                "expand": boolean,
            },
            some_of("text", "fields"),
        ),
        _block("context", {"elements": items(_CONTEXT, most=LIMITS["context.elements"])}),
        _block("actions", {"elements": items(elements(IN_ACTIONS), most=LIMITS["actions.elements"])}),
        _block(
            "image",
            {"alt_text": string(LIMITS["image.alt_text"])},
            {
                "image_url": link(LIMITS["image.image_url"]),
                "slack_file": SLACK_FILE,
                "title": plain_text(LIMITS["image.title"]),
            },
            some_of("image_url", "slack_file"),
            only_one_of("image_url", "slack_file"),
        ),
        _block(
            "input",
            {"label": plain_text(LIMITS["input.label"]), "element": elements(IN_INPUT)},
            {"hint": plain_text(LIMITS["input.hint"]), "optional": boolean, "dispatch_action": boolean},
        ),
        _block(
            "video",
            {
                "alt_text": string(least=1),
                "title": plain_text(LIMITS["video.title"]),
                "thumbnail_url": link(),
                "video_url": link(),
            },
            {
                "author_name": string(LIMITS["video.author_name"]),
                "description": plain_text(),
                "provider_icon_url": link(),
                "provider_name": string(),
                "title_url": link(),
            },
        ),
        ("rich_text", RICH_TEXT),
    ]
)

_CELL = typed(
    {
        "raw_text": record({"type": just("raw_text"), "text": string()}),
        "raw_number": record({"type": just("raw_number"), "value": number}, {"text": string()}),
        "rich_text": RICH_TEXT,
    },
    what="cell",
)
_ROW = items(_CELL, most=LIMITS["table.row.cells"])
_SERIES = record(
    {"name": string(LIMITS["data_visualization.label"], least=1), "data": items(anything)},
)

MESSAGE_ONLY: dict[str, Check] = dict(
    [
        _block("markdown", {"text": string(LIMITS["markdown.text"], least=1)}),
        _block("file", {"external_id": string(least=1), "source": one_of("remote")}),
        _block(
            "context_actions",
            {"elements": items(elements(IN_CONTEXT_ACTIONS), most=LIMITS["context_actions.elements"])},
        ),
        _block(
            "table",
            {"rows": items(_ROW, most=LIMITS["table.rows"])},
            {
                "column_settings": items(
                    record({}, {"align": one_of("left", "center", "right"), "is_wrapped": boolean}),
                    least=0,
                    most=LIMITS["table.column_settings"],
                )
            },
        ),
        _block(
            "data_table",
            {"rows": items(_ROW, least=2, most=LIMITS["data_table.rows"])},
            {
                "caption": string(),
                "page_size": integer(1, LIMITS["data_table.page_size"]),
                "row_header_column_index": integer(0, LIMITS["table.row.cells"] - 1),
            },
        ),
        _block(
            "data_visualization",
            {
                "title": string(least=1),
                "chart": record(
                    {"type": one_of("line", "bar", "area", "pie")},
                    {
                        "series": items(_SERIES, most=LIMITS["data_visualization.series"]),
                        "segments": items(anything),
                        "axis_config": anything,
                    },
                ),
            },
        ),
        _block(
            "alert", {"text": any_text()}, {"level": one_of("default", "info", "warning", "error", "success")}
        ),
        _block(
            "card",
            {},
            {
                "title": any_text(LIMITS["card.title"]),
                "subtitle": any_text(LIMITS["card.subtitle"]),
                "body": any_text(LIMITS["card.body"]),
                "hero_image": IMAGE,
                "icon": IMAGE,
                "actions": items(typed({"button": BUTTON}, what="element"), most=LIMITS["card.actions"]),
            },
            some_of("hero_image", "title", "actions", "body"),
        ),
    ]
)

MESSAGE_ONLY["carousel"] = _block(
    "carousel",
    {
        "elements": items(
            typed({"card": MESSAGE_ONLY["card"]}, what="block"), most=LIMITS["carousel.elements"]
        )
    },
)[1]
MESSAGE_ONLY["container"] = _block(
    "container",
    {"child_blocks": items(typed(BASIC, what="block"), most=LIMITS["container.child_blocks"])},
    {
        "title": plain_text(LIMITS["container.title"]),
        "rich_text_title": RICH_TEXT,
        "subtitle": plain_text(LIMITS["container.title"]),
        "icon": IMAGE,
        "width": one_of("narrow", "standard", "wide", "full"),
        "is_collapsible": boolean,
        "default_collapsed": boolean,
        "has_header_divider": boolean,
    },
)[1]

IN_MESSAGE = typed({**BASIC, **MESSAGE_ONLY}, what="block")
IN_VIEW = typed(BASIC, what="block")
INTERACTIVE = frozenset(ELEMENTS) - {"image"}
