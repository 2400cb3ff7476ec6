"""Releases by name: which services go together, in which versions."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class ReleaseManifest(BaseModel):
    """What `/release <name>` means."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    environment: str = Field(default="", description="Where it goes when nothing else is said.")
    channel: str | None = Field(
        default=None,
        description="Channel (C… or #name) where its card goes; left out: that which all its services share, else where the "
        "command was given, from a direct message slack.announce_channel.",
    )
    services: dict[str, str] = Field(min_length=1, description="The version of each service.")
