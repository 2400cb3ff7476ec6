"""What a scene plays on: a sandbox of its own, the page, and the pictures that it leaves."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from selenium.webdriver.common.actions.action_builder import ActionBuilder
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement

from bot.sandbox.slack.harbour import DANA
from tests.browser.conftest import resize
from tests.browser.live_sandbox import LiveSandbox
from tests.browser.screen import Screen

DEPLOYMENTS = "C0DEPLOYS1"
RUN = 60.0
"""Seconds in which a run is over, also on a machine that has much to do."""
WINDOW = (1180, 760)
CUT_FROM = (1060, 2000)
"""A window in which every card is whole, to be cut out of it."""
MARGIN = 6

Play = Callable[["Stage"], None]


@dataclass(frozen=True)
class Stage:
    page: Screen
    sandbox: LiveSandbox
    images: Path

    def enter(self, viewer: str = DANA, channel: str = DEPLOYMENTS) -> None:
        """The page as `viewer`, without the guide, which would stand in the picture."""
        self.page.open(viewer=viewer, channel=channel)
        self.page.script("sessionStorage.setItem('guide dismissed', 'true')")
        self.page.open(viewer=viewer, channel=channel)

    def say(self, text: str, user: str = "") -> None:
        if user:
            self.be(user)
        self.page.say(text)

    def be(self, user: str) -> None:
        if f"as={user}" not in self.page.driver.current_url:
            self.page.be(user)

    def sees(self, words: str, *more: str) -> WebElement:
        """The youngest message with these words, once it has the other ones, too."""
        return self.page.until(
            lambda: next(
                (
                    one
                    for one in reversed(self.page.all('#main [data-testid="message"]'))
                    if all(word in one.text for word in (words, *more))
                ),
                None,
            ),
            f"a message with {(words, *more)}",
            RUN,
        )

    def press(self, action: str, words: str, *, sure: bool = False) -> None:
        """The button of the youngest message with these words; `sure` says yes to being asked again."""
        css = self.page.css("action", action_id=action)
        self.page.until(lambda: self.page.all(css, self.sees(words)), f"a button {action}", RUN)[0].click()
        if sure:
            self.page.hook("confirm-yes").click()

    def approve(self, words: str, *users: str, action: str = "approve") -> None:
        for user in users:
            self.be(user)
            self.press(action, words, sure=True)
            self.page.gone(self.page.css("confirm"))

    def thread(self, words: str, reply: str) -> None:
        """Opens the thread of the youngest message with these words, once it has this reply."""
        replies = self.page.css("replies")
        self.page.until(lambda: self.page.all(replies, self.sees(words)), "a reply", RUN)[0].click()
        self.page.message(reply, inside="#thread-pane")

    # The form

    def form(self, *words: str) -> None:
        """Waits until the form says all of this."""
        self.page.until(
            lambda: all(one in self.page.one("#modal .blocks").text for one in words),
            f"the form says {words}",
            RUN,
        )

    def open_menu(self, field: str) -> None:
        """The menu of a field, with something to choose."""
        menu = f'#modal .block.input[data-block-id^="{field}"] .select'
        self.page.until(lambda: self.page.all(menu), f"the field {field}", RUN)[0].click()
        self.page.hook("option")

    def choose(self, field: str, value: str) -> None:
        """The option that begins with these words."""
        self.open_menu(field)
        css = self.page.css("option")
        self.page.until(
            lambda: next((one for one in self.page.all(css) if one.text.startswith(value)), None),
            f"the option {value}",
        ).click()
        self.page.gone(self.page.css("picker"))

    def fill(self, field: str, words: str) -> None:
        """Types into a field of the form, and presses Enter."""
        box = f'#modal .block.input[data-block-id^="{field}"] input.field'
        self.page.until(lambda: self.page.all(box), f"the field {field}", RUN)[0].send_keys(words, Keys.ENTER)

    # Pictures

    def window(self, name: str) -> None:
        """All of the window, at its usual size."""
        self._rest()
        self.page.picture(name)
        self._keep(name, self.page.driver.get_screenshot_as_png())

    def cards(self, name: str, *words: str) -> None:
        """From the first of these messages down to the last, cut out of the window."""
        resize(self.page.driver, *CUT_FROM)
        self._rest()
        boxes = [self.sees(one).rect for one in words]
        self._cut(name, boxes)

    def panes(self, name: str) -> None:
        """The channel and the thread beside it, at the window's usual size."""
        self._rest()
        self._cut(name, [self.page.one(css).rect for css in ("#main", "#side")], margin=0)

    def element(self, name: str, css: str) -> None:
        """One part of the page, cut out of the window."""
        resize(self.page.driver, *CUT_FROM)
        self._rest()
        self._cut(name, [self.page.one(css).rect], margin=0)

    def _cut(self, name: str, boxes: list[dict[str, float]], margin: int = MARGIN) -> None:
        left = min(box["x"] for box in boxes)
        top = min(box["y"] for box in boxes)
        width = max(box["x"] + box["width"] for box in boxes) - left
        height = max(box["y"] + box["height"] for box in boxes) - top
        clip = {"x": left, "y": top - margin, "width": width, "height": height + 2 * margin, "scale": 1}
        taken = self.page.driver.execute_cdp_cmd("Page.captureScreenshot", {"format": "png", "clip": clip})
        self._keep(name, base64.b64decode(taken["data"]))
        resize(self.page.driver, *WINDOW)

    def _rest(self) -> None:
        """Nothing moves, nothing is pointed at, nothing has a ring around it."""
        pointer = ActionBuilder(self.page.driver)
        pointer.pointer_action.move_to_location(1, 1)
        pointer.perform()
        self.page.script("if (document.activeElement?.closest('.message')) document.activeElement.blur()")
        self.page.until(
            lambda: self.page.script("return !document.getAnimations().some(a => a.playState === 'running')"),
            "rest",
        )

    def _keep(self, name: str, png: bytes) -> None:
        self.images.mkdir(parents=True, exist_ok=True)
        (self.images / f"{name}.png").write_bytes(png)
