"""The whole house for a test: the real server between a strict Slack and a strict Jenkins, all over real sockets.

What no test may leave behind is looked at when the house is left: something Slack refused, a parked message, a broken
audit chain, a deployment whose messages can't be told.
"""

from __future__ import annotations

import inspect
import json
import sqlite3
from collections.abc import Callable, Iterable
from contextlib import AsyncExitStack, closing
from functools import reduce
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from bot.app import App
from bot.deployments import Deployment
from bot.drivers import settings_by_driver
from bot.sandbox.jenkins.access import Gate
from bot.sandbox.jenkins.jobs import Job, Parameter
from bot.sandbox.jenkins.server import JenkinsStandIn
from bot.sandbox.jenkins.users import User
from bot.sandbox.run import installed
from bot.sandbox.slack.harbour import DANA, GUS, OLU, SAM, SOFIA, STELLA, harbour
from bot.sandbox.slack.people.faces import NotPossible
from bot.sandbox.slack.rates import Rates
from bot.sandbox.slack.server import SlackStandIn
from bot.saving import save_standing
from bot.standing import Standing
from config.loader import load
from config.models import Settings
from tests.clock import ShiftableClock
from tests.waiting import until

DEPLOYMENTS = "C0DEPLOYS1"
CHECKOUT = "C0CHECKOUT"
RANDOM = "C0RANDOM04"
WITHIN = 15.0
TURNS = 10
LONG = 600.0

__all__ = [
    "CHECKOUT",
    "DANA",
    "DEPLOYMENTS",
    "GUS",
    "LONG",
    "OLU",
    "RANDOM",
    "SAM",
    "SOFIA",
    "STELLA",
    "UNGUARDED",
    "House",
    "direct",
    "jobs",
    "long_jobs",
]

UNGUARDED: dict[str, Any] = {"configuration": {"guard": False}}
"""A configuration that may be loosened by a restart, without asking the people it guards."""

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


def long_jobs(**changes: Any) -> list[Job]:
    """The job `deploy`, running until the clock is advanced by `LONG` seconds."""
    return jobs(**{"seconds": LONG, "lines": ("Deploying $SERVICE $VERSION to $ENVIRONMENT",), **changes})


def direct(user: str) -> str:
    """The direct message of a person with the bot."""
    return "D" + user[1:]


