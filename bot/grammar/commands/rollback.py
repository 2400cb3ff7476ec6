"""`rollback checkout production to 1.4.1 bad lock because …`: back to what ran there before."""

from __future__ import annotations

from bot.errors import Refused
from bot.events.rollback import RollBack
from bot.grammar.commands.said import Reader, Said, scope_of, unknown
from bot.grammar.deployment_words import LONGEST_REASON, REASON_TOO_LONG, glass_reason
from bot.grammar.intents import CommandIntent
from bot.grammar.misheard import left_over, refused
from bot.grammar.vocabulary import Vocabulary, enumerated, shown
from bot.reasons import Reason
from config.versions import fits
from config.words import FILLERS

BAD, LOCK, VERSION = "bad", "lock", "version"

WHICH = "Roll back what? I know {services}."
WHERE = "Roll {service} back where? It has {environments}."
NOT_THERE = "{service} has no environment “{word}”. It has {environments}."
BAD_VERSION = "“{word}” is not a version of {service}: it must match {pattern}."
NO_VERSION = "Which version? None follows the word “version”."


def rollback(said: Said) -> CommandIntent:
    known = said.vocabulary
    words, options = _options(said.words)
    scope, rest = scope_of(words, said, "rollback")
    if not scope.service or not scope.environment:
        raise _which(scope.service, scope.environment, [word for word in rest if word not in FILLERS], known)
    version = _version(scope.service, rest, known)
    asked = " ".join(["rollback", scope.service, scope.environment, *(["to", version] if version else [])])
    because = said.because or ""
    if len(because) > LONGEST_REASON:
        raise refused(known, Reason.REASON_REQUIRED, REASON_TOO_LONG.format(most=LONGEST_REASON))
    glass = "" if said.glass is None else glass_reason(said.glass, asked, known)
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
    said = [word for word in words if word.lower() not in FILLERS]
    if not said:
        return ""
    if len(said) > 1:
        raise left_over(said[1:], known)
    pattern = known.settings.services[service].version_pattern
    if not fits(pattern, said[0]):
        sentence = BAD_VERSION.format(word=shown(said[0]), service=service, pattern=pattern)
        raise refused(known, Reason.VERSION_INVALID, sentence)
    return said[0]


def _which(service: str, environment: str, rest: list[str], known: Vocabulary) -> Refused:
    """Not both were named: what was meant, or what there is."""
    if not service:
        if rest and not environment:
            return unknown(rest[0], "rollback", known)
        having = known.with_environment(environment) if environment else list(known.settings.services)
        first = next(iter(having), "")
        last = environment or (known.environments(first)[-1:] or [""])[0] if first else ""
        sentence = WHICH.format(services=enumerated(known.settings.services))
        return refused(known, Reason.MISSING_WORD, sentence, f"rollback {first} {last}" if first else "")
    environments = known.environments(service)
    meant = next((found for word in rest if (found := known.meant_environment(service, word))), "")
    words = f"rollback {service} {meant or (environments[-1:] or [''])[0]}"
    if rest:
        sentence = NOT_THERE.format(
            service=service, word=shown(rest[0]), environments=enumerated(environments)
        )
        return refused(known, Reason.UNKNOWN_ENVIRONMENT, sentence, words)
    sentence = WHERE.format(service=service, environments=enumerated(environments))
    return refused(known, Reason.MISSING_WORD, sentence, words)


COMMANDS: dict[str, Reader] = {"rollback": rollback}
