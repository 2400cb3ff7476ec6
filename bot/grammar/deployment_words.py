"""The words of a deployment: `<service> [<version>] [to] <environment>`, strict about what could mean two things."""

from __future__ import annotations

from typing import TypedDict

from bot.errors import Refused
from bot.grammar.clock_words import WEEKDAYS
from bot.grammar.intents import DeployIntent
from bot.grammar.misheard import LEFT_OVER, refused, say
from bot.grammar.moments import begins_moment
from bot.grammar.vocabulary import TOO_CLOSE, Vocabulary, enumerated, shown
from bot.reasons import Reason
from config.versions import DEFAULT_VERSION_PATTERN, fits
from config.words import FILLERS, LATER_COMMANDS

LONGEST_REASON = 1_000

SAY = "Say `{command} {words}`."
EITHER = "Say `{command} {first}` or `{command} {second}`."
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
ONE_OF = "Say {ways} or {last}."
LOOKS_LIKE = "“{version}” could be a version, or “{name}” mistyped."
NO_VERSION = "Which version? None follows the word “version”."
TWO_VERSIONS = "Two versions are named: “{first}” and “{second}”."
BAD_VERSION = "“{word}” is not a version of {service}: {form}."
USUAL_FORM = (
    "letters, digits and . _ + : @ / - are allowed, a letter or digit first, no .. within, up to 128 in all"
)
OWN_FORM = "it must match {pattern}"
REASON_REQUIRED = "Break-glass needs a reason, which is announced and kept."
REASON_TOO_LONG = "The reason is longer than {most} characters."
ONLY_WITH_BREAK_GLASS = "A reason goes with break-glass or with override only."
OVERRIDE_REASON = "An override needs a reason, which is told to those who approve it, and kept."
OVERRIDE = "override"
REMOVING = "removing"


INTRODUCES_TIME = frozenset({"at", "in", "on", "by", "tomorrow", "today", "tonight", *WEEKDAYS})


class _Slots:
    """The words of a deployment without fillers; `version` is what followed the word "version"."""

    def __init__(self, words: list[str], vocabulary: Vocabulary) -> None:
        self.version: str | None = None
        self.words: list[str] = []
        pending = iter(words)
        for word in pending:
            if word.lower() != "version":
                self.words += [] if word.lower() in FILLERS else [word]
                continue
            said = next(pending, None)
            if said is None:
                raise refused(vocabulary, Reason.MISSING_WORD, NO_VERSION)
            if self.version is not None:
                sentence = TWO_VERSIONS.format(first=shown(self.version), second=shown(said))
                raise refused(vocabulary, Reason.AMBIGUOUS, sentence)
            self.version = said


def deployment(
    words: list[str], vocabulary: Vocabulary, reason: str | None, because: str | None = None
) -> DeployIntent:
    """The deployment that the words ask for.

    `reason` is what followed break-glass, `because` what followed that word elsewhere; `None` when that was not said.
    """
    words, options = options_of(words, because, vocabulary)
    slots = _Slots(words, vocabulary)
    if any(word.lower() == "because" for word in slots.words):
        raise refused(vocabulary, Reason.UNKNOWN_COMMAND, ONLY_WITH_BREAK_GLASS)
    service, rest = service_of(slots.words, vocabulary)
    environment, version = _target(service, rest, slots.version, vocabulary)
    asked = " ".join([service, *([f"{shown(version)} to"] if version else []), environment])
    return DeployIntent(
        service=service,
        environment=environment,
        version=version,
        break_glass=None if reason is None else glass_reason(reason, asked, vocabulary),
        override=options["override"],
        removing=options["removing"],
        when=options["when"],
    )


class Options(TypedDict):
    """What can be said besides what goes where: see `DeployIntent`."""

    override: str
    removing: bool
    when: str


