"""Builds, tags and branches to choose from, filtered while somebody types."""

from __future__ import annotations

from tests.browser.scenes.stage import Stage


def play(stage: Stage) -> None:
    stage.enter()
    stage.say("/deploy ")
    stage.choose("service", "checkout")
    stage.choose("environment", "staging")
    stage.form("What would happen")
    stage.open_menu("version")
    stage.window("versions")
