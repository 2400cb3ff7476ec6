"""The pictures of the documentation, made by a script from a real run: `make screenshots`."""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service

from bot.sandbox.slack.harbour import DANA, OLU, SAM, SOFIA
from tests.browser.conftest import CHROMEDRIVER, CHROMIUM, FLAGS, resize
from tests.browser.live_sandbox import LiveSandbox
from tests.browser.planning_scenes import (
    approved_with_a_word,
    chosen,
    frozen,
    plan_and_schedule,
    released,
)
from tests.browser.screen import PICTURES, Screen
from tests.browser.test_main_job import DEPLOYMENTS, RUN, approve
from tests.browser.test_surface import choose, preview

IMAGES = Path(__file__).parents[2] / "docs" / "images"
WIDTH, HEIGHT = 1180, 760


def take(page: Screen) -> None:
    """A deployment to staging, one to production with its approvals, and a failure."""
    page.open(viewer=DANA, channel=DEPLOYMENTS)
    page.say("/deploy checkout staging")
    page.until(lambda: "Succeeded" in page.message("checkout 1.4.2 → staging").text, "success", RUN)
    keep(page, "staging")
    page.say("/deploy checkout production")
    card = "checkout 1.4.2 → production"
    page.until(lambda: "Waiting for approval" in page.message(card).text, "the question", RUN)
    page.be(SAM)
    approve(page)
    page.until(lambda: "1 of sre" in page.message(card).text, "one approval is missing", RUN)
    keep(page, "approval")
    page.be(SOFIA)
    approve(page)
    page.until(lambda: "Test running" in page.message(card).text, "it runs", RUN)
    keep(page, "running")
    page.until(lambda: "Succeeded" in page.message(card).text, "success", RUN)
    page.be(DANA)
    page.say("/deploy search staging")
    page.until(lambda: "Failed" in page.message("search 0.9.0 → staging").text, "failure", RUN)
    replies = '[data-testid="replies"]'
    page.until(lambda: page.all(replies, page.message("search 0.9.0 → staging")), "a reply", RUN)[0].click()
    page.message("does not exist", inside="#thread-pane")
    keep(page, "failure")
    going_out(page)


def going_out(page: Screen) -> None:
    """What the next version brings, on the card and in its thread, for who decides."""
    page.say("/deploy checkout 1.5.0 production")
    card = "checkout 1.5.0 → production"
    page.until(lambda: "Going out" in page.message(card).text, "what is going out", RUN)
    replies = '[data-testid="replies"]'
    page.until(lambda: page.all(replies, page.message(card)), "a reply", RUN)[0].click()
    page.message("SHOP-42", inside="#thread-pane")
    keep(page, "outgoing")


def reload(page: Screen, configuration: Path) -> None:
    """A configuration that loosens production's policy, read again: who guards it is asked."""
    text = configuration.read_text(encoding="utf-8")
    text = text.replace('approve: ["2 of sre"]', 'approve: ["1 of sre"]').replace(
        "at_most: 5s", "at_most: 8s"
    )
    configuration.write_text(text, encoding="utf-8")
    page.open(viewer=OLU, channel=DEPLOYMENTS)
    page.say("/deploy reload")
    page.message("Configuration: a policy gets looser")
    keep(page, "reload")


def surface(page: Screen) -> None:
    """The form with its preview, the overview, and the home of somebody who is asked."""
    page.open(viewer=DANA, channel=DEPLOYMENTS)
    page.say("/deploy payments production")
    page.until(
        lambda: "Waiting for approval" in page.message("payments 2.0.1 → production").text, "asked", RUN
    )
    page.say("/deploy ")
    preview(page, "What would happen")
    choose(page, "service", "checkout")
    preview(page, "/deploy checkout 1.4.2 to production")
    keep(page, "modal")
    page.hook("modal-close").click()
    page.gone(page.css("modal"))
    page.say("/deploy status all")
    page.message("What is where")
    keep(page, "overview")
    page.be(SAM)
    page.hook("home-link").click()
    page.until(lambda: "needs 2 of sre" in page.hook("home-blocks").text, "the approval stands there", RUN)
    keep(page, "home")