def options_of(words: list[str], because: str | None, vocabulary: Vocabulary) -> tuple[list[str], Options]:
    """The words without options, and the options. Raises `Refused` for a reason where none belongs, or none where one does."""
    said = [word.lower() for word in words]
    overrides, removing = OVERRIDE in said, REMOVING in said
    if because is not None and not overrides:
        raise refused(vocabulary, Reason.UNKNOWN_COMMAND, ONLY_WITH_BREAK_GLASS)
    rest = [word for word in words if word.lower() not in {OVERRIDE, REMOVING}]
    rest, when = _when(rest, vocabulary)
    override = _override(because or "", " ".join(rest), vocabulary) if overrides else ""
    return rest, Options(override=override, removing=removing, when=when)


def _when(words: list[str], vocabulary: Vocabulary) -> tuple[list[str], str]:
    """The words before a time at the end, and that time as typed; what it means is the zone's and the clock's business.

    A date alone may be a version: a time begins with a word for it (`at`, `in`, `tomorrow`, `mon`).
    """
    for index, word in enumerate(words):
        said = word.lower()
        if said not in INTRODUCES_TIME or _is_name(said, vocabulary):
            continue
        if begins_moment(words[index:]) and not _is_name(words[-1], vocabulary):
            return words[:index], " ".join(words[index:])
    return words, ""


def _is_name(word: str, vocabulary: Vocabulary) -> bool:
    return vocabulary.service(word) is not None or bool(vocabulary.environments_anywhere(word))


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
    if not words:
        raise refused(vocabulary, Reason.MISSING_WORD, NO_SERVICE_NAMED.format(services=services))
    having = vocabulary.with_environment(words[0])
    if having:
        named = next((name for word in words[1:] if (name := vocabulary.service(word))), having[0])
        raise refused(
            vocabulary,
            Reason.MISSING_WORD,
            NO_SERVICE_NAMED.format(services=services),
            f"{named} {shown(words[0])}",
        )
    raise _unknown_first(words, vocabulary)


def _unknown_first(words: list[str], vocabulary: Vocabulary) -> Refused:
    """The first word is neither a service nor a command: the nearer of the two was meant."""
    word, rest = words[0], " ".join(map(shown, words[1:]))
    command, service = vocabulary.meant_command(word), vocabulary.meant_service(word)
    if word.lower() in LATER_COMMANDS:
        return refused(vocabulary, Reason.UNKNOWN_COMMAND, NOT_YET.format(word=shown(word)))
    if command and not service:
        sentence = UNKNOWN_COMMAND.format(word=shown(word))
        return refused(vocabulary, Reason.UNKNOWN_COMMAND, sentence, f"{command} {rest}")
    sentence = UNKNOWN_SERVICE.format(word=shown(word), services=enumerated(vocabulary.settings.services))
    return refused(vocabulary, Reason.UNKNOWN_SERVICE, sentence, f"{service} {rest}" if service else "")


def _target(
    service: str, words: list[str], version: str | None, vocabulary: Vocabulary
) -> tuple[str, str | None]:
    """The environment and the version among the words behind the service."""
    places = [word for word in words if vocabulary.environment(service, word)]
    others = [word for word in words if not vocabulary.environment(service, word)]
    if len(places) > 1:
        raise _two_environments(service, places, vocabulary)
    if not places:
        raise _no_environment(service, others, version, vocabulary)
    environment = vocabulary.environment(service, places[0]) or places[0]
    if version is not None and others:
        sentence = TWO_VERSIONS.format(first=shown(version), second=shown(others[0]))
        raise refused(vocabulary, Reason.AMBIGUOUS, sentence)
    if len(others) > 1:
        words_left = " and ".join(f"“{shown(word)}”" for word in others)
        raise refused(vocabulary, Reason.UNKNOWN_COMMAND, LEFT_OVER.format(words=words_left))
    if others:
        _refuse_lookalike(service, others[0], environment, vocabulary)
        version = others[0]
    return environment, None if version is None else _version(service, version, vocabulary)


def _two_environments(service: str, places: list[str], vocabulary: Vocabulary) -> Refused:
    first, second = (word.lower() for word in places[:2])
    sentence = TWO_ENVIRONMENTS if first != second else TWICE
    readings = dict.fromkeys(
        (f"{service} {first}", f"{service} {second}", f"{service} version {first} to {second}")
    )
    ways = [f"`{vocabulary.command} {reading}`" for reading in readings]
    return Refused(
        Reason.AMBIGUOUS,
        sentence.format(first=first, second=second, service=service),
        way_out=ONE_OF.format(ways=", ".join(ways[:-1]), last=ways[-1]),
    )


