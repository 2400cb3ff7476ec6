"""Everything that travels on the bus: commands (imperative, one handler) and facts (past tense, any number).

An event is a frozen value with a version; on disk it is JSON beside its type and version. Commands that people
give carry who (`by`) and where (`place`); everything about a deployment carries its opaque id. Events are only ever
added to; a change of meaning raises `version` and gets a line in `upgrade`.
"""

from __future__ import annotations

from typing import Any, ClassVar, TypeVar

import msgspec

from bot.people import Person, Place
from bot.plain import plain_json
from bot.reasons import Reason
from bot.runs import RunInput, RunRef, RunStatus
from bot.words import Note, Words


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


# --- what people ask -----------------------------------------------------------------------------------------


class Asked(Command, frozen=True, kw_only=True):
    """A command that a person gave. `text` is what was typed, for the audit log."""

    by: Person
    place: Place
    text: str = ""


class Deploy(Asked, frozen=True, kw_only=True):
    """Deploy a version of a service to an environment; `break_glass` is the reason for going without approval."""

    service: str
    environment: str
    version_wanted: str = ""
    break_glass: str = ""

    @property
    def subject(self) -> str:
        return lane(self.service, self.environment)


class AboutDeployment(Asked, frozen=True, kw_only=True):
    """A command about one deployment; whoever accepts it looks up the lane it is handled in."""

    deployment: str


class Approve(AboutDeployment, frozen=True, kw_only=True):
    """Yes. `request` names the question that was on the card: a click on an old card, or on none, decides nothing."""

    request: str = ""


class Reject(AboutDeployment, frozen=True, kw_only=True):
    why: str
    request: str = ""


class BreakGlass(AboutDeployment, frozen=True, kw_only=True):
    """Go without the missing approvals; allowed people only, with a reason, announced and audited."""

    why: str
    request: str = ""


class Cancel(AboutDeployment, frozen=True, kw_only=True):
    """Cancel; `give_up` ends the following of a run that was told to stop and can't be reached."""

    give_up: bool = False


class Redeploy(AboutDeployment, frozen=True, kw_only=True):
    """Ask for the same again: service, environment and version of an ended deployment."""


class AnswerInput(AboutDeployment, frozen=True, kw_only=True):
    """Answer the question a run is paused on."""

    input: str
    proceed: bool


class CancelLive(Asked, frozen=True, kw_only=True):
    """Cancel by words: the number, or service and environment, or the only live one of this channel."""

    number: int = 0
    service: str = ""
    environment: str = ""

    @property
    def subject(self) -> str:
        return f"place/{self.place.channel}"


class ShowStatus(Asked, frozen=True, kw_only=True):
    service: str = ""
    environment: str = ""

    @property
    def subject(self) -> str:
        return f"person/{self.by.id}"


class ShowHelp(Asked, frozen=True, kw_only=True):
    topic: str = ""

    @property
    def subject(self) -> str:
        return f"person/{self.by.id}"


class Misunderstood(Asked, frozen=True, kw_only=True):
    """Words that the grammar refused, with what to say about them."""

    reason: Reason
    sentence: str
    way_out: str = ""

    @property
    def subject(self) -> str:
        return f"person/{self.by.id}"


# --- what the engine tells itself to do ----------------------------------------------------------------------


class AboutRun(Command, frozen=True, kw_only=True):
    """Touch the driver for one deployment; one at a time for each."""

    deployment: str

    @property
    def subject(self) -> str:
        return f"run/{self.deployment}"


class CheckTarget(AboutRun, frozen=True, kw_only=True):
    """Ask the driver whether the job would take the parameters, before anything is asked of people."""

    break_glass: str = ""


class StartRun(AboutRun, frozen=True, kw_only=True):
    """Start the run by its key. `again` after an earlier start: the key is looked for before anything is started."""

    again: bool = False


class AboutStarted(AboutRun, frozen=True, kw_only=True):
    """Touch a run that was started; `missed` counts the times in a row that the driver could not be used for it."""

    missed: int = 0


class FollowRun(AboutStarted, frozen=True, kw_only=True):
    """Look at the run once, read its log, and come back later. `look` counts."""

    look: int = 1


class LookAtRun(AboutRun, frozen=True, kw_only=True):
    """The peer says that something happened to a run: look at it now. Tells nothing that is believed."""

    phase: str = ""


class CancelRun(AboutStarted, frozen=True, kw_only=True):
    pass


class AnswerRun(AboutStarted, frozen=True, kw_only=True):
    """Give the driver a person's answer; `by` is who, `place` where he gave it."""

    question: RunInput
    proceed: bool
    by: str
    place: Place | None = None


