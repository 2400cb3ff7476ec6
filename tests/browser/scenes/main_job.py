"""A deployment to staging, one to production with its approvals, and a failure."""

from __future__ import annotations

from bot.sandbox.slack.harbour import DANA, SAM, SOFIA
from tests.browser.scenes.stage import DEPLOYMENTS, Stage


def play(stage: Stage) -> None:
    stage.page.open(viewer=DANA, channel=DEPLOYMENTS)
    stage.say("/deploy checkout staging")
    stage.sees("checkout 1.4.2 → staging", "Succeeded")
    stage.window("staging")
    production = "checkout 1.4.2 → production"
    stage.say("/deploy checkout production")
    stage.sees(production, "Waiting for approval")
    stage.approve(production, SAM)
    stage.sees(production, "1 of sre")
    stage.window("approval")
    stage.approve(production, SOFIA)
    stage.sees(production, "Test running")
    stage.window("running")
    stage.sees(production, "Succeeded")
    stage.say("/deploy search staging", DANA)
    stage.sees("search 0.9.0 → staging", "Failed")
    stage.thread("search 0.9.0 → staging", "does not exist")
    stage.panes("failure")
