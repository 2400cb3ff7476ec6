"""What a deployment goes with: the service, the environment, the version; strict about what could mean two things."""

from __future__ import annotations

from bot.errors import Refused
from bot.grammar.lookalikes import refuse_lookalike
from bot.grammar.mending import Mend, Misheard, as_version, dropped, put_in, swapped
from bot.grammar.misheard import SAY, left_over, mend, refused
from bot.grammar.vocabulary import Vocabulary, enumerated, shown
from bot.reasons import Reason
from config.versions import DEFAULT_VERSION_PATTERN
from config.words import COMMAND_WORDS, LATER_COMMANDS, VERSION

NOT_YET = "“{word}” is not something I can do."
NO_SERVICE_NAMED = "Which service? This channel belongs to none. I know {services}."
NO_SERVICES = "No service is configured."
UNKNOWN_SERVICE = "I know no service “{word}”. I know {services}."
UNKNOWN_COMMAND = "I know no command “{word}”."
NO_ENVIRONMENT_NAMED = "Where to? {service} can go to {environments}."
UNKNOWN_ENVIRONMENT = "{service} has no environment “{word}”. It can go to {environments}."
NOWHERE = "{service} has no environment to go to."
TWO_ENVIRONMENTS = "“{first}” and “{second}” are both environments of {service}: one of them to go to, or a version of that name?"
TWICE = "“{first}” stands there twice: once to go to, and once as a version of that name?"
TWO_VERSIONS = "Two versions are named: “{first}” and “{second}”."
BAD_VERSION = "“{word}” is not a version of {service}: {form}."
USUAL_FORM = (
    "letters, digits and . _ + : @ / - are allowed, a letter or digit first, no .. within, up to 128 in all"
)
OWN_FORM = "it must match {pattern}"
NO_PLACE = (
    "{service} has no environment “{word}”: it can go to {environments}. “Version” introduces a version."
)


def service_of(words: list[str], vocabulary: Vocabulary) -> tuple[str, list[str]]:
    """The service, and the words behind it."""
    named = vocabulary.service(words[0]) if words else None
    if named is not None:
        return named, words[1:]
    if vocabulary.here is not None:
        return vocabulary.here, words
    services = enumerated(vocabulary.settings.services)
    if not services:
        raise refused(vocabulary, Reason.UNKNOWN_SERVICE, NO_SERVICES)
    sentence = NO_SERVICE_NAMED.format(services=services)
    if not words:
        raise refused(vocabulary, Reason.MISSING_WORD, sentence)
    having = vocabulary.with_environment(words[0])
    if having:
        named = next((word for word in words[1:] if vocabulary.service(word)), None)
        ways = [Mend(wrong=(named,), right=(named,), moved=True)] if named else []
        ways += [Mend(wrong=(words[0],), right=(having[0], words[0]), otherwise=True)]
        raise mend(vocabulary, Reason.MISSING_WORD, sentence, *ways)
    raise unknown_first(words, vocabulary)


def is_command(word: str, vocabulary: Vocabulary) -> bool:
    """Whether it is no name, and rather a command mistyped than a service."""
    known = vocabulary.is_name(word) or vocabulary.meant_service(word)
    return not known and vocabulary.meant_command(word) is not None


def unknown_first(words: list[str], vocabulary: Vocabulary) -> Refused:
    """The first word is neither a service nor a command: the nearer of the two was meant."""
    word = words[0]
    command, service = vocabulary.meant_command(word), vocabulary.meant_service(word)
    if word.lower() in LATER_COMMANDS:
        return refused(vocabulary, Reason.UNKNOWN_COMMAND, NOT_YET.format(word=shown(word)))
    if command and not service:
        sentence = UNKNOWN_COMMAND.format(word=shown(word))
        return mend(vocabulary, Reason.UNKNOWN_COMMAND, sentence, swapped(word, command))
    sentence = UNKNOWN_SERVICE.format(word=shown(word), services=enumerated(vocabulary.settings.services))
    ways = [swapped(word, service)] if service else []
    return mend(vocabulary, Reason.UNKNOWN_SERVICE, sentence, *ways)


