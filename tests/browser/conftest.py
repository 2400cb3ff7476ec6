"""System Chromium, headless, for tests that look at pages. Nothing is downloaded: without Chromium they are skipped."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.remote.webdriver import WebDriver

from tests.browser.screen import Browser, Screen
from tests.browser.workspace import LiveWorkspace

CHROMIUM = Path("/usr/bin/chromium")
CHROMEDRIVER = Path("/usr/bin/chromedriver")
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
    "--lang=en-GB",
)
DESKTOP = (1280, 800)


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebDriver]:
    """One Chromium for the whole run, with a profile of its own."""
    for program in (CHROMIUM, CHROMEDRIVER):
        if shutil.which(str(program)) is None:
            pytest.skip(f"{program} is not installed: apt-get install chromium chromium-driver")
    options = Options()
    options.binary_location = str(CHROMIUM)
    for flag in (*FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('chromium')}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = Browser(options=options, service=Service(str(CHROMEDRIVER)))
    driver.set_page_load_timeout(20)
    yield driver
    driver.quit()


@pytest.fixture
def browser(chromium: WebDriver) -> Iterator[WebDriver]:
    """Chromium as after start-up: one empty window of desktop size, light, nothing remembered, an empty log."""
    first, *others = chromium.window_handles
    for handle in others:
        chromium.switch_to.window(handle)
        chromium.close()
    chromium.switch_to.window(first)
    chromium.get("about:blank")
    chromium.execute_cdp_cmd("Storage.clearDataForOrigin", {"origin": "*", "storageTypes": "all"})
    chromium.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
    resize(chromium, *DESKTOP)
    chromium.get_log("browser")
    yield chromium
    # The stand-in that served the page stops next; a page that still listens would keep it waiting.
    chromium.get("about:blank")


def resize(driver: WebDriver, width: int, height: int) -> None:
    """Sets the size of the page itself, in CSS pixels."""
    metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)


@pytest.fixture
def slack() -> Iterator[LiveWorkspace]:
    """The stand-in for Slack with an app that a test can script, over real HTTP in a thread of their own."""
    with LiveWorkspace() as workspace:
        yield workspace


@pytest.fixture
def screen(browser: WebDriver, slack: LiveWorkspace) -> Iterator[Screen]:
    """The workspace page, not opened yet; afterwards its console must be free of errors."""
    shown = Screen(browser, slack.url)
    yield shown
    assert shown.errors() == []
