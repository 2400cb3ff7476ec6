"""What is going out, and the versions to choose: git repositories, GitHub, and the builds of a job."""

from __future__ import annotations

from bot.sources.services import ServiceSources

__all__ = ["ServiceSources"]
