"""A freeze, a deployment that waits for its end, and the list of what is frozen."""

from __future__ import annotations

from bot.sandbox.slack.harbour import DANA, SAM, SOFIA
from tests.browser.scenes.stage import Stage


def play(stage: Stage) -> None:
    stage.enter(SAM)
    stage.say("/freeze incident payments production for 2h because refunds are counted twice")
    stage.sees("is frozen")
    stage.say("/deploy payments production", DANA)
    card = "payments 2.0.1 → production"
    stage.sees(card, "Waiting for approval")
    stage.approve(card, SAM, SOFIA)
    stage.sees(card, "is frozen because of an incident")
    stage.say("/freezes", SAM)
    stage.sees("Frozen now")
    stage.cards("freezes", "is frozen until", card, "Frozen now")
