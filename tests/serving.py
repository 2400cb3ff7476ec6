"""The real server as a child process between stand-ins, as somebody runs it: by the command line."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from click.testing import CliRunner

from bot.cli.main import pilothouse as cli
from bot.sandbox.jenkins.server import JenkinsStandIn
from bot.sandbox.repositories import make_repositories
from bot.sandbox.run import CONFIGURATION
from bot.sandbox.slack.server import SlackStandIn

ROOT = Path(__file__).parent.parent
SERVING = "Serving on "


@dataclass(kw_only=True)
class Outside:
    """What the server talks to, and how it is told of it."""

    slack: SlackStandIn
    jenkins: JenkinsStandIn
    database: Path
    config: Path = CONFIGURATION
    environ: dict[str, str] = field(default_factory=dict)

    @property
    def secrets(self) -> list[str]:
        return [value for name, value in self.environ.items() if "TOKEN" in name or "SECRET" in name]


@asynccontextmanager
async def outside(folder: Path) -> AsyncIterator[Outside]:
    slack, jenkins = SlackStandIn(), JenkinsStandIn(quiet_period=0.2, speed=20.0)
    await jenkins.start("127.0.0.1", 0)
    await slack.start("127.0.0.1", 0)
    app = slack.world.app
    database = folder / "pilothouse.db"
    await asyncio.to_thread(make_repositories, folder / "origins")
    environ = {
        "SANDBOX_DATABASE": str(database),
        "SANDBOX_REPOSITORIES": str(folder / "origins"),
        "SANDBOX_BOT_TOKEN": app.bot_token,
        "SANDBOX_APP_TOKEN": app.app_token,
        "SANDBOX_SIGNING_SECRET": app.signing_secret,
        "SANDBOX_SLACK_API": slack.api_url,
        "SANDBOX_JENKINS": jenkins.url,
        "SANDBOX_JENKINS_TOKEN": jenkins.user().token,
        "SANDBOX_STEP_UP_KEY": "a key for authenticators, only of this test",
    }
    try:
        yield Outside(slack=slack, jenkins=jenkins, database=database, environ=environ)
    finally:
        await slack.stop()
        await jenkins.stop()


@dataclass
class Ended:
    """How a command ended: its exit code, and what it said on which channel."""

    code: int
    out: str
    err: str


async def pilothouse(*arguments: str | Path) -> Ended:
    """Run one command to its end: in this process, in a thread, because it has an event loop of its own."""
    done = await asyncio.to_thread(CliRunner().invoke, cli, list(map(str, arguments)))
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exc_info
    return Ended(done.exit_code, done.stdout, done.stderr)


async def pilothouse_process(*arguments: str | Path, environ: Mapping[str, str] | None = None) -> Ended:
    """Run one command to its end, as a process of its own."""
    child = await _spawn(arguments, environ)
    async with asyncio.timeout(60):
        out, err = await child.communicate()
    assert child.returncode is not None
    return Ended(child.returncode, out.decode(), err.decode())


async def _spawn(
    arguments: tuple[str | Path, ...], environ: Mapping[str, str] | None
) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot",
        *map(str, arguments),
        cwd=ROOT,
        env={**os.environ, **(environ or {})},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


class Running:
    """`async with Running(world) as server:` serves until it is left; `server.said` is what it logged so far."""

    def __init__(self, world: Outside, *more: str) -> None:
        self._world = world
        self._more = more
        self.url = ""
        self.said: list[str] = []

    async def __aenter__(self) -> Self:
        self._child = await _spawn(("run", "--config", self._world.config, *self._more), self._world.environ)
        self._reading = [
            asyncio.create_task(self._read(stream)) for stream in (self._child.stdout, self._child.stderr)
        ]
        async with asyncio.timeout(60):
            while not self.url:
                assert self._child.returncode is None, "\n".join(self.said)
                await asyncio.sleep(0.01)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._child.returncode is None:
            await self.stop(signal.SIGKILL)

    async def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """End it, and wait for its end. Returns the exit code."""
        self._child.send_signal(how)
        async with asyncio.timeout(60):
            code = await self._child.wait()
            await asyncio.gather(*self._reading)
        return code

    def signal(self, which: signal.Signals) -> None:
        self._child.send_signal(which)

    async def _read(self, stream: asyncio.StreamReader | None) -> None:
        assert stream is not None
        async for raw in stream:
            line = raw.decode().rstrip()
            self.said.append(line)
            if SERVING in line:
                self.url = line.partition(SERVING)[2].split()[0]
