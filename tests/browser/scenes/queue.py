"""What runs, what waits behind it and until when, and who waits where."""

from __future__ import annotations

from bot.sandbox.slack.harbour import OLU
from tests.browser.scenes.stage import Stage


def play(stage: Stage) -> None:
    stage.enter()
    # Once before, so that it is known how long it usually takes.
    stage.say("/deploy reports 7.2 staging")
    stage.sees("reports 7.2 → staging", "Succeeded")
    stage.say("/deploy reports 7.3 staging")
    stage.sees("reports 7.3 → staging", "Running")
    stage.say("/deploy reports 7.4 staging", OLU)
    stage.sees("reports 7.4 → staging", "Expected to start")
    stage.say("/deploy queue reports staging")
    stage.sees("reports in staging", "1. #3")
    stage.cards("queue", "reports 7.3 → staging", "reports in staging")
