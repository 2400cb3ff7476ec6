"""Judges payloads: would Slack take this message, this view? Pure functions, for the stand-in and for tests.

>>> [str(problem) for problem in validate_message({"text": "hi", "blocks": [{"type": "header"}]})]
['missing required field: text [json-pointer:/blocks/0]']
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bot.sandbox.slack.blockkit.layout import IN_MESSAGE, IN_VIEW, INTERACTIVE
from bot.sandbox.slack.blockkit.limits import LIMITS
from bot.sandbox.slack.blockkit.objects import plain_text
from bot.sandbox.slack.blockkit.shapes import (
    Check,
    Found,
    Problem,
    boolean,
    items,
    just,
    record,
    string,
    typed,
)

__all__ = [
    "LIMITS",
    "Problem",
    "blocks_size",
    "elements_of",
    "validate_blocks",
    "validate_message",
    "validate_view",
]

_MESSAGE_BLOCKS = items(IN_MESSAGE, least=0, most=LIMITS["message.blocks"])
_ONCE_PER_MESSAGE = {"table": 1, "data_visualization": LIMITS["data_visualization"]}


def validate_message(message: Mapping[str, Any]) -> list[Problem]:
    """What Slack would find wrong with `{text?, blocks?}`; pointers start at `/blocks` or `/text`."""
    found: Found = []
    text, blocks = message.get("text"), message.get("blocks")
    if not text and not blocks and not message.get("attachments") and not message.get("markdown_text"):
        found.append(Problem("/text", "no_text"))
    if text is not None:
        string(LIMITS["chat.postMessage.text"])(text, "/text", found)
    if blocks is not None:
        found.extend(validate_blocks(blocks))
        if blocks_size(blocks) > LIMITS["message.blocks.total_json"]:
            found.append(Problem("/blocks", f"msg_blocks_too_long: {blocks_size(blocks)} characters of JSON"))
    return found


def validate_blocks(blocks: object, at: str = "/blocks") -> list[Problem]:
    """The blocks of a message, without regard to their total size."""
    found: Found = []
    _MESSAGE_BLOCKS(blocks, at, found)
    if isinstance(blocks, list):
        _unique_ids(blocks, at, found)
        _totals(blocks, at, found)
    return found


def blocks_size(blocks: object) -> int:
    """How many characters the blocks take as compact JSON, which is what `msg_blocks_too_long` counts."""
    return len(json.dumps(blocks, separators=(",", ":"), ensure_ascii=False))


def validate_view(view: Mapping[str, Any]) -> list[Problem]:
    """What Slack would find wrong with a modal or an App Home; pointers start at `/view`."""
    found: Found = []
    _VIEW(view, "/view", found)
    blocks = view.get("blocks") if isinstance(view, dict) else None
    if isinstance(blocks, list):
        _unique_ids(blocks, "/view/blocks", found)
        if view.get("type") == "modal" and "submit" not in view and _has_input(blocks):
            found.append(Problem("/view", "missing required field: submit"))
    return found


def elements_of(block: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The interactive elements of a block with their pointers within it."""
    places: list[tuple[str, Any]] = [
        ("/accessory", block.get("accessory")),
        ("/element", block.get("element")),
    ]
    for name in ("elements", "actions"):
        inner = block.get(name)
        if isinstance(inner, list):
            places.extend((f"/{name}/{position}", item) for position, item in enumerate(inner))
    for place, element in places:
        if not isinstance(element, dict):
            continue
        kind = element.get("type")
        if kind == "card":
            yield from ((place + deeper, inner) for deeper, inner in elements_of(element))
        elif isinstance(kind, str) and kind in INTERACTIVE:
            yield place, element


def _view(kind: str, most: int, required: Mapping[str, Check], optional: Mapping[str, Check]) -> Check:
    return record(
        {"type": just(kind), "blocks": items(IN_VIEW, least=0, most=most), **required},
        {
            "private_metadata": string(LIMITS["view.private_metadata"]),
            "callback_id": string(LIMITS["view.callback_id"]),
            "external_id": string(LIMITS["view.external_id"]),
            **optional,
        },
    )


_VIEW = typed(
    {
        "modal": _view(
            "modal",
            LIMITS["modal.blocks"],
            {"title": plain_text(LIMITS["modal.title"])},
            {
                "submit": plain_text(LIMITS["modal.submit"]),
                "close": plain_text(LIMITS["modal.close"]),
                "clear_on_close": boolean,
                "notify_on_close": boolean,
                "submit_disabled": boolean,
            },
        ),
        "home": _view("home", LIMITS["home.blocks"], {}, {}),
    },
    what="view",
)


def _has_input(blocks: Sequence[Any]) -> bool:
    return any(isinstance(block, dict) and block.get("type") == "input" for block in blocks)


def _unique_ids(blocks: Sequence[Any], at: str, found: Found) -> None:
    """`block_id` once in a message or view, `action_id` once in a block."""
    seen: set[object] = set()
    for position, block in enumerate(blocks):
        if not isinstance(block, dict):
            continue
        block_id = block.get("block_id")
        if isinstance(block_id, str):
            if block_id in seen:
                found.append(Problem(f"{at}/{position}/block_id", f"block_id `{block_id}` already exists"))
            seen.add(block_id)
        _unique_actions(block, f"{at}/{position}", found)


def _unique_actions(block: Mapping[str, Any], at: str, found: Found) -> None:
    seen: set[str] = set()
    focused = 0
    for place, element in elements_of(block):
        action_id = element.get("action_id")
        if isinstance(action_id, str):
            if action_id in seen:
                found.append(Problem(f"{at}{place}/action_id", f"action_id `{action_id}` already exists"))
            seen.add(action_id)
        focused += element.get("focus_on_load") is True
    if focused > 1:
        found.append(Problem(at, "only one element may have focus_on_load"))


def _totals(blocks: Sequence[Any], at: str, found: Found) -> None:
    """What is counted over a whole message: markdown characters, tables, charts."""
    known = [block for block in blocks if isinstance(block, dict)]
    written = sum(len(str(block.get("text", ""))) for block in known if block.get("type") == "markdown")
    if written > LIMITS["markdown.text"]:
        found.append(
            Problem(
                at, f"markdown blocks must be less than {LIMITS['markdown.text'] + 1} characters together"
            )
        )
    for kind, most in _ONCE_PER_MESSAGE.items():
        if sum(block.get("type") == kind for block in known) > most:
            found.append(Problem(at, f"no more than {most} {kind} blocks allowed"))
    for position, block in enumerate(known):
        if block.get("type") == "data_table" and blocks_size(block.get("rows")) > LIMITS["data_table.total"]:
            found.append(
                Problem(
                    f"{at}/{position}/rows", f"must be less than {LIMITS['data_table.total'] + 1} characters"
                )
            )