def there_and_back(page: Screen) -> None:
    """A promotion, one that fails there and is rolled back by itself, and the dialog of a rollback."""
    page.open(viewer=DANA, channel=DEPLOYMENTS)
    page.say("/deploy orders staging")
    page.until(lambda: "Succeeded" in page.message("orders 3.0.0 → staging").text, "success", RUN)
    promoted(page, "3.0.0", "Succeeded")
    keep(page, "promotion")
    page.say("/deploy orders 3.1.0-broken-in-production staging")
    card = "orders 3.1.0-broken-in-production → staging"
    page.until(lambda: "Succeeded" in page.message(card).text, "success", RUN)
    promoted(page, "3.1.0-broken-in-production", "Rolled back by")
    page.until(lambda: "Succeeded" in page.message("Goes back by itself").text, "it is back", RUN)
    keep(page, "rollback")
    page.say("/deploy orders 3.0.1 staging")
    page.until(lambda: "Roll back…" in page.message("orders 3.0.1 → staging").text, "the button", RUN)
    page.press_in(page.message("orders 3.0.1 → staging"), "rollback")
    preview(page, "What would happen")
    keep(page, "rollback-dialog")
    page.hook("modal-close").click()
    page.gone(page.css("modal"))


def locks_and_queue(page: Screen) -> None:
    """What a lock holds up, the list of locks, and who waits behind what runs."""
    page.open(viewer=SAM, channel=DEPLOYMENTS)
    page.say("/lock payments staging for 2h because we try the new till")
    page.message("payments in staging is locked by")
    page.be(DANA)
    page.say("/deploy payments staging")
    page.until(
        lambda: "we try the new till" in page.message("payments 2.0.1 → staging").text, "it waits", RUN
    )
    page.be(SAM)
    page.say("/locks")
    page.message("+30m")
    keep(page, "locks")
    page.be(DANA)
    page.say("/deploy checkout 1.4.2 staging")
    page.say("/deploy checkout 1.4.3 staging")
    waits = "is on its way there now"
    page.until(lambda: waits in page.message("checkout 1.4.3 → staging").text, "it waits", RUN)
    keep(page, "queue")


def promoted(page: Screen, version: str, then: str) -> None:
    """Dana promotes orders, Sam approves, and the card says what came of it."""
    page.be(DANA)
    page.say("/promote orders")
    card = f"orders {version} → production"
    page.until(lambda: "Waiting for approval" in page.message(card).text, "the question", RUN)
    page.be(SAM)
    approve(page)
    # What fails is announced as well, below its card.
    page.until(lambda: any(card in one and then in one for one in page.messages()), then, 3 * RUN)
    page.be(DANA)


def afterwards(page: Screen) -> None:
    """Looked at after the run while it is sick, and watched once it is good."""
    page.open(viewer=DANA, channel=DEPLOYMENTS)
    page.hook("faults-button").click()
    page.hook("fault-shop-sick").click()
    page.say("/deploy web production")
    card = "web 5.0.0 → production"
    page.until(lambda: "answered 500" in page.message(card).text, "it is sick", RUN)
    keep(page, "verification")
    page.hook("fault-shop-well").click()
    page.until(lambda: "I'm watching" in page.message(card).text, "the button", RUN)
    page.press_in(page.message(card), "soak_watch")
    page.until(lambda: "Watched by" in page.message(card).text, "who watches", RUN)
    keep(page, "soak")


def keep(page: Screen, name: str) -> None:
    page.picture(name)
    IMAGES.mkdir(parents=True, exist_ok=True)
    shutil.copy(PICTURES / f"{name}.png", IMAGES / f"{name}.png")
    sys.stdout.write(f"docs/images/{name}.png\n")


def main() -> int:
    if not CHROMIUM.exists() or not CHROMEDRIVER.exists():
        sys.stderr.write("Chromium is not installed: apt-get install chromium chromium-driver\n")
        return 2
    options = Options()
    options.binary_location = str(CHROMIUM)
    with tempfile.TemporaryDirectory() as profile, LiveSandbox(speed=2.0) as sandbox:
        for flag in (*FLAGS, f"--user-data-dir={profile}"):
            options.add_argument(flag)
        driver = webdriver.Chrome(options=options, service=Service(str(CHROMEDRIVER)))
        try:
            resize(driver, WIDTH, HEIGHT)
            take(page := Screen(driver, sandbox.url))
            surface(page)
            for scene in (chosen, approved_with_a_word, plan_and_schedule, released, frozen):
                scene(page, keep)
            there_and_back(page)
            locks_and_queue(page)
            afterwards(page)
            reload(page, sandbox.configuration)
        finally:
            driver.get("about:blank")
            driver.quit()
    return 0


if __name__ == "__main__":
    sys.exit(main())
