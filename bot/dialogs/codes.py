"""The field for a code of an authenticator app. What was typed into it is sealed before it is written down anywhere."""

from __future__ import annotations

from bot.dialogs.kind import Answered, WrongAnswers
from bot.pages import TextField
from bot.sealing import CODE, seal
from bot.totp import bare, is_code
from config.models import Settings

NAME = "code"
LABEL = "Code of your authenticator app"
HINT = "Six digits; each counts once."
LONGEST = 10
NO_CODE = "That is no code: six digits, as your app shows them now."
OFF = "No key for authenticators is configured here, so no code can be used."


def code_field(*, label: str = LABEL, focus: bool = False) -> TextField:
    return TextField(name=NAME, label=label, hint=HINT, placeholder="123456", most=LONGEST, focus=focus)


def sealed_code(answered: Answered, settings: Settings) -> str:
    """Sealed for who typed it, so that nobody else's event can carry it. Raises `WrongAnswers`."""
    if settings.step_up is None:
        raise WrongAnswers({NAME: OFF})
    if not is_code(answered.answers[NAME]):
        raise WrongAnswers({NAME: NO_CODE})
    return seal(settings.step_up.key, CODE, answered.by.id, bare(answered.answers[NAME]))
