"""`schedules`: what is planned for later."""

from __future__ import annotations

from bot.events import ShowSchedules
from bot.grammar.commands.said import Reader, Said, not_understood, scope_of
from bot.grammar.intents import CommandIntent


def schedules(said: Said) -> CommandIntent:
    said.without_reasons()
    scope, rest = scope_of(said.words, said)
    if rest:
        raise not_understood(rest, scope, said.vocabulary)
    return CommandIntent(
        kind=ShowSchedules, fields={"service": scope.service, "environment": scope.environment}
    )


COMMANDS: dict[str, Reader] = {"schedules": schedules}
