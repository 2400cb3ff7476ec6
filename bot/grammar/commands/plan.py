"""`plan …` and `why …`: questions about a deployment that is not, or not yet, asked for."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from bot.errors import Refused
from bot.events.planning import AskWhy, ShowPlan
from bot.events.releases import PlanRelease
from bot.grammar.commands.promotion import promote
from bot.grammar.commands.releases import release
from bot.grammar.commands.rollback import rollback
from bot.grammar.commands.said import Reader, Said, scope_of, unknown
from bot.grammar.deployment_words import deployment
from bot.grammar.intents import CommandIntent
from bot.grammar.misheard import left_over, refused
from bot.grammar.vocabulary import enumerated
from bot.reasons import Reason

OTHERS: dict[str, Callable[[Said], CommandIntent]] = {"promote": promote, "rollback": rollback}
WHICH = "Why what? I know {services}."
WHERE = "Why can {service} not go where? It can go to {environments}."


def plan(said: Said) -> CommandIntent:
    """The words of a deployment, a promotion, a rollback or a release, of which nothing happens."""
    first = said.words[0].lower() if said.words else ""
    if first == "release":
        whole = release(msgspec.structs.replace(said, words=said.words[1:]))
        return msgspec.structs.replace(whole, kind=PlanRelease)
    other = OTHERS.get(first)
    if other is not None:
        meant = other(msgspec.structs.replace(said, words=said.words[1:]))
        return msgspec.structs.replace(meant, fields={**meant.fields, "plan": True})
    asked = deployment(said.words, said.vocabulary, said.glass, said.because)
    fields = {
        "service": asked.service,
        "environment": asked.environment,
        "version_wanted": asked.version or "",
        "break_glass": asked.break_glass or "",
        "override": asked.override,
        "removing": asked.removing,
        "when": asked.when,
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
