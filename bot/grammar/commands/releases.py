"""`release checkout=1.4.2 payments=2.0.1 to production`, or one of the configuration by its name.

What is not understood is mended where it stands, so that what is suggested keeps its parts, its place, its time, and the word
`plan` in front of it.
"""

from __future__ import annotations

from bot.errors import Refused
from bot.events.releases import AskRelease
from bot.grammar.commands.said import NO_SERVICE, Reader, Said, unknown
from bot.grammar.deployment_words import options_of
from bot.grammar.intents import CommandIntent
from bot.grammar.lookalikes import NOW, time_meant
from bot.grammar.mending import Mend, Misheard, dropped, put_in, swapped
from bot.grammar.misheard import SAY, left_over, mend, refused
from bot.grammar.prepositions import MOST_PLACES
from bot.grammar.vocabulary import Vocabulary, enumerated, shown
from bot.reasons import Reason
from config.nearness import nearest
from config.words import PLACEHOLDER

MOST_PARTS = 20
SHOWN_PARTS = 2
"""So many are put in where none was named."""

WHAT = "Which services, and which versions?"
WHERE = "Where to?"
TWICE = "{service} stands there twice."
TOO_MANY = "A release has at most {most} services."
NO_VERSION = "Which version of {service}?"
BAD_VERSION = "“{version}” is not a version of {service}: it must match {pattern}."
TWO_PLACES = "“{first}” and “{second}” are both environments: a release goes to one of them."
NOT_EVERYWHERE = "{service} has no environment {environment}. It can go to {environments}."
NO_RELEASE = "I know no service, no environment and no release “{word}”."
NOT_A_TIME = "“{word}” is no part of a release."
PLAN_FIRST = "“{word}” comes first."
RELEASE, PLAN = "release", "plan"
JOINS = ("=", ":", "@")
"""What people write between a service and its version; the first of them is ours."""


def release(said: Said) -> CommandIntent:
    said.without_glass()
    known = said.vocabulary
    words, options = options_of(said.words, said.because, known)
    named = next((word.lower() for word in words if word.lower() in known.settings.releases), "")
    manifest = known.settings.releases.get(named)
    services: dict[str, str] = dict(manifest.services) if manifest else {}
    environment, place_said = "", ""
    parts = said.bare(words)
    for index, word in enumerate(parts):
        if "=" in word.strip("="):
            _add(services, word, parts, known)
        elif word.lower() == named:
            continue
        elif place := _environment(word, known):
            if environment and environment != place:
                raise _two_places(place_said, word, (environment, place), known)
            environment, place_said = place, word
        else:
            raise _nothing_of_that(parts[index:], known)
    environment = environment or (manifest.environment if manifest else "")
    _whole(services, environment, known)
    fields = {"services": tuple(services.items()), "environment": environment, "name": named, **options}
    return CommandIntent(kind=AskRelease, fields=fields)


def _add(services: dict[str, str], word: str, parts: list[str], known: Vocabulary) -> None:
    name, _, version = word.partition("=")
    service = known.service(name)
    if service is None:
        meant = known.meant_service(name)
        sentence = NO_SERVICE.format(word=shown(name), services=enumerated(known.settings.services))
        ways = [swapped(word, f"{meant}={version}")] if meant else []
        raise mend(known, Reason.UNKNOWN_SERVICE, sentence, *ways)
    if service in services:
        same = [one for one in parts if known.service(one.partition("=")[0]) == service]
        ways = [dropped(one) for one in reversed(dict.fromkeys(same))]
        raise mend(known, Reason.AMBIGUOUS, TWICE.format(service=service), *ways, template=SAY)
    if not known.fits(service, version):
        pattern = known.settings.services[service].version_pattern
        sentence = BAD_VERSION.format(version=shown(version), service=service, pattern=pattern)
        raise mend(known, Reason.VERSION_INVALID, sentence, swapped(word, f"{name}={PLACEHOLDER}"))
    services[service] = version


def _environment(word: str, known: Vocabulary) -> str:
    found = known.environments_anywhere(word)
    return word.lower() if word.lower() in found else found.pop() if len(found) == 1 else ""


