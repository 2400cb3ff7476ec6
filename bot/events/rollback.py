"""Rollbacks: asked for by words, from a card's dialog, or by the engine itself after a failure."""

from __future__ import annotations

from bot.events.base import AboutDeployment, Asked, Command, lane
from bot.events.surface import DrawDialog


class RollBack(Asked, frozen=True, kw_only=True):
    """Go back to what ran there before: to `version_wanted`, or to the last good version when that is "".

    `why` is the reason; `mark_bad` marks the version that it goes back from as bad, `lock_place` locks the place. `plan` only says what
    would happen. `digest` is what the version has to be, when who asks knows.
    """

    service: str
    environment: str
    version_wanted: str = ""
    digest: str = ""
    why: str = ""
    mark_bad: bool = False
    lock_place: bool = False
    break_glass: str = ""
    plan: bool = False

    @property
    def subject(self) -> str:
        return lane(self.service, self.environment)


class RollBackDeployment(AboutDeployment, frozen=True, kw_only=True):
    """Go back from this deployment, if it is still what runs there, to the one whose id is `to`; "" is the last good one.

    `cancel_first` cancels it before, when it still runs.
    """

    to: str = ""
    why: str = ""
    mark_bad: bool = False
    lock_place: bool = False
    cancel_first: bool = False


class DrawRollback(DrawDialog, frozen=True, kw_only=True):
    """The dialog of a rollback from a deployment, with what every gate says of going back to the one whose id is `to`."""

    deployment: str
    to: str = ""


class RollBackFailed(Command, frozen=True, kw_only=True):
    """Roll back what failed, in the engine's own name, as the policy says; published into the lane."""

    deployment: str
