"""What people ask: commands with who gave them and where."""

from __future__ import annotations

from collections.abc import Sequence

from bot.earlier import Earlier, GoingBack
from bot.events.base import AboutDeployment, Asked, Event, lane
from bot.events.releases import PartRefused, release_subject
from bot.kinds import Kind
from bot.reasons import Reason


class Deploy(Asked, frozen=True, kw_only=True):
    """Deploy a version of a service to an environment; `break_glass` is the reason for going without approval.

    `override` is the reason for going in spite of a freeze, `removing` that taking away live commits is meant. `digest` is
    what the version has to be, when who asks knows. `when` is when it is to start, as typed; empty is at once. `release` is the
    one that it is a part of. `promotes` is what it takes on from another environment, `rolls_back` what it goes back from.
    """

    service: str
    environment: str
    version_wanted: str = ""
    break_glass: str = ""
    kind: Kind = Kind.DEPLOY
    digest: str = ""
    override: str = ""
    removing: bool = False
    when: str = ""
    release: str = ""
    promotes: Earlier | None = None
    rolls_back: GoingBack | None = None

    @property
    def subject(self) -> str:
        return lane(self.service, self.environment)

    def when_refused(self, reason: Reason, sentence: str) -> Sequence[tuple[str, Event]]:
        """The release hears of a part that never becomes a deployment: the others must not wait for it."""
        if not self.release:
            return ()
        refused = PartRefused(release=self.release, service=self.service, reason=reason, sentence=sentence)
        return ((release_subject(self.release), refused),)


class Approve(AboutDeployment, frozen=True, kw_only=True):
    """Yes. `request` names the question that was on the card: a click on an old card, or on none, decides nothing.

    `code` is that of his authenticator, sealed; `coded` that it was looked at already, by whoever published this.
    """

    request: str = ""
    comment: str = ""
    code: str = ""
    coded: bool = False


class Reject(AboutDeployment, frozen=True, kw_only=True):
    why: str
    request: str = ""


class BreakGlass(AboutDeployment, frozen=True, kw_only=True):
    """Go without the missing approvals; allowed people only, with a reason, announced and audited. `code` as for `Approve`."""

    why: str
    request: str = ""
    code: str = ""


class Cancel(AboutDeployment, frozen=True, kw_only=True):
    """Cancel; `give_up` ends the following of a run that was told to stop and can't be reached.

    With `only_waiting` what has started goes on.
    """

    give_up: bool = False
    only_waiting: bool = False


class Redeploy(AboutDeployment, frozen=True, kw_only=True):
    """Ask for the same again: service, environment and version of an ended deployment."""


class AnswerInput(AboutDeployment, frozen=True, kw_only=True):
    """Answer the question a run is paused on. `coded` that a code of his was looked at already, by whoever published this."""

    input: str
    proceed: bool
    coded: bool = False


class RunNow(AboutDeployment, frozen=True, kw_only=True):
    """Start it all the same: the time it was planned for passed while nobody was there."""


class ShowSchedules(Asked, frozen=True, kw_only=True):
    """What is planned, of one service or one environment when they are named."""

    service: str = ""
    environment: str = ""

    @property
    def subject(self) -> str:
        return f"person/{self.by.id}"


class CancelLive(Asked, frozen=True, kw_only=True):
    """Cancel by words: the number, or service and environment, or the only live one of this channel."""

    number: int = 0
    service: str = ""
    environment: str = ""

    @property
    def subject(self) -> str:
        return f"place/{self.place.channel}"


class ShowStatus(Asked, frozen=True, kw_only=True):
    """What is where: of a service, an environment, `mine`, or what has the words `like` in it. `at_page` counts from 0.

    `replaces` when it was asked by a button of the page that it takes the place of.
    """

    service: str = ""
    environment: str = ""
    mine: bool = False
    like: str = ""
    at_page: int = 0
    replaces: bool = False

    @property
    def subject(self) -> str:
        return f"person/{self.by.id}"


class ShowHelp(Asked, frozen=True, kw_only=True):
    """`service` is the one of the channel where it was asked."""

    topic: str = ""
    service: str = ""

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
