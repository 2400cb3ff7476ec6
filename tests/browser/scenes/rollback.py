"""What fails in production is rolled back by itself; the dialog with which people do it."""

from __future__ import annotations

from tests.browser.scenes.promotion import promoted
from tests.browser.scenes.stage import Stage


def play(stage: Stage) -> None:
    stage.enter()
    promoted(stage, "3.0.0", "Succeeded")
    promoted(stage, "3.1.0-broken-in-production", "Rolled back by")
    stage.sees("Goes back by itself", "Succeeded")
    stage.cards("rollback", "Rolled back by", "Goes back by itself")
    stage.say("/deploy orders 3.0.1 staging")
    stage.sees("orders 3.0.1 → staging", "Succeeded")
    stage.press("rollback", "orders 3.0.1 → staging")
    stage.choose("to", "3.0.0")
    stage.form("What would happen")
    stage.element("rollback-dialog", "#modal")
