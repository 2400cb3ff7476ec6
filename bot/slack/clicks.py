"""What a click on each button says, as a typed command: one line an action; those that open a dialog are in `bot.dialogs`.

A value is an opaque id and a detail behind a colon. Both are looked up by whoever handles the command, and never trusted.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from bot.events import GIVE_UP, AnswerInput, Approve, Asked, Cancel, Redeploy, RunNow
from bot.events.configuration import ApproveChange, RejectChange
from bot.events.freezing import ExtendFreeze, LiftFreeze
from bot.events.locks import ExtendLock, ReleaseLock, ShowLocks, WatchLock
from bot.events.queueing import AllowJump, DenyJump, WatchDeployment
from bot.events.releases import ApproveRelease, CancelRelease, ReleaseAgain, RunReleaseNow, WatchRelease
from bot.events.verification import EndSoak, WatchSoak
from bot.people import Person, Place


class Clicked(msgspec.Struct, frozen=True, kw_only=True):
    """A click on a button of ours: who, where, and what the button's value names."""

    by: Person
    place: Place
    text: str
    about: str
    detail: str = ""

    @property
    def asked(self) -> dict[str, Any]:
        """The fields that every command of a person has."""
        return {"by": self.by, "place": self.place, "text": self.text}


LONGEST_PAGE = 6

Reader = Callable[[Clicked], Asked]


def another_page(clicked: Clicked) -> ShowLocks:
    """Another page of the list: its number and, behind it, what is listed."""
    service, _, environment = clicked.detail.partition("/")
    page = int(clicked.about) if clicked.about.isdecimal() and len(clicked.about) < LONGEST_PAGE else 1
    return ShowLocks(**clicked.asked, service=service, environment=environment, at_page=page, replaces=True)


ON_CARDS: dict[str, Reader] = {
    "approve": lambda c: Approve(**c.asked, deployment=c.about, request=c.detail),
    "cancel": lambda c: Cancel(**c.asked, deployment=c.about, give_up=c.detail == GIVE_UP),
    "run_now": lambda c: RunNow(**c.asked, deployment=c.about),
    "redeploy": lambda c: Redeploy(**c.asked, deployment=c.about),
    "input_proceed": lambda c: AnswerInput(**c.asked, deployment=c.about, input=c.detail, proceed=True),
    "input_abort": lambda c: AnswerInput(**c.asked, deployment=c.about, input=c.detail, proceed=False),
}
ON_RELEASES: dict[str, Reader] = {
    "release_approve": lambda c: ApproveRelease(**c.asked, release=c.about, request=c.detail),
    "release_cancel": lambda c: CancelRelease(**c.asked, release=c.about, give_up=c.detail == GIVE_UP),
    "release_again": lambda c: ReleaseAgain(**c.asked, release=c.about),
    "release_run_now": lambda c: RunReleaseNow(**c.asked, release=c.about),
    "release_watch": lambda c: WatchRelease(**c.asked, release=c.about),
}
ON_CHANGES: dict[str, Reader] = {
    "approve_change": lambda c: ApproveChange(**c.asked, change=c.about),
    "reject_change": lambda c: RejectChange(**c.asked, change=c.about),
}
ON_FREEZES: dict[str, Reader] = {
    "freeze_extend": lambda c: ExtendFreeze(**c.asked, freeze=c.about, longer=c.detail),
    "freeze_lift": lambda c: LiftFreeze(**c.asked, freeze=c.about),
}
ON_LOCKS: dict[str, Reader] = {
    "extend_30m": lambda c: ExtendLock(**c.asked, lock=c.about, shown=c.detail, seconds=1800),
    "extend_1h": lambda c: ExtendLock(**c.asked, lock=c.about, shown=c.detail, seconds=3600),
    "extend_2h": lambda c: ExtendLock(**c.asked, lock=c.about, shown=c.detail, seconds=7200),
    "extend_1d": lambda c: ExtendLock(**c.asked, lock=c.about, shown=c.detail, seconds=86_400),
    "release_lock": lambda c: ReleaseLock(**c.asked, lock=c.about, shown=c.detail),
    "watch_lock": lambda c: WatchLock(**c.asked, lock=c.about),
    "locks_earlier": another_page,
    "locks_later": another_page,
}
ON_THE_QUEUE: dict[str, Reader] = {
    "watch": lambda c: WatchDeployment(**c.asked, deployment=c.about),
    "jump_allow": lambda c: AllowJump(**c.asked, deployment=c.about, request=c.detail),
    "jump_deny": lambda c: DenyJump(**c.asked, deployment=c.about, request=c.detail),
}
AFTER_THE_RUN: dict[str, Reader] = {
    "soak_watch": lambda c: WatchSoak(**c.asked, deployment=c.about),
    "soak_good": lambda c: EndSoak(**c.asked, deployment=c.about, good=True),
}
CLICKS: dict[str, Reader] = {
    **ON_CARDS,
    **ON_RELEASES,
    **ON_CHANGES,
    **ON_FREEZES,
    **ON_LOCKS,
    **ON_THE_QUEUE,
    **AFTER_THE_RUN,
}
"""By action."""