def _no_environment(service: str, others: list[str], version: str | None, vocabulary: Vocabulary) -> Refused:
    known = vocabulary.environments(service)
    if not known:
        return refused(vocabulary, Reason.UNKNOWN_ENVIRONMENT, NOWHERE.format(service=service))
    environments = enumerated(known)
    near = {word: meant for word in others if (meant := vocabulary.meant_environment(service, word))}
    if not others or (len(others) == 1 and not near and any(character.isdigit() for character in others[0])):
        said = [version] if version else others
        sentence = NO_ENVIRONMENT_NAMED.format(service=service, environments=environments)
        return Refused(
            Reason.MISSING_WORD,
            sentence,
            way_out=say(vocabulary, SAY, " ".join([service, *map(shown, said), known[0]])),
        )
    otherwise = _meant_otherwise(others[0], vocabulary) if not near and len(others) == 1 else None
    if otherwise is not None:
        return otherwise
    wrong = next(reversed(near), others[-1])
    said = [shown(word) if word != wrong else near.get(wrong, "") for word in others]
    sentence = UNKNOWN_ENVIRONMENT.format(service=service, word=shown(wrong), environments=environments)
    words = " ".join([service, *said]) if near else ""
    return refused(vocabulary, Reason.UNKNOWN_ENVIRONMENT, sentence, words)


def _meant_otherwise(word: str, vocabulary: Vocabulary) -> Refused | None:
    """In a service's channel one unknown word may also be a command or another service."""
    if vocabulary.meant_command(word) or vocabulary.meant_service(word) or word.lower() in LATER_COMMANDS:
        return _unknown_first([word], vocabulary)
    return None


def _refuse_lookalike(service: str, version: str, environment: str, vocabulary: Vocabulary) -> None:
    """A name mistyped by a letter or two must not be deployed as a version."""
    place = vocabulary.meant_environment(service, version, TOO_CLOSE)
    other = vocabulary.meant_service(version, TOO_CLOSE)
    if place is None and other is None:
        return
    name = place or other or ""
    meant = f"{service} {place}" if place else f"{other} {environment}"
    raise Refused(
        Reason.AMBIGUOUS,
        LOOKS_LIKE.format(version=shown(version), name=name),
        way_out=EITHER.format(
            command=vocabulary.command,
            first=meant,
            second=f"{service} version {shown(version)} to {environment}",
        ),
    )


def _version(service: str, version: str, vocabulary: Vocabulary) -> str:
    pattern = vocabulary.settings.services[service].version_pattern
    if not fits(pattern, version):
        form = USUAL_FORM if pattern == DEFAULT_VERSION_PATTERN else OWN_FORM.format(pattern=pattern)
        sentence = BAD_VERSION.format(word=shown(version), service=service, form=form)
        raise refused(vocabulary, Reason.VERSION_INVALID, sentence)
    return version


def _override(reason: str, said: str, vocabulary: Vocabulary) -> str:
    """Checked as a reason for breaking the glass is."""
    if not reason:
        raise refused(vocabulary, Reason.REASON_REQUIRED, OVERRIDE_REASON, f"{said} override because …")
    if len(reason) > LONGEST_REASON:
        raise refused(vocabulary, Reason.REASON_REQUIRED, REASON_TOO_LONG.format(most=LONGEST_REASON))
    return reason


def glass_reason(reason: str, said: str, vocabulary: Vocabulary) -> str:
    """The reason given for breaking the glass. `said` are the words before it. Raises `Refused` for none, and for one too long."""
    sentence = REASON_TOO_LONG.format(most=LONGEST_REASON) if reason else REASON_REQUIRED
    if not reason or len(reason) > LONGEST_REASON:
        way_out = say(vocabulary, SAY, f"{said} break-glass because …")
        raise Refused(Reason.REASON_REQUIRED, sentence, way_out=way_out)
    return reason
