"""What a message says: text, blocks, metadata, each within its limits."""

from __future__ import annotations

import json
from typing import Any

from bot.sandbox.slack.arguments import Arguments
from bot.sandbox.slack.blocks import LIMITS, blocks_size, validate_blocks
from bot.sandbox.slack.messages import Json
from bot.sandbox.slack.refusals import Refusal, problems

METADATA_BYTES = 8_000


def content(arguments: Arguments, *, truncated: bool) -> Json:
    """`text`, `blocks`, `attachments` as they will be kept.

    `truncated` says what happens to a long text: cut at 40,000 characters (new messages), or `msg_too_long` above
    4,000 (`chat.update`).

    Raises:
        Refusal: `no_text`, `msg_too_long`, `invalid_blocks`, `msg_blocks_too_long`, `markdown_text_conflict`, …
    """
    text, blocks, markdown = (
        arguments.get("text", ""),
        arguments.get("blocks"),
        arguments.get("markdown_text", ""),
    )
    attachments = arguments.get("attachments") or []
    if markdown:
        if text or blocks:
            raise Refusal("markdown_text_conflict", "markdown_text goes with neither text nor blocks")
        if len(markdown) > LIMITS["message.markdown_text"]:
            raise Refusal("msg_too_long", f"markdown_text of {len(markdown)} characters")
    if not (text or blocks or attachments or markdown):
        raise Refusal("no_text", "neither text nor blocks")
    if not truncated and len(text) > LIMITS["chat.update.text"]:
        raise Refusal("msg_too_long", f"text of {len(text)} characters, at most {LIMITS['chat.update.text']}")
    _attachments(attachments)
    return {
        "text": (text or markdown)[: LIMITS["chat.postMessage.text"]],
        "blocks": checked_blocks(blocks),
        "attachments": attachments,
    }


def checked_blocks(blocks: Any) -> list[Json]:
    if blocks is None:
        return []
    if not isinstance(blocks, list):
        raise problems("invalid_blocks_format", ["must be an array of blocks [json-pointer:/blocks]"])
    if found := validate_blocks(blocks):
        raise problems("invalid_blocks", found)
    if (size := blocks_size(blocks)) > LIMITS["message.blocks.total_json"]:
        raise Refusal(
            "msg_blocks_too_long", f"{size} characters of JSON, at most {LIMITS['message.blocks.total_json']}"
        )
    return list(blocks)


def _attachments(attachments: Any) -> None:
    if not isinstance(attachments, list) or not all(isinstance(entry, dict) for entry in attachments):
        raise problems("invalid_attachments", ["must be an array of objects [json-pointer:/attachments]"])
    if len(attachments) > LIMITS["message.attachments"]:
        raise Refusal("too_many_attachments", f"{len(attachments)}, at most {LIMITS['message.attachments']}")
    for entry in attachments:
        checked_blocks(entry.get("blocks"))


def metadata(given: Any) -> Json | None:
    """`{event_type, event_payload}`.

    https://docs.slack.dev/messaging/message-metadata

    Raises:
        Refusal: `invalid_metadata_format`, `invalid_metadata_schema`, `metadata_too_large`.
    """
    if given is None or given == {}:
        return None
    if not isinstance(given, dict):
        raise Refusal("invalid_metadata_format", "metadata must be an object")
    event_type, payload = given.get("event_type"), given.get("event_payload")
    if not isinstance(event_type, str) or not event_type or not isinstance(payload, dict):
        raise Refusal("invalid_metadata_schema", "metadata is {event_type: text, event_payload: object}")
    if unknown := set(given) - {"event_type", "event_payload"}:
        raise Refusal("invalid_metadata_schema", f"metadata has unknown fields: {', '.join(sorted(unknown))}")
    if len(json.dumps(given).encode()) > METADATA_BYTES:
        raise Refusal("metadata_too_large", f"at most {METADATA_BYTES} bytes")
    return given
