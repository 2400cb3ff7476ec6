"""The dialogs of an authenticator: its first code, the code of the one that it replaces, and one that a command waits for."""

from __future__ import annotations

from bot.dialogs.codes import LABEL, code_field, sealed_code
from bot.dialogs.kind import Answered, DialogKind, Opening, WrongAnswers
from bot.events import Asked
from bot.events.authenticating import ConfirmAuthenticator, EnrolAuthenticator, GiveCode
from bot.pages import Dialog, Say
from bot.words import Words
from config.models import Settings

CONFIRM, RENEW, GIVE = "authenticator_confirm", "authenticator_renew", "give_code"
CONFIRMS: Words = ("The code that your app shows now says that it has the secret.",)
RENEWS: Words = ("Another app can be enrolled by whoever has the present one: give its code.",)
GIVES: Words = ("With a code of your authenticator app, what you said is done.",)
TEXT = "(dialog) totp"
STALE = "That message is too old; ask for a new one."


def _first(kind: str, title: str, submit: str, says: Words, label: str, opening: Opening) -> Dialog:  # noqa: PLR0917 - one line of the table below
    parts = (Say(says), code_field(label=label, focus=True))
    return Dialog(kind=kind, title=title, submit=submit, carried=opening.carried, parts=parts)


def _confirm(opening: Opening, _settings: Settings) -> Dialog:
    return _first(CONFIRM, "First code", "Confirm", CONFIRMS, "Code of the new app", opening)


def _renew(opening: Opening, _settings: Settings) -> Dialog:
    return _first(RENEW, "Another app", "Go on", RENEWS, "Code of the present app", opening)


def _give(opening: Opening, _settings: Settings) -> Dialog:
    return _first(GIVE, "Your code", "Go on", GIVES, LABEL, opening)


def _confirmed(answered: Answered, settings: Settings) -> Asked:
    carried = answered.carried
    if not carried.detail.isdecimal():
        raise WrongAnswers({"code": STALE})
    return ConfirmAuthenticator(
        by=answered.by,
        place=carried.place,
        text=TEXT,
        authenticator=carried.about,
        attempt=int(carried.detail),
        code=sealed_code(answered, settings),
    )


def _renewed(answered: Answered, settings: Settings) -> Asked:
    code = sealed_code(answered, settings)
    return EnrolAuthenticator(by=answered.by, place=answered.carried.place, text=TEXT, code=code)


def _given(answered: Answered, settings: Settings) -> Asked:
    code, carried = sealed_code(answered, settings), answered.carried
    return GiveCode(by=answered.by, place=carried.place, text=TEXT, held=carried.about, code=code)


CONFIRM_AUTHENTICATOR = DialogKind(name=CONFIRM, first=_confirm, read=_confirmed)
RENEW_AUTHENTICATOR = DialogKind(name=RENEW, first=_renew, read=_renewed)
GIVE_CODE = DialogKind(name=GIVE, first=_give, read=_given)
