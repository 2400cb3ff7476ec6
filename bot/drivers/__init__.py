"""The deployment drivers that can be configured: one package or file per vendor, unknown to each other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from bot.events import Event
from bot.ports import Runs

Observe = Callable[[str, str, float], None]
"""Told of every exchange with a peer: the server's name, the outcome, seconds."""


@dataclass(frozen=True, kw_only=True)
class Driver:
    """What a vendor brings: the model of its section in the configuration, its runs, and who reads its webhooks.

    `parse_webhook(settings, source, headers, body)` is pure, verifies before it parses, and raises `BadRequest`.
    """

    settings: type[BaseModel]
    runs: Callable[..., Runs]
    parse_webhook: Callable[..., Event] | None = None


def drivers() -> dict[str, Driver]:
    """Each driver by the name of its section. A vendor's libraries are imported only here, when asked for."""
    from bot.drivers.jenkins import JenkinsRuns, JenkinsSettings, parse_webhook  # noqa: PLC0415

    return {"jenkins": Driver(settings=JenkinsSettings, runs=JenkinsRuns, parse_webhook=parse_webhook)}


def settings_by_driver() -> dict[str, Any]:
    """For the loader of the configuration: each driver's own settings model."""
    return {name: driver.settings for name, driver in drivers().items()}
