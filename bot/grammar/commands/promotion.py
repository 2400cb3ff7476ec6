"""`promote checkout from staging to production`: what runs in one environment goes to the next."""

from __future__ import annotations

from bot.errors import Refused
from bot.events.promotion import Promote
from bot.grammar.commands.said import Reader, Said
from bot.grammar.deployment_words import UNKNOWN_ENVIRONMENT, glass_reason, options_of, service_of
from bot.grammar.intents import CommandIntent
from bot.grammar.misheard import left_over, refused
from bot.grammar.vocabulary import Vocabulary, enumerated, shown
from bot.reasons import Reason
from config.words import FILLERS

FROM = "from"
PASSED_OVER = frozenset(FILLERS) - {"to"}

NO_ENVIRONMENT = "No environment follows the word “from”."
NO_VERSION = "A promotion takes the version that runs there, so it takes no “{word}”."
NO_VERSION_OUT = "`{command} {service} {word} {environment}` deploys that version."


def promote(said: Said) -> CommandIntent:
    known = said.vocabulary
    words, options = options_of(said.words, said.because, known)
    service, rest = _service([word for word in words if word.lower() not in PASSED_OVER], known)
    source, target = _places(service, rest, known)
    asked = " ".join(filter(None, ("promote", service, target and f"to {target}")))
    glass = "" if said.glass is None else glass_reason(said.glass, asked, known)
    fields = {"service": service, "source": source, "target": target, "break_glass": glass, **options}
    return CommandIntent(kind=Promote, fields=fields)


def _service(words: list[str], known: Vocabulary) -> tuple[str, list[str]]:
    try:
        return service_of(words, known)
    except Refused as refusal:
        first = words[0] if words else ""
        having = known.with_environment(first) if first else list(known.settings.services)
        meant = known.meant_service(first) if first and not having else next(iter(having), None)
        said = f"promote {meant}" if meant else ""
        raise refused(known, refusal.reason, refusal.sentence, said) from refusal


def _places(service: str, words: list[str], known: Vocabulary) -> tuple[str, str]:
    """Where from and where to, "" for what was not said. One alone is where to; `staging to production` says both."""
    source = target = bare = ""
    role = ""
    for word in words:
        if word.lower() in {FROM, "to"}:
            role = word.lower()
            continue
        place = _environment(service, word, known)
        if role == FROM and not source:
            source = place
        elif role == "to" and not target:
            target = place
        elif not role and not bare:
            bare = place
        else:
            raise left_over([word], known)
        role = "" if role == FROM else role
    if role == FROM:
        raise refused(known, Reason.MISSING_WORD, NO_ENVIRONMENT, f"promote {service}")
    if bare and target and not source:
        return bare, target
    if bare and target:
        raise left_over([bare], known)
    return source, target or bare


def _environment(service: str, word: str, known: Vocabulary) -> str:
    place = known.environment(service, word)
    if place is not None:
        return place
    if meant := known.meant_environment(service, word):
        sentence = UNKNOWN_ENVIRONMENT.format(
            service=service, word=shown(word), environments=enumerated(known.environments(service))
        )
        raise refused(known, Reason.UNKNOWN_ENVIRONMENT, sentence, f"promote {service} to {meant}")
    last = (known.environments(service) or ["…"])[-1]
    out = NO_VERSION_OUT.format(command=known.command, service=service, word=shown(word), environment=last)
    raise Refused(Reason.UNKNOWN_COMMAND, NO_VERSION.format(word=shown(word)), way_out=out)


COMMANDS: dict[str, Reader] = {"promote": promote}
