"""The whole house for a test: the real server between a strict Slack and a strict Jenkins, all over real sockets."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from bot.app import App
from bot.drivers import settings_by_driver
from bot.sandbox.jenkins.jobs import Job, Parameter
from bot.sandbox.jenkins.server import JenkinsStandIn
from bot.sandbox.slack.harbour import DANA, GUS, OLU, SAM, SOFIA, STELLA, harbour
from bot.sandbox.slack.rates import Rates
from bot.sandbox.slack.server import SlackStandIn
from config.loader import load
from config.models import Settings
from tests.clock import ShiftableClock

DEPLOYMENTS = "C0DEPLOYS1"
CHECKOUT = "C0CHECKOUT"
WITHIN = 15.0

__all__ = ["CHECKOUT", "DANA", "DEPLOYMENTS", "GUS", "OLU", "SAM", "SOFIA", "STELLA", "House", "jobs"]

PARAMETERS = (
    Parameter(name="SERVICE", default="checkout"),
    Parameter(name="VERSION", default="1.0.0"),
    Parameter(name="ENVIRONMENT", kind="Choice", choices=("staging", "production")),
    Parameter(name="PILOTHOUSE_KEY"),
)


def jobs(**changes: Any) -> list[Job]:
    """One job, `deploy`, quick and successful unless told otherwise."""
    usual: dict[str, Any] = {
        "parameters": PARAMETERS,
        "seconds": 0.2,
        "lines": ("Deploying $SERVICE $VERSION to $ENVIRONMENT", "done"),
    }
    return [Job(name="deploy", **{**usual, **changes})]


class House:
    """`async with House(tmp_path) as house:`; `transport`, `jobs` and `config` (merged into the settings) can be given."""

    def __init__(
        self,
        tmp_path: Path,
        *,
        transport: str = "http",
        jenkins_jobs: Iterable[Job] | None = None,
        config: dict[str, Any] | None = None,
        policy: dict[str, Any] | None = None,
        rates: Rates | None = None,
    ) -> None:
        self.path = tmp_path
        self.transport = transport
        self.clock = ShiftableClock()
        self.slack = SlackStandIn(harbour(), rates=rates or Rates(scale=50), retry_delays=(0.05, 0.1, 0.2))
        self.jenkins = JenkinsStandIn(
            jobs() if jenkins_jobs is None else jenkins_jobs, quiet_period=0.0, executors=4
        )
        self.config = config or {}
        self.policy = policy or {}
        self.app: App | None = None
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            await self.jenkins.start()
            stack.push_async_callback(self.jenkins.stop)
            await self.slack.start()
            stack.push_async_callback(self.slack.stop)
            stack.push_async_callback(self.stop)
            await self.start()
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    async def start(self) -> App:
        """Start the server, and let Slack know where it is."""
        self.app = await App(self.settings(), clock=self.clock).__aenter__()
        await self.slack.connect_app(
            f"{self.app.url}/slack/events" if self.transport == "http" else None
        )
        return self.app

    async def stop(self) -> None:
        if self.app is not None:
            app, self.app = self.app, None
            await app.__aexit__(None, None, None)

    def settings(self) -> Settings:
        """As `pilothouse run` would read them from a file."""
        world, bot = self.slack.world.app, self.jenkins.user()
        document: dict[str, Any] = {
            "server": {"port": 0, "stop_within": "5s"},
            "store": {"path": str(self.path / "pilothouse.db")},
            "following": {"at_least": "50ms", "at_most": "200ms"},
            "slack": {
                "transport": self.transport,
                "bot_token": "${BOT_TOKEN}",
                "app_token": "${APP_TOKEN}",
                "signing_secret": "${SIGNING_SECRET}",
                "api_url": self.slack.api_url,
                "update_interval": "50ms",
                "announce_channel": DEPLOYMENTS,
            },
            "groups": {"sre": ["S0SRE00001"], "owners": ["S0OWNERS02"]},
            "policies": {
                "production": {
                    "approve": ["2 of sre"],
                    "break_glass": ["sre"],
                    "expires": "30m",
                    **self.policy,
                }
            },
            "drivers": {
                "jenkins": {
                    "servers": {
                        "ci": {
                            "url": self.jenkins.url,
                            "user": bot.name,
                            "token": "${JENKINS_TOKEN}",
                            "timeout": 2,
                        }
                    }
                }
            },
            "services": {
                name: {
                    "default_version": "1.2.3",
                    "channels": [f"#{name}"],
                    "environments": {
                        environment: {
                            "job": "deploy",
                            "parameters": {
                                "SERVICE": "{{ service }}",
                                "VERSION": "{{ version }}",
                                "ENVIRONMENT": "{{ environment }}",
                            },
                        }
                        for environment in ("staging", "production")
                    },
                }
                for name in ("checkout", "payments")
            },
        }
        file = self.path / "pilothouse.yaml"
        # JSON is YAML.
        file.write_text(json.dumps(_merged(document, self.config), indent=1))
        environ = {
            "BOT_TOKEN": world.bot_token,
            "APP_TOKEN": world.app_token,
            "SIGNING_SECRET": world.signing_secret,
            "JENKINS_TOKEN": bot.token,
        }
        return load(file, environ=environ, drivers=settings_by_driver())

    # --- what people do and see ------------------------------------------------------------------------------

    async def say(self, user: str, text: str, channel: str = DEPLOYMENTS, thread: str = "") -> dict[str, Any]:
        return await self.slack.say(user, channel, text, thread)

    async def until(self, condition: Callable[[], Any], within: float = WITHIN) -> Any:
        return await self.slack.until(condition, within)

    def cards(self, channel: str = DEPLOYMENTS) -> list[dict[str, Any]]:
        """The cards in a channel, oldest first."""
        return [
            one
            for one in self.slack.messages(channel)
            if (one.get("metadata") or {}).get("event_type") == "pilothouse_card"
        ]

    async def card(self, words: str, *, index: int = -1, channel: str = DEPLOYMENTS) -> dict[str, Any]:
        """A card, once its fallback text has these words in it."""

        def found() -> dict[str, Any] | None:
            cards = self.cards(channel)
            if len(cards) < (index + 1 if index >= 0 else 1):
                return None
            return cards[index] if words in cards[index]["text"] else None

        try:
            return await self.until(found)
        except TimeoutError:
            seen = [card["text"] for card in self.cards(channel)]
            raise AssertionError(f"no card says {words!r}; there are {seen}") from None

    async def click(self, user: str, card: dict[str, Any], action: str) -> dict[str, Any]:
        block, button = self.button(card, action)
        return await self.slack.click(
            user,
            action,
            channel=card["channel"],
            message_ts=card["ts"],
            block_id=block["block_id"],
            value=button.get("value", ""),
        )

    def button(self, card: dict[str, Any], action: str) -> tuple[dict[str, Any], dict[str, Any]]:
        for block in card["blocks"]:
            for element in block.get("elements", ()):
                if element.get("action_id") == action:
                    return block, element
        raise AssertionError(f"no button {action} on the card: {self.buttons(card)}")

    def buttons(self, card: dict[str, Any]) -> list[str]:
        return [
            element["action_id"]
            for block in card["blocks"]
            if block["type"] == "actions"
            for element in block["elements"]
        ]

    async def answer_modal(self, user: str, why: str) -> dict[str, Any]:
        """Fill the reason into the dialog on top, and submit it."""
        view = (await self.until(lambda: self.slack.views(user)))[-1]
        values = {
            block["block_id"]: {
                block["element"]["action_id"]: {"type": "plain_text_input", "value": why}
            }
            for block in view["blocks"]
            if block["type"] == "input"
        }
        return await self.slack.submit_view(user, view["id"], values)

    def whispers(self, user: str, channel: str = DEPLOYMENTS) -> list[str]:
        """What only this person sees in a channel."""
        return [one["text"] for one in self.slack.messages(channel, user) if one["ephemeral"]]

    async def whispered(self, user: str, words: str, channel: str = DEPLOYMENTS) -> str:
        """What was said to this person alone, once it has these words in it."""
        try:
            return await self.until(
                lambda: next((one for one in self.whispers(user, channel) if words in one), None)
            )
        except TimeoutError:
            raise AssertionError(
                f"nobody told {user} {words!r}; he heard {self.whispers(user, channel)}"
            ) from None

    def thread(self, card: dict[str, Any]) -> list[str]:
        """The replies to a card."""
        return [one["text"] for one in self.slack.messages(card["channel"], "", card["ts"])[1:]]

    async def replied(self, card: dict[str, Any], words: str) -> dict[str, Any]:
        """A reply in a card's thread, once there is one with these words in it."""
        return await self.until(
            lambda: next(
                (
                    one
                    for one in self.slack.messages(card["channel"], "", card["ts"])[1:]
                    if words in json.dumps(one, ensure_ascii=False)
                ),
                None,
            )
        )

    def runs(self, job: str = "deploy") -> list[Any]:
        return self.jenkins.builds(job)

    async def audit(self) -> list[dict[str, Any]]:
        assert self.app is not None
        return await self.app.store.audited(limit=1000)


def _merged(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for name, value in over.items():
        old = merged.get(name)
        merged[name] = _merged(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return merged
