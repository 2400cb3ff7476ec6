"""`totp enrol`, `totp reset @sam because …`: people's authenticators. Codes are never typed as words."""

from __future__ import annotations

from bot.events.authenticating import EnrolAuthenticator, ResetAuthenticator
from bot.grammar.commands.said import Reader, Said
from bot.grammar.deployment_words import LONGEST_REASON
from bot.grammar.intents import CommandIntent
from bot.grammar.mending import Mend
from bot.grammar.misheard import left_over, mend, refused
from bot.grammar.utterance import mentioned
from bot.reasons import Reason

ENROL = frozenset({"enrol", "enroll", "enrolment", "setup"})
RESET = "reset"

WHAT = "Enrol an authenticator, or reset somebody's?"
WHOSE = "Whose? Name one person by a mention."
WHY = "A reset needs a reason, which is told to the person and kept."
TOO_LONG = "The reason is longer than {most} characters."


def totp(said: Said) -> CommandIntent:
    said.without_glass()
    words = said.bare()
    what = words[0].lower() if words else ""
    if what in ENROL:
        said.without_reasons()
        if len(words) > 1:
            raise left_over(words[1:], said.vocabulary)
        return CommandIntent(kind=EnrolAuthenticator)
    if what == RESET:
        return _reset(words[1:], said)
    raise refused(said.vocabulary, Reason.MISSING_WORD, WHAT, "totp enrol")


def _reset(words: list[str], said: Said) -> CommandIntent:
    user = mentioned(words[0]) if words else ""
    if not user:
        raise refused(said.vocabulary, Reason.MISSING_WORD, WHOSE, "totp reset @sam because …")
    if len(words) > 1:
        raise left_over(words[1:], said.vocabulary)
    if not said.because or len(said.because) > LONGEST_REASON:
        sentence = TOO_LONG.format(most=LONGEST_REASON) if said.because else WHY
        raise mend(said.vocabulary, Reason.REASON_REQUIRED, sentence, Mend(reason=True))
    return CommandIntent(kind=ResetAuthenticator, fields={"user": user, "why": said.because})


COMMANDS: dict[str, Reader] = {"totp": totp}
