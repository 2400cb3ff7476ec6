"""Two services on one card: what the other needs goes first."""

from __future__ import annotations

from bot.sandbox.slack.harbour import SAM, SOFIA
from tests.browser.scenes.stage import Stage


def play(stage: Stage) -> None:
    stage.enter()
    card = "Release checkout 1.4.2, payments 2.0.1"
    stage.say("/release checkout=1.4.2 payments=2.0.1 to production")
    stage.sees(card, "still needed")
    stage.approve(card, SAM, SOFIA, action="release_approve")
    stage.sees(card, "running")
    stage.cards("releases", card)
