"""The dialogs in which a person says why a release should not go, or why what it did is taken back."""

from __future__ import annotations

from bot.dialogs.kind import Answered, DialogKind, Opening
from bot.dialogs.reasons import REJECT_EXPLAINED, reason_dialog, reason_of
from bot.events import Asked
from bot.events.releases import RejectRelease, RollBackRelease
from bot.pages import Dialog
from bot.words import Words
from config.models import Settings

NAME = "release_reject"
BACK = "release_back"
BACK_EXPLAINED: Words = (
    "Every part that succeeded goes back to what ran before, the last one first. Your reason stands on the cards.",
)


def _first(opening: Opening, _settings: Settings) -> Dialog:
    asks = "Why should this not be released?"
    return reason_dialog(
        opening, kind=NAME, title="Reject", submit="Reject", asks=asks, says=REJECT_EXPLAINED
    )


def _read(answered: Answered, _settings: Settings) -> Asked:
    why, carried = reason_of(answered), answered.carried
    return RejectRelease(by=answered.by, place=carried.place, text=why, release=carried.about, why=why)


def _back(opening: Opening, _settings: Settings) -> Dialog:
    asks = "Why is it rolled back?"
    title = submit = "Roll back"
    return reason_dialog(opening, kind=BACK, title=title, submit=submit, asks=asks, says=BACK_EXPLAINED)


def _rolled_back(answered: Answered, _settings: Settings) -> Asked:
    why, carried = reason_of(answered), answered.carried
    return RollBackRelease(by=answered.by, place=carried.place, text=why, release=carried.about, why=why)


REJECT_RELEASE = DialogKind(name=NAME, first=_first, read=_read)
BACK_RELEASE = DialogKind(name=BACK, first=_back, read=_rolled_back)
