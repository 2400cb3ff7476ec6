"""What runs, what waits behind it, and that somebody asks to go first."""

from __future__ import annotations

from bot.sandbox.slack.harbour import OLU, SAM
from tests.browser.scenes.stage import Stage


def play(stage: Stage) -> None:
    stage.enter()
    stage.say("/deploy reports 7.3 staging")
    stage.sees("reports 7.3 → staging", "Running")
    stage.say("/deploy reports 7.4 staging", OLU)
    stage.sees("reports 7.4 → staging", "Queued")
    stage.say("/deploy queue reports staging", SAM)
    stage.sees("reports in staging")
    stage.cards("queue", "reports 7.3 → staging", "reports 7.4 → staging")
