"""Somebody approves with a word, and somebody else in the place of one who is away."""

from __future__ import annotations

from bot.sandbox.slack.harbour import DANA, OLU, SAM, SOFIA
from tests.browser.scenes.stage import Stage


def play(stage: Stage) -> None:
    stage.enter(SOFIA)
    stage.say("/deploy delegate checkout production to @olu for 8h because I am on a train")
    stage.sees("approves in your place")
    card = "checkout 1.4.2 → production"
    stage.say("/deploy checkout production", DANA)
    stage.sees(card, "Waiting for approval")
    stage.be(SAM)
    stage.press("approve_comment", card)
    stage.page.one("#modal .block.input input").send_keys("Staging has been quiet since noon")
    stage.element("approvals-comment", "#modal")
    stage.page.hook("modal-submit").click()
    stage.page.gone(stage.page.css("modal"))
    stage.sees(card, "Staging has been quiet")
    stage.approve(card, OLU)
    stage.sees(card, "Running")
    stage.cards("approvals", card)
