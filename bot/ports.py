"""What the handlers may use of the world, as Protocols.

Every port says what it promises; the contract suites in `tests/contract/` hold each implementation to it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol, TypeVar

from bot.calendars.frozen import CalendarRead
from bot.choices import Kind, VersionChoice
from bot.deployments import Brief, Deployment, Post, RunRecord
from bot.events import Event
from bot.gates.situation import Built
from bot.homes import Home
from bot.outgoing import Outgoing
from bot.pages import Dialog, OpenDialog, Page
from bot.people import Person, Place, Posted
from bot.probing import CommandAnswer, CommandAsked, UrlAnswer, UrlAsked
from bot.runs import BuildSeen, LogChunk, RunInput, RunRef, RunStatus, RunTarget
from bot.standing import Standing
from bot.words import Button, CardView, Note, Words
from config.models import Settings

S = TypeVar("S", bound=Standing)


class Clock(Protocol):
    """Time as a port: `now` is seconds since the epoch (UTC), `sleep` ends after that much of the same time."""

    def now(self) -> float: ...

    async def sleep(self, seconds: float) -> None: ...


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

    async def start(self, target: RunTarget, key: str, *, fresh: bool, since: float = 0.0) -> RunRef:
        """Start the target once for this key, however often it is called.

        `fresh` is true only when no earlier call with this key can have reached the peer; otherwise the key is looked
        for as by `find` before anything is started.
        """
        ...

    async def find(self, target: RunTarget, key: str, *, since: float = 0.0) -> RunRef | None:
        """The run that was started by this key, looked for in the queue and among the builds.

        `since` is when a start by this key was first asked for (epoch seconds): older builds need not be looked at.
        None is proof that there is none and that no request of ours to start it can be under way any more;
        `Unreachable` while that can't be said yet, `Rejected(run_lost)` when it can't be said any more, because the
        peer has forgotten builds of that time.
        """
        ...

    async def status(self, target: RunTarget, ref: RunRef, *, since: float = 0.0) -> RunStatus:
        """Look once. The returned `ref` may know more than the one given; `since` as for `find`.

        MISSING is proof that it was never started, as None from `find` is; LOST, that a run which was there is gone,
        while its job can still be read. `Rejected(job_missing)` while the job can't, `Rejected(run_lost)` as `find`.
        """
        ...

    async def log(self, target: RunTarget, ref: RunRef, offset: int) -> LogChunk: ...

    async def cancel(self, target: RunTarget, ref: RunRef) -> bool:
        """Cancel in the queue or stop while running; twice, or after the end, is no error.

        False when there was nothing any more that could be told to stop.
        """
        ...

    async def answer(self, target: RunTarget, ref: RunRef, question: RunInput, *, proceed: bool) -> bool:
        """Answer a question without parameters. False when it had been answered already."""
        ...

    async def builds(self, server: str, job: str, limit: int) -> list[BuildSeen]:
        """The job's newest builds, newest first, at most so many. `Rejected(job_missing)` when it can't be read."""
        ...

    async def ping(self, server: str) -> None:
        """Is the server there and are the credentials good? Raises as above."""
        ...

    async def close(self) -> None: ...


class Sources(Protocol):
    """Where versions and their commits come from. Nothing here blocks the event loop, nor waits for long.

    A service without sources knows nothing: no digest, no build, no versions, nothing of what is going out.
    """

    async def resolve(self, service: str, version: str) -> str:
        """The digest of a version: its commit's whole id; empty when there is no repository, or nothing of that name.

        Raises `Unreachable` when the repository, or the builds where it knows no such name, can't be asked now.
        """
        ...

    async def outgoing(self, service: str, live_digest: str, asked_digest: str) -> Outgoing:
        """What lies between two digests. Raises nothing: what can't be told is not `known`, and says why."""
        ...

    async def versions(
        self, service: str, kind: Kind | Literal[""], typed: str, limit: int
    ) -> list[VersionChoice]:
        """Versions to choose, at most so many: of one `kind`, or all for an empty one.

        Answers from memory within two seconds, also while nothing can be asked; what is old is asked anew meanwhile.
        With nothing `typed` the newest come first, else what fits best.
        """
        ...

    async def built(self, service: str, version: str) -> Built | None:
        """The newest green build of a version, else the newest that ended; None when none is known.

        Raises `Unreachable` when the builds can't be asked about now.
        """
        ...

    async def close(self) -> None: ...


