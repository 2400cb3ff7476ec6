"""The dialog in which a person says why a release should not go."""

from __future__ import annotations

from bot.dialogs.kind import Answered, DialogKind, Opening
from bot.dialogs.reasons import REJECT_EXPLAINED, reason_dialog, reason_of
from bot.events import Asked
from bot.events.releases import RejectRelease
from bot.pages import Dialog
from config.models import Settings

NAME = "release_reject"


def _first(opening: Opening, _settings: Settings) -> Dialog:
    asks = "Why should this not be released?"
    return reason_dialog(
        opening, kind=NAME, title="Reject", submit="Reject", asks=asks, says=REJECT_EXPLAINED
    )


def _read(answered: Answered, _settings: Settings) -> Asked:
    why, carried = reason_of(answered), answered.carried
    return RejectRelease(by=answered.by, place=carried.place, text=why, release=carried.about, why=why)


REJECT_RELEASE = DialogKind(name=NAME, first=_first, read=_read)
