"""Looked at after the run while it is sick, and watched once it is good."""

from __future__ import annotations

from tests.browser.scenes.stage import Stage


def play(stage: Stage) -> None:
    stage.enter()
    stage.page.hook("faults-button").click()
    stage.page.hook("fault-shop-sick").click()
    stage.page.hook("faults-button").click()
    card = "web 5.0.0 → production"
    stage.say("/deploy web production")
    stage.sees(card, "answered 500")
    stage.cards("verification", card)
    stage.page.hook("faults-button").click()
    stage.page.hook("fault-shop-well").click()
    stage.page.hook("faults-button").click()
    stage.sees(card, "I'm watching")
    stage.press("soak_watch", card)
    stage.sees(card, "Watched by")
    stage.cards("soak", card)
