"""What every event is: a frozen value with a version and a subject; and what several kinds have in common."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import msgspec

from bot.people import Person, Place
from bot.reasons import Reason


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """Anything on the bus. `version` counts changes of meaning; `about` names the deployment it concerns."""

    version: ClassVar[int] = 1

    @property
    def about(self) -> str:
        return str(getattr(self, "deployment", ""))

    @property
    def subject(self) -> str:
        """Messages of one subject are handled one at a time, in order; "" when the publisher has to say."""
        return ""


class Command(Event, frozen=True, kw_only=True):
    """Somebody wants something done: exactly one handler."""


class Fact(Event, frozen=True, kw_only=True):
    """Something is so: any number of handlers, which change state and publish, but don't touch the world."""


def lane(service: str, environment: str) -> str:
    """The subject of everything that decides about one service in one environment."""
    return f"lane/{service}/{environment}"


class Asked(Command, frozen=True, kw_only=True):
    """A command that a person gave. `text` is what was typed, for the audit log."""

    by: Person
    place: Place
    text: str = ""

    def when_refused(self, _reason: Reason, _sentence: str) -> Sequence[tuple[str, Event]]:
        """Facts, each with its subject, for whoever waits for what this was to bring about, should nothing come of it."""
        return ()


class AboutDeployment(Asked, frozen=True, kw_only=True):
    """A command about one deployment; whoever accepts it looks up the lane it is handled in."""

    deployment: str


class AboutRun(Command, frozen=True, kw_only=True):
    """Touch the driver for one deployment; one at a time for each."""

    deployment: str

    @property
    def subject(self) -> str:
        return f"run/{self.deployment}"


class AboutLane(Fact, frozen=True, kw_only=True):
    deployment: str
