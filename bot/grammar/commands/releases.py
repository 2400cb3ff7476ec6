"""`release checkout=1.4.2 payments=2.0.1 to production`, or one of the configuration by its name."""

from __future__ import annotations

from bot.errors import Refused
from bot.events.releases import AskRelease
from bot.grammar.commands.said import Reader, Said, unknown
from bot.grammar.deployment_words import options_of
from bot.grammar.intents import CommandIntent
from bot.grammar.misheard import left_over, refused
from bot.grammar.vocabulary import Vocabulary, enumerated, shown
from bot.reasons import Reason
from config.versions import fits

MOST_PARTS = 20
EXAMPLE = "release checkout=1.4.2 payments=2.0.1 to production"

WHAT = "Which services, and which versions?"
WHERE = "Where to?"
TWICE = "{service} stands there twice."
TOO_MANY = "A release has at most {most} services."
NO_VERSION = "Which version of {service}?"
BAD_VERSION = "“{version}” is not a version of {service}: it must match {pattern}."
TWO_PLACES = "“{first}” and “{second}” are both environments: a release goes to one of them."
NOT_EVERYWHERE = "{service} has no environment {environment}. It can go to {environments}."


def release(said: Said) -> CommandIntent:
    said.without_glass()
    known = said.vocabulary
    words, options = options_of(said.words, said.because, known)
    named = next((word.lower() for word in words if word.lower() in known.settings.releases), "")
    manifest = known.settings.releases.get(named)
    services: dict[str, str] = dict(manifest.services) if manifest else {}
    environment = ""
    for word in said.bare(words):
        if "=" in word:
            _add(services, word, known)
        elif word.lower() == named:
            continue
        elif place := _environment(word, known):
            if environment and environment != place:
                sentence = TWO_PLACES.format(first=environment, second=place)
                raise refused(known, Reason.AMBIGUOUS, sentence, EXAMPLE)
            environment = place
        else:
            raise _nothing_of_that(word, known)
    environment = environment or (manifest.environment if manifest else "")
    _whole(services, environment, known)
    fields = {"services": tuple(services.items()), "environment": environment, "name": named, **options}
    return CommandIntent(kind=AskRelease, fields=fields)


def _add(services: dict[str, str], word: str, known: Vocabulary) -> None:
    name, _, version = word.partition("=")
    service = known.service(name)
    if service is None:
        raise unknown(name, known)
    if service in services:
        raise refused(known, Reason.AMBIGUOUS, TWICE.format(service=service), EXAMPLE)
    if not version:
        raise refused(
            known, Reason.MISSING_WORD, NO_VERSION.format(service=service), f"release {service}=1.2.3"
        )
    pattern = known.settings.services[service].version_pattern
    if not fits(pattern, version):
        sentence = BAD_VERSION.format(version=shown(version), service=service, pattern=pattern)
        raise refused(known, Reason.VERSION_INVALID, sentence)
    services[service] = version


def _environment(word: str, known: Vocabulary) -> str:
    found = known.environments_anywhere(word)
    return word.lower() if word.lower() in found else found.pop() if len(found) == 1 else ""


def _nothing_of_that(word: str, known: Vocabulary) -> Refused:
    service = known.service(word)
    if service is not None:
        sentence = NO_VERSION.format(service=service)
        return refused(known, Reason.MISSING_WORD, sentence, f"release {service}=1.2.3 to production")
    if word.lower() in {"all", "everything"}:
        return left_over([word], known)
    return unknown(word, known)


def _whole(services: dict[str, str], environment: str, known: Vocabulary) -> None:
    """Raises `Refused` for a release of nothing, to nowhere, of too much, or to where a service can't go."""
    if not services:
        raise refused(known, Reason.MISSING_WORD, WHAT, EXAMPLE)
    if len(services) > MOST_PARTS:
        raise refused(known, Reason.UNKNOWN_COMMAND, TOO_MANY.format(most=MOST_PARTS))
    if not environment:
        words = " ".join(f"{service}={version}" for service, version in services.items())
        first = known.environments(next(iter(services)))
        raise refused(known, Reason.MISSING_WORD, WHERE, f"release {words} to {first[-1] if first else '…'}")
    for service in services:
        there = known.environments(service)
        if environment not in there:
            sentence = NOT_EVERYWHERE.format(
                service=service, environment=environment, environments=enumerated(there)
            )
            raise refused(known, Reason.UNKNOWN_ENVIRONMENT, sentence)


COMMANDS: dict[str, Reader] = {"release": release}
