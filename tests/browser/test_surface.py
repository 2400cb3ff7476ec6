"""The form with its live preview, the overview and the App Home, as a person uses them. Real server, real page."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webdriver import WebDriver

from bot.sandbox.slack.harbour import DANA, SAM
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


def choose(page: Screen, field: str, value: str, typed: str = "") -> None:
    page.one(f'#modal .block.input[data-block-id^="{field}"] .select').click()
    if typed:
        page.hook("picker-search").send_keys(typed)
    page.hook("option", value=value).click()


def preview(page: Screen, words: str) -> None:
    page.until(lambda: words in page.one("#modal .blocks").text, f"the form says {words!r}", RUN)


def test_a_person_chooses_in_the_form_sees_what_every_gate_says_and_sends_it_off(page: Screen) -> None:
    page.say("/deploy ")
    preview(page, "Choose service")
    choose(page, "service", "checkout")
    preview(page, "Choose environment")
    choose(page, "environment", "production")
    preview(page, "It would wait")
    page.picture("form-preview")
    choose(page, "version", "1.5.0", typed="1.5.0")
    preview(page, "/deploy checkout 1.5.0 to production")
    choose(page, "environment", "staging")
    preview(page, "Nothing is in the way")
    page.picture("form-ready")
    page.hook("modal-submit").click()

    page.until(lambda: "Succeeded" in page.message("checkout 1.5.0 → staging").text, "success", RUN)


def test_a_person_plans_a_deployment_in_the_form_and_is_told_of_a_wrong_time_at_its_field(
    page: Screen,
) -> None:
    page.say("/deploy ")
    preview(page, "Choose service")
    choose(page, "service", "checkout")
    preview(page, "Choose environment")
    choose(page, "environment", "staging")
    preview(page, "Nothing is in the way")
    box = '#modal .block.input[data-block-id="when"] input.field'
    page.one(box).send_keys("tomorrow", Keys.ENTER)
    preview(page, "At what time on that day?")
    page.hook("modal-submit").click()
    assert "Say it behind the day: tomorrow 09:00" in page.hook("field-error", block_id="when").text
    page.picture("form-wrong-time")
    page.one(box).send_keys(" 09:00", Keys.ENTER)
    preview(page, "/deploy checkout 1.4.2 to staging tomorrow 09:00")
    preview(page, "planned for")
    page.picture("form-planned")
    page.hook("modal-submit").click()

    page.until(lambda: "planned for" in page.message("checkout 1.4.2 → staging").text, "planned", RUN)


def test_a_person_finds_the_approval_in_his_home_and_gives_it_there(page: Screen) -> None:
    page.say("/deploy checkout production")
    page.until(
        lambda: "Waiting for approval" in page.message("checkout 1.4.2 → production").text, "asked", RUN
    )
    page.be(SAM)
    page.hook("home-link").click()
    page.until(lambda: "needs 2 of sre" in page.hook("home-blocks").text, "the approval stands there", RUN)
    page.picture("home-approval")
    page.press("approve")
    page.hook("confirm-yes").click()

    page.until(lambda: "Nobody waits for your approval" in page.hook("home-blocks").text, "given", RUN)


def test_a_person_reads_the_overview_and_narrows_it(page: Screen) -> None:
    page.say("/deploy checkout staging")
    page.until(lambda: "Succeeded" in page.message("checkout 1.4.2 → staging").text, "success", RUN)
    page.say("/deploy status all")
    page.until(lambda: "succeeded" in page.message("What is where").text, "the overview")
    page.picture("overview")
    page.press("status.2")
    page.until(lambda: "(mine)" in page.message("What is where").text, "only mine")
    assert "payments" not in page.message("What is where").text


def test_whoever_closes_the_form_goes_on_typing(page: Screen) -> None:
    page.say("/deploy ")
    preview(page, "Choose service")
    page.hook("modal-close").click()
    page.gone(page.css("modal"))
    page.until(lambda: page.focused().get_attribute("id") == "message-box", "the box has the focus")
    page.say("/deploy status all")

    page.message("What is where")
