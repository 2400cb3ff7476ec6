"""What the handlers may use of the world, as Protocols, and the `Context` that carries it.

Every port says what it promises; the contract suites in `tests/contract/` hold each implementation to it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import Literal, Protocol

import msgspec



class Clock(Protocol):
    """Time as a port: `now` is seconds since the epoch (UTC), `sleep` ends after that much of the same time."""

    def now(self) -> float: ...

    async def sleep(self, seconds: float) -> None: ...


# --- runs: what a deployment driver does ---------------------------------------------------------------------


class RunTarget(msgspec.Struct, frozen=True, kw_only=True):
    """What to run: the driver, the configured server of that driver, its job, and the rendered parameters."""

    driver: str
    server: str
    job: str
    parameters: dict[str, str] = {}


class RunRef(msgspec.Struct, frozen=True, kw_only=True):
    """A started run, as far as it is known. `key` is ours and unique; the rest is the driver's and may come later.

    `queue` and `number` are the driver's ids as text; `url` is for people only, credentials are never sent there.
    """

    key: str
    queue: str = ""
    number: str = ""
    url: str = ""


class RunPhase(StrEnum):
    """Where a run is. `MISSING`: neither queued nor started is known of it (start again by the same key, or lost)."""

    QUEUED = "queued"
    RUNNING = "running"
    PAUSED = "paused"
    FINISHED = "finished"
    MISSING = "missing"


class RunResult(StrEnum):
    SUCCESS = "success"
    UNSTABLE = "unstable"
    FAILURE = "failure"
    ABORTED = "aborted"
    LOST = "lost"


class StageState(StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    PAUSED = "paused"
    SUCCESS = "success"
    UNSTABLE = "unstable"
    FAILED = "failed"
    ABORTED = "aborted"
    SKIPPED = "skipped"


class Stage(msgspec.Struct, frozen=True, kw_only=True):
    """One stage of a pipeline run; `seconds` is how long it has taken so far."""

    name: str
    state: StageState
    seconds: float = 0.0
    error: str = ""


class RunInput(msgspec.Struct, frozen=True, kw_only=True):
    """A question that the run waits on. `parameters` are the names it asks values for."""

    id: str
    message: str
    proceed: str = "Proceed"
    parameters: tuple[str, ...] = ()


class RunStatus(msgspec.Struct, frozen=True, kw_only=True):
    """One look at a run. `waiting_for` is why it is still queued, in the peer's words made plain.

    `started_at` is epoch seconds; `expected_seconds` is the peer's own estimate, 0 when it has none.
    `result` is set only when `phase` is FINISHED.
    """

    ref: RunRef
    phase: RunPhase
    waiting_for: str = ""
    started_at: float = 0.0
    expected_seconds: float = 0.0
    duration: float = 0.0
    stages: tuple[Stage, ...] = ()
    input: RunInput | None = None
    result: RunResult | None = None


class LogChunk(msgspec.Struct, frozen=True, kw_only=True):
    """A piece of a run's log: `text` is clean UTF-8 with LF line ends and no console notes or ANSI sequences.

    `offset` is where to go on (the driver's own measure), `more` is false once the log is complete.
    """

    text: str
    offset: int
    more: bool


class Runs(Protocol):
    """A deployment driver's hands: start, watch, read, answer and cancel runs on one kind of system.

    Raises `Unreachable` (away, restarting, slow, busy) or `Rejected` (credentials, permission, nonsense) from any
    call; `Refused` from `check` only. Nothing here blocks the event loop.
    """

    async def check(self, target: RunTarget) -> None:
        """Would the target start as asked? Changes nothing.

        Raises `Refused` with `job_missing`, `job_disabled`, `parameter_unknown`, `parameter_outside_choices`,
        `parameter_invalid` or `key_not_declared`, in words that name the job, the parameter and what is allowed.
        """
        ...

    async def start(self, target: RunTarget, key: str, *, fresh: bool) -> RunRef:
        """Start the target once for this key, however often it is called.

        `fresh` is true only when no earlier call with this key can have reached the peer; otherwise the peer is
        searched for the key (queue, running, last builds) before anything is started.
        """
        ...

    async def status(self, target: RunTarget, ref: RunRef) -> RunStatus:
        """Look once. The returned `ref` may know more than the one given."""
        ...

    async def log(self, target: RunTarget, ref: RunRef, offset: int) -> LogChunk: ...

    async def cancel(self, target: RunTarget, ref: RunRef) -> None:
        """Cancel in the queue or stop while running; twice, or after the end, is no error."""
        ...

    async def answer(self, target: RunTarget, ref: RunRef, question: RunInput, *, proceed: bool) -> bool:
        """Answer a question without parameters. False when it had been answered already."""
        ...

    async def ping(self, server: str) -> None:
        """Is the server there and are the credentials good? Raises as above."""
        ...

    async def close(self) -> None: ...


# --- people: who is asking -----------------------------------------------------------------------------------


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody in the chat, as the chat vouches for him. `timezone` is an IANA name, `team` the workspace's id."""

    id: str
    name: str
    team: str = ""
    timezone: str = "UTC"
    guest: bool = False
    bot: bool = False
    deactivated: bool = False


class People(Protocol):
    """Raises `Unreachable` when the chat can't be asked and nothing fresh enough is remembered."""

    async def person(self, user: str) -> Person:
        """Who is this? Raises `Refused(stranger)` for ids that the workspace does not know."""
        ...

    async def members(self, group: str) -> frozenset[str]:
        """The user ids of one of the chat's own groups (`S…`)."""
        ...


# --- chat: what is said to people ----------------------------------------------------------------------------


class Mention(msgspec.Struct, frozen=True, tag="mention"):
    """A person (`U…`/`W…`); `group` for one of the chat's own groups (`S…`)."""

    id: str
    group: bool = False


class When(msgspec.Struct, frozen=True, tag="when"):
    """A moment, shown to each reader in his own time zone. `style`: `time`, `date_time`, or `relative`."""

    at: float
    style: Literal["time", "date_time", "relative"] = "time"


class Link(msgspec.Struct, frozen=True, tag="link"):
    text: str
    url: str


class Code(msgspec.Struct, frozen=True, tag="code"):
    text: str


class Bold(msgspec.Struct, frozen=True, tag="bold"):
    text: str


class Channel(msgspec.Struct, frozen=True, tag="channel"):
    """A channel to go to, shown by its name."""

    id: str


Part = str | Mention | When | Link | Code | Bold | Channel
"""A piece of a sentence. A plain `str` is untrusted text: it is escaped and never becomes markup or a mention."""

Words = tuple[Part, ...]


class Confirm(msgspec.Struct, frozen=True, kw_only=True):
    title: str
    text: str
    yes: str
    no: str = "Never mind"


class Button(msgspec.Struct, frozen=True, kw_only=True):
    """`action` is from a closed list (`bot.events.ACTIONS`), `value` an opaque id, never trusted state.

    `url` makes it a link button.
    """

    action: str
    label: str
    value: str = ""
    style: Literal["", "primary", "danger"] = ""
    confirm: Confirm | None = None
    url: str = ""


class CardView(msgspec.Struct, frozen=True, kw_only=True):
    """A card as it should look now: chat-neutral, drawn by `bot.slack.cards`.

    `fallback` is one full sentence for notifications and screen readers. `final` cards are shown before live ones
    when the chat limits us. `emoji` is a Slack short name without colons.
    """

    title: str
    emoji: str
    state: Words
    fallback: str
    fields: tuple[tuple[str, Words], ...] = ()
    stages: tuple[Stage, ...] = ()
    progress: float | None = None
    lines: tuple[Words, ...] = ()
    buttons: tuple[Button, ...] = ()
    context: tuple[Words, ...] = ()
    final: bool = False


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """A reply in a card's thread: `text`, and optionally preformatted lines (a log excerpt), shown as they are."""

    text: Words
    preformatted: str = ""
    broadcast: bool = False


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where somebody spoke: `channel` id, `thread` timestamp when in one, `direct` in a direct message.

    `response_url` answers privately for 30 minutes (five times); empty for mentions and direct messages.
    """

    channel: str
    team: str = ""
    thread: str = ""
    direct: bool = False
    response_url: str = ""


class Posted(msgspec.Struct, frozen=True, kw_only=True):
    channel: str
    ts: str


class Chat(Protocol):
    """What is said to people, shaped to the chat's rates. Every call waits for its turn; final states go first.

    Raises `Unreachable` (rate, outage, time-out) or `Rejected` (not in the channel, channel gone, refused blocks).
    """

    async def post_card(self, channel: str, key: str, view: CardView, *, look_first: bool) -> Posted:
        """Post a card by key. With `look_first` the channel's history is searched for the key before."""
        ...

    async def update_card(
        self, posted: Posted, key: str, draw: Callable[[], Awaitable[CardView]], *, final: bool
    ) -> CardView:
        """Edit the card in place. `draw` is called when the turn has come, so that the newest state is shown."""
        ...

    async def post_note(self, posted: Posted, key: str, note: Note, *, look_first: bool) -> Posted:
        """Reply in the card's thread, by key."""
        ...

    async def tell(self, user: str, place: Place, words: Words) -> None:
        """Say something only this person sees, in the channel (or its thread) where he spoke."""
        ...

    async def permalink(self, posted: Posted) -> str: ...

    async def ping(self) -> None: ...


__all__ = [
    "Bold",
    "Button",
    "CardView",
    "Channel",
    "Chat",
    "Clock",
    "Code",
    "Confirm",
    "Link",
    "LogChunk",
    "Mention",
    "Note",
    "Part",
    "People",
    "Person",
    "Place",
    "Posted",
    "RunInput",
    "RunPhase",
    "RunRef",
    "RunResult",
    "RunStatus",
    "RunTarget",
    "Runs",
    "Stage",
    "StageState",
    "When",
    "Words",
]