def _two_places(first: str, second: str, places: tuple[str, str], known: Vocabulary) -> Misheard:
    sentence = TWO_PLACES.format(first=places[0], second=places[1])
    return mend(known, Reason.AMBIGUOUS, sentence, dropped(second), dropped(first), template=SAY)


def _nothing_of_that(words: list[str], known: Vocabulary) -> Refused:
    """The first of the words is neither a part nor a place: a service without its version, or something mistyped."""
    word = words[0]
    bare = word.strip("=")
    service = known.service(bare)
    if service is not None:
        return mend(
            known, Reason.MISSING_WORD, NO_VERSION.format(service=service), _versioned(words, service, known)
        )
    if word.lower() in {"all", "everything"}:
        return left_over([word], known)
    if word.lower() == PLAN:
        first = Mend(wrong=(RELEASE, word), right=(PLAN, RELEASE))
        return mend(known, Reason.UNKNOWN_COMMAND, PLAN_FIRST.format(word=shown(word)), first)
    for join in JOINS[1:]:
        name, _, version = word.partition(join)
        if version and known.service(name):
            return _unknown(word, [swapped(word, f"{name}={version}")], known)
    if meant := nearest(word, known.settings.releases):
        return _unknown(word, [swapped(word, meant)], known)
    if word.lower() in NOW:
        return mend(known, Reason.UNKNOWN_COMMAND, NOT_A_TIME.format(word=shown(word)), dropped(word))
    if not known.meant_environment_anywhere(word) and (time := time_meant(word, words)):
        last = Mend(wrong=(word,), right=time, moved=True)
        return mend(known, Reason.UNKNOWN_COMMAND, NOT_A_TIME.format(word=shown(word)), last, template=SAY)
    return unknown(word, known)


def _unknown(word: str, ways: list[Mend], known: Vocabulary) -> Misheard:
    return mend(known, Reason.UNKNOWN_SERVICE, NO_RELEASE.format(word=shown(word)), *ways)


def _versioned(words: list[str], service: str, known: Vocabulary) -> Mend:
    """The service with the version that stands behind it as a word of its own, or with one to fill in."""
    name, behind = words[0].strip("="), words[1:3]
    follows = behind[1:] if behind[:1] == ["="] else behind[:1]
    version = follows[0].lstrip("=") if follows else ""
    if any(map(str.isdigit, version)) and known.fits(service, version) and "=" not in version:
        return Mend(wrong=(*words[: 1 + behind.index(follows[0])], follows[0]), right=(f"{name}={version}",))
    return swapped(words[0], f"{name}={PLACEHOLDER}")


def _whole(services: dict[str, str], environment: str, known: Vocabulary) -> None:
    """Raises `Refused` for a release of nothing, to nowhere, of too much, or to where a service can't go."""
    if not services:
        raise mend(known, Reason.MISSING_WORD, WHAT, *_some_parts(environment, known), template=SAY)
    if len(services) > MOST_PARTS:
        raise refused(known, Reason.UNKNOWN_COMMAND, TOO_MANY.format(most=MOST_PARTS))
    if not environment:
        common = set[str].intersection(*(set(known.environments(service)) for service in services))
        places = [place for place in known.environments(next(iter(services))) if place in common]
        ways = [put_in("to", place) for place in places[:MOST_PLACES]]
        raise mend(known, Reason.MISSING_WORD, WHERE, *ways, template=SAY)
    for service in services:
        there = known.environments(service)
        if environment not in there:
            sentence = NOT_EVERYWHERE.format(
                service=service, environment=environment, environments=enumerated(there)
            )
            raise refused(known, Reason.UNKNOWN_ENVIRONMENT, sentence)


def _some_parts(environment: str, known: Vocabulary) -> list[Mend]:
    """Services that can go there, with versions to fill in."""
    having = known.with_environment(environment) if environment else list(known.settings.services)
    parts = [f"{service}={PLACEHOLDER}" for service in having[:SHOWN_PARTS]]
    return [Mend(wrong=(RELEASE,), right=(RELEASE, *parts))] if parts else []


COMMANDS: dict[str, Reader] = {"release": release}
