"""The configuration while the server runs: read again, judged, approved, brought into force."""

from __future__ import annotations

from bot.events.base import Asked, Command, Fact
from bot.people import Place

SUBJECT = "configuration"
"""One thing at a time is decided about the configuration."""


class Reload(Asked, frozen=True, kw_only=True):
    """Read the configuration again, for those whom it names as administrators."""

    @property
    def subject(self) -> str:
        return SUBJECT


class ReadAgain(Command, frozen=True, kw_only=True):
    """Read the configuration again because of a signal; after a `start`, judge the file of that digest, which was read then."""

    start: bool = False
    digest: str = ""

    @property
    def subject(self) -> str:
        return SUBJECT


class BringIntoForce(Command, frozen=True, kw_only=True):
    """Switch to the file of that digest, which was read, judged and accepted; then tell what is different.

    `by` and `place` say who asked, and where; `approved_by` are the people who let it loosen a policy. `sentences` are the
    differences, those that loosen first, `loosening` how many these are, `more` how many are not among them. `channels` are
    told.
    """

    digest: str
    sentences: tuple[str, ...] = ()
    loosening: int = 0
    more: int = 0
    needs_restart: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    start: bool = False
    by: str = ""
    place: Place | None = None
    approved_by: tuple[str, ...] = ()

    @property
    def subject(self) -> str:
        return SUBJECT


class ConfigurationSwitched(Fact, frozen=True, kw_only=True):
    """Another configuration is in force: whatever was decided by the old one is looked at again."""

    digest: str

    @property
    def subject(self) -> str:
        return SUBJECT


class AboutChange(Asked, frozen=True, kw_only=True):
    """A click on the card of a change that waits; `change` is its id."""

    change: str

    @property
    def about(self) -> str:
        return self.change

    @property
    def subject(self) -> str:
        return SUBJECT


class ApproveChange(AboutChange, frozen=True, kw_only=True):
    """Yes, by one of those whom the change concerns. `code` is that of his authenticator, sealed."""

    code: str = ""


class RejectChange(AboutChange, frozen=True, kw_only=True):
    """No: the configuration stays as it is."""


class ExpireChange(Command, frozen=True, kw_only=True):
    """The time to approve a change is over."""

    change: str

    @property
    def about(self) -> str:
        return self.change

    @property
    def subject(self) -> str:
        return SUBJECT


class ShowChange(Command, frozen=True, kw_only=True):
    """Make the card of a change show its newest revision."""

    change: str
    revision: int

    @property
    def about(self) -> str:
        return self.change

    @property
    def subject(self) -> str:
        return f"card/{self.change}"
