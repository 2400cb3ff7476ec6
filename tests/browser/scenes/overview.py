"""What is where, and the home of somebody who is asked."""

from __future__ import annotations

from bot.sandbox.slack.harbour import DANA, SAM
from tests.browser.scenes.stage import Stage


def play(stage: Stage) -> None:
    stage.enter(SAM)
    stage.say("/lock search because its index is being built")
    stage.sees("search is locked by")
    stage.say("/deploy checkout 1.4.3 staging", DANA)
    stage.sees("checkout 1.4.3 → staging", "Succeeded")
    stage.say("/deploy reports staging")
    stage.sees("reports 7.3 → staging", "Running")
    stage.say("/deploy payments production")
    stage.sees("payments 2.0.1 → production", "Waiting for approval")
    stage.say("/deploy status all")
    stage.sees("What is where")
    stage.cards("overview", "What is where")
    stage.be(SAM)
    stage.page.hook("home-link").click()
    stage.page.until(
        lambda: "needs 2 of sre" in stage.page.hook("home-blocks").text, "the approval stands there"
    )
    stage.window("home")
