"""What the engine tells itself to do."""

from __future__ import annotations

from bot.events.base import AboutRun, Command
from bot.pages import Page
from bot.people import Place
from bot.runs import RunInput
from bot.words import Button, Note, Words


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
    """Say something once in a channel that the configuration names, or where it was asked for.

    `user` is told at `place` when the channel does not take it; without him the message is parked for a human. `standing` is the
    id of what stands and is announced here, in its revision `shown`: what is said of that is kept true afterwards.
    """

    deployment: str
    channel: str
    name: str
    words: Words
    buttons: tuple[Button, ...] = ()
    user: str = ""
    place: Place | None = None
    standing: str = ""
    shown: int = 0

    @property
    def subject(self) -> str:
        return f"announce/{self.channel}"


class Tell(Command, frozen=True, kw_only=True):
    """Say something to one person, where he spoke, seen by nobody else."""

    user: str
    place: Place
    words: Words
    deployment: str = ""
    buttons: tuple[Button, ...] = ()

    @property
    def subject(self) -> str:
        return f"person/{self.user}"


class ShowPage(Command, frozen=True, kw_only=True):
    """Show a page (a list with buttons, say) to one person, where he spoke; `replaces` what he clicked on there."""

    user: str
    place: Place
    page: Page
    replaces: bool = False

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
    """Ask whether an open approval still fits: the configuration (after a start), and what freezes the place or is live there."""

    deployment: str


class Prune(Command, frozen=True, kw_only=True):
    """Remove done messages that are older than the configuration keeps."""

    scheduled: float

    @property
    def subject(self) -> str:
        return "journal"
