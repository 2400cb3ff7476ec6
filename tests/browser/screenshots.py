"""The pictures of the documentation, made by a script from real runs: `make screenshots`, or `--only locks`.

Each scene plays in a sandbox of its own, so that none depends on another.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.remote.webdriver import WebDriver

from tests.browser.conftest import CHROMEDRIVER, CHROMIUM, FLAGS, resize
from tests.browser.live_sandbox import LiveSandbox
from tests.browser.scenes import SCENES
from tests.browser.scenes.stage import WINDOW, Stage
from tests.browser.screen import Browser, Screen

IMAGES = Path(__file__).parents[2] / "docs" / "images"
SPEED = 2.0


@contextmanager
def chromium() -> Iterator[WebDriver]:
    options = Options()
    options.binary_location = str(CHROMIUM)
    with tempfile.TemporaryDirectory() as profile:
        for flag in (*FLAGS, f"--user-data-dir={profile}"):
            options.add_argument(flag)
        driver = Browser(options=options, service=Service(str(CHROMEDRIVER)))
        try:
            yield driver
        finally:
            driver.quit()


def play(driver: WebDriver, name: str, images: Path) -> bool:
    """Whether it came to its end; what went wrong is said, and what the page showed is kept."""
    sys.stdout.write(f"{name}\n")
    with LiveSandbox(speed=SPEED) as sandbox:
        page = Screen(driver, sandbox.url)
        resize(driver, *WINDOW)
        try:
            SCENES[name](Stage(page, sandbox, images))
        except Exception:  # noqa: BLE001 - the others are to be made all the same
            traceback.print_exc()
            page.picture(f"unfinished-{name}")
            return False
        finally:
            # A page that still listens would keep the sandbox from stopping.
            driver.get("about:blank")
    return True


def main() -> int:
    wanted = argparse.ArgumentParser(description=__doc__)
    wanted.add_argument("--only", nargs="+", choices=SCENES, default=list(SCENES), metavar="SCENE")
    wanted.add_argument("--into", type=Path, default=IMAGES, help="the folder for the pictures")
    said = wanted.parse_args()
    if not CHROMIUM.exists() or not CHROMEDRIVER.exists():
        sys.stderr.write("Chromium is not installed: apt-get install chromium chromium-driver\n")
        return 2
    with chromium() as driver:
        made = [play(driver, name, said.into) for name in said.only]
    return 0 if all(made) else 1


if __name__ == "__main__":
    sys.exit(main())
