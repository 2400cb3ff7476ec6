"""Text that UTF-8 can hold. JSON from outside may carry half a surrogate pair, which no database or wire takes."""

from __future__ import annotations

import json
from typing import Any


def plain(text: str) -> str:
    """The same text with `?` for what UTF-8 can't hold."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def plain_json(value: Any) -> bytes:
    """JSON of plain lists, mappings, texts and numbers, with `?` for what UTF-8 can't hold."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode(
        "utf-8", "replace"
    )
