"""A deployment that is planned and approved, and the list of what is planned."""

from __future__ import annotations

from bot.sandbox.slack.harbour import DANA, SAM, SOFIA
from tests.browser.scenes.stage import Stage


def play(stage: Stage) -> None:
    stage.enter()
    card = "checkout 1.4.2 → production"
    stage.say("/deploy checkout 1.4.2 production in 90m")
    stage.sees(card, "Waiting for approval")
    stage.approve(card, SAM, SOFIA)
    stage.sees(card, "planned for")
    stage.say("/deploy schedules", DANA)
    stage.sees("Planned:")
    stage.cards("schedules", "planned for", "Planned:")
