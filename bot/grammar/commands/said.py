"""What was said behind a command's own word."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec

from bot.errors import Refused
from bot.grammar.intents import Intent
from bot.grammar.mending import Mend, dropped, swapped
from bot.grammar.misheard import SAY, left_over, mend
from bot.grammar.moments import begins_moment
from bot.grammar.vocabulary import Vocabulary, enumerated, shown
from bot.reasons import Reason
from config.words import FILLERS, NO_VERSIONS

GLASS = "Break-glass goes with a deployment only."
NO_REASON = "No reason is needed for that."
EVERYTHING = frozenset({"everything", "all", "everywhere"})

UNKNOWN = "I know no service and no environment “{word}”. I know {services}."
NO_SERVICE = "I know no service “{word}”. I know {services}."
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
            raise mend(self.vocabulary, Reason.UNKNOWN_COMMAND, sentence, Mend(unreasoned=True))

    def without_glass(self) -> None:
        """Raises `Refused` when break-glass was said where it does not belong."""
        if self.glass is not None:
            raise mend(self.vocabulary, Reason.UNKNOWN_COMMAND, GLASS, Mend(unreasoned=True))


Reader = Callable[[Said], Intent]


class Scope(msgspec.Struct, frozen=True, kw_only=True):
    """What some words are about: empty is every service, every environment. `named` is whether anything was said."""

    service: str = ""
    environment: str = ""
    named: bool = True


def scope_of(words: list[str], said: Said) -> tuple[Scope, list[str]]:
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
                raise _two(environment, place, words[: len(words) - len(rest) + 1], known)
            environment = place
            rest.pop(0)
        else:
            break
    if not (service or environment or everything):
        return Scope(service=known.here or "", named=False), rest
    if environment and not service and not everything and known.here:
        service = known.here
    if service and environment and environment not in known.environments(service):
        raise _not_there(service, environment, words, known)
    return Scope(service=service, environment=environment), rest


def unknown(word: str, known: Vocabulary) -> Refused:
    """The word is no service and no environment, or more than one."""
    if len(several := known.environments_anywhere(word)) > 1:
        sentence = TWO_MEANINGS.format(word=shown(word), environments=enumerated(sorted(several)))
        return mend(known, Reason.AMBIGUOUS, sentence, *(swapped(word, one) for one in sorted(several)))
    near = (known.meant_service(word), known.meant_environment_anywhere(word))
    sentence = UNKNOWN.format(word=shown(word), services=enumerated(known.settings.services))
    return mend(known, Reason.UNKNOWN_SERVICE, sentence, *_first(word, near))


def not_understood(rest: list[str], scope: Scope, known: Vocabulary) -> Refused:
    """The words behind a scope: the first is no environment of the service, no service, or nothing that belongs there."""
    word = rest[0]
    if word.lower() in NO_VERSIONS or begins_moment(rest):
        return left_over(rest, known)
    if not scope.named:
        return unknown(word, known)
    if scope.service and not scope.environment:
        environments = known.environments(scope.service)
        sentence = NOT_THERE.format(
            service=scope.service, word=shown(word), environments=enumerated(environments)
        )
        near = (known.meant_environment(scope.service, word), None)
        return mend(known, Reason.UNKNOWN_ENVIRONMENT, sentence, *_first(word, near))
    if scope.environment and not scope.service and not known.is_name(word):
        sentence = NO_SERVICE.format(word=shown(word), services=enumerated(known.settings.services))
        return mend(known, Reason.UNKNOWN_SERVICE, sentence, *_first(word, (known.meant_service(word), None)))
    return left_over(rest, known)


def missing_service(said: Said, command: str, environment: str) -> list[Mend]:
    """The first service that has the environment, where people say it; with its last environment where none was named."""
    known = said.vocabulary
    having = known.with_environment(environment) if environment else list(known.settings.services)
    everything = next((word for word in said.words if word.lower() in EVERYTHING), None)
    first = next(iter(having), None)
    if first is None:
        return []
    places = [] if environment else known.environments(first)[-1:]
    return [Mend(wrong=(everything or command,), right=(*([] if everything else [command]), first, *places))]


def _first(word: str, near: Iterable[str | None]) -> list[Mend]:
    """The nearest that makes a command, in this order."""
    ways = [swapped(word, meant) for meant in near if meant]
    return [msgspec.structs.replace(way, otherwise=True) for way in ways]


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


def _two(first: str, second: str, words: list[str], known: Vocabulary) -> Refused:
    """The last of the words is the second environment."""
    before = next(word for word in words if known.environments_anywhere(word))
    ways = [dropped(words[-1]), dropped(before)]
    return mend(known, Reason.AMBIGUOUS, TWO.format(first=first, second=second), *ways, template=SAY)


def _not_there(service: str, word: str, words: list[str], known: Vocabulary) -> Refused:
    environments = known.environments(service)
    sentence = NOT_THERE.format(service=service, word=shown(word), environments=enumerated(environments))
    said = next((each for each in words if _environment(each, "", known) == word), word)
    meant = known.meant_environment(service, said)
    ways = [swapped(said, meant)] if meant else []
    return mend(known, Reason.UNKNOWN_ENVIRONMENT, sentence, *ways)
