"""What people type, made into intents: pure, and for any text an `Intent` or `Refused`, nothing else.

    <service> [<version>] [to] <environment>      status [<service>] [<environment>]      help [<topic>]
    [<version>] [to] <environment>                cancel [#<number> | [<service>] <environment>]

and what `bot.grammar.commands` lists.

The middle is strict: what could mean two things is refused with both readings, and a version that looks like a
mistyped name is asked about. The edges are lenient: markup, quotes, upper case, punctuation, filler words.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import msgspec

from bot.errors import Refused
from bot.events.surface import OfferDeployForm
from bot.grammar.commands import COMMANDS, Said
from bot.grammar.deployment_words import deployment
from bot.grammar.intents import CancelIntent, CommandIntent, HelpIntent, Intent, StatusIntent
from bot.grammar.mending import Mend, Misheard, put_in, swapped
from bot.grammar.misheard import left_over, mend, refused, with_way_out
from bot.grammar.prepositions import unfinished
from bot.grammar.targets import UNKNOWN_ENVIRONMENT, UNKNOWN_SERVICE, service_of
from bot.grammar.usage import TOPICS
from bot.grammar.utterance import Utterance, heard
from bot.grammar.vocabulary import Vocabulary, enumerated, shown
from bot.reasons import Reason
from config.models import Settings
from config.words import BREAK_GLASS, FILLERS

MOST_WORDS = 60

TOO_MANY_WORDS = "I read at most {most} words as a command."
NO_TOPIC = "There is no help on “{word}”. Topics: {topics}."
ENVIRONMENT_UNKNOWN_ANYWHERE = "No service has an environment “{word}”."
TWO_MEANINGS = "“{word}” means different environments: {environments}."
ONLY_DEPLOYMENTS = "No reason is needed for that, and break-glass goes with a deployment only."
NOT_A_NUMBER = "“{word}” is no number of a deployment."

WHICH_TO_CANCEL = "Which deployment of {service}? It can be in {environments}."

NOTHING_TO_LOOK_FOR = "Like what? Nothing follows the word."
STATUS, LIKE, MINE = "status", "like", "mine"
LONGEST_LIKE = 60

_NUMBER = re.compile(r"#?0*([1-9][0-9]{0,11})")
_HELP = {"help", "--help", "-h", "usage"}


def parse(text: str, settings: Settings, *, service_here: str | None) -> Intent:
    """The intent of a text. `service_here` is the service that the channel belongs to.

    Raises `Refused` with a sentence and a way out, in which commands stand between back-ticks.
    """
    utterance = heard(text)
    vocabulary = Vocabulary(settings, service_here)
    try:
        return _meant(utterance, vocabulary)
    except Refused as no:
        told = _told(no, utterance, vocabulary) if isinstance(no, Misheard) else no
        sentence, way_out = utterance.as_shown(told.sentence), utterance.as_shown(told.way_out)
        if (sentence, way_out) == (no.sentence, no.way_out):
            raise
        raise Refused(no.reason, sentence, way_out=way_out) from no


def _told(no: Misheard, utterance: Utterance, vocabulary: Vocabulary) -> Refused:
    """With what may have been meant: every suggestion is read before it is made."""
    words = tuple(_without_address(utterance.words, vocabulary))
    if len(words) > MOST_WORDS:
        return no
    said = msgspec.structs.replace(utterance, words=words)
    return with_way_out(no, said, lambda meant: _meant(meant, vocabulary), vocabulary)


def _meant(utterance: Utterance, vocabulary: Vocabulary) -> Intent:
    words = _without_address(utterance.words, vocabulary)
    if len(words) > MOST_WORDS:
        raise refused(vocabulary, Reason.UNKNOWN_COMMAND, TOO_MANY_WORDS.format(most=MOST_WORDS))
    if not words and utterance.reason is None:
        return CommandIntent(kind=OfferDeployForm) if _named(utterance.words, vocabulary) else HelpIntent()
    word = words[0].lower() if words else ""
    free = word in _HELP or (word == STATUS and LIKE in words)
    if not free and (open_ended := unfinished(words, vocabulary)):
        raise open_ended
    if word in COMMANDS:
        said = Said(words=words[1:], glass=utterance.reason, because=utterance.because, vocabulary=vocabulary)
        return COMMANDS[word](said)
    read = _COMMANDS.get(word)
    if read is None:
        return deployment(words, vocabulary, utterance.reason, utterance.because)
    if read is _help and utterance.reason is not None:
        return HelpIntent(topic=BREAK_GLASS)
    if utterance.reason is not None or utterance.because is not None:
        raise mend(vocabulary, Reason.UNKNOWN_COMMAND, ONLY_DEPLOYMENTS, Mend(unreasoned=True))
    return read([word for word in words[1:] if word.lower() not in FILLERS], vocabulary)


def _without_address(words: tuple[str, ...], vocabulary: Vocabulary) -> list[str]:
    """Without whom it is said to and the command's own name, however often: `@bot deploy …`, `/deploy deploy …`."""
    own = {"deploy", "/deploy", vocabulary.command, vocabulary.command.removeprefix("/"), "please"}
    own.add(vocabulary.settings.slack.app_name.lower())
    rest = list(words)
    while rest and (
        rest[0].startswith("@") or (rest[0].lower() in own and vocabulary.service(rest[0]) is None)
    ):
        rest.pop(0)
    return rest


