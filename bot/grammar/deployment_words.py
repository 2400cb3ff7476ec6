"""The words of a deployment: `<service> [<version>] [to] <environment>`, strict about what could mean two things."""

from __future__ import annotations

from itertools import pairwise
from typing import TypedDict

from bot.errors import Refused
from bot.grammar.intents import DeployIntent
from bot.grammar.lookalikes import refuse_lookalike
from bot.grammar.mending import Mend, Misheard, as_version, dropped, put_in, swapped
from bot.grammar.misheard import SAY, left_over, mend, refused
from bot.grammar.moments import begins_moment
from bot.grammar.prepositions import DAY_WORDS, YESTERDAY, leads_nowhere, time_begins, unfinished
from bot.grammar.vocabulary import Vocabulary, enumerated, shown
from bot.reasons import Reason
from config.versions import DEFAULT_VERSION_PATTERN
from config.words import AT, COMMAND_WORDS, FILLERS, LATER_COMMANDS, PREPOSITIONS, SUFFIX_WORDS, VERSION

LONGEST_REASON = 1_000
LONGEST_TIME = 3

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


INTRODUCES_TIME = frozenset({*AT, "in", "on", *DAY_WORDS})
TIME_LAST = "The time comes last."
COMES_FIRST = "“{word}” comes first."
NO_PLACE = (
    "{service} has no environment “{word}”: it can go to {environments}. “Version” introduces a version."
)
LASTING = frozenset({"until", "till", "for", "from"})
NO_END = "A deployment starts at a time; “{word}” is for what lasts."


class _Slots:
    """The words of a deployment without fillers; `version` is what followed the word "version"."""

    def __init__(self, words: list[str], vocabulary: Vocabulary) -> None:
        self.version: str | None = None
        self.words: list[str] = []
        pending = iter(words)
        for word in pending:
            if word.lower() != VERSION:
                self.words += [] if word.lower() in FILLERS else [word]
                continue
            said = next(pending, None)
            if said is None:
                raise refused(vocabulary, Reason.MISSING_WORD, NO_VERSION)
            if self.version is not None:
                raise _two_versions(self.version, said, vocabulary)
            self.version = said


def deployment(
    words: list[str], vocabulary: Vocabulary, reason: str | None, because: str | None = None
) -> DeployIntent:
    """The deployment that the words ask for.

    `reason` is what followed break-glass, `because` what followed that word elsewhere; `None` when that was not said.
    """
    if because is not None:
        _with_a_reason(words, vocabulary)
    words, options = options_of(words, because, vocabulary)
    slots = _Slots(words, vocabulary)
    if any(word.lower() == "because" for word in slots.words):
        raise refused(vocabulary, Reason.UNKNOWN_COMMAND, ONLY_WITH_BREAK_GLASS)
    service, rest = service_of(slots.words, vocabulary)
    nowhere = leads_nowhere(words, vocabulary)
    typed = slots.words[0] if len(rest) < len(slots.words) else ""
    _one_place(service, rest, nowhere, vocabulary)
    environment, version = _target(typed, service, rest, slots.version, vocabulary)
    return DeployIntent(
        service=service,
        environment=environment,
        version=version,
        break_glass=None if reason is None else glass_reason(reason, vocabulary),
        override=options["override"],
        removing=options["removing"],
        when=options["when"],
    )


def _with_a_reason(words: list[str], vocabulary: Vocabulary) -> None:
    """Raises `Refused` when a word for another command is mistyped or misplaced: a reason belongs to most of them."""
    if words and _is_command(words[0], vocabulary):
        raise _unknown_first(words, vocabulary)
    for before, word in pairwise(words):
        if word.lower() in COMMAND_WORDS and before.lower() != VERSION:
            first = Mend(wrong=(word,), right=(word.lower(),), moved=True)
            raise mend(vocabulary, Reason.UNKNOWN_COMMAND, COMES_FIRST.format(word=shown(word)), first)


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
        raise mend(vocabulary, Reason.UNKNOWN_COMMAND, ONLY_WITH_BREAK_GLASS, Mend(unreasoned=True))
    rest = [word for word in words if word.lower() not in {OVERRIDE, REMOVING}]
    rest, when = _when(rest, vocabulary)
    if open_ended := unfinished(rest, vocabulary):
        raise open_ended
    override = _override(because or "", vocabulary) if overrides else ""
    return rest, Options(override=override, removing=removing, when=when)


