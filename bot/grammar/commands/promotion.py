"""`promote checkout from staging to production`: what runs in one environment goes to the next."""

from __future__ import annotations

from itertools import pairwise

from msgspec.structs import replace

from bot.events.promotion import Promote
from bot.grammar.commands.said import Reader, Said
from bot.grammar.deployment_words import glass_reason, options_of
from bot.grammar.intents import CommandIntent
from bot.grammar.mending import Mend, Misheard, dropped, swapped
from bot.grammar.misheard import LEFT_OVER, SAY, left_over, mend
from bot.grammar.targets import UNKNOWN_ENVIRONMENT, service_of
from bot.grammar.vocabulary import Vocabulary, enumerated, shown
from bot.reasons import Reason
from config.words import FILLERS

FROM = "from"
PASSED_OVER = frozenset(FILLERS) - {"to"}

NO_ENVIRONMENT = "No environment follows the word “from”."
NO_VERSION = "A promotion takes the version that runs there, so it takes no “{word}”. A deployment takes one."


def promote(said: Said) -> CommandIntent:
    known = said.vocabulary
    words, options = options_of(said.words, said.because, known)
    service, rest = _service([word for word in words if word.lower() not in PASSED_OVER], known)
    source, target = _places(service, rest, known)
    glass = "" if said.glass is None else glass_reason(said.glass, known)
    fields = {"service": service, "source": source, "target": target, "break_glass": glass, **options}
    return CommandIntent(kind=Promote, fields=fields)


def _service(words: list[str], known: Vocabulary) -> tuple[str, list[str]]:
    try:
        return service_of(words, known)
    except Misheard as refusal:
        if words and words[0].lower() not in {FROM, "to"}:
            raise
        first = list(known.settings.services)[:1]
        ways = [Mend(wrong=("promote",), right=("promote", one)) for one in first]
        raise mend(known, refusal.reason, refusal.sentence, *ways) from refusal


def _places(service: str, words: list[str], known: Vocabulary) -> tuple[str, str]:
    """Where from and where to, "" for what was not said. One alone is where to; `staging to production` says both."""
    source = target = bare = ""
    role = ""
    for word in words:
        if word.lower() in {FROM, "to"}:
            if role == FROM:
                raise _from_nowhere(word, known)
            role = word.lower()
            continue
        place = _environment(service, word, known, led=bool(role))
        if role == FROM and not source:
            source = place
        elif role == "to" and not target:
            target = place
        elif not role and not bare:
            bare = place
        else:
            raise mend(
                known, Reason.UNKNOWN_COMMAND, LEFT_OVER.format(words=f"“{shown(word)}”"), *_roles(words)
            )
        role = "" if role == FROM else role
    if bare and target and not source:
        return bare, target
    if bare and target:
        raise left_over([bare], known)
    return source, target or bare


def _roles(words: list[str]) -> list[Mend]:
    """Two environments beside each other go from the first to the second."""
    pairs = pairwise(words)
    beside = [pair for pair in pairs if not {word.lower() for word in pair} & {FROM, "to"}]
    return [Mend(wrong=(one, other), right=(FROM, one, "to", other), final=True) for one, other in beside]


def _from_nowhere(word: str, known: Vocabulary) -> Misheard:
    return mend(known, Reason.MISSING_WORD, NO_ENVIRONMENT, Mend(wrong=(FROM, word), right=(word,)))


def _environment(service: str, word: str, known: Vocabulary, *, led: bool) -> str:
    """`led`: a preposition leads to it, so that it is nothing but a place."""
    place = known.environment(service, word)
    if place is not None:
        return place
    environments = known.environments(service)
    meant = known.meant_environment(service, word)
    if meant or led or not any(map(str.isdigit, word)):
        sentence = UNKNOWN_ENVIRONMENT.format(
            service=service, word=shown(word), environments=enumerated(environments)
        )
        ways = [swapped(word, meant)] if meant else []
        raise mend(known, Reason.UNKNOWN_ENVIRONMENT, sentence, *ways)
    sentence = NO_VERSION.format(word=shown(word))
    instead = (replace(dropped("promote"), final=True), dropped(word))
    raise mend(known, Reason.UNKNOWN_COMMAND, sentence, *instead, template=SAY)


COMMANDS: dict[str, Reader] = {"promote": promote}