class ShowCard(Command, frozen=True, kw_only=True):
    """Make the card show the newest state; nothing to do when it already shows this revision or a newer one."""

    deployment: str
    revision: int

    @property
    def subject(self) -> str:
        return f"card/{self.deployment}"


class PostNote(Command, frozen=True, kw_only=True):
    """Reply once in the card's thread; `name` makes the key with the deployment."""

    deployment: str
    name: str
    note: Note

    @property
    def subject(self) -> str:
        return f"card/{self.deployment}"


class Announce(Command, frozen=True, kw_only=True):
    """Say something once in a channel that the configuration names."""

    deployment: str
    channel: str
    name: str
    words: Words

    @property
    def subject(self) -> str:
        return f"announce/{self.channel}"


class Tell(Command, frozen=True, kw_only=True):
    """Say something to one person, where he spoke, seen by nobody else."""

    user: str
    place: Place
    words: Words
    deployment: str = ""

    @property
    def subject(self) -> str:
        return f"person/{self.user}"


class ExpireApproval(Command, frozen=True, kw_only=True):
    deployment: str
    request: str


class RemindApprovers(Command, frozen=True, kw_only=True):
    deployment: str
    request: str
    count: int = 1


class ReviewApproval(Command, frozen=True, kw_only=True):
    """Ask whether an open approval still fits the configuration (after a start)."""

    deployment: str


class Prune(Command, frozen=True, kw_only=True):
    """Remove done messages that are older than the configuration keeps."""

    scheduled: float

    @property
    def subject(self) -> str:
        return "journal"


# --- what is so ----------------------------------------------------------------------------------------------


class AboutLane(Fact, frozen=True, kw_only=True):
    deployment: str


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
    """The peer lost the run before it began, which is proven: it may be started again if everything still allows it."""


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


# --- buttons -------------------------------------------------------------------------------------------------

ACTIONS = frozenset(
    {"approve", "reject", "break_glass", "cancel", "redeploy", "input_proceed", "input_abort", "open_link"}
)
"""The closed list of what a button may say it is."""


GIVE_UP = "give_up"
"""What a cancel button carries besides, when it is for giving up following a run."""


def button_value(deployment: str, detail: str = "") -> str:
    """What a button carries: the opaque id, and which question or input it belongs to."""
    return f"{deployment}:{detail}" if detail else deployment


def read_button_value(value: str) -> tuple[str, str]:
    """(deployment, detail) of a button's value; both are looked up, never trusted."""
    deployment, _, detail = value.partition(":")
    return deployment, detail


# --- JSON ----------------------------------------------------------------------------------------------------


def _concrete(kind: type[Event]) -> dict[str, type[Event]]:
    found: dict[str, type[Event]] = {}
    for child in kind.__subclasses__():
        below = _concrete(child)
        found |= below or {child.__name__: child}
    return found


EVENTS: dict[str, type[Event]] = _concrete(Event)
E = TypeVar("E", bound=Event)
_encoder = msgspec.json.Encoder()
_decoders = {name: msgspec.json.Decoder(kind) for name, kind in EVENTS.items()}


def encode(event: Event) -> bytes:
    """An event as JSON. Raises `UnicodeEncodeError` for text that isn't UTF-8 (see `writable`)."""
    return _encoder.encode(event)


def writable(event: E) -> E:
    """The same event with `?` for what UTF-8 can't hold, for when `encode` raised `UnicodeEncodeError`."""
    return msgspec.json.decode(plain_json(msgspec.to_builtins(event)), type=type(event))


def decode(name: str, version: int, body: bytes | str) -> Event:
    """The event of a stored row. Raises `ValueError` when no such event is known or its body does not fit."""
    decoder = _decoders.get(name)
    if decoder is None:
        raise ValueError(f"no event is called {name}")
    if version > EVENTS[name].version:
        raise ValueError(
            f"{name} version {version} is newer than this program knows ({EVENTS[name].version})"
        )
    try:
        if version < EVENTS[name].version:
            body = msgspec.json.encode(upgrade(name, version, msgspec.json.decode(body, type=dict[str, Any])))
        return decoder.decode(body)
    except msgspec.DecodeError as problem:
        raise ValueError(f"{name}: {problem}") from problem


def upgrade(name: str, version: int, body: dict[str, Any]) -> dict[str, Any]:
    """An older body made to fit today's event. No event has changed its meaning yet."""
    raise ValueError(f"{name} version {version} is no longer read: {sorted(body)}")
