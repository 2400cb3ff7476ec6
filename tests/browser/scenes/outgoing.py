"""What the next version brings, on the card and in its thread, for who decides."""

from __future__ import annotations

from tests.browser.scenes.stage import Stage


def play(stage: Stage) -> None:
    stage.enter()
    stage.say("/deploy checkout hotfix-rounding staging")
    stage.sees("checkout hotfix-rounding → staging", "Succeeded")
    stage.say("/deploy checkout 1.5.0 staging removing")
    stage.sees("checkout 1.5.0 → staging", "Going out")
    stage.sees("checkout 1.5.0 → staging", "Succeeded")
    stage.cards("outgoing", "checkout 1.5.0 → staging")
