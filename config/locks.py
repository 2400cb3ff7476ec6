"""When owners are reminded of their locks, before these are forgotten."""

from __future__ import annotations

from pydantic import Field

from config.durations import Duration
from config.section import Section


class Locks(Section):
    """What holds for all locks."""

    remind_after: Duration | None = Field(
        default=3 * 3600.0,
        description="When the owner of a lock without an end is asked whether he has forgotten it; null: never.",
    )
    remind_before: Duration | None = Field(
        default=15 * 60.0,
        description="How long before its end the owner of a lock is told of it; null: never. Shorter locks end unannounced.",
    )
