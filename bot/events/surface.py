"""What is shown to one person: dialogs that are drawn anew while he fills them in, and his home of the app."""

from __future__ import annotations

from bot.events.base import Asked, Command
from bot.pages import OpenDialog
from bot.people import Person, Place


class DrawDialog(Command, frozen=True, kw_only=True):
    """Draw a dialog that somebody has before him. Nothing is decided by it, so it is no `Asked`, and not audited."""

    by: Person
    place: Place
    view: OpenDialog

    @property
    def subject(self) -> str:
        return f"dialog/{self.view.id}"


class DrawDeployForm(DrawDialog, frozen=True, kw_only=True):
    """The form of a deployment, with what every gate says of what stands in it.

    `opened` when it has just been opened: then it is filled in from the past. `service_here` is the channel's service. `environment`
    and `version_wanted` are "" when they were chosen for another service; `environment_before` is what stood there in any case.
    `when` is when it is to start, in the words of a command; "" for now.
    """

    opened: bool = False
    service_here: str = ""
    service: str = ""
    environment: str = ""
    environment_before: str = ""
    version_wanted: str = ""
    override: str = ""
    removing: bool = False
    glass: str = ""
    when: str = ""


class OpenHome(Command, frozen=True, kw_only=True):
    """Somebody has opened his home of the app; nothing is decided by it, so it is not audited."""

    by: Person

    @property
    def subject(self) -> str:
        return f"home/{self.by.id}"


class RefreshHomes(Command, frozen=True, kw_only=True):
    """Something has changed that may stand in somebody's home: look at those that were opened lately, at that moment."""

    scheduled: float

    @property
    def subject(self) -> str:
        return "homes"


class RefreshHome(Command, frozen=True, kw_only=True):
    """Draw one home anew, if it would look different."""

    by: Person

    @property
    def subject(self) -> str:
        return f"home/{self.by.id}"


class OfferDeployForm(Asked, frozen=True, kw_only=True):
    """Offer a button that opens the form, where words alone can't open one."""

    @property
    def subject(self) -> str:
        return f"person/{self.by.id}"
