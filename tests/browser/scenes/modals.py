"""The form of a deployment with what every gate says of a time that is still to come."""

from __future__ import annotations

from tests.browser.scenes.stage import Stage


def play(stage: Stage) -> None:
    stage.enter()
    stage.say("/deploy ")
    stage.choose("service", "checkout")
    stage.choose("environment", "production")
    stage.form("/deploy checkout 1.4.2 to production", "It would wait")
    stage.fill("when", "tomorrow 09:00")
    stage.form("/deploy checkout 1.4.2 to production tomorrow 09:00", "planned for")
    stage.element("modals", "#modal")
