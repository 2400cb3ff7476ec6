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
from bot.grammar.commands.said import Reader, Said, Scope, missing_service, not_understood, scope_of
from bot.grammar.deployment_words import deployment
from bot.grammar.intents import CommandIntent
from bot.grammar.mending import Mend, dropped, put_in
from bot.grammar.misheard import SAY, mend
from bot.grammar.vocabulary import enumerated, shown
from bot.reasons import Reason

OTHERS: dict[str, Callable[[Said], CommandIntent]] = {"promote": promote, "rollback": rollback}
WHICH = "Why what? I know {services}."
NO_VERSION = "Why is about the place, whatever goes there; what is in the way of “{word}” is in its plan."
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
    scope, rest = scope_of(said.words, said)
    if rest:
        raise _left(said, scope, rest)
    if not scope.service:
        sentence = WHICH.format(services=enumerated(known.settings.services))
        raise mend(known, Reason.MISSING_WORD, sentence, *missing_service(said, "why", scope.environment))
    if not scope.environment:
        environments = known.environments(scope.service)
        sentence = WHERE.format(service=scope.service, environments=enumerated(environments))
        raise mend(known, Reason.MISSING_WORD, sentence, *map(put_in, environments[-1:]))
    return CommandIntent(kind=AskWhy, fields={"service": scope.service, "environment": scope.environment})


def _left(said: Said, scope: Scope, rest: list[str]) -> Refused:
    """What is asked about one version is a plan."""
    known = said.vocabulary
    if scope.service and any(map(str.isdigit, rest[0])) and known.fits(scope.service, rest[0]):
        sentence = NO_VERSION.format(word=shown(rest[0]))
        ask = Mend(wrong=("why",), right=("plan",))
        return mend(known, Reason.UNKNOWN_COMMAND, sentence, ask, dropped(rest[0]), template=SAY)
    return not_understood(rest, scope, known)


COMMANDS: dict[str, Reader] = {"plan": plan, "why": why}