def _when(words: list[str], vocabulary: Vocabulary) -> tuple[list[str], str]:
    """The words before a time at the end, and that time as typed; what it means is the zone's and the clock's business.

    A date alone may be a version: a time begins with a word for it (`at`, `in`, `tomorrow`, `mon`).
    """
    placed = bool(vocabulary.places_said(words))
    for index, word in enumerate(words):
        explicit = index > 0 and words[index - 1].lower() == VERSION
        if explicit or vocabulary.is_name(word) or not time_begins(words[index:], vocabulary, placed=placed):
            continue
        before = words[index - 1].lower() if index else ""
        if before in LASTING:
            raise mend(
                vocabulary, Reason.UNKNOWN_COMMAND, NO_END.format(word=before), dropped(words[index - 1])
            )
        begins = index - (before in PREPOSITIONS)
        behind = next((at for at in range(index + 1, len(words)) if _ends_time(words[at], vocabulary)), None)
        if behind is not None:
            raise _time_last(words[begins:behind], word, vocabulary)
        return words[:begins], " ".join(words[begins:])
    return words, ""


def _ends_time(word: str, vocabulary: Vocabulary) -> bool:
    return vocabulary.is_name(word) or word.lower() in {VERSION, "to", "into"}


def _time_last(time: list[str], word: str, vocabulary: Vocabulary) -> Misheard:
    """Something else stands behind the time; a day alone may have been meant as a version."""
    alone = len(time) == 1
    last = ("tomorrow" if word.lower() == YESTERDAY else word, "09:00") if alone else tuple(time)
    ways = [Mend(wrong=tuple(time), right=last, moved=True), *([as_version(word)] if alone else [])]
    return mend(vocabulary, Reason.UNKNOWN_COMMAND, TIME_LAST, *ways, template=SAY)


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
    raise _unknown_first(words, vocabulary)


def _is_command(word: str, vocabulary: Vocabulary) -> bool:
    """Whether it is no name, and rather a command mistyped than a service."""
    known = vocabulary.is_name(word) or vocabulary.meant_service(word)
    return not known and vocabulary.meant_command(word) is not None


def _unknown_first(words: list[str], vocabulary: Vocabulary) -> Refused:
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


def _one_place(service: str, words: list[str], nowhere: str, vocabulary: Vocabulary) -> None:
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


def _target(
    typed: str, service: str, words: list[str], version: str | None, vocabulary: Vocabulary
) -> tuple[str, str | None]:
    """The environment and the version among the words behind the service, one of which is an environment."""
    environment = next(place for word in words if (place := vocabulary.environment(service, word)))
    others = [word for word in words if not vocabulary.environment(service, word)]
    refuse_lookalike(typed, service, others, version is None and len(others) == 1, vocabulary)
    named = [*([] if version is None else [version]), *others]
    if len(named) == 2:
        raise _two_versions(named[0], named[1], vocabulary)
    if len(named) > 2:
        raise left_over(others, vocabulary)
    return environment, _version(service, named[0], vocabulary) if named else None


def _two_versions(first: str, second: str, vocabulary: Vocabulary) -> Misheard:
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
        return _unknown_first(others, vocabulary)
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


def _override(reason: str, vocabulary: Vocabulary) -> str:
    """Checked as a reason for breaking the glass is."""
    if not reason:
        raise mend(vocabulary, Reason.REASON_REQUIRED, OVERRIDE_REASON, Mend(reason=True))
    return not_too_long(reason, vocabulary)


def glass_reason(reason: str, vocabulary: Vocabulary) -> str:
    """The reason given for breaking the glass. Raises `Refused` for none, and for one too long."""
    if not reason or _is_a_time(reason.split()):
        raise mend(vocabulary, Reason.REASON_REQUIRED, REASON_REQUIRED, Mend(reason=True), template=SAY)
    return not_too_long(reason, vocabulary)


def _is_a_time(words: list[str]) -> bool:
    """Whether it is no reason but a time, or half of one: `break-glass at 14:00`."""
    says_nothing = {word.lower() for word in words} <= {*PREPOSITIONS, *FILLERS, *SUFFIX_WORDS}
    return says_nothing or (1 < len(words) <= LONGEST_TIME and begins_moment(words))


def not_too_long(reason: str, vocabulary: Vocabulary) -> str:
    """The reason. Raises `Refused` with the limit, and the command to say with a shorter one."""
    if len(reason) > LONGEST_REASON:
        sentence = REASON_TOO_LONG.format(most=LONGEST_REASON)
        raise mend(vocabulary, Reason.REASON_REQUIRED, sentence, Mend(reason=True), template=SAY)
    return reason