def _named(words: tuple[str, ...], vocabulary: Vocabulary) -> bool:
    """Whether the command itself was said, and nothing behind it: `@bot deploy`."""
    own = {"deploy", vocabulary.command.removeprefix("/")}
    return any(word.lower().removeprefix("/") in own for word in words)


def _status(words: list[str], vocabulary: Vocabulary) -> StatusIntent:
    """What comes behind `like` is looked for as it stands; `mine` may stand anywhere before it."""
    lower = [word.lower() for word in words]
    at = lower.index(LIKE) if LIKE in lower else len(words)
    like = " ".join(words[at + 1 :])[:LONGEST_LIKE]
    if LIKE in lower and not like:
        raise refused(vocabulary, Reason.MISSING_WORD, NOTHING_TO_LOOK_FOR, "status like pay")
    mine = MINE in lower[:at]
    words = [word for word in words[:at] if word.lower() != MINE]
    if (mine or like) and not words:
        return StatusIntent(mine=mine, like=like)
    return msgspec.structs.replace(_place_of_status(words, vocabulary), mine=mine, like=like)


def _place_of_status(words: list[str], vocabulary: Vocabulary) -> StatusIntent:
    if [word.lower() for word in words] == ["all"]:
        return StatusIntent()
    if not words:
        return StatusIntent(service=vocabulary.here)
    service = vocabulary.service(words[0])
    rest = words[1:] if service else words
    service = service or vocabulary.here
    if len(rest) > 1:
        raise left_over(rest[1:] if service else rest, vocabulary)
    if not rest:
        return StatusIntent(service=service)
    if service:
        return StatusIntent(service=service, environment=_environment(service, rest[0], vocabulary))
    return StatusIntent(environment=_environment_anywhere(rest[0], vocabulary))


def _cancel(words: list[str], vocabulary: Vocabulary) -> CancelIntent:
    if not words:
        return CancelIntent()
    number = _NUMBER.fullmatch(words[0])
    if number:
        if len(words) > 1:
            raise left_over(words[1:], vocabulary)
        return CancelIntent(number=int(number[1]))
    if words[0].startswith("#") or words[0].isdecimal():
        raise refused(
            vocabulary, Reason.UNKNOWN_DEPLOYMENT, NOT_A_NUMBER.format(word=shown(words[0])), "cancel #12"
        )
    service, rest = service_of(words, vocabulary)
    if not rest:
        known = vocabulary.environments(service)
        sentence = WHICH_TO_CANCEL.format(service=service, environments=enumerated(known))
        raise mend(vocabulary, Reason.MISSING_WORD, sentence, *map(put_in, known[:1]))
    if len(rest) > 1:
        raise left_over(rest[1:], vocabulary)
    return CancelIntent(service=service, environment=_environment(service, rest[0], vocabulary))


def _help(words: list[str], vocabulary: Vocabulary) -> HelpIntent:
    topic = "-".join(word.lower() for word in words)
    if topic in TOPICS:
        return HelpIntent(topic=topic)
    meant = vocabulary.meant_topic(topic)
    sentence = NO_TOPIC.format(word=shown(topic), topics=", ".join(filter(None, TOPICS)))
    ways = [Mend(wrong=tuple(words), right=(meant,))] if meant else []
    raise mend(vocabulary, Reason.UNKNOWN_COMMAND, sentence, *ways)


_COMMANDS: dict[str, Callable[[list[str], Vocabulary], Intent]] = {
    STATUS: _status,
    "cancel": _cancel,
    **dict.fromkeys(_HELP, _help),
}


def _environment(service: str, word: str, vocabulary: Vocabulary) -> str:
    environment = vocabulary.environment(service, word)
    if environment is None:
        known, meant = vocabulary.environments(service), vocabulary.meant_environment(service, word)
        sentence = UNKNOWN_ENVIRONMENT.format(
            service=service, word=shown(word), environments=enumerated(known)
        )
        meant = meant or vocabulary.meant_service(word)
        raise mend(
            vocabulary, Reason.UNKNOWN_ENVIRONMENT, sentence, *([swapped(word, meant)] if meant else [])
        )
    return environment


def _environment_anywhere(word: str, vocabulary: Vocabulary) -> str:
    found = vocabulary.environments_anywhere(word)
    if len(found) == 1:
        return found.pop()
    if found:
        sentence = TWO_MEANINGS.format(word=shown(word), environments=enumerated(sorted(found)))
        ways = [swapped(word, place) for place in sorted(found)]
        raise mend(vocabulary, Reason.AMBIGUOUS, sentence, *ways)
    service, place = vocabulary.meant_service(word), vocabulary.meant_environment_anywhere(word)
    if service or not place:
        sentence = UNKNOWN_SERVICE.format(word=shown(word), services=enumerated(vocabulary.settings.services))
        ways = [swapped(word, service)] if service else []
        raise mend(vocabulary, Reason.UNKNOWN_SERVICE, sentence, *ways)
    sentence = ENVIRONMENT_UNKNOWN_ANYWHERE.format(word=shown(word))
    raise mend(vocabulary, Reason.UNKNOWN_ENVIRONMENT, sentence, swapped(word, place))