def one_place(service: str, words: list[str], nowhere: str, vocabulary: Vocabulary) -> None:
    """Raises `Refused` unless one environment is named. `nowhere` followed `to`, and is none."""
    places = [word for word in words if vocabulary.environment(service, word)]
    others = [word for word in words if not vocabulary.environment(service, word)]
    if len(places) > 1:
        raise _two_environments(service, places, vocabulary)
    if not places:
        raise _no_environment(service, others, vocabulary)
    if nowhere in others:
        sentence = NO_PLACE.format(
            service=service,
            word=shown(nowhere),
            environments=enumerated(vocabulary.environments(service)),
        )
        meant = vocabulary.meant_environment(service, nowhere)
        ways = [*([swapped(nowhere, meant)] if meant else []), as_version(nowhere)]
        raise mend(vocabulary, Reason.UNKNOWN_ENVIRONMENT, sentence, *ways, template=SAY)


def target(
    typed: str, service: str, words: list[str], version: str | None, vocabulary: Vocabulary
) -> tuple[str, str | None]:
    """The environment and the version among the words behind the service, one of which is an environment."""
    environment = next(place for word in words if (place := vocabulary.environment(service, word)))
    others = [word for word in words if not vocabulary.environment(service, word)]
    refuse_lookalike(typed, service, others, version is None and len(others) == 1, vocabulary)
    named = [*([] if version is None else [version]), *others]
    if len(named) == 2:
        raise two_versions(named[0], named[1], vocabulary)
    if len(named) > 2:
        raise left_over(others, vocabulary)
    return environment, _version(service, named[0], vocabulary) if named else None


def two_versions(first: str, second: str, vocabulary: Vocabulary) -> Misheard:
    sentence = TWO_VERSIONS.format(first=shown(first), second=shown(second))
    ways = [Mend(wrong=wrong, final=True) for one in (second, first) for wrong in ((VERSION, one), (one,))]
    return mend(vocabulary, Reason.AMBIGUOUS, sentence, *ways, template=SAY)


def _two_environments(service: str, places: list[str], vocabulary: Vocabulary) -> Misheard:
    first, second = places[:2]
    sentence = TWO_ENVIRONMENTS if first.lower() != second.lower() else TWICE
    sentence = sentence.format(first=shown(first), second=shown(second), service=service)
    ways = [dropped(second), dropped(first), as_version(first)]
    return mend(vocabulary, Reason.AMBIGUOUS, sentence, *ways, template=SAY)


def _no_environment(service: str, others: list[str], vocabulary: Vocabulary) -> Refused:
    known = vocabulary.environments(service)
    if not known:
        return refused(vocabulary, Reason.UNKNOWN_ENVIRONMENT, NOWHERE.format(service=service))
    command = next((word for word in others if word.lower() in COMMAND_WORDS), None)
    if command is not None:
        sentence = UNKNOWN_ENVIRONMENT.format(
            service=service, word=shown(command), environments=enumerated(known)
        )
        first = Mend(wrong=(command,), right=(command.lower(),), moved=True)
        return mend(vocabulary, Reason.UNKNOWN_ENVIRONMENT, sentence, first)
    near = [word for word in others if vocabulary.meant_environment(service, word)]
    if not others or (len(others) == 1 and not near and any(character.isdigit() for character in others[0])):
        sentence = NO_ENVIRONMENT_NAMED.format(service=service, environments=enumerated(known))
        return mend(vocabulary, Reason.MISSING_WORD, sentence, put_in(known[0]), template=SAY)
    if not near and len(others) == 1 and _meant_otherwise(others[0], vocabulary):
        return unknown_first(others, vocabulary)
    return _no_such_place(service, near[-1] if near else others[-1], vocabulary)


def _no_such_place(service: str, word: str, vocabulary: Vocabulary) -> Misheard:
    sentence = UNKNOWN_ENVIRONMENT.format(
        service=service, word=shown(word), environments=enumerated(vocabulary.environments(service))
    )
    meant = vocabulary.meant_environment(service, word)
    ways = [swapped(word, meant)] if meant else []
    return mend(vocabulary, Reason.UNKNOWN_ENVIRONMENT, sentence, *ways)


def _meant_otherwise(word: str, vocabulary: Vocabulary) -> bool:
    """In a service's channel one unknown word may also be a command or another service."""
    meant = vocabulary.meant_command(word) or vocabulary.meant_service(word)
    return bool(meant) or word.lower() in LATER_COMMANDS


def _version(service: str, version: str, vocabulary: Vocabulary) -> str:
    if not vocabulary.fits(service, version):
        pattern = vocabulary.settings.services[service].version_pattern
        form = USUAL_FORM if pattern == DEFAULT_VERSION_PATTERN else OWN_FORM.format(pattern=pattern)
        sentence = BAD_VERSION.format(word=shown(version), service=service, form=form)
        raise refused(vocabulary, Reason.VERSION_INVALID, sentence)
    return version
