"""`reload`: have the configuration read again."""

from __future__ import annotations

from bot.events.configuration import Reload
from bot.grammar.commands.said import Reader, Said
from bot.grammar.intents import CommandIntent
from bot.grammar.misheard import left_over

THE_CONFIGURATION = frozenset({"configuration", "config"})


def reload(said: Said) -> CommandIntent:
    """Nothing may follow but what is read anyway."""
    said.without_reasons()
    rest = [word for word in said.bare() if word.lower() not in THE_CONFIGURATION]
    if rest:
        raise left_over(rest, said.vocabulary)
    return CommandIntent(kind=Reload)


COMMANDS: dict[str, Reader] = {"reload": reload}