class People(Protocol):
    """Raises `Unreachable` when the chat can't be asked and nothing fresh enough is remembered.

    `at_most` is how old, in seconds, a remembered answer may be, also while the chat can't be asked.
    """

    async def person(self, user: str, *, claimed: str = "", at_most: float = 1800.0) -> Person:
        """Who is this? Raises `Refused(stranger)` for ids that the workspace does not know.

        `claimed` is the workspace that the request gave, for a chat that does not say whose the person is. The id of
        the answer is the one id of that person, which need not be the one asked for.
        """
        ...

    async def members(self, group: str, *, at_most: float = 1800.0) -> frozenset[str]:
        """The user ids of one of the chat's own groups (`S…`)."""
        ...


class Probes(Protocol):
    """Looks at what was deployed, from outside. A look always has an answer; why there is none is one, too."""

    async def look(self, asked: UrlAsked) -> UrlAnswer:
        """Ask an address once. Redirects go to the same host only, at most 64 KiB are read, nothing is kept."""
        ...

    async def run(self, asked: CommandAsked) -> CommandAnswer:
        """Run a program to its end, without a shell. After a crash in its middle it may be run again, or beside itself."""
        ...


class Chat(Protocol):
    """What is said to people, shaped to the chat's rates. Every call waits for its turn; final states go first.

    Raises `Unreachable` (rate, outage, time-out) or `Rejected` (not in the channel, channel gone, refused blocks).
    """

    async def post_card(self, channel: str, key: str, view: CardView, *, look_first: bool) -> Posted:
        """Post a card by key. With `look_first` the channel's history is searched for the key before."""
        ...

    async def update_card(
        self,
        posted: Posted,
        key: str,
        draw: Callable[[], Awaitable[CardView]],
        *,
        final: bool,
        again: bool = False,
    ) -> CardView:
        """Edit the card in place. `draw` is called when the turn has come, so that the newest state is shown.

        With `again` an earlier edit may still be under way: it must not arrive after this one.
        """
        ...

    async def post_note(self, posted: Posted, key: str, note: Note, *, look_first: bool) -> Posted:
        """Reply in the card's thread, by key."""
        ...

    async def announce(
        self, channel: str, key: str, words: Words, *, buttons: Sequence[Button] = (), look_first: bool
    ) -> Posted:
        """Say something in a channel, by key."""
        ...

    async def update_note(
        self,
        posted: Posted,
        key: str,
        draw: Callable[[], Awaitable[Note]],
        *,
        final: bool,
        again: bool = False,
    ) -> None:
        """Edit an announcement or a reply in place, as `update_card` edits a card."""
        ...

    async def tell(self, user: str, place: Place, words: Words, *, buttons: Sequence[Button] = ()) -> None:
        """Say something only this person sees, in the channel (or its thread) where he spoke."""
        ...

    async def show(self, user: str, place: Place, page: Page, *, replaces: bool = False) -> None:
        """Show a page that only this person sees, where he spoke; `replaces` what he clicked on in this place."""
        ...

    async def open_dialog(self, trigger: str, dialog: Dialog) -> OpenDialog | None:
        """Open a dialog at once: a trigger lasts three seconds, so nothing is waited for. Not to be tried again.

        None when it is open, and can't be drawn anew.
        """
        ...

    async def update_dialog(self, view: OpenDialog, dialog: Dialog) -> bool:
        """Draw an open dialog anew; what stands in its fields stays. False, not an error, when it is closed or newer."""
        ...

    async def publish_home(self, user: str, page: Page) -> None:
        """Set what this person sees in his own page of the app."""
        ...

    async def permalink(self, posted: Posted) -> str: ...

    async def ping(self) -> None: ...


class Calendars(Protocol):
    """Calendars that others keep, read in the background."""

    def read(self, name: str, /) -> CalendarRead:
        """What is known of a calendar, from memory."""
        ...


class Configuration(Protocol):
    """The configuration file, and what of it is in force. A context holds one snapshot; this is about the next one."""

    @property
    def digest(self) -> str:
        """Of the file that is in force; equal for equal files but for their secrets."""
        ...

    @property
    def held(self) -> bool:
        """Whether some places keep an older policy than that of the file which was read at the start."""
        ...

    def redacted(self, text: str) -> str:
        """Without the secrets of any configuration that was read."""
        ...

    async def read(self) -> Settings:
        """The file as it is now, checked whole; nothing changes by that.

        Raises `config.faults.ConfigurationFaults`, with every fault and its line.
        """
        ...

    def remembered(self, digest: str) -> Settings | None:
        """What this process read with that digest, not long ago."""
        ...

    def coming(self, new: Settings) -> tuple[Settings, tuple[str, ...]]:
        """What of these settings would be in force, and the paths of those that need a restart and stay as they are."""
        ...

    async def switch(self, digest: str) -> bool:
        """Bring the file of that digest into force, whole; twice is once. False when the file is another one by now.

        Raises as `read`.
        """
        ...


