"""`rollback checkout production to 1.4.1 bad lock because …`: back to what ran there before."""

from __future__ import annotations

from bot.errors import Refused
from bot.events.rollback import RollBack
from bot.grammar.commands.said import Reader, Said, Scope, missing_service, scope_of, unknown
from bot.grammar.deployment_words import glass_reason, not_too_long
from bot.grammar.intents import CommandIntent
from bot.grammar.lookalikes import refuse_lookalike
from bot.grammar.mending import dropped, put_in, swapped
from bot.grammar.misheard import SAY, mend, refused
from bot.grammar.prepositions import time_begins, unfinished
from bot.grammar.targets import TWO_VERSIONS
from bot.grammar.vocabulary import Vocabulary, enumerated, shown
from bot.reasons import Reason
from config.words import FILLERS, VERSION

BAD, LOCK = "bad", "lock"

WHICH = "Roll back what? I know {services}."
WHERE = "Roll {service} back where? It has {environments}."
NOT_THERE = "{service} has no environment “{word}”. It has {environments}."
BAD_VERSION = "“{word}” is not a version of {service}: it must match {pattern}."
AT_ONCE = "A rollback starts at once: it takes no “{words}”."
NO_VERSION = "Which version? None follows the word “version”."


def rollback(said: Said) -> CommandIntent:
    known = said.vocabulary
    words, options = _options(said.words)
    scope, rest = scope_of(words, said)
    if not scope.service or not scope.environment:
        raise _which(scope, said.bare(rest), said)
    if open_ended := unfinished(words, known):
        raise open_ended
    version = _version(scope.service, rest, known)
    because = not_too_long(said.because or "", known)
    glass = "" if said.glass is None else glass_reason(said.glass, known)
    fields = {
        "service": scope.service,
        "environment": scope.environment,
        "version_wanted": version,
        "why": because or glass,
        "break_glass": glass,
        "mark_bad": options[BAD],
        "lock_place": options[LOCK],
    }
    return CommandIntent(kind=RollBack, fields=fields)


def _options(words: list[str]) -> tuple[list[str], dict[str, bool]]:
    """The words without `bad` and `lock`, wherever they stand but behind `version`."""
    rest: list[str] = []
    found = {BAD: False, LOCK: False}
    for word in words:
        if word.lower() in found and not (rest and rest[-1].lower() == VERSION):
            found[word.lower()] = True
        else:
            rest.append(word)
    return rest, found


def _version(service: str, words: list[str], known: Vocabulary) -> str:
    """The version behind the place; "" when none was named."""
    if words and words[-1].lower() == VERSION:
        raise refused(known, Reason.MISSING_WORD, NO_VERSION)
    _no_time(words, known)
    said = [word for word in words if word.lower() not in FILLERS]
    if not said:
        return ""
    if VERSION not in [word.lower() for word in words]:
        refuse_lookalike("", service, said, len(said) == 1, known)
    if len(said) > 1:
        sentence = TWO_VERSIONS.format(first=shown(said[0]), second=shown(said[1]))
        raise mend(known, Reason.AMBIGUOUS, sentence, dropped(said[1]), dropped(said[0]), template=SAY)
    if not known.fits(service, said[0]):
        pattern = known.settings.services[service].version_pattern
        sentence = BAD_VERSION.format(word=shown(said[0]), service=service, pattern=pattern)
        raise refused(known, Reason.VERSION_INVALID, sentence)
    return said[0]


def _no_time(words: list[str], known: Vocabulary) -> None:
    """Raises `Refused` for a time: a rollback is for now."""
    for index in range(len(words)):
        explicit = index > 0 and words[index - 1].lower() == VERSION
        if not explicit and time_begins(words[index:], known, placed=True):
            time = words[index:]
            sentence = AT_ONCE.format(words=" ".join(map(shown, time)))
            raise mend(known, Reason.UNKNOWN_COMMAND, sentence, dropped(*time))


def _which(scope: Scope, rest: list[str], said: Said) -> Refused:
    """Not both were named: what was meant, or what there is."""
    known = said.vocabulary
    if not scope.service:
        if rest and not scope.environment:
            return unknown(rest[0], known)
        sentence = WHICH.format(services=enumerated(known.settings.services))
        ways = missing_service(said, "rollback", scope.environment)
        return mend(known, Reason.MISSING_WORD, sentence, *ways)
    environments = known.environments(scope.service)
    if not rest or any(map(str.isdigit, rest[0])):
        sentence = WHERE.format(service=scope.service, environments=enumerated(environments))
        return mend(known, Reason.MISSING_WORD, sentence, *map(put_in, environments[-1:]))
    meant = known.meant_environment(scope.service, rest[0])
    sentence = NOT_THERE.format(
        service=scope.service, word=shown(rest[0]), environments=enumerated(environments)
    )
    return mend(known, Reason.UNKNOWN_ENVIRONMENT, sentence, *([swapped(rest[0], meant)] if meant else []))


COMMANDS: dict[str, Reader] = {"rollback": rollback}
