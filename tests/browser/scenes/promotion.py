"""What runs in staging goes on to production, unchanged."""

from __future__ import annotations

from bot.sandbox.slack.harbour import DANA, SAM
from tests.browser.scenes.stage import Stage


def promoted(stage: Stage, version: str, then: str) -> None:
    """Dana brings orders to staging and promotes it, Sam approves; then the card in production says what came of it."""
    stage.be(DANA)
    stage.say(f"/deploy orders {version} staging")
    stage.sees(f"orders {version} → staging", "Succeeded")
    stage.say("/promote orders")
    card = f"orders {version} → production"
    stage.sees(card, "Waiting for approval")
    stage.approve(card, SAM)
    stage.sees(card, then)
    stage.be(DANA)


def play(stage: Stage) -> None:
    stage.enter()
    promoted(stage, "3.0.0", "Succeeded")
    stage.cards("promotion", "orders 3.0.0 → staging", "orders 3.0.0 → production")
