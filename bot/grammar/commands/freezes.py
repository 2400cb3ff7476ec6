"""`freeze production until mon 09:00 because …`, `unfreeze production`, `freezes`."""

from __future__ import annotations

from bot.events.freezing import FreezePlaces, LiftFreeze, ShowFreezes
from bot.grammar.commands.said import Reader, Said, not_understood, scope_of, unknown
from bot.grammar.deployment_words import LONGEST_REASON
from bot.grammar.intents import CommandIntent
from bot.grammar.mending import Mend, put_in
from bot.grammar.misheard import mend
from bot.grammar.moments import begins_moment
from bot.grammar.vocabulary import enumerated
from bot.reasons import Reason

INCIDENT = "incident"

WHAT = "Freeze what? A service, an environment, both, or everything. I know {services}."
WHAT_NOT = "Unfreeze what? A service, an environment, both, or everything."
WHY = "A freeze needs a reason, which everybody who is held up reads."
TOO_LONG = "The reason is longer than {most} characters."


def freeze(said: Said) -> CommandIntent:
    """The scope comes first, then until when; the words of the time stay as typed, for they are in somebody's zone."""
    said.without_glass()
    words, incident = _incident(said)
    scope, rest = scope_of(words, said)
    if not scope.named:
        raise _what(rest, said)
    if rest and not begins_moment(rest):
        raise not_understood(rest, scope, said.vocabulary)
    if not said.because or len(said.because) > LONGEST_REASON:
        sentence = TOO_LONG.format(most=LONGEST_REASON) if said.because else WHY
        raise mend(said.vocabulary, Reason.REASON_REQUIRED, sentence, Mend(reason=True))
    fields = {
        "service": scope.service,
        "environment": scope.environment,
        "when": " ".join(rest),
        "why": said.because,
        "incident": incident,
    }
    return CommandIntent(kind=FreezePlaces, fields=fields)


def unfreeze(said: Said) -> CommandIntent:
    """A reason may be given, as for unlocking; it is kept."""
    said.without_glass()
    words, _ = _incident(said)
    scope, rest = scope_of(words, said)
    if not scope.named:
        if rest:
            raise unknown(rest[0], said.vocabulary)
        raise mend(said.vocabulary, Reason.MISSING_WORD, WHAT_NOT, put_in(*_example(said)))
    if rest:
        raise not_understood(rest, scope, said.vocabulary)
    fields = {"service": scope.service, "environment": scope.environment, "why": said.because or ""}
    return CommandIntent(kind=LiftFreeze, fields=fields)


def freezes(said: Said) -> CommandIntent:
    said.without_reasons()
    scope, rest = scope_of(said.words, said)
    if rest:
        raise not_understood(rest, scope, said.vocabulary)
    return CommandIntent(
        kind=ShowFreezes, fields={"service": scope.service, "environment": scope.environment}
    )


def _incident(said: Said) -> tuple[list[str], bool]:
    """The words without the one that says that it is because of an incident."""
    first = said.words[0].lower() if said.words else ""
    if first == INCIDENT and said.vocabulary.service(first) is None:
        return said.words[1:], True
    return said.words, False


def _what(rest: list[str], said: Said) -> Exception:
    if rest and not begins_moment(rest):
        return unknown(rest[0], said.vocabulary)
    sentence = WHAT.format(services=enumerated(said.vocabulary.settings.services))
    when = () if rest else ("until", "mon", "09:00")
    return mend(said.vocabulary, Reason.MISSING_WORD, sentence, put_in(*_example(said), *when))


def _example(said: Said) -> list[str]:
    """A scope of this configuration."""
    known = said.vocabulary
    service = known.here or next(iter(known.settings.services), "")
    environments = known.environments(service) if service else []
    return [*([service] if known.here else []), *environments[-1:]]


COMMANDS: dict[str, Reader] = {"freeze": freeze, "unfreeze": unfreeze, "freezes": freezes}
