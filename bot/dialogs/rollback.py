"""The dialog of a rollback: to which version, why, and what is to be remembered of the one that is left."""

from __future__ import annotations

from bot.dialogs.kind import Answered, DialogKind, Looking, Opening, WrongAnswers
from bot.dialogs.reasons import LONGEST_WHY
from bot.events.rollback import DrawRollback, RollBackDeployment
from bot.pages import YES, Dialog, Say
from config.models import Settings

NAME = "rollback"
TO, WHY, BAD, LOCK, CANCEL = "to", "why", "bad", "lock", "cancel"

TITLE = "Roll back"
ONE_MOMENT = "One moment…"
SAY_WHY = "Say why: whoever wants to deploy it, or there, reads that."
SAID = "(form) rollback"


def first(opening: Opening, _settings: Settings) -> Dialog:
    """What stands there until the past was looked up."""
    return Dialog(kind=NAME, title=TITLE, parts=(Say((ONE_MOMENT,)),), carried=opening.carried)


def look(looking: Looking, _settings: Settings) -> DrawRollback:
    return DrawRollback(
        by=looking.by,
        place=looking.carried.place,
        view=looking.view,
        deployment=looking.carried.about,
        to=looking.answers[TO],
    )


def read(answered: Answered, _settings: Settings) -> RollBackDeployment:
    answers = answered.answers
    why = " ".join(answers[WHY].split())[:LONGEST_WHY]
    bad, lock = answers[BAD] == YES, answers[LOCK] == YES
    if (bad or lock) and not why:
        raise WrongAnswers({WHY: SAY_WHY})
    return RollBackDeployment(
        by=answered.by,
        place=answered.carried.place,
        text=SAID,
        deployment=answered.carried.about,
        to=answers[TO],
        why=why,
        mark_bad=bad,
        lock_place=lock,
        cancel_first=answers[CANCEL] == YES,
    )


ROLLBACK = DialogKind(name=NAME, first=first, read=read, look=look)
