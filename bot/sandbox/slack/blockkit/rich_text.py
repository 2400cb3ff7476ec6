"""The rich_text block: sections, lists, quotes and preformatted text made of typed pieces.

https://docs.slack.dev/reference/block-kit/blocks/rich-text-block
"""

from __future__ import annotations

import re

from bot.sandbox.slack.blockkit.limits import LIMITS
from bot.sandbox.slack.blockkit.shapes import (
    Check,
    boolean,
    integer,
    items,
    just,
    link,
    one_of,
    pattern,
    record,
    string,
    typed,
)

_STYLE = record(
    {}, {"bold": boolean, "italic": boolean, "strike": boolean, "code": boolean, "underline": boolean}
)
_MENTION_STYLE = record(
    {},
    {
        "bold": boolean,
        "italic": boolean,
        "strike": boolean,
        "highlight": boolean,
        "client_highlight": boolean,
        "unlink": boolean,
        "underline": boolean,
    },
)
_COLOUR = pattern(re.compile(r"#[0-9a-fA-F]{6}").fullmatch, "a colour as #rrggbb")


def _piece(
    kind: str, required: dict[str, Check], optional: dict[str, Check] | None = None
) -> tuple[str, Check]:
    return kind, record({"type": just(kind), **required}, optional)


PIECES: dict[str, Check] = dict(
    [
        _piece("text", {"text": string(least=1)}, {"style": _STYLE}),
        _piece("link", {"url": link()}, {"text": string(), "unsafe": boolean, "style": _STYLE}),
        _piece(
            "emoji",
            {"name": string(least=1)},
            {"unicode": string(), "skin_tone": integer(1, 6), "style": _STYLE},
        ),
        _piece("user", {"user_id": string(least=1)}, {"style": _MENTION_STYLE}),
        _piece("usergroup", {"usergroup_id": string(least=1)}, {"style": _MENTION_STYLE}),
        _piece("channel", {"channel_id": string(least=1)}, {"style": _MENTION_STYLE}),
        _piece("team", {"team_id": string(least=1)}, {"style": _MENTION_STYLE}),
        _piece("broadcast", {"range": one_of("here", "channel", "everyone")}, {"style": _MENTION_STYLE}),
        _piece("color", {"value": _COLOUR}, {"style": _STYLE}),
        _piece(
            "date",
            {"timestamp": integer(0), "format": string(least=1)},
            {"url": link(), "fallback": string(), "style": _STYLE},
        ),
    ]
)

_INLINE = items(typed(PIECES, what="rich text element"), least=0)
_PLAIN_PIECES = items(typed({k: PIECES[k] for k in ("text", "link")}, what="rich text element"), least=0)
_SECTION = record({"type": just("rich_text_section"), "elements": _INLINE})

RICH_ELEMENTS: dict[str, Check] = {
    "rich_text_section": _SECTION,
    "rich_text_list": record(
        {
            "type": just("rich_text_list"),
            "style": one_of("bullet", "ordered"),
            "elements": items(typed({"rich_text_section": _SECTION}, what="rich text element")),
        },
        {"indent": integer(0, 8), "offset": integer(0), "border": integer(0, 1)},
    ),
    "rich_text_quote": record(
        {"type": just("rich_text_quote"), "elements": _INLINE}, {"border": integer(0, 1)}
    ),
    "rich_text_preformatted": record(
        {"type": just("rich_text_preformatted"), "elements": _PLAIN_PIECES},
        {"border": integer(0, 1), "language": string()},
    ),
}

RICH_TEXT = record(
    {"type": just("rich_text"), "elements": items(typed(RICH_ELEMENTS, what="rich text element"), least=0)},
    {"block_id": string(LIMITS["block_id"], least=1)},
)
