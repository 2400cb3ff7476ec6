"""What stands until it is lifted, runs out or is done: locks, freezes, planned deployments and their like."""

from __future__ import annotations

import hashlib

import msgspec


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """Something that stands. Times are epoch seconds, 0 when there is none.

    `service` and `environment` say what it is about; empty is every one. `owner` is a user id, or `pilothouse` for what
    the engine made. `until` is when it runs out by itself: from then on it counts no more, whether or not anybody has
    noted it. `ended_at` is when it was lifted or noted as over, `ended_by` by whom.
    """

    id: str
    revision: int = 0
    service: str = ""
    environment: str = ""
    owner: str
    made_at: float
    until: float = 0.0
    ended_at: float = 0.0
    ended_by: str = ""

    @property
    def slot(self) -> str:
        """What can stand only once at a time among those of its kind; empty when any number can."""
        return ""

    def stands(self, now: float) -> bool:
        """Whether it counts at that moment."""
        return not self.ended_at and (not self.until or self.until > now)

    def covers(self, service: str, environment: str) -> bool:
        return self.service in {"", service} and self.environment in {"", environment}

    @property
    def scope(self) -> str:
        """In words: `checkout in production`, `production`, `checkout`, `everything`."""
        return scope(self.service, self.environment)


def standing_id(message: str) -> str:
    """The opaque id of what a message makes: the same however often it is handled."""
    return hashlib.blake2s(message.encode(), digest_size=10, person=b"standing").hexdigest()


def announced_name(standing: str, what: str = "") -> str:
    """The name of an announcement that shows something that stands, and is kept true; without `what`, how all of them begin."""
    return f"stands/{standing}/{what}"


def scope(service: str, environment: str) -> str:
    """A scope in words."""
    if service and environment:
        return f"{service} in {environment}"
    return service or environment or "everything"
