"""The workspace page as a person uses it: look, type, click, switch who one is. Every look waits, with a deadline."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from selenium import webdriver
from selenium.common.exceptions import NoSuchElementException, StaleElementReferenceException
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webdriver import WebDriver
from selenium.webdriver.remote.webelement import WebElement

T = TypeVar("T")

PATIENCE = 8.0
PICTURES = Path("artifacts/screenshots")


class Element(WebElement):
    """What was found, and is found `anew` when it was drawn again between a look and a click: cards change at any time."""

    anew: Callable[[], WebElement] | None = None

    def _execute(self, command: str, params: dict[str, Any] | None = None) -> Any:
        try:
            return super()._execute(command, params)
        except StaleElementReferenceException:
            if self.anew is None:
                raise
            self._id = self.anew().id
            return super()._execute(command, params)


class Browser(webdriver.Chrome):
    _web_element_cls = Element


def living(element: WebElement, anew: Callable[[], WebElement]) -> WebElement:
    if isinstance(element, Element):
        element.anew = anew
    return element


class Screen:
    def __init__(self, driver: WebDriver, url: str) -> None:
        self.driver = driver
        self.url = url
        self.expected: list[str] = []

    def open(self, *, viewer: str = "", channel: str = "") -> None:
        """The page as `viewer` in `channel` (both ids), once it is drawn."""
        self.driver.get("about:blank")
        self.driver.get(f"{self.url}/#as={viewer}&in={channel}")
        self.until(
            lambda: self.script("return !document.body.classList.contains('starting')"), "the page started"
        )

    # Looking

    def until(self, condition: Callable[[], T | None], what: str, within: float = PATIENCE) -> T:
        """The first true answer; an element that was just redrawn counts as not yet.

        Raises:
            AssertionError: it stayed false for `within` seconds.
        """
        deadline = time.monotonic() + within
        while True:
            try:
                if answer := condition():
                    return answer
            except (NoSuchElementException, StaleElementReferenceException):
                pass  # it is being drawn
            assert time.monotonic() < deadline, f"not so within {within:g} s: {what}"
            time.sleep(0.02)

    def script(self, source: str, *args: Any) -> Any:
        return self.driver.execute_script(source, *args)

    def all(self, css: str, inside: WebElement | None = None) -> list[WebElement]:
        return (inside or self.driver).find_elements(By.CSS_SELECTOR, css)

    def one(self, css: str, inside: WebElement | None = None) -> WebElement:
        """The first such element that can be seen; found anew when it is drawn again."""

        def seen() -> WebElement:
            return self.until(
                lambda: next((e for e in self.all(css, inside) if e.is_displayed()), None), f"see {css}"
            )

        return living(seen(), seen)

    def hook(self, testid: str, **data: str) -> WebElement:
        """By `data-testid` and further `data-…` (`ts`, `user`, `action_id`, …)."""
        return self.one(self.css(testid, **data))

    @staticmethod
    def css(testid: str, **data: str) -> str:
        more = "".join(f'[data-{name.replace("_", "-")}="{value}"]' for name, value in data.items())
        return f'[data-testid="{testid}"]{more}'

    def gone(self, css: str) -> None:
        self.until(lambda: not [e for e in self.all(css) if e.is_displayed()], f"{css} gone")

    def message(self, words: str, inside: str = "#main") -> WebElement:
        """The youngest message that holds these words; found anew when it is drawn again."""
        css = f'{inside} [data-testid="message"]'

        def seen() -> WebElement:
            return self.until(
                lambda: next((m for m in reversed(self.all(css)) if words in m.text), None),
                f"a message with {words!r}",
            )

        return living(seen(), seen)

    def messages(self) -> list[str]:
        return [m.text for m in self.all('#main [data-testid="message"]')]

    def focused(self) -> WebElement:
        return self.driver.switch_to.active_element

    def errors(self) -> list[str]:
        """What the console complained about, without what a test expects (part of the message)."""
        logged = [entry["message"] for entry in self.driver.get_log("browser") if entry["level"] == "SEVERE"]
        return [line for line in logged if not any(part in line for part in self.expected)]

    def picture(self, name: str) -> None:
        PICTURES.mkdir(parents=True, exist_ok=True)
        # Animations have to come to their end first.
        self.until(
            lambda: self.script("return !document.getAnimations().some(a => a.playState === 'running')"),
            "rest",
        )
        self.driver.save_screenshot(str(PICTURES / f"{name}.png"))

    # Acting

    def type(self, text: str, box: str = "message-box") -> None:
        self.hook(box).send_keys(text)

    def say(self, text: str, box: str = "message-box") -> None:
        """Types and sends; the text must not open a suggestion that Enter would take."""
        self.type(text, box)
        self.hook("send" if box == "message-box" else "thread-send").click()

    def keys(self, *pressed: str, holding: str = "") -> None:
        """Presses keys wherever the focus is."""
        actions = ActionChains(self.driver)
        if holding:
            actions.key_down(holding)
        actions.send_keys(*pressed)
        if holding:
            actions.key_up(holding)
        actions.perform()

    def be(self, user: str) -> None:
        """Switches to another person, by id."""
        self.hook("person-switch").click()
        self.hook("person-option", user=user).click()
        self.until(lambda: f"as={user}" in self.driver.current_url, f"be {user}")

    def go(self, channel: str) -> None:
        self.one(f'#sidebar [data-channel="{channel}"]').click()

    def press(self, action_id: str) -> None:
        self.hook("action", action_id=action_id).click()

    def press_in(self, message: WebElement, action_id: str) -> None:
        """A button of that very message, of which others stand there, too."""
        self.one(self.css("action", action_id=action_id), message).click()
