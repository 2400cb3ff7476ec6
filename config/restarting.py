"""What a running server can't change: it keeps the old value, and says that it needs a restart."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from config.models import Settings

NEEDS_RESTART: Mapping[str, tuple[str, ...]] = {
    "server": ("host", "port", "log_format"),
    "store": ("path",),
    "slack": (
        "transport",
        "bot_token",
        "app_token",
        "signing_secret",
        "api_url",
        "app_name",
        "request_timeout",
    ),
}
"""By section. These are read once, by what is opened at the start: the address, the database, the client of Slack."""


def kept(running: Settings, new: Settings) -> tuple[Settings, tuple[str, ...]]:
    """The new settings as far as they can come into force now, and the paths of those that need a restart."""
    sections: dict[str, Any] = {}
    waiting: list[str] = []
    for name, fields in NEEDS_RESTART.items():
        before: BaseModel = getattr(running, name)
        now: BaseModel = getattr(new, name)
        different = [one for one in fields if getattr(before, one) != getattr(now, one)]
        if different:
            waiting += [f"{name}.{one}" for one in different]
            sections[name] = now.model_copy(update={one: getattr(before, one) for one in different})
    return (new.model_copy(update=sections) if sections else new), tuple(waiting)
