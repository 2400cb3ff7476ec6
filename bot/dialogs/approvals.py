"""The dialogs in which somebody says yes with a word, with a code, or with both; and those that break the glass with a code."""

from __future__ import annotations

from bot.dialogs.codes import code_field, sealed_code
from bot.dialogs.kind import Answered, DialogKind, Opening, WrongAnswers
from bot.dialogs.reasons import GLASS_EXPLAINED, LONGEST_WHY, WHY, reason_of
from bot.events import Approve, Asked, BreakGlass
from bot.events.configuration import ApproveChange
from bot.events.releases import ApproveRelease
from bot.pages import Dialog, Part, Say, TextField
from bot.words import Words
from config.models import Settings

COMMENT = "comment"
LONGEST_COMMENT = 300
APPROVES: Words = ("It goes on as soon as all approvals are there.",)
PARTS: Words = ("Every part that you may approve counts as approved by you.",)
CHANGES: Words = ("The whole file comes into force as soon as all approvals are there.",)
APPROVED_WITH = "(dialog) approve"
GLASS_ASKS = "Why can't this wait for approval?"


def _dialog(opening: Opening, kind: str, title: str, submit: str, *parts: Part) -> Dialog:
    return Dialog(kind=kind, title=title, submit=submit, carried=opening.carried, parts=parts)


def _comment() -> TextField:
    return TextField(
        name=COMMENT,
        label="A word with it",
        hint="Everybody reads it on the card; it is kept in the audit log.",
        optional=True,
        most=LONGEST_COMMENT,
    )


def _with_comment(opening: Opening, _settings: Settings) -> Dialog:
    return _dialog(opening, "approve_comment", "Approve", "Approve", Say(APPROVES), _comment())


def _with_code(opening: Opening, _settings: Settings) -> Dialog:
    parts = (Say(APPROVES), code_field(focus=True), _comment())
    return _dialog(opening, "approve_code", "Approve", "Approve", *parts)


def _approved(answered: Answered, _settings: Settings, code: str = "") -> Approve:
    carried = answered.carried
    return Approve(
        by=answered.by,
        place=carried.place,
        text=APPROVED_WITH,
        deployment=carried.about,
        request=carried.detail,
        comment=_said(answered),
        code=code,
    )


def _said(answered: Answered) -> str:
    return answered.answers[COMMENT][:LONGEST_COMMENT].strip()


def _approved_with_code(answered: Answered, settings: Settings) -> Asked:
    return _approved(answered, settings, sealed_code(answered, settings))


def _glass(opening: Opening, _settings: Settings) -> Dialog:
    why = TextField(name=WHY, label=GLASS_ASKS, most=LONGEST_WHY, multiline=True, focus=True)
    title, submit = "Break the glass", "Deploy anyway"
    return _dialog(opening, "break_glass_code", title, submit, Say(GLASS_EXPLAINED), why, code_field())


def _broken(answered: Answered, settings: Settings) -> Asked:
    wrong, why, code, carried = dict[str, str](), "", "", answered.carried
    try:
        why = reason_of(answered)
    except WrongAnswers as answers:
        wrong |= answers.sentences
    try:
        code = sealed_code(answered, settings)
    except WrongAnswers as answers:
        wrong |= answers.sentences
    if wrong:
        raise WrongAnswers(wrong)
    return BreakGlass(
        by=answered.by,
        place=carried.place,
        text=why,
        deployment=carried.about,
        why=why,
        request=carried.detail,
        code=code,
    )


def _release_with_comment(opening: Opening, _settings: Settings) -> Dialog:
    return _dialog(opening, "release_approve_comment", "Approve", "Approve", Say(PARTS), _comment())


def _release_with_code(opening: Opening, _settings: Settings) -> Dialog:
    parts = (Say(PARTS), code_field(focus=True), _comment())
    return _dialog(opening, "release_approve_code", "Approve", "Approve", *parts)


def _release_approved(answered: Answered, _settings: Settings, code: str = "") -> Asked:
    carried = answered.carried
    return ApproveRelease(
        by=answered.by,
        place=carried.place,
        text=APPROVED_WITH,
        release=carried.about,
        request=carried.detail,
        comment=_said(answered),
        code=code,
    )


def _release_approved_with_code(answered: Answered, settings: Settings) -> Asked:
    return _release_approved(answered, settings, sealed_code(answered, settings))


def _change(opening: Opening, _settings: Settings) -> Dialog:
    return _dialog(opening, "approve_change_code", "Approve", "Approve", Say(CHANGES), code_field(focus=True))


def _change_approved(answered: Answered, settings: Settings) -> Asked:
    carried = answered.carried
    return ApproveChange(
        by=answered.by,
        place=carried.place,
        text=APPROVED_WITH,
        change=carried.about,
        code=sealed_code(answered, settings),
    )


APPROVE_COMMENT = DialogKind(name="approve_comment", first=_with_comment, read=_approved)
APPROVE_CODE = DialogKind(name="approve_code", first=_with_code, read=_approved_with_code)
BREAK_GLASS_CODE = DialogKind(name="break_glass_code", first=_glass, read=_broken)
APPROVE_RELEASE_COMMENT = DialogKind(
    name="release_approve_comment", first=_release_with_comment, read=_release_approved
)
APPROVE_RELEASE_CODE = DialogKind(
    name="release_approve_code", first=_release_with_code, read=_release_approved_with_code
)
APPROVE_CHANGE_CODE = DialogKind(name="approve_change_code", first=_change, read=_change_approved)
