"""What a lock holds up, and the list of locks."""

from __future__ import annotations

from bot.sandbox.slack.harbour import DANA, SAM
from tests.browser.scenes.stage import Stage


def play(stage: Stage) -> None:
    stage.enter(SAM)
    stage.say("/lock payments staging for 2h because we try the new till")
    stage.sees("payments in staging is locked by")
    stage.say("/deploy payments staging", DANA)
    stage.sees("payments 2.0.1 → staging", "we try the new till")
    stage.say("/locks", SAM)
    stage.sees("+30m")
    stage.cards("locks", "payments in staging is locked by", "payments 2.0.1 → staging", "+30m")
