"""What passed between Slack and the app, kept for whoever wants to look: calls, deliveries, refusals."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from bot.sandbox.slack.stream import Stream


@dataclass(frozen=True, kw_only=True)
class Call:
    """One call of the app. `at` is in seconds since the epoch; `args` never holds a token."""

    n: int
    at: float
    method: str
    args: dict[str, Any]
    ok: bool
    http_status: int = 200
    error: str | None = None
    detail: str | None = None

    def as_json(self) -> dict[str, Any]:
        return {name: value for name, value in asdict(self).items() if value is not None}


@dataclass(kw_only=True)
class DeliveryRecord:
    """One attempt to hand something to the app. `ms` is how long its answer took; `status` is 0 without one."""

    n: int
    at: float
    kind: str
    retry_num: int
    status: int = 0
    ms: float = 0.0
    ok: bool = False
    error: str | None = None

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass
class Records:
    stream: Stream
    calls: list[Call] = field(default_factory=list)
    deliveries: list[DeliveryRecord] = field(default_factory=list)
    refused: list[Call] = field(default_factory=list)

    def call(
        self,
        method: str,
        args: dict[str, Any],
        *,
        at: float,
        status: int = 200,
        error: str | None = None,
        detail: str | None = None,
    ) -> None:
        """Keeps a call; one that Slack said no to is also in `refused` and told to the stream."""
        made = Call(
            n=len(self.calls) + 1,
            at=at,
            method=method,
            args=args,
            ok=error is None,
            http_status=status,
            error=error,
            detail=detail or None,
        )
        self.calls.append(made)
        if error is not None:
            self.refused.append(made)
            self.stream.tell("refused", method=method, error=error, detail=detail or "")
        self.stream.tell("call", method=method, ok=made.ok)

    def wrong(
        self, what: str, error: str, detail: str, *, at: float, args: dict[str, Any] | None = None
    ) -> None:
        """The app did something Slack would not take, elsewhere than in a call: an ack body, a late answer."""
        self.call(what, args or {}, at=at, error=error, detail=detail)
