"""The real server as a process, the stand-ins around it, and one clock for all of them that a test moves."""

from __future__ import annotations

import asyncio
import json
import math
import random
import socket
import sqlite3
from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from bot.sandbox.jenkins.jobs import Job, Parameter
from bot.sandbox.jenkins.server import JenkinsStandIn
from bot.sandbox.slack.harbour import harbour
from bot.sandbox.slack.people.faces import NotPossible
from bot.sandbox.slack.rates import Rates
from bot.sandbox.slack.server import SlackStandIn
from tests.chaos.server import ServerProcess
from tests.clock import ShiftableClock
from tests.properties.model import ENVIRONMENTS, SERVICES
from tests.shared_clock import SharedShift
from tests.waiting import until

CHANNEL = "C0DEPLOYS1"
RUN_SECONDS = 40.0
SETTLES_WITHIN = 30.0
QUIET_LOOKS = 4
LOOK_EVERY = 0.02
ARRIVED = 3.0
"""Seconds after a kill until what a dead process had sent has arrived: before, nobody may conclude anything."""
PORTS = range(21_000, 29_000)

PARAMETERS = tuple(Parameter(name=name) for name in ("SERVICE", "VERSION", "ENVIRONMENT", "PILOTHOUSE_KEY"))


class World:
    """`async with World(folder) as world:`; people speak through `say` and `click`, time passes by `advance`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock = ShiftableClock()
        self.shift = SharedShift(folder / "clock")
        self.database = folder / "pilothouse.db"
        self.slack = SlackStandIn(harbour(), clock=self.clock.now, rates=Rates(scale=math.inf))
        job = Job(name="deploy", parameters=PARAMETERS, seconds=RUN_SECONDS, lines=("deploying",))
        self.jenkins = JenkinsStandIn([job], clock=self.clock, quiet_period=0.0, executors=8)
        self.kills = 0
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            await self.jenkins.start()
            stack.push_async_callback(self.jenkins.stop)
            await self.slack.start()
            stack.push_async_callback(self.slack.stop)
            port = _free_port()
            config = self.folder / "pilothouse.yaml"
            config.write_text(json.dumps(self._document(port), indent=1))
            app = self.slack.world.app
            environ = {
                "BOT_TOKEN": app.bot_token,
                "SIGNING_SECRET": app.signing_secret,
                "JENKINS_TOKEN": self.jenkins.user().token,
            }
            url = f"http://127.0.0.1:{port}"
            log, clock = self.folder / "server.log", self.folder / "clock"
            self.server = await stack.enter_async_context(
                ServerProcess(config, environ, log, url, clock=clock)
            )
            await self.server.start()
            await self.server.ready()
            await self.slack.connect_app(f"{url}/slack/events")
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    def advance(self, seconds: float) -> None:
        """Let time pass on both sides, or set the clock back."""
        self.clock.advance(seconds)
        self.shift.set(self.shift.get() + seconds)

    async def kill(self) -> None:
        """SIGKILL, and a new process."""
        await self.server.kill()
        self.kills += 1
        await self.server.start()
        await self.server.ready()
        self.advance(ARRIVED)

    async def say(self, user: str, words: str) -> bool:
        """Whether Slack was thanked for it."""
        said = await self.slack.say(user, CHANNEL, f"/deploy {words}")
        return bool(said["ok"])

    async def click(self, user: str, card: dict[str, Any], action: str) -> bool:
        for block in card["blocks"]:
            for element in block.get("elements", ()):
                if element.get("action_id") == action:
                    try:
                        await self.slack.click(
                            user,
                            action,
                            channel=CHANNEL,
                            message_ts=card["ts"],
                            block_id=block["block_id"],
                            value=element.get("value", ""),
                        )
                    except NotPossible:
                        return False
                    return True
        return False

    def cards(self) -> list[dict[str, Any]]:
        return [
            one
            for one in self.slack.messages(CHANNEL)
            if (one.get("metadata") or {}).get("event_type") == "pilothouse_card"
        ]

    async def settled(self) -> None:
        """Until nothing is left to do at once, for some looks in a row."""
        quiet = 0

        async def still() -> bool:
            nonlocal quiet
            ready = self.rows("SELECT due FROM messages WHERE state = 'ready'")
            quiet = 0 if ready else quiet + 1
            if any(row["due"] for row in ready):
                # Put off by a peer or by a kill: nobody waits for that in earnest.
                self.advance(1.0)
            await asyncio.sleep(LOOK_EVERY)
            return quiet >= QUIET_LOOKS

        await until(still, SETTLES_WITHIN, "the server has nothing left to do")

    def rows(self, sql: str, *values: Any) -> list[dict[str, Any]]:
        connection = sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)
        try:
            connection.row_factory = sqlite3.Row
            return [dict(row) for row in connection.execute(sql, values)]
        finally:
            connection.close()

    def _document(self, port: int) -> dict[str, Any]:
        people = {"lock": ["sre"], "freeze": ["sre"]}
        return {
            "server": {"port": port, "stop_within": "5s", "log_format": "text"},
            "store": {"path": str(self.database)},
            "following": {"at_least": "50ms", "at_most": "500ms"},
            "slack": {
                "bot_token": "${BOT_TOKEN}",
                "signing_secret": "${SIGNING_SECRET}",
                "api_url": self.slack.api_url,
                "update_interval": "50ms",
                "announce_channel": CHANNEL,
            },
            "groups": {"sre": ["S0SRE00001"], "owners": ["S0OWNERS02"]},
            "policies": {
                "staging": {"approve": [], "wait_at_most": "20d"},
                "production": {
                    "approve": ["1 of sre"],
                    "break_glass": ["sre"],
                    "override": ["1 of owners"],
                    "expires": "3h",
                    "wait_at_most": "20d",
                    **people,
                },
            },
            "drivers": {
                "jenkins": {
                    "servers": {
                        "ci": {
                            "url": self.jenkins.url,
                            "user": self.jenkins.user().name,
                            "token": "${JENKINS_TOKEN}",
                        }
                    }
                }
            },
            "services": {
                name: {
                    "default_version": "1.0.0",
                    "environments": {
                        environment: {
                            "job": "deploy",
                            "parameters": {
                                "SERVICE": "{{ service }}",
                                "VERSION": "{{ version }}",
                                "ENVIRONMENT": "{{ environment }}",
                            },
                        }
                        for environment in ENVIRONMENTS
                    },
                }
                for name in SERVICES
            },
        }


def _free_port() -> int:
    while True:
        port = random.SystemRandom().choice(PORTS)
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)):
                return port
