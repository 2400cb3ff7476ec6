"""What a plan says of every gate while a freeze is in the way."""

from __future__ import annotations

from bot.sandbox.slack.harbour import DANA, SAM
from tests.browser.scenes.stage import Stage


def play(stage: Stage) -> None:
    stage.enter(SAM)
    stage.say("/freeze checkout production for 2h because the bank is being moved")
    stage.sees("is frozen until")
    stage.say("/deploy plan checkout 1.4.2 production", DANA)
    stage.sees("Plan, nothing happens", "The call would be")
    stage.say("/deploy why checkout production")
    stage.sees("In the way of")
    stage.cards("gates", "Plan, nothing happens", "In the way of")
