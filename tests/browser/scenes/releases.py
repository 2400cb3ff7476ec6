"""Two services on one card: what runs there and what comes, who has approved it; what the other needs goes first."""

from __future__ import annotations

from bot.sandbox.slack.harbour import DANA, SAM, SOFIA
from tests.browser.scenes.stage import Stage


def play(stage: Stage) -> None:
    stage.enter()
    card = "Release checkout 1.4.2, payments 2.0.1"
    stage.say("/deploy checkout 1.4.1 production")
    stage.sees("checkout 1.4.1 → production", "Waiting for approval")
    stage.approve("checkout 1.4.1 → production", SAM, SOFIA)
    stage.sees("checkout 1.4.1 → production", "Succeeded")
    stage.be(DANA)
    stage.say("/release checkout=1.4.2 payments=2.0.1 to production")
    stage.sees(card, "checkout, payments: Still needed")
    stage.be(SAM)
    stage.press("release_approve_comment", card)
    stage.page.one("#modal .block.input input").send_keys("Staging has been quiet since noon")
    stage.page.hook("modal-submit").click()
    stage.page.gone(stage.page.css("modal"))
    stage.sees(card, "Staging has been quiet")
    stage.be(SOFIA)
    stage.cards("releases-approval", card)
    stage.approve(card, SOFIA, action="release_approve")
    stage.sees(card, "running")
    stage.cards("releases", card)
