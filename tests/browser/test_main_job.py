"""The main job as a person does it: types, switches who one is, clicks Approve, sees success. Real server, real page."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from selenium.webdriver.remote.webdriver import WebDriver

from bot.sandbox.slack.harbour import DANA, GUS, SAM, SOFIA
from tests.browser.live_sandbox import LiveSandbox
from tests.browser.screen import Screen

pytestmark = [pytest.mark.browser, pytest.mark.slow]

DEPLOYMENTS = "C0DEPLOYS1"
RUN = 30.0


@pytest.fixture
def sandbox() -> Iterator[LiveSandbox]:
    with LiveSandbox(speed=4.0) as running:
        yield running


@pytest.fixture
def page(browser: WebDriver, sandbox: LiveSandbox) -> Iterator[Screen]:
    shown = Screen(browser, sandbox.url)
    shown.open(viewer=DANA, channel=DEPLOYMENTS)
    yield shown
    assert shown.errors() == []
    browser.get("about:blank")
    assert sandbox.refused == []


def test_a_person_deploys_to_staging_and_sees_the_card_end_in_success(page: Screen) -> None:
    page.say("/deploy checkout staging")

    page.until(lambda: "Succeeded" in page.message("checkout 1.4.2 → staging").text, "success", RUN)
    page.picture("main-job-staging")


def test_a_person_deploys_to_production_and_two_others_approve(page: Screen) -> None:
    page.say("/deploy checkout production")
    card = "checkout 1.4.2 → production"
    page.until(lambda: "Waiting for approval" in page.message(card).text, "the question", RUN)

    approve(page)
    page.until(lambda: any("You asked for this deployment" in one for one in page.messages()), "four eyes")

    page.be(SAM)
    approve(page)
    page.until(lambda: "1 of sre" in page.message(card).text, "one approval is missing", RUN)
    page.picture("main-job-approval")

    page.be(SOFIA)
    approve(page)
    page.until(lambda: "Running" in page.message(card).text, "it runs", RUN)
    page.picture("main-job-running")
    page.until(lambda: "Succeeded" in page.message(card).text, "success", RUN)
    page.one('[data-testid="replies"]', page.message(card)).click()
    page.message("It took", inside="#thread-pane")
    page.picture("main-job-success")


def test_a_person_rejects_with_a_reason_in_the_dialog(page: Screen) -> None:
    page.say("/deploy payments production")
    card = "payments 2.0.1 → production"
    page.until(lambda: "Waiting for approval" in page.message(card).text, "the question", RUN)
    page.be(SAM)

    page.press("reject")
    page.hook("modal-submit").click()
    page.hook("field-error")
    page.one("dialog textarea, #modal textarea").send_keys("The migration isn't reviewed")
    page.picture("main-job-reject")
    page.hook("modal-submit").click()

    page.until(lambda: "Rejected" in page.message(card).text, "rejected", RUN)
    assert "The migration isn't reviewed" in page.message(card).text


def test_a_failure_is_told_in_the_thread_with_the_end_of_the_log(page: Screen) -> None:
    page.say("/deploy search staging")
    card = "search 0.9.0 → staging"
    page.until(lambda: "Failed" in page.message(card).text, "failure", RUN)

    page.until(lambda: page.all('[data-testid="replies"]', page.message(card)), "a reply", RUN)
    page.one('[data-testid="replies"]', page.message(card)).click()
    page.message('relation "orders" does not exist', inside="#thread-pane")
    page.picture("main-job-failure")


def test_a_guest_is_told_in_private_that_he_may_not(page: Screen) -> None:
    page.be(GUS)

    page.say("/deploy checkout staging")

    page.until(lambda: any("Guests of the workspace" in one for one in page.messages()), "the refusal", RUN)
    page.picture("main-job-guest")


def approve(page: Screen) -> None:
    page.press("approve")
    page.hook("confirm-yes").click()
