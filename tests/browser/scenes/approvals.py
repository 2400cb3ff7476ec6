"""A question with a comment and a delegate."""

from __future__ import annotations

from bot.sandbox.slack.harbour import SAM
from tests.browser.scenes.stage import Stage


def play(stage: Stage) -> None:
    stage.enter(SAM)
