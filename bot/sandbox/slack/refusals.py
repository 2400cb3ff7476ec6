"""How Slack says no: an error code, its details, and the HTTP status it travels with."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from bot.sandbox.slack.blockkit.shapes import Problem


class Refusal(Exception):  # noqa: N818 - it is an answer, not an error
    """`{"ok": false, "error": code, **extra}`; `detail` is for whoever reads `GET /sandbox/calls`."""

    def __init__(
        self,
        code: str,
        detail: str = "",
        *,
        status: int = 200,
        headers: dict[str, str] | None = None,
        **extra: Any,
    ) -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail
        self.status = status
        self.headers = headers or {}
        self.extra = extra

    def body(self) -> dict[str, Any]:
        return {"ok": False, "error": self.code, **self.extra}


def problems(code: str, found: Iterable[Problem | str]) -> Refusal:
    """A refusal that names each place, in `response_metadata.messages` as Slack does, and in `errors`."""
    sentences = [str(problem) for problem in found]
    return Refusal(
        code,
        "; ".join(sentences),
        errors=sentences,
        response_metadata={"messages": [f"[ERROR] {sentence}" for sentence in sentences]},
    )
