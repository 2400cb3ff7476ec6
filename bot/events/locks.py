"""What is asked and told about locks, and about versions that are marked as bad."""

from __future__ import annotations

from bot.events.base import Asked, Command, Fact, lane


class AskedOfScope(Asked, frozen=True, kw_only=True):
    """Asked about a scope: an empty `service` or `environment` is every one. One scope decides one thing at a time."""

    service: str = ""
    environment: str = ""

    @property
    def subject(self) -> str:
        return f"lock/{self.service}/{self.environment}"


class LockPlace(AskedOfScope, frozen=True, kw_only=True):
    """Lock a scope, for a reason (`why`). `when` is until when or for how long, as typed; "" leaves it open.

    `only` lets versions through that match it, `warning` holds nobody up, `take_over` takes it from whoever holds it.
    """

    why: str = ""
    when: str = ""
    only: str = ""
    warning: bool = False
    take_over: bool = False


class UnlockPlace(AskedOfScope, frozen=True, kw_only=True):
    """Lift the locks of exactly this scope. `why` is needed for those of others."""

    why: str = ""


class UnlockMine(Asked, frozen=True, kw_only=True):
    """Lift every lock of who asks."""

    @property
    def subject(self) -> str:
        return f"person/{self.by.id}"


class ShowLocks(Asked, frozen=True, kw_only=True):
    """The locks that touch a scope, so many on a page, the first of which is 1. `replaces` the page on which somebody clicked."""

    service: str = ""
    environment: str = ""
    at_page: int = 1
    replaces: bool = False

    @property
    def subject(self) -> str:
        return f"person/{self.by.id}"


class AboutLock(Asked, frozen=True, kw_only=True):
    """Asked about one lock by its id. `shown` says where it was clicked, so that this can be drawn anew."""

    lock: str
    shown: str = ""

    @property
    def subject(self) -> str:
        return f"standing/{self.lock}"


class ExtendLock(AboutLock, frozen=True, kw_only=True):
    """So many seconds more; a lock without an end gets one."""

    seconds: int


class ReleaseLock(AboutLock, frozen=True, kw_only=True):
    """Lift it. `why` is needed for those of others."""

    why: str = ""


class WatchLock(AboutLock, frozen=True, kw_only=True):
    """Tell me when the place is free that it locks."""


class TakeOverLock(AboutLock, frozen=True, kw_only=True):
    why: str


class MarkVersion(Asked, frozen=True, kw_only=True):
    """Mark a version of a service as bad, for a reason, or (`good`) as not bad after all."""

    service: str
    version_marked: str
    why: str = ""
    good: bool = False

    @property
    def subject(self) -> str:
        return f"mark/{self.service}"


class RemindOfLock(Command, frozen=True, kw_only=True):
    """Ask the owner whether he has forgotten it, when it is time for that; else come back then.

    `due` is when that was to be, in epoch seconds; 0 to look when it is to be, as the configuration is now.
    """

    lock: str
    due: float

    @property
    def subject(self) -> str:
        return f"standing/{self.lock}"


class ExpireLock(Command, frozen=True, kw_only=True):
    """Note that a lock has run out, and tell those who wait for that. `due` is its end, in epoch seconds."""

    lock: str
    due: float

    @property
    def subject(self) -> str:
        return f"standing/{self.lock}"


class AboutGivenLock(Fact, frozen=True, kw_only=True):
    """A fact about a lock. One that a failed deployment made is about that, too, and is handled in its lane."""

    lock: str
    service: str = ""
    environment: str = ""
    deployment: str = ""

    @property
    def subject(self) -> str:
        if self.deployment:
            return lane(self.service, self.environment)
        return f"standing/{self.lock}"


class LockGiven(AboutGivenLock, frozen=True, kw_only=True):
    """It stands, or stands otherwise than before."""


class LockEnded(AboutGivenLock, frozen=True, kw_only=True):
    """It was lifted, taken over, or has run out."""
