"""What is handed to the app, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, Protocol

Json = dict[str, Any]
Channel = Literal["slash_commands", "interactive", "events_api"]

TIMED_OUT = "http_timeout"
REFUSED = "http_error"
UNREACHABLE = "connection_failed"
NOBODY = "no_connection"


@dataclass(frozen=True, kw_only=True)
class Parcel:
    """`way` is the kind of request, `kind` what it is about (`block_actions`, `app_mention`, …)."""

    way: Channel
    kind: str
    payload: Json
    retry_num: int = 0
    retry_reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Ack:
    """The app's answer. `status` is HTTP's (0 without an answer); `body` is JSON, text, or `None` when empty.

    `error` is empty when the app acknowledged in time, else in the words of `X-Slack-Retry-Reason`
    (`http_timeout`, `http_error`, `connection_failed`), or `no_connection` when no Socket Mode client is there.
    """

    status: int = 0
    body: Any = None
    error: str = ""
    no_retry: bool = False

    @property
    def ok(self) -> bool:
        return not self.error


class Transport(Protocol):
    """A way to the app. It never raises: what went wrong is in the `Ack`."""

    @property
    def name(self) -> Literal["http", "socket"]: ...

    @property
    def connected(self) -> bool: ...

    async def hand_over(self, parcel: Parcel) -> Ack:
        """Delivers, and waits for the acknowledgement as long as Slack would."""
        ...
