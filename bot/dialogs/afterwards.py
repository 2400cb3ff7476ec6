"""The dialogs for what comes after a run: why it is fine without further ado, and what is wrong."""

from __future__ import annotations

from bot.dialogs.kind import Answered, DialogKind, Opening
from bot.dialogs.reasons import reason_dialog, reason_of
from bot.events import Asked
from bot.events.verification import EndSoak, SkipVerification
from bot.pages import Dialog
from bot.words import Words
from config.models import Settings

SKIP_EXPLAINED: Words = (
    "What is still open is not looked at any more, and the deployment counts as good. It is written to the audit log.",
)
WRONG_EXPLAINED: Words = ("Who asked for it is told. Nothing is rolled back by this.",)


def _skip(opening: Opening, _settings: Settings) -> Dialog:
    return reason_dialog(
        opening,
        kind="skip_verification",
        title="It is fine",
        submit="It is fine",
        asks="How do you know?",
        says=SKIP_EXPLAINED,
    )


def _skipped(answered: Answered, _settings: Settings) -> Asked:
    why, carried = reason_of(answered), answered.carried
    return SkipVerification(by=answered.by, place=carried.place, text=why, deployment=carried.about, why=why)


def _wrong(opening: Opening, _settings: Settings) -> Dialog:
    return reason_dialog(
        opening,
        kind="soak_wrong",
        title="Something is wrong",
        submit="Say so",
        asks="What is wrong?",
        says=WRONG_EXPLAINED,
    )


def _said_wrong(answered: Answered, _settings: Settings) -> Asked:
    why, carried = reason_of(answered), answered.carried
    return EndSoak(
        by=answered.by, place=carried.place, text=why, deployment=carried.about, good=False, why=why
    )


SKIP = DialogKind(name="skip_verification", first=_skip, read=_skipped)
WRONG = DialogKind(name="soak_wrong", first=_wrong, read=_said_wrong)
