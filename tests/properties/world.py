"""The real server as a process, the stand-ins around it, and one clock for all of them that a test moves."""

from __future__ import annotations

import asyncio
import json
import math
import random
import signal
import socket
import sqlite3
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, closing
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from bot.sandbox.jenkins.records import Build
from bot.sandbox.jenkins.server import JenkinsStandIn
from bot.sandbox.slack.harbour import harbour
from bot.sandbox.slack.people.faces import NotPossible
from bot.sandbox.slack.rates import Rates
from bot.sandbox.slack.server import SlackStandIn
from tests.chaos.server import ServerProcess, Zygote
from tests.clock import ShiftableClock
from tests.properties.configured import CHANNEL, JOBS, document
from tests.properties.rules import USUAL, Rules
from tests.shared_clock import SharedShift
from tests.waiting import until

SETTLES_WITHIN = 60.0
QUIET_LOOKS = 4
SOON_LOOKS, STUCK_LOOKS = 2, 10
"""After so many looks at which the same waits time passes faster: where it was put off, and where it has to take turns."""
LOOK_EVERY = 0.02
OVERDUE = 0.1
"""Seconds after which something that is due should have been begun."""
ARRIVED = 3.0
"""Seconds after a kill until what a dead process had sent has arrived: before, nobody may conclude anything."""
PORTS = range(21_000, 29_000)


class SteadyClock:
    """That of Jenkins' machine: it goes on when the server's is set back."""

    def __init__(self, clock: ShiftableClock) -> None:
        self._clock = clock
        self.ahead = 0.0

    def now(self) -> float:
        return self._clock.now() + self.ahead

    async def sleep(self, seconds: float) -> None:
        await self._clock.sleep(seconds)


