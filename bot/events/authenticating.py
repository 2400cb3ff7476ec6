"""People's authenticators. No secret travels in any of these; codes are sealed."""

from __future__ import annotations

from bot.events.base import Asked, Command


class EnrolAuthenticator(Asked, frozen=True, kw_only=True):
    """Enrol an authenticator app. `code` is that of the present one, sealed; empty where there is none."""

    code: str = ""

    @property
    def subject(self) -> str:
        return f"person/{self.by.id}"


class ConfirmAuthenticator(Asked, frozen=True, kw_only=True):
    """The first code of an app that was shown its secret, sealed."""

    authenticator: str
    attempt: int
    code: str

    @property
    def subject(self) -> str:
        return f"person/{self.by.id}"


class ResetAuthenticator(Asked, frozen=True, kw_only=True):
    """Forget somebody's authenticator, so that he can enrol another one; for administrators.

    `coded` that a code of the administrator's own was looked at already, by whoever published this.
    """

    user: str
    why: str
    coded: bool = False

    @property
    def subject(self) -> str:
        return f"person/{self.user}"


class GiveCode(Asked, frozen=True, kw_only=True):
    """The sealed code that a held command waits for; `held` is its id."""

    held: str
    code: str

    @property
    def subject(self) -> str:
        return f"person/{self.by.id}"


class ShowAuthenticator(Command, frozen=True, kw_only=True):
    """Show its owner, in a direct message, what has to be scanned; or take it away again when that is over."""

    authenticator: str
    attempt: int

    @property
    def subject(self) -> str:
        return f"card/{self.authenticator}"


class ForgetPending(Command, frozen=True, kw_only=True):
    """A secret that nobody confirmed in time is no longer shown, and no longer confirmed."""

    authenticator: str
    attempt: int
    owner: str

    @property
    def subject(self) -> str:
        return f"person/{self.owner}"