# --- what a handler is given ---------------------------------------------------------------------------------


class Records(Protocol):
    """What is stored, as it was committed last (`bot.store.Store` says more about each)."""

    async def deployment(self, id_: str, /) -> Deployment | None: ...

    async def numbered(self, number: int, /) -> Deployment | None: ...

    async def live(self, lane: str = "", channel: str = "") -> list[Deployment]: ...

    async def last_good(self, lane: str, /) -> Deployment | None: ...

    async def newest_goods(self, lanes: Sequence[str], /) -> list[Brief]: ...

    async def newest_runs(self, lanes: Sequence[str], /) -> list[Brief]: ...

    async def usual_seconds(self, lane: str, job: str, /) -> float: ...

    async def slow_seconds(self, lane: str, job: str, /) -> float: ...

    async def went(self, lane: str, version: str, /) -> Deployment | None: ...

    async def goods(self, lane: str, limit: int, /) -> list[Deployment]: ...

    async def ran(self, service: str, environment: str, limit: int, /) -> list[Deployment]: ...

    async def good_after(self, lane: str, at: float, /) -> Deployment | None: ...

    async def rolled_back_after(self, lane: str, at: float, /) -> list[Deployment]: ...

    async def ended_before(
        self, service: str, environment: str, version: str, *, number: int, since: float
    ) -> Deployment | None: ...

    async def standing(
        self,
        kind: type[S],
        /,
        *,
        service: str | None = None,
        environment: str | None = None,
        owner: str | None = None,
        slot: str | None = None,
    ) -> list[S]: ...

    async def stood(self, id_: str, /) -> Standing | None: ...

    async def standing_count(self) -> int: ...

    async def recent(self, limit: int, /) -> list[Deployment]: ...

    async def last_asked(
        self, *, user: str = "", channel: str = "", service: str = ""
    ) -> Deployment | None: ...

    async def asked_by(self, user: str, limit: int, /) -> list[Deployment]: ...

    async def home(self, user: str, /) -> Home | None: ...

    async def homes(self, since: float, limit: int, /) -> list[Home]: ...

    async def versions(self, lane: str, limit: int, /) -> list[tuple[str, float]]: ...

    async def run(self, deployment: str, /) -> RunRecord | None: ...

    async def post(self, key: str, /) -> Post | None: ...

    async def posts(self, beginning: str, /) -> list[Post]: ...


class Changes(Protocol):
    """What a handler wants changed: collected, and committed in one transaction with its message's own end."""

    def save(self, new: Deployment | RunRecord | Post | Home | Standing, /) -> None:
        """Store the next revision; a revision that somebody else has passed makes the handler run again."""
        ...

    def expect(self, *, standing: int) -> None:
        """Commit only while what stands is as it was when `Records.standing_count` said so; else handle again."""
        ...

    def publish(self, event: Event, /, *, subject: str = "", after: float = 0.0, id: str = "") -> None:  # noqa: A002 - the word for it
        """Publish a message, `after` seconds later if given; `id` makes it unique beyond this handling."""
        ...

    def audit(
        self, action: str, /, *, actor: str, about: str = "", reason: str = "", **detail: Any
    ) -> None: ...


@dataclass(frozen=True, kw_only=True)
class Context:
    """Everything a handler may use. `message` is the id of what it handles.

    `fresh` is false when an earlier attempt may have got part of the way; `loaded` when that may have reached a
    peer, as anything that an earlier process left may have. `booted_at` is when this process began. `settings` and `runs`
    are of one configuration, also when another one comes into force meanwhile.
    """

    message: str
    at: float
    fresh: bool
    loaded: bool
    booted_at: float
    settings: Settings
    configuration: Configuration
    clock: Clock
    store: Records
    changes: Changes
    runs: Mapping[str, Runs]
    probes: Probes
    chat: Chat
    people: People
    calendars: Calendars
    sources: Sources
    prune: Callable[[float], Awaitable[int]]
