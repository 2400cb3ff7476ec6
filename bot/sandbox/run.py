"""`pilothouse sandbox`: the real server between the strict stand-ins, on this machine only."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from bot.app import App
from bot.drivers import settings_by_driver
from bot.sandbox.guide import guide
from bot.sandbox.jenkins.server import JenkinsStandIn
from bot.sandbox.repositories import SketchedRepository, make_repositories
from bot.sandbox.shop import Shop
from bot.sandbox.slack.server import SlackStandIn
from bot.sandbox.slack.world import Command
from config.loader import load
from config.manifest import slash_commands
from config.models import Settings

CONFIGURATION = Path(__file__).with_name("pilothouse.yaml")
CALENDAR = Path(__file__).with_name("freezes.ics")
HOST = "127.0.0.1"


class Sandbox:
    """`async with Sandbox() as sandbox:` and open `sandbox.url`.

    `port` is the page's and Slack's, `jenkins_port` and `server_port` the others'; 0 takes free ones. `database`
    is kept when it is named, else everything is forgotten at the end; `configuration` is a copy beside it, to be changed.
    Raises `OSError` when a port is taken.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        jenkins_port: int = 0,
        server_port: int = 0,
        transport: str = "http",
        database: Path | None = None,
        speed: float = 1.0,
    ) -> None:
        self.slack = SlackStandIn()
        self.jenkins = JenkinsStandIn(quiet_period=1.0, speed=speed)
        self.shop = Shop()
        self.repositories: dict[str, SketchedRepository] = {}
        self._ports = (port, jenkins_port, server_port)
        self._transport = transport
        self._database = database
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            port, jenkins_port, _ = self._ports
            await self.jenkins.start(HOST, jenkins_port)
            stack.push_async_callback(self.jenkins.stop)
            self.slack.jenkins_url = self.jenkins.url
            await self.shop.start(HOST)
            stack.push_async_callback(self.shop.stop)
            self.slack.shop_url = self.shop.url
            await self.slack.start(HOST, port)
            stack.push_async_callback(self.slack.stop)
            settings = self.settings(stack)
            self.slack.world.app.commands = installed(settings)
            self.app = await stack.enter_async_context(App(settings, again=self._read))
            http = self._transport == "http"
            await self.slack.connect_app(f"{self.app.url}/slack/events" if http else None)
            ticking = asyncio.create_task(self._tick(), name="the guide of the sandbox")
            stack.callback(ticking.cancel)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    @property
    def url(self) -> str:
        """Where the workspace is, for a browser."""
        return f"{self.slack.url}/"

    def settings(self, stack: AsyncExitStack) -> Settings:
        """The sandbox's own file, with repositories that are made anew, the same each time."""
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="pilothouse-sandbox-")))
        self.repositories = make_repositories(folder / "origins")
        database = self._database or folder / "pilothouse.db"
        self._environ = self._environ_of(database, folder / "origins")
        self.configuration = database.with_suffix(".yaml")
        if not self.configuration.exists():
            shutil.copyfile(CONFIGURATION, self.configuration)
        return self._read()

    def _read(self) -> Settings:
        return load(self.configuration, environ=self._environ, drivers=settings_by_driver())

    def _environ_of(self, database: Path, repositories: Path) -> Mapping[str, str]:
        app = self.slack.world.app
        return {
            "SANDBOX_PORT": str(self._ports[2]),
            "SANDBOX_DATABASE": str(database),
            "SANDBOX_CALENDAR": str(CALENDAR),
            "SANDBOX_REPOSITORIES": str(repositories),
            "SANDBOX_TRANSPORT": self._transport,
            "SANDBOX_BOT_TOKEN": app.bot_token,
            "SANDBOX_APP_TOKEN": app.app_token,
            "SANDBOX_SIGNING_SECRET": app.signing_secret,
            "SANDBOX_SLACK_API": self.slack.api_url,
            "SANDBOX_SHOP": self.shop.url,
            "SANDBOX_JENKINS": self.jenkins.url,
            "SANDBOX_JENKINS_TOKEN": self.jenkins.user().token,
            # Seals what is kept of the authenticators of people who do not exist.
            "SANDBOX_STEP_UP_KEY": "sandbox-key-for-authenticators-of-harbour",
        }

    async def _tick(self) -> None:
        """Keep the guide up to date: looked at whenever something happened in the workspace."""
        while True:
            before = [step["done"] for step in self.slack.guide]
            self.slack.guide = guide(self.slack)
            done = [step["done"] for step in self.slack.guide]
            if before and done != before:
                self.slack.workspace.stream.tell("guide")
            await asyncio.sleep(1.0)


def installed(settings: Settings) -> list[Command]:
    """The slash commands that an app has after this configuration's manifest was pasted."""
    return [Command(**declared) for declared in slash_commands(settings)]


async def serve_sandbox(sandbox: Sandbox, stop: asyncio.Event, say: Callable[[str], None]) -> None:
    """Run until `stop` is set; `say` is told where everything is."""
    async with sandbox:
        say(f"The workspace:  {sandbox.url}")
        say(f"The server:     {sandbox.app.url}/readyz")
        say(f"Jenkins:        {sandbox.jenkins.url}/")
        say(f"Configuration:  {sandbox.configuration} (change it, then type /deploy reload as Olu)")
        say("Open the workspace in a browser and type /deploy checkout staging. Ctrl-C stops everything.")
        await stop.wait()
