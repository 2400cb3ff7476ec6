"""The other way round: the words that mean a command, to be copied, and to be typed next time."""

from __future__ import annotations

from collections.abc import Sequence

from bot.errors import Refused
from bot.grammar import parse
from bot.grammar.intents import DeployIntent
from bot.grammar.misheard import LONGEST_REASON_SAID
from bot.grammar.utterance import giving
from config.models import Settings
from config.words import PLACEHOLDER


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


def release_said(
    settings: Settings,
    services: Sequence[tuple[str, str]],
    environment: str,
    *,
    name: str = "",
    plan: bool = False,
    removing: bool = False,
) -> str:
    """`/deploy plan release checkout=1.4.2 payments=2.0.1 to production`; by its name, where that alone means these parts."""
    manifest = settings.releases.get(name)
    if manifest is not None and manifest.services == dict(services):
        parts = [name]
    else:
        parts = [f"{service}={version}" for service, version in services]
    words = [*(["plan"] if plan else []), "release", *parts, "to", environment]
    return " ".join([settings.slack.command(), *words, *(["removing"] if removing else [])])


def overriding(reason: str) -> str:
    """The words at the end of a command that give a reason for passing a freeze; "" for none."""
    if not reason:
        return ""
    said = reason.replace("`", "'")
    fits = len(said) <= LONGEST_REASON_SAID and said.isprintable()
    return f"override {giving(said if fits else PLACEHOLDER)}"


def _means(words: str, settings: Settings, meant: tuple[str, str, str, str]) -> bool:
    try:
        found = parse(words, settings, service_here=None)
    except Refused:
        return False
    if not isinstance(found, DeployIntent):
        return False
    return (found.service, found.version or "", found.environment, found.when) == meant
