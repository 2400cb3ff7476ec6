"""The words that mean something here: services, their environments, commands; and what a wrong word was meant to be."""

from __future__ import annotations

from collections.abc import Iterable

from bot.grammar.usage import TOPICS
from config.models import Settings
from config.nearness import CLOSE_ENOUGH, nearest
from config.versions import fits
from config.words import COMMAND_WORDS, PLACEHOLDER

TOO_CLOSE = 0.75
"""From here a version looks so much like a name that it is asked about rather than taken for a version."""

MOST_SHOWN = 10
LONGEST_SHOWN = 40


class Vocabulary:
    """What each word stands for under these settings, in this place."""

    def __init__(self, settings: Settings, service_here: str | None) -> None:
        self.settings = settings
        self.command = settings.slack.command()
        self.here = service_here if service_here in settings.services else None
        self._services = {
            word: name for name, service in settings.services.items() for word in (*service.aliases, name)
        }
        self._environments = {
            name: {
                word: environment
                for environment, of in service.environments.items()
                for word in (*of.aliases, environment)
            }
            for name, service in settings.services.items()
        }

    def service(self, word: str) -> str | None:
        """The service that the word names or is an alias of."""
        return self._services.get(word.lower())

    def environment(self, service: str, word: str) -> str | None:
        """The service's environment that the word names or is an alias of."""
        return self._environments[service].get(word.lower())

    def environments_anywhere(self, word: str) -> set[str]:
        """The environments that the word means, over all services."""
        found = (words.get(word.lower()) for words in self._environments.values())
        return {name for name in found if name is not None}

    def with_environment(self, word: str) -> list[str]:
        """The services that have an environment of that name or alias."""
        return [name for name, words in self._environments.items() if word.lower() in words]

    def environments(self, service: str) -> list[str]:
        return list(self.settings.services[service].environments)

    def is_name(self, word: str) -> bool:
        """Whether a service or an environment is called that."""
        return word.lower() in self._services or bool(self.environments_anywhere(word))

    def places(self, said: Iterable[str]) -> list[str]:
        """The environments of the service that is named among the words, as `checkout` or `checkout=1.4.2`, or else is meant here."""
        named = next((name for word in said if (name := self.service(word.partition("=")[0]))), self.here)
        return (
            self.environments(named or next(iter(self.settings.services))) if self.settings.services else []
        )

    def places_said(self, said: Iterable[str]) -> set[str]:
        """The environments that are named among the words."""
        return {place for word in said for place in self.environments_anywhere(word)}

    def fits(self, service: str, version: str) -> bool:
        """Whether it can be a version of the service; what a person fills in can."""
        return version == PLACEHOLDER or fits(self.settings.services[service].version_pattern, version)

    def meant_service(self, word: str, closeness: float = CLOSE_ENOUGH) -> str | None:
        """The service's name or alias that was probably meant."""
        return nearest(word, self._services, closeness)

    def meant_environment(self, service: str, word: str, closeness: float = CLOSE_ENOUGH) -> str | None:
        return nearest(word, self._environments[service], closeness)

    def meant_environment_anywhere(self, word: str) -> str | None:
        return nearest(word, {known for words in self._environments.values() for known in words})

    def meant_command(self, word: str) -> str | None:
        return nearest(word, COMMAND_WORDS)

    def meant_topic(self, word: str) -> str | None:
        return nearest(word, [topic for topic in TOPICS if topic])


def shown(word: str) -> str:
    """A person's word as it may stand in a sentence: short, printable, without back-ticks."""
    printable = "".join(character for character in word if character.isprintable()).replace("`", "")
    return printable if len(printable) <= LONGEST_SHOWN else printable[: LONGEST_SHOWN - 1] + "…"


def enumerated(words: Iterable[str]) -> str:
    """`a, b, c`, and how many more."""
    every = list(words)
    more = len(every) - MOST_SHOWN
    return ", ".join(every[:MOST_SHOWN]) + (f" and {more} more" if more > 0 else "")
