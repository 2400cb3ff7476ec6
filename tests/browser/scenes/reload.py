"""A configuration that loosens production's policy, read again: who guards it is asked."""

from __future__ import annotations

from bot.sandbox.slack.harbour import OLU
from tests.browser.scenes.stage import Stage


def play(stage: Stage) -> None:
    file = stage.sandbox.configuration
    text = file.read_text(encoding="utf-8")
    looser = text.replace('approve: ["2 of sre"]', 'approve: ["1 of sre"]', 1)
    file.write_text(looser.replace("at_most: 5s", "at_most: 8s"), encoding="utf-8")
    stage.enter(OLU)
    stage.say("/deploy reload")
    stage.sees("Configuration: a policy gets looser")
    stage.cards("reload", "Configuration: a policy gets looser")
