"""What is so: past tense, any number of handlers."""

from __future__ import annotations

from bot.events.base import AboutLane, Fact
from bot.reasons import Reason
from bot.runs import RunInput, RunRef, RunStatus


class TargetAccepted(AboutLane, frozen=True, kw_only=True):
    """The job would take the parameters. `break_glass` is carried through from the command."""

    break_glass: str = ""


class TargetRefused(AboutLane, frozen=True, kw_only=True):
    reason: Reason
    sentence: str
    way_out: str = ""


class RunAccepted(AboutLane, frozen=True, kw_only=True):
    """The peer has it: queued or already running."""

    ref: RunRef


class RunSeen(AboutLane, frozen=True, kw_only=True):
    """The run looks different from the last time. `tail` are the last lines of its log, clean."""

    status: RunStatus
    tail: tuple[str, ...] = ()


class RunDelayed(AboutLane, frozen=True, kw_only=True):
    """The driver can't be used now; it is tried again. `maybe_started`: a request to start may have arrived."""

    reason: Reason
    sentence: str
    maybe_started: bool = False


class RunGivenUp(AboutLane, frozen=True, kw_only=True):
    """The run will not be started: the peer said no, stayed away too long, or it was cancelled before."""

    reason: Reason
    sentence: str


class RunLost(AboutLane, frozen=True, kw_only=True):
    """The run was there and is nowhere now."""

    sentence: str


class AnswerFailed(AboutLane, frozen=True, kw_only=True):
    """The driver would not take a person's answer: the run still waits on its question."""

    question: RunInput
    by: str
    reason: Reason
    sentence: str


class RunMissing(AboutLane, frozen=True, kw_only=True):
    """The run has not begun, which is proven: the peer lost it, or something is in its way by now. Everything is asked again."""


class CancelFailed(AboutLane, frozen=True, kw_only=True):
    """The driver would not cancel the run: it goes on."""

    reason: Reason
    sentence: str


class DeploymentRequested(AboutLane, frozen=True, kw_only=True):
    pass


class ApprovalRequested(AboutLane, frozen=True, kw_only=True):
    request: str


class ApprovalGiven(AboutLane, frozen=True, kw_only=True):
    request: str
    by: str
    complete: bool


class ApprovalVoided(AboutLane, frozen=True, kw_only=True):
    request: str
    changes: tuple[str, ...]


class GlassBroken(AboutLane, frozen=True, kw_only=True):
    by: str
    why: str


class InputRequested(AboutLane, frozen=True, kw_only=True):
    """The run is paused on a question."""

    question: RunInput


class DeploymentQueued(AboutLane, frozen=True, kw_only=True):
    """Nothing but its turn in the lane keeps it from starting."""


class DeploymentStarted(AboutLane, frozen=True, kw_only=True):
    pass


class DeploymentEnded(AboutLane, frozen=True, kw_only=True):
    state: str
    reason: Reason


class CardRefused(AboutLane, frozen=True, kw_only=True):
    """The chat would not take the card where it belongs."""

    channel: str
    sentence: str


class MessageParked(Fact, frozen=True, kw_only=True):
    """A message about a deployment was set aside for a human: what it was to do will not happen by itself."""

    deployment: str
    message: str
    kind: str
    reason: Reason
    sentence: str
