"""Slack on a bad day, by choice: limits, errors, silence, broken connections."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, get_args

Mode = Literal["none", "rate_limit", "fail", "error", "hang", "drop", "drop_after"]
MODES: tuple[str, ...] = get_args(Mode)


@dataclass(kw_only=True)
class Fault:
    """What goes wrong.

    * `rate_limit`: 429 with `Retry-After: retry_after` · `fail`: 503 with a page of HTML
    * `error`: 200 with `{"ok": false, "error": error}` · `hang`: no answer until the fault is lifted
    * `drop`: the connection breaks before the call took effect · `drop_after`: after it did, the answer is lost

    Limited to `methods` (all when empty; `response_url` is one too) and to the next `times` calls.
    """

    mode: Mode = "none"
    methods: tuple[str, ...] = ()
    times: int | None = None
    retry_after: int = 3
    error: str = "internal_error"

    def __post_init__(self) -> None:
        if self.mode not in MODES:
            raise ValueError(f"mode {self.mode!r} is none of {', '.join(MODES)}")
        self.methods = tuple(self.methods)

    def concerns(self, method: str) -> bool:
        return (
            self.mode != "none"
            and (not self.methods or method in self.methods)
            and (self.times is None or self.times > 0)
        )


@dataclass
class Faults:
    rules: list[Fault] = field(default_factory=list)
    _lifted: asyncio.Event = field(default_factory=asyncio.Event)

    def set(self, rules: Iterable[Fault]) -> None:
        """Replaces what is in force, and lets go of every call that hangs."""
        self.rules = [rule for rule in rules if rule.mode != "none"]
        self._lifted.set()
        self._lifted = asyncio.Event()

    def strike(self, method: str) -> Fault | None:
        """The fault that hits this call, counted; the first rule that concerns it wins."""
        for rule in self.rules:
            if rule.concerns(method):
                if rule.times is not None:
                    rule.times -= 1
                return rule
        return None

    async def until_lifted(self) -> None:
        await self._lifted.wait()

    def as_json(self) -> dict[str, Any]:
        """The first rule, as the page sets it; `rules` holds them all."""
        alive = [rule for rule in self.rules if rule.times is None or rule.times > 0]
        return {**asdict(alive[0] if alive else Fault()), "rules": [asdict(rule) for rule in alive]}
