"""Dialogs in which a person says why: for taking a lock over, for lifting another's, for going first in the queue."""

from __future__ import annotations

from bot.dialogs.kind import Answered, DialogKind, Opening
from bot.dialogs.reasons import reason_dialog, reason_of
from bot.events import Asked
from bot.events.locks import ReleaseLock, TakeOverLock
from bot.events.queueing import JumpQueue
from bot.pages import Dialog
from bot.words import Words
from config.models import Settings

OWNER_READS: Words = ("Its owner is told your reason, in a direct message.",)
ALL_READ: Words = ("Those who decide it read your reason, and so do those who are overtaken.",)


def _take_over(opening: Opening, _settings: Settings) -> Dialog:
    asks = "Why do you take this lock over?"
    return reason_dialog(
        opening, kind="take_over", title="Take over", submit="Take over", asks=asks, says=OWNER_READS
    )


def _release(opening: Opening, _settings: Settings) -> Dialog:
    asks = "Why do you lift this lock?"
    return reason_dialog(
        opening, kind="release_because", title="Unlock", submit="Unlock", asks=asks, says=OWNER_READS
    )


def _jump(opening: Opening, _settings: Settings) -> Dialog:
    asks = "Why should it go first?"
    return reason_dialog(opening, kind="jump", title="Go first", submit="Ask", asks=asks, says=ALL_READ)


def _taken(answered: Answered, _settings: Settings) -> Asked:
    why, carried = reason_of(answered), answered.carried
    return TakeOverLock(
        by=answered.by, place=carried.place, text=why, lock=carried.about, shown=carried.detail, why=why
    )


def _released(answered: Answered, _settings: Settings) -> Asked:
    why, carried = reason_of(answered), answered.carried
    return ReleaseLock(
        by=answered.by, place=carried.place, text=why, lock=carried.about, shown=carried.detail, why=why
    )


def _jumped(answered: Answered, _settings: Settings) -> Asked:
    why, carried = reason_of(answered), answered.carried
    return JumpQueue(by=answered.by, place=carried.place, text=why, deployment=carried.about, why=why)


TAKE_OVER = DialogKind(name="take_over", first=_take_over, read=_taken)
RELEASE_BECAUSE = DialogKind(name="release_because", first=_release, read=_released)
JUMP = DialogKind(name="jump", first=_jump, read=_jumped)
