"""The other way round: the words that mean a command, to be copied, and to be typed next time."""

from __future__ import annotations

from bot.errors import Refused
from bot.grammar import parse
from bot.grammar.intents import DeployIntent
from config.models import Settings


def deployment_said(
    settings: Settings,
    service: str,
    version: str,
    environment: str,
    *,
    glass: str = "",
    override: str = "",
    removing: bool = False,
) -> str:
    """`/deploy checkout 1.4.2 to production`, with whatever else has to be said so that it means exactly this, anywhere."""
    ends = ["removing"] if removing else []
    if glass or override:
        ends += [f"{'break-glass' if glass else 'override'} because {glass or override}"]
    short = [service, *([version] if version else []), "to", environment]
    exact = [service, "version", version, "to", environment]
    means = _means(" ".join(short), settings, (service, version, environment))
    return " ".join([settings.slack.command(), *(short if means else exact), *ends])


def _means(words: str, settings: Settings, meant: tuple[str, str, str]) -> bool:
    try:
        found = parse(words, settings, service_here=None)
    except Refused:
        return False
    return (
        isinstance(found, DeployIntent) and (found.service, found.version or "", found.environment) == meant
    )
