"""What people do about the queue of a place: look, leave, watch, jump; and what the engine does about it by time."""

from __future__ import annotations

from bot.events.base import AboutDeployment, Asked, Command, lane


class ShowQueue(Asked, frozen=True, kw_only=True):
    """Who waits where, in order; of one service or one environment when they are named."""

    service: str = ""
    environment: str = ""

    @property
    def subject(self) -> str:
        return f"person/{self.by.id}"


class AskedOfLane(Asked, frozen=True, kw_only=True):
    """Asked about one service in one environment, among everything that is decided about that."""

    service: str
    environment: str

    @property
    def subject(self) -> str:
        return lane(self.service, self.environment)


class WatchPlace(AskedOfLane, frozen=True, kw_only=True):
    """Tell me once when nothing holds, locks or freezes it any more."""


class UnwatchPlace(AskedOfLane, frozen=True, kw_only=True):
    """Don't tell me after all."""


class WatchDeployment(AboutDeployment, frozen=True, kw_only=True):
    """Tell me when the place is free that this deployment holds."""


class LeaveQueue(Asked, frozen=True, kw_only=True):
    """Take a deployment back that has not started: the one of that number, or the one of who asks that waits there."""

    number: int = 0
    service: str = ""
    environment: str = ""

    @property
    def subject(self) -> str:
        return f"person/{self.by.id}"


class AskJump(Asked, frozen=True, kw_only=True):
    """Ask that a deployment goes first, by its number."""

    number: int
    why: str

    @property
    def subject(self) -> str:
        return f"person/{self.by.id}"


class JumpQueue(AboutDeployment, frozen=True, kw_only=True):
    """Ask that it goes first; those decide it who approve there, or else those who may lock there."""

    why: str


class AllowJump(AboutDeployment, frozen=True, kw_only=True):
    """Yes, it goes first. `request` names the question that was on the card."""

    request: str = ""


class DenyJump(AboutDeployment, frozen=True, kw_only=True):
    """No, it keeps its place."""

    request: str = ""


class ExpireQueued(Command, frozen=True, kw_only=True):
    """The time to wait in the queue is over, if it is over."""

    deployment: str


class LookAtWatches(Command, frozen=True, kw_only=True):
    """See whether a place is free now, and tell those who wait for that."""

    service: str
    environment: str

    @property
    def subject(self) -> str:
        return lane(self.service, self.environment)
