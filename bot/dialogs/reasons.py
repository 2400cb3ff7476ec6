"""The two dialogs in which a person gives a reason: for rejecting, and for breaking the glass."""

from __future__ import annotations

from bot.dialogs.kind import Answered, DialogKind, Opening, WrongAnswers
from bot.events import Asked, BreakGlass, Reject
from bot.pages import Dialog, Say, TextField
from bot.words import Bold, Words
from config.models import Settings

WHY = "why"
LONGEST_WHY = 1000
SAY_WHY = "Say why, in a few words."

REJECT_EXPLAINED: Words = ("Who asked will read your reason on the card.",)
GLASS_EXPLAINED: Words = (
    "This deploys ",
    Bold("without the missing approvals"),
    ". It is announced, and written to the audit log.",
)


def reason_dialog(opening: Opening, *, kind: str, title: str, submit: str, asks: str, says: Words) -> Dialog:
    """A dialog that asks for a reason and nothing else."""
    return Dialog(
        kind=kind,
        title=title,
        submit=submit,
        carried=opening.carried,
        parts=(
            Say(says),
            TextField(name=WHY, label=asks, most=LONGEST_WHY, multiline=True, focus=True),
        ),
    )


def reason_of(answered: Answered) -> str:
    """The reason given. Raises `WrongAnswers`."""
    why = answered.answers[WHY][:LONGEST_WHY].strip()
    if not why:
        raise WrongAnswers({WHY: SAY_WHY})
    return why


def _reject(opening: Opening, _settings: Settings) -> Dialog:
    asks = "Why should this not be deployed?"
    return reason_dialog(
        opening, kind="reject", title="Reject", submit="Reject", asks=asks, says=REJECT_EXPLAINED
    )


def _break_glass(opening: Opening, _settings: Settings) -> Dialog:
    asks = "Why can't this wait for approval?"
    return reason_dialog(
        opening,
        kind="break_glass",
        title="Break the glass",
        submit="Deploy anyway",
        asks=asks,
        says=GLASS_EXPLAINED,
    )


def _rejected(answered: Answered, _settings: Settings) -> Asked:
    why, carried = reason_of(answered), answered.carried
    return Reject(
        by=answered.by,
        place=carried.place,
        text=why,
        deployment=carried.about,
        why=why,
        request=carried.detail,
    )


def _broken(answered: Answered, _settings: Settings) -> Asked:
    why, carried = reason_of(answered), answered.carried
    return BreakGlass(
        by=answered.by,
        place=carried.place,
        text=why,
        deployment=carried.about,
        why=why,
        request=carried.detail,
    )


REJECT = DialogKind(name="reject", first=_reject, read=_rejected)
BREAK_GLASS = DialogKind(name="break_glass", first=_break_glass, read=_broken)
