"""`plan …` and `why …`: questions about a deployment that is not, or not yet, asked for."""

from __future__ import annotations

from bot.errors import Refused
from bot.events.planning import AskWhy, ShowPlan
from bot.grammar.commands.said import Reader, Said, scope_of, unknown
from bot.grammar.deployment_words import deployment
from bot.grammar.intents import CommandIntent
from bot.grammar.misheard import left_over, refused
from bot.grammar.vocabulary import enumerated
from bot.reasons import Reason

WHICH = "Why what? I know {services}."
WHERE = "Why can {service} not go where? It can go to {environments}."


def plan(said: Said) -> CommandIntent:
    """The words of a deployment, of which nothing happens."""
    meant = deployment(said.words, said.vocabulary, said.glass, said.because)
    fields = {
        "service": meant.service,
        "environment": meant.environment,
        "version_wanted": meant.version or "",
        "break_glass": meant.break_glass or "",
        "override": meant.override,
        "removing": meant.removing,
        "when": meant.when,
    }
    return CommandIntent(kind=ShowPlan, fields=fields)


def why(said: Said) -> CommandIntent:
    """What is in the way of a service in an environment."""
    said.without_reasons()
    known = said.vocabulary
    scope, rest = scope_of(said.words, said, "why")
    if not scope.named and rest:
        raise unknown(rest[0], "why", known)
    if rest:
        raise left_over(rest, known)
    if not scope.service:
        services = enumerated(known.settings.services)
        first = next(iter(known.settings.services), "")
        raise refused(
            known, Reason.MISSING_WORD, WHICH.format(services=services), f"why {first} {scope.environment}"
        )
    if not scope.environment:
        raise _where(said, scope.service)
    return CommandIntent(kind=AskWhy, fields={"service": scope.service, "environment": scope.environment})


def _where(said: Said, service: str) -> Refused:
    environments = said.vocabulary.environments(service)
    sentence = WHERE.format(service=service, environments=enumerated(environments))
    return refused(
        said.vocabulary, Reason.MISSING_WORD, sentence, " ".join(["why", service, *environments[-1:]])
    )


COMMANDS: dict[str, Reader] = {"plan": plan, "why": why}
