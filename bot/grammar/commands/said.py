"""What was said behind a command's own word."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec

from bot.errors import Refused
from bot.grammar.intents import Intent
from bot.grammar.misheard import refused
from bot.grammar.vocabulary import Vocabulary, enumerated, shown
from bot.reasons import Reason
from config.words import FILLERS

GLASS = "Break-glass goes with a deployment only."
NO_REASON = "No reason is needed for that."
EVERYTHING = frozenset({"everything", "all", "everywhere"})

UNKNOWN = "I know no service and no environment “{word}”. I know {services}."
NOT_THERE = "{service} has no environment “{word}”. It can go to {environments}."
TWO_MEANINGS = "“{word}” means different environments: {environments}."
TWO = "“{first}” and “{second}”: I take one of them."


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """`words` are bare, fillers and all. `because` is the reason given, `glass` the one behind break-glass; None: not said."""

    words: list[str]
    because: str | None = None
    glass: str | None = None
    vocabulary: Vocabulary

    def bare(self, words: Iterable[str] | None = None) -> list[str]:
        """The words without fillers."""
        return [word for word in (self.words if words is None else words) if word.lower() not in FILLERS]

    def without_reasons(self) -> None:
        """Raises `Refused` when a reason was given where none belongs."""
        if self.glass is not None or self.because is not None:
            sentence = GLASS if self.glass is not None else NO_REASON
            raise refused(self.vocabulary, Reason.UNKNOWN_COMMAND, sentence)

    def without_glass(self) -> None:
        """Raises `Refused` when break-glass was said where it does not belong."""
        if self.glass is not None:
            raise refused(self.vocabulary, Reason.UNKNOWN_COMMAND, GLASS)


Reader = Callable[[Said], Intent]


class Scope(msgspec.Struct, frozen=True, kw_only=True):
    """What some words are about: empty is every service, every environment. `named` is whether anything was said."""

    service: str = ""
    environment: str = ""
    named: bool = True


def scope_of(words: list[str], said: Said, command: str) -> tuple[Scope, list[str]]:
    """The scope that the first words name, in any order, and the words behind it.

    `everything` is every service and environment, together with an environment all services of that. In a service's own
    channel an environment alone means that service's. Raises `Refused` for two of a kind.
    """
    known = said.vocabulary
    rest, service, environment, everything = list(words), "", "", False
    while rest:
        word = rest[0].lower()
        if word in FILLERS and len(rest) > 1 and _means(rest[1], service, known):
            rest.pop(0)
        elif word in EVERYTHING:
            everything = True
            rest.pop(0)
        elif (named := known.service(word)) and not service:
            service = named
            rest.pop(0)
        elif place := _environment(rest[0], service or ("" if everything else known.here or ""), known):
            if environment:
                raise _two(environment, place, known)
            environment = place
            rest.pop(0)
        else:
            break
    if not (service or environment or everything):
        return Scope(service=known.here or "", named=False), rest
    if environment and not service and not everything and known.here:
        service = known.here
    if service and environment and environment not in known.environments(service):
        raise _not_there(service, environment, command, known)
    return Scope(service=service, environment=environment), rest


def unknown(word: str, command: str, known: Vocabulary) -> Refused:
    """The word is no service and no environment, or more than one."""
    if len(several := known.environments_anywhere(word)) > 1:
        sentence = TWO_MEANINGS.format(word=shown(word), environments=enumerated(sorted(several)))
        return refused(known, Reason.AMBIGUOUS, sentence, f"{command} {min(several)}")
    meant = known.meant_service(word) or known.meant_environment_anywhere(word)
    sentence = UNKNOWN.format(word=shown(word), services=enumerated(known.settings.services))
    return refused(known, Reason.UNKNOWN_SERVICE, sentence, f"{command} {meant}" if meant else "")


def _means(word: str, service: str, known: Vocabulary) -> bool:
    return bool(
        word.lower() in EVERYTHING
        or known.service(word)
        or _environment(word, service or known.here or "", known)
    )


def _environment(word: str, service: str, known: Vocabulary) -> str:
    if service and (found := known.environment(service, word)):
        return found
    anywhere = known.environments_anywhere(word)
    if word.lower() in anywhere:
        return word.lower()
    return anywhere.pop() if len(anywhere) == 1 else ""


def _two(first: str, second: str, known: Vocabulary) -> Refused:
    return refused(known, Reason.AMBIGUOUS, TWO.format(first=first, second=second))


def _not_there(service: str, word: str, command: str, known: Vocabulary) -> Refused:
    environments = known.environments(service)
    sentence = NOT_THERE.format(service=service, word=shown(word), environments=enumerated(environments))
    first = f"{command} {service} {environments[0]}" if environments else ""
    return refused(known, Reason.UNKNOWN_ENVIRONMENT, sentence, first)
