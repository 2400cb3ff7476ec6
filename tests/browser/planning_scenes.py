"""Scenes for the pictures of the documentation: what is planned, released, frozen, chosen and approved with a word."""

from __future__ import annotations

from collections.abc import Callable

from bot.sandbox.slack.harbour import DANA, SAM
from tests.browser.screen import Screen
from tests.browser.test_main_job import DEPLOYMENTS, RUN
from tests.browser.test_surface import choose, preview

Keep = Callable[[Screen, str], None]


def plan_and_schedule(page: Screen, keep: Keep) -> None:
    """What every gate says, and a deployment that waits for its time."""
    page.open(viewer=DANA, channel=DEPLOYMENTS)
    page.say("/deploy plan checkout 1.4.3 production")
    page.message("Plan, nothing happens")
    keep(page, "plan")
    page.say("/deploy checkout 1.5.0 staging in 2h")
    card = "checkout 1.5.0 → staging"
    page.until(lambda: "planned for" in page.message(card).text, "it is planned", RUN)
    keep(page, "schedule")
    page.say("/deploy cancel checkout staging")
    page.until(lambda: "Cancelled" in page.message(card).text, "it is taken back", RUN)


def released(page: Screen, keep: Keep) -> None:
    """Two services on one card, one after the other."""
    page.open(viewer=DANA, channel=DEPLOYMENTS)
    page.say("/release autumn")
    page.until(lambda: "comes after payments" in page.message("Release autumn").text, "in order", RUN)
    keep(page, "release")
    page.until(lambda: "Succeeded" in page.message("Release autumn").text, "both are there", 3 * RUN)


def frozen(page: Screen, keep: Keep) -> None:
    """What a freeze holds up, and the list of freezes."""
    page.open(viewer=SAM, channel=DEPLOYMENTS)
    page.say("/freeze mail staging for 2h because we count the letters")
    page.message("mail in staging is frozen until")
    page.say("/freezes")
    page.message("office")
    keep(page, "freezes")
    page.say("/unfreeze mail staging because they are counted")


def chosen(page: Screen, keep: Keep) -> None:
    """The versions that the form offers, while somebody types."""
    page.open(viewer=DANA, channel=DEPLOYMENTS)
    page.say("/deploy help")
    page.message("What I can do")
    page.say("/deploy ")
    preview(page, "Version")
    choose(page, "service", "checkout")
    preview(page, "/deploy checkout")
    page.one('#modal .block.input[data-block-id^="version"] .select').click()
    page.hook("picker-search").send_keys("1.4")
    page.hook("option", value="1.4.3")
    keep(page, "versions")
    page.hook("option", value="1.4.3").click()
    page.hook("modal-close").click()
    page.gone(page.css("modal"))


def approved_with_a_word(page: Screen, keep: Keep) -> None:
    """Approving with a comment: the dialog."""
    page.open(viewer=DANA, channel=DEPLOYMENTS)
    page.say("/deploy checkout 1.4.1 production")
    card = "checkout 1.4.1 → production"
    page.until(lambda: "Waiting for approval" in page.message(card).text, "the question", RUN)
    page.be(SAM)
    page.press_in(page.message(card), "approve_comment")
    page.until(lambda: page.one("#modal .blocks").text, "the dialog", RUN)
    keep(page, "approvals")
    page.hook("modal-close").click()
    page.gone(page.css("modal"))