class House:
    """`async with House(tmp_path) as house:`; `transport`, `jobs` and `config` (merged into the settings) can be given.

    `refused_codes` are the errors that Slack may answer in this test besides its faults, `parked_kinds` the messages
    that may be left for a human.
    """

    def __init__(
        self,
        tmp_path: Path,
        *,
        transport: str = "http",
        jenkins_jobs: Iterable[Job] | None = None,
        config: dict[str, Any] | None = None,
        policy: dict[str, Any] | None = None,
        rates: Rates | None = None,
        executors: int = 4,
        refused_codes: Iterable[str] = (),
        parked_kinds: Iterable[str] = (),
    ) -> None:
        self.path = tmp_path
        self.transport = transport
        self.clock = ShiftableClock()
        self.slack = SlackStandIn(
            harbour(),
            clock=self.clock.now,
            rates=rates or Rates(scale=50),
            retry_delays=(0.05, 0.1, 0.2),
        )
        self.jenkins = JenkinsStandIn(
            jobs() if jenkins_jobs is None else jenkins_jobs,
            clock=self.clock,
            quiet_period=0.0,
            executors=executors,
        )
        self.impatient = True
        self.jenkins_token = self.jenkins.user().token
        self.leave_out: tuple[str, ...] = ()
        self.refused_codes = set(refused_codes)
        self.parked_kinds = set(parked_kinds)
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
        try:
            if kind is None:
                await self.in_order()
        finally:
            await self._stack.aclose()

    async def start(self) -> App:
        """Start the server, and let Slack know where it is and which slash commands it has."""
        settings = self.settings()
        self.slack.world.app.commands = installed(settings)
        self.app = await App(settings, clock=self.clock, again=self.read).__aenter__()
        await self.slack.connect_app(f"{self.app.url}/slack/events" if self.transport == "http" else None)
        return self.app

    async def stop(self) -> None:
        if self.app is not None:
            app, self.app = self.app, None
            await app.__aexit__(None, None, None)

    async def restart(self, **config: Any) -> App:
        """Stop the server gracefully and start it again, perhaps with another configuration."""
        await self.stop()
        self.config = _merged(self.config, config)
        return await self.start()

    async def kill(self) -> App:
        """As kill -9 leaves it: what was written until now, while what is under way takes its effect and is forgotten."""
        database = self.path / "pilothouse.db"
        written = sqlite3.connect(":memory:")
        with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as now:
            now.backup(written)
        await self.stop()
        for file in self.path.glob("pilothouse.db*"):
            file.unlink()
        with closing(sqlite3.connect(database)) as again, closing(written):
            written.backup(again)
        return await self.start()

    @property
    def running(self) -> App:
        assert self.app is not None, "the server is stopped"
        return self.app

    async def settled(self) -> None:
        """Until nothing is left to do at once: delayed messages may wait."""

        async def nothing_ready() -> bool:
            return "ready" not in await self.running.journal.depth()

        await self.until(nothing_ready)

    async def in_order(self) -> None:
        """Nothing refused, nothing parked, the audit chain whole, and every deployment's chain can be printed."""
        if self.app is None:
            await self.start()
        await self.settled()
        refused = [
            one
            for one in self.slack.refused
            if one.get("detail") != "by a fault" and one.get("error") not in self.refused_codes
        ]
        assert refused == [], refused
        parked = [
            one
            for one in await self.running.journal.listed("parked", 100)
            if one["type"] not in self.parked_kinds
        ]
        assert parked == []
        assert await self.running.store.audit_faults() == []
        for one in await self.running.store.recent(100):
            chain = await self.running.journal.about(one.id)
            known = {row["id"] for row in chain}
            assert chain, f"nothing is known of #{one.number}"
            assert all(row["cause"] in known or row["chain"] for row in chain)

    @property
    def file(self) -> Path:
        """The configuration."""
        return self.path / "pilothouse.yaml"

    def settings(self) -> Settings:
        """As `pilothouse run` would read them from a file."""
        self.write()
        return self.read()

    def read(self) -> Settings:
        """The file as it is now."""
        return load(self.file, environ=self.environ, drivers=settings_by_driver())

    @property
    def environ(self) -> dict[str, str]:
        """What the file refers to."""
        world = self.slack.world.app
        return {
            "BOT_TOKEN": world.bot_token,
            "APP_TOKEN": world.app_token,
            "SIGNING_SECRET": world.signing_secret,
            "JENKINS_TOKEN": self.jenkins_token,
            "HOOK_SECRET": "webhook-secret-of-ci",
        }

    def write(self, **config: Any) -> None:
        """Write the file anew, perhaps with another configuration."""
        self.config = _merged(self.config, config)
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
                            "user": self.jenkins.user().name,
                            "token": "${JENKINS_TOKEN}",
                            "timeout": 1,
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
        merged = _merged(document, self.config)
        if merged["policies"].keys().isdisjoint({"staging", "default"}):
            for service in merged["services"].values():
                if staging := service["environments"].get("staging"):
                    service["environments"]["staging"] = {"policy": "open", **staging}
        if self.leave_out:
            *path, last = self.leave_out
            del reduce(dict.__getitem__, path, merged)[last]
        # JSON is YAML.
        self.file.write_text(json.dumps(merged, indent=1))

    # --- what people do and see ------------------------------------------------------------------------------

    async def say(self, user: str, text: str, channel: str = DEPLOYMENTS, thread: str = "") -> dict[str, Any]:
        return await self.slack.say(user, channel, text, thread)

    async def until(self, condition: Callable[[], Any], within: float = WITHIN, what: str = "") -> Any:
        """The first true answer of `condition`, plain or async.

        Seconds are let pass by the clock on the way, because a channel takes one message in each.
        """
        turns = 0

        async def so() -> Any:
            nonlocal turns
            turns += 1
            if turns % TURNS == 0 and self.impatient:
                self.clock.advance(1.0)
            found = condition()
            return await found if inspect.isawaitable(found) else found

        return await until(so, within, what or inspect.getsource(condition).strip())

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
            answer: dict[str, Any] = await self.until(found)
        except AssertionError:
            seen = [card["text"] for card in self.cards(channel)]
            raise AssertionError(f"no card says {words!r}; there are {seen}") from None
        return answer

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

    async def click_if_it_stands(self, user: str, card: dict[str, Any], action: str) -> bool:
        """A click by somebody quick; whether the button was still there: a card may change between a look and a click."""
        if action not in self.buttons(card):
            return False
        try:
            await self.click(user, card, action)
        except NotPossible:
            assert action not in self.buttons(self._as_it_is(card))
            return False
        return True

    def _as_it_is(self, card: dict[str, Any]) -> dict[str, Any]:
        return next(one for one in self.slack.messages(card["channel"]) if one["ts"] == card["ts"])

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
            block["block_id"]: {block["element"]["action_id"]: {"type": "plain_text_input", "value": why}}
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
            answer: str = await self.until(
                lambda: next((one for one in self.whispers(user, channel) if words in one), None)
            )
        except AssertionError:
            raise AssertionError(
                f"nobody told {user} {words!r}; he heard {self.whispers(user, channel)}"
            ) from None
        return answer

    def thread(self, card: dict[str, Any]) -> list[str]:
        """The replies to a card."""
        return [one["text"] for one in self.slack.messages(card["channel"], "", card["ts"])[1:]]

    async def replied(self, card: dict[str, Any], words: str) -> dict[str, Any]:
        """A reply in a card's thread, once there is one with these words in it."""

        def found() -> dict[str, Any] | None:
            replies = self.slack.messages(card["channel"], "", card["ts"])[1:]
            return next((one for one in replies if words in json.dumps(one, ensure_ascii=False)), None)

        try:
            answer: dict[str, Any] = await self.until(found)
        except AssertionError:
            raise AssertionError(f"no reply says {words!r}; there are {self.thread(card)}") from None
        return answer

    def grant(self, *rights: str, token: str = "") -> None:
        """Leave the bot's user on Jenkins with these rights only, or with another token."""
        bot = self.jenkins.user()
        changed = User(name=bot.name, token=token or bot.token, rights=frozenset(rights) or bot.rights)
        self.jenkins.users = tuple(changed if one.name == bot.name else one for one in self.jenkins.users)
        self.jenkins.gate = Gate(self.jenkins.users)

    def runs(self, job: str = "deploy") -> list[Any]:
        return self.jenkins.builds(job)

    async def audit(self, action: str = "") -> list[dict[str, Any]]:
        """The audit log, or its rows of one action."""
        rows = await self.running.store.audited(limit=1000)
        return [row for row in rows if action in {"", row["action"]}]

    async def deployment(self, number: int = 1) -> Deployment:
        """What is stored of a deployment."""
        found = await self.running.store.numbered(number)
        assert found is not None, f"there is no deployment #{number}"
        return found

    async def stand(self, new: Standing) -> None:
        """Let something stand, as if somebody had asked for it."""
        await self.running.writer.submit(lambda connection: save_standing(connection, new))

    async def parked(self) -> list[dict[str, Any]]:
        return await self.running.journal.listed("parked", 100)

    async def approve(self, *users: str, card: str = "Waiting for approval") -> None:
        """Click Approve, one after the other."""
        for user in users:
            await self.click(user, await self.card(card), "approve")

    async def production(
        self, user: str = DANA, words: str = "/deploy checkout production"
    ) -> dict[str, Any]:
        """Ask for a deployment to production; the card that asks for approval."""
        await self.say(user, words)
        return await self.card("Waiting for approval")


def _merged(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for name, value in over.items():
        old = merged.get(name)
        merged[name] = _merged(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return merged
