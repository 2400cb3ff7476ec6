"""What is looked at after a run, watched while it runs, and claimed by people afterwards."""

from __future__ import annotations

from typing import Literal

from bot.events.base import AboutDeployment, AboutLane, Command
from bot.runs import RunRef, RunTarget
from bot.verification import Answer


class AboutCheck(Command, frozen=True, kw_only=True):
    """Touch the world for one check of a deployment, of a turn of its verification; one at a time for each check."""

    deployment: str
    check: int
    turn: int

    @property
    def subject(self) -> str:
        return f"check/{self.deployment}/{self.check}"


class LookAtCheck(AboutCheck, frozen=True, kw_only=True):
    """Look once, and come back later while there is something to look at.

    `look` counts, `missed` those in a row that could not be had. `ref` is the run of a job that was started, `looked_at`
    when it was looked at before, `due` when it is to be looked at now, and `bad` what was found then; `again` when an
    earlier look may have started the job.
    """

    look: int = 1
    missed: int = 0
    ref: RunRef | None = None
    looked_at: float = 0.0
    due: float = 0.0
    bad: bool = False
    again: bool = False


class StopCheck(AboutCheck, frozen=True, kw_only=True):
    """Nobody wants to know any more: stop the job that was started for it, if there is one."""

    job: RunTarget
    key: str
    since: float
    ref: RunRef | None = None
    missed: int = 0


class CheckSeen(AboutLane, frozen=True, kw_only=True):
    """What a look at one check found. `tail` are the last lines that a command printed."""

    check: int
    turn: int
    answer: Answer
    tail: tuple[str, ...] = ()


class LooksMissed(AboutLane, frozen=True, kw_only=True):
    """Nobody looked at a check from `since` to `until`: the server was down, or its machine slept. `next_look` is to be made now."""

    next_look: LookAtCheck
    since: float
    until: float


class ReviewVerification(Command, frozen=True, kw_only=True):
    """Is a check's time over, or does the configuration ask for others? `again`: looks have come to nothing, so anew.

    `waited` that looks were given a moment to be made since its time was over.
    """

    deployment: str
    again: bool = False
    waited: bool = False


class SkipVerification(AboutDeployment, frozen=True, kw_only=True):
    """Somebody says that it is fine, whatever is still open. `coded` that a code of his was looked at already."""

    why: str
    coded: bool = False


class BeginSoak(Command, frozen=True, kw_only=True):
    """It has succeeded: somebody should watch it from now on, and nobody what ran before."""

    deployment: str


class WatchSoak(AboutDeployment, frozen=True, kw_only=True):
    """I'm watching."""


class EndSoak(AboutDeployment, frozen=True, kw_only=True):
    """Looks good, or something is wrong and `why`."""

    good: bool
    why: str = ""


class RemindSoak(Command, frozen=True, kw_only=True):
    """Nobody may be watching yet: ask who asked, once."""

    deployment: str


class CloseSoak(Command, frozen=True, kw_only=True):
    """The time is over."""

    deployment: str


Trouble = Literal["not_started", "hung", "slow"]


class Watchdog(Command, frozen=True, kw_only=True):
    """Look whether a run shows that sign of trouble. `since` is when its turn came."""

    deployment: str
    trouble: Trouble
    since: float
