"""Releases of several services."""

from __future__ import annotations

from bot.events.base import Asked, Command, Fact
from bot.reasons import Reason


def release_subject(release: str) -> str:
    """The subject of everything that decides about one release."""
    return f"release/{release}"


class OfServices(Asked, frozen=True, kw_only=True):
    """Several services to one environment. `services` are pairs of service and version; `name` is the manifest's."""

    environment: str
    services: tuple[tuple[str, str], ...]
    name: str = ""
    override: str = ""
    removing: bool = False
    when: str = ""


class PlanRelease(OfServices, frozen=True, kw_only=True):
    """What every gate says of each part. Nothing happens."""

    @property
    def subject(self) -> str:
        return f"person/{self.by.id}"


class AskRelease(OfServices, frozen=True, kw_only=True):
    """Deploy them."""

    @property
    def subject(self) -> str:
        return f"releases/{self.environment}"


class AboutRelease(Asked, frozen=True, kw_only=True):
    """A command about one release."""

    release: str

    @property
    def subject(self) -> str:
        return release_subject(self.release)


class ApproveRelease(AboutRelease, frozen=True, kw_only=True):
    """Yes to every part that this person may approve. `request` names all the questions that were on the card.

    `comment` is a word with it, for all of them; `code` that of his authenticator, sealed: one for all parts.
    """

    request: str = ""
    comment: str = ""
    code: str = ""


class RejectRelease(AboutRelease, frozen=True, kw_only=True):
    why: str


class CancelRelease(AboutRelease, frozen=True, kw_only=True):
    """Nothing further of it starts, and what runs is cancelled. With `give_up`, runs that can't be reached are not followed any more."""

    give_up: bool = False


class RollBackRelease(AboutRelease, frozen=True, kw_only=True):
    """Take back the parts that were done, the last first."""

    why: str = ""


class ReleaseAgain(AboutRelease, frozen=True, kw_only=True):
    """The same parts once more, asked for by whoever clicked."""


class WatchRelease(AboutRelease, frozen=True, kw_only=True):
    """Tell me when the places are free that its parts hold."""


class RunReleaseNow(AboutRelease, frozen=True, kw_only=True):
    """Start it all the same: the time it was planned for passed while nobody was there."""


class ShowRelease(Command, frozen=True, kw_only=True):
    """Make the one card of a release show the newest state of its parts."""

    release: str

    @property
    def subject(self) -> str:
        return f"card/{self.release}"


class StopPart(Command, frozen=True, kw_only=True):
    """A part that has not started is not needed any more: its release has stopped."""

    deployment: str
    sentence: str


class CloseRelease(Command, frozen=True, kw_only=True):
    """End it, if every part has ended or was refused."""

    release: str

    @property
    def subject(self) -> str:
        return release_subject(self.release)


class PartReady(Fact, frozen=True, kw_only=True):
    """As far as people are concerned, a part may start: those that wait for it are asked again."""

    release: str


class PartRefused(Fact, frozen=True, kw_only=True):
    """A part was refused before it became a deployment."""

    release: str
    service: str
    reason: Reason
    sentence: str
