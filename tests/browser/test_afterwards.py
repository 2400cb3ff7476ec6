"""What comes after a run, as a person sees it: looked at, sick and well again, watched. Real server, real page."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from selenium.webdriver.remote.webdriver import WebDriver

from bot.sandbox.slack.harbour import DANA
from tests.browser.live_sandbox import LiveSandbox
from tests.browser.screen import Screen

pytestmark = [pytest.mark.browser, pytest.mark.slow]

DEPLOYMENTS = "C0DEPLOYS1"
CARD = "web 5.0.0 → production"
RUN = 40.0


@pytest.fixture
def page(browser: WebDriver) -> Iterator[Screen]:
    with LiveSandbox(speed=4.0) as sandbox:
        shown = Screen(browser, sandbox.url)
        shown.open(viewer=DANA, channel=DEPLOYMENTS)
        yield shown
        assert shown.errors() == []
        browser.get("about:blank")
        assert sandbox.refused == []


def test_a_sick_service_is_verified_once_it_is_well_and_somebody_says_that_he_watches(page: Screen) -> None:
    page.hook("faults-button").click()
    page.hook("fault-shop-sick").click()
    page.until(lambda: page.one("#faults-state").text == "Faults: web", "said at the top")
    page.say("/deploy web production")
    page.until(lambda: "answered 500" in page.message(CARD).text, "it is sick", RUN)
    page.picture("verifying")
    page.hook("fault-shop-well").click()
    page.until(lambda: "has to stay good" in page.message(CARD).text, "it bakes", RUN)
    page.until(lambda: "Succeeded" in page.message(CARD).text, "success", RUN)
    page.press_in(page.message(CARD), "soak_watch")
    page.until(lambda: "Watched by" in page.message(CARD).text, "who watches", RUN)
    page.picture("watched")