class World:
    """`async with World(folder, zygote) as world:`; people speak through `say` and `click`, time passes by `advance`.

    `downs` are the times, from and to, at which nothing ran.
    """

    def __init__(self, folder: Path, zygote: Zygote) -> None:
        self.folder = folder
        self._zygote = zygote
        self.clock = ShiftableClock()
        self.shift = SharedShift(folder / "clock")
        self.database = folder / "pilothouse.db"
        self.config = folder / "pilothouse.yaml"
        self.slack = SlackStandIn(harbour(), clock=self.clock.now, rates=Rates(scale=math.inf))
        self.steady = SteadyClock(self.clock)
        self.jenkins = JenkinsStandIn(JOBS, clock=self.steady, quiet_period=0.0, executors=8)
        self.downs: list[tuple[float, float]] = []
        self._port = 0
        self._moment: sqlite3.Connection | None = None
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            await self.jenkins.start()
            stack.push_async_callback(self.jenkins.stop)
            await self.slack.start()
            stack.push_async_callback(self.slack.stop)
            self._port = _free_port()
            self.write(USUAL)
            app = self.slack.world.app
            environ = {
                "BOT_TOKEN": app.bot_token,
                "SIGNING_SECRET": app.signing_secret,
                "JENKINS_TOKEN": self.jenkins.user().token,
            }
            url = f"http://127.0.0.1:{self._port}"
            log, clock = self.folder / "server.log", self.folder / "clock"
            self.server = await stack.enter_async_context(
                ServerProcess(self.config, environ, log, url, clock=clock, zygote=self._zygote)
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
        """Let time pass everywhere, or set the clock back, though not that of Jenkins."""
        self.steady.ahead += max(0.0, -seconds)
        self.clock.advance(seconds)
        self.shift.set(self.shift.get() + seconds)

    async def kill(self, away: float = 0.0) -> None:
        """SIGKILL, and a new process after so many seconds."""
        await self.server.kill()
        down = self.clock.now()
        self.advance(away)
        self.downs.append((down, self.clock.now()))
        await self.server.start()
        await self.server.ready()
        self.advance(ARRIVED)

    async def hang_up(self) -> None:
        """SIGHUP: the configuration is to be read again, and whoever reads it has heard of it."""

        def heard() -> int:
            return len(self.rows("SELECT id FROM messages WHERE id LIKE 'signal/%'"))

        before = heard()
        self.server.signal(signal.SIGHUP)
        await until(lambda: heard() > before, SETTLES_WITHIN, "the signal is heard")

    def write(self, rules: Rules) -> None:
        server = {
            "url": self.jenkins.url,
            "user": self.jenkins.user().name,
            "token": "${JENKINS_TOKEN}",
        }
        said = document(
            rules, port=self._port, database=self.database, slack=self.slack.api_url, jenkins=server
        )
        self.config.write_text(json.dumps(said, indent=1))

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

    async def send_off(self, user: str) -> bool:
        """The dialog on top as it is, once it can be sent off; False when it says that it can't be."""

        def drawn() -> dict[str, Any] | None:
            views = self.slack.views(user)
            return views[-1] if views and "One moment" not in json.dumps(views[-1]["blocks"]) else None

        view = await until(drawn, SETTLES_WITHIN, "the dialog is drawn")
        if not view.get("submit"):
            await self.slack.close_view(user, view["id"])
            return False
        said = await self.slack.submit_view(user, view["id"])
        return bool(said["ok"])

    def cards(self, action: str = "") -> list[dict[str, Any]]:
        """Those on which that can be clicked, the newest last."""
        return [
            one
            for one in self.slack.messages(CHANNEL)
            if (one.get("metadata") or {}).get("event_type") == "pilothouse_card"
            if f'"action_id": "{action}"' in json.dumps(one["blocks"]) or not action
        ]

    def whispers(self, user: str) -> list[str]:
        """What was said to him alone."""
        return [one["text"] for one in self.slack.messages(CHANNEL, viewer=user) if one.get("ephemeral")]

    def builds(self) -> list[Build]:
        return [build for job in JOBS for build in self.jenkins.builds(job.name)]

    def last_row(self) -> int:
        """The number of the last row of the audit log."""
        return int(self.rows("SELECT COALESCE(MAX(seq), 0) AS seq FROM audit")[0]["seq"])

    async def settled(self) -> None:
        """Until nothing is left to do at once, for some looks in a row, and every run that has ended is known to have."""
        quiet, same, before = 0, 0, None

        async def still() -> bool:
            nonlocal quiet, same, before
            open_now = [(row["id"], row["due"]) for row in self._open()]
            same, before = same + 1 if open_now == before else 0, open_now
            quiet = 0 if open_now else quiet + 1
            if same >= (SOON_LOOKS if any(due for _, due in open_now) else STUCK_LOOKS) and open_now:
                # Put off by a peer or by a kill, or held back by what Slack takes: nobody waits for that in earnest.
                self.advance(1.0)
                same = 0
            await asyncio.sleep(LOOK_EVERY)
            return quiet >= QUIET_LOOKS

        await until(still, SETTLES_WITHIN, "the server has nothing left to do")

    def _open(self) -> list[dict[str, Any]]:
        """What is to be done at once, the runs that have not begun, and those whose end nobody has heard of."""
        ready = self.rows(
            "SELECT id, due FROM messages WHERE state = 'ready' OR (state = 'delayed' AND due < ?)",
            self.clock.now() - OVERDUE,
        )
        ended = {one.values["PILOTHOUSE_KEY"] for one in self.builds() if one.ended is not None}
        live = self.rows("SELECT id FROM deployments WHERE state IN ('starting', 'running')")
        begins = [{"id": one.id, "due": 0} for one in self.jenkins.engine.items.values() if one.waiting]
        return (
            ready
            + begins
            + [{"id": one["id"], "due": 0} for one in live if f"pilothouse-{one['id']}" in ended]
        )

    @asynccontextmanager
    async def at_rest(self) -> AsyncIterator[sqlite3.Connection]:
        """Once everything has settled: whatever is read is of one moment, in which there was nothing left to do."""
        while True:
            await self.settled()
            with closing(self._connected()) as moment:
                moment.execute("BEGIN")
                if moment.execute("SELECT 1 FROM messages WHERE state = 'ready'").fetchone():
                    # A run may end, or a time may come, between two looks.
                    continue
                self._moment = moment
                try:
                    yield moment
                finally:
                    self._moment = None
            return

    def rows(self, sql: str, *values: Any) -> list[dict[str, Any]]:
        """As things are now; while at rest, as they were then."""
        if self._moment is not None:
            return [dict(row) for row in self._moment.execute(sql, values)]
        with closing(self._connected()) as connection:
            return [dict(row) for row in connection.execute(sql, values)]

    def _connected(self) -> sqlite3.Connection:
        connection = sqlite3.connect(f"file:{self.database}?mode=ro", uri=True, isolation_level=None)
        connection.row_factory = sqlite3.Row
        return connection


def _free_port() -> int:
    while True:
        port = random.SystemRandom().choice(PORTS)
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)):
                return port
