"""`schedules`: what is planned for later."""

from __future__ import annotations

from bot.events import ShowSchedules
from bot.grammar.commands.said import Reader, Said, scope_of, unknown
from bot.grammar.intents import CommandIntent
from bot.grammar.misheard import left_over


def schedules(said: Said) -> CommandIntent:
    said.without_reasons()
    scope, rest = scope_of(said.words, said, "schedules")
    if rest:
        raise (
            left_over(rest, said.vocabulary)
            if scope.named
            else unknown(rest[0], "schedules", said.vocabulary)
        )
    return CommandIntent(
        kind=ShowSchedules, fields={"service": scope.service, "environment": scope.environment}
    )


COMMANDS: dict[str, Reader] = {"schedules": schedules}
