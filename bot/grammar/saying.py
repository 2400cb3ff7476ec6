"""The other way round: the words that mean a command, to be copied, and to be typed next time."""

from __future__ import annotations

from bot.errors import Refused
from bot.grammar import parse
from bot.grammar.intents import DeployIntent
from bot.grammar.utterance import giving
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
    when: str = "",
) -> str:
    """`/deploy checkout 1.4.2 to production at 14:00`, with whatever else has to be said so that it means exactly this, anywhere."""
    ends = ["removing"] if removing else []
    ends += [when] if when else []
    if glass or override:
        ends += [f"{'break-glass' if glass else 'override'} {giving(glass or override)}"]
    short = [service, *([version] if version else []), "to", environment]
    exact = [service, "version", version, "to", environment]
    means = _means(" ".join([*short, when]), settings, (service, version, environment, when))
    return " ".join([settings.slack.command(), *(short if means else exact), *ends])


def _means(words: str, settings: Settings, meant: tuple[str, str, str, str]) -> bool:
    try:
        found = parse(words, settings, service_here=None)
    except Refused:
        return False
    if not isinstance(found, DeployIntent):
        return False
    return (found.service, found.version or "", found.environment, found.when) == meant
