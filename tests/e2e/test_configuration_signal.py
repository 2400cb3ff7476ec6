"""Configuration alive, in a process of its own: SIGHUP, kill -9 in the middle of it, and accepting by the command line."""

from __future__ import annotations

import json
import signal
import sqlite3
from pathlib import Path

import pytest

from bot.sandbox.run import CONFIGURATION
from tests.serving import Outside, Running, outside, pilothouse
from tests.waiting import until

DEPLOYS = "C0DEPLOYS1"
DANA = "U0DANA0001"

pytestmark = pytest.mark.slow


def change(world: Outside, **replacements: str) -> None:
    """Write the sandbox's configuration beside the database, with some texts replaced."""
    text = CONFIGURATION.read_text()
    for old, new in replacements.items():
        assert KNOWN[old] in text
        text = text.replace(KNOWN[old], new)
    world.config.write_text(text)


KNOWN = {
    "version": 'default_version: "7.3"',
    "approve": 'approve: ["2 of sre"]',
    "expires": "expires: 30m",
}


def said(world: Outside) -> str:
    return json.dumps([one["text"] for one in world.slack.messages(DEPLOYS)], ensure_ascii=False)


def count(world: Outside, sql: str) -> int:
    with sqlite3.connect(f"file:{world.database}?mode=ro", uri=True) as connection:
        return int(connection.execute(sql).fetchone()[0])


def started(world: Outside, tmp_path: Path) -> Running:
    world.config = tmp_path / "pilothouse.yaml"
    if not world.config.exists():
        change(world)
    return Running(world)


async def test_sighup_has_the_file_read_again_and_does_not_end_the_server(tmp_path: Path) -> None:
    async with outside(tmp_path) as world, started(world, tmp_path) as server:
        await world.slack.connect_app(f"{server.url}/slack/events")
        change(world, version='default_version: "7.4"')

        server.signal(signal.SIGHUP)

        await until(lambda: "reports: default_version 7.3 → 7.4" in said(world))
        await world.slack.say(DANA, DEPLOYS, "/deploy reports staging")
        await until(lambda: "deployment #1 of reports 7.4 to staging" in said(world))

        world.config.write_text("slack: nonsense\n")
        server.signal(signal.SIGHUP)
        await until(lambda: "pilothouse.yaml:1: slack: must be a mapping" in said(world))
        assert await server.stop() == 0
    assert "Traceback" not in "\n".join(server.said)


@pytest.mark.parametrize("reached", ["ReadAgain", "BringIntoForce", "ConfigurationSwitched"])
async def test_a_kill_in_the_middle_of_it_leaves_the_old_one_or_the_new_one_whole(
    tmp_path: Path, reached: str
) -> None:
    async with outside(tmp_path) as world:
        async with started(world, tmp_path) as server:
            await until(lambda: count(world, "SELECT COUNT(*) FROM standing") == 1)
            change(world, version='default_version: "7.4"', expires="expires: 25m")
            sql = f"SELECT COUNT(*) FROM messages WHERE type = '{reached}' AND id NOT LIKE 'boot/%'"
            server.signal(signal.SIGHUP)
            await until(lambda: count(world, sql) > 0)
            await server.stop(signal.SIGKILL)
        async with started(world, tmp_path) as server:
            await world.slack.connect_app(f"{server.url}/slack/events")
            await until(lambda: "expires 30m → 25m" in said(world))
            await world.slack.say(DANA, DEPLOYS, "/deploy reports staging")
            await until(lambda: "deployment #1 of reports 7.4 to staging" in said(world))
            assert await server.stop() == 0
        assert count(world, "SELECT COUNT(*) FROM messages WHERE state = 'parked'") == 0
        assert (await pilothouse("audit", "verify", "--database", world.database)).code == 0


async def test_what_nobody_is_left_to_approve_is_accepted_by_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with outside(tmp_path) as world:
        for name, value in world.environ.items():
            monkeypatch.setenv(name, value)
        async with started(world, tmp_path) as server:
            await until(lambda: count(world, "SELECT COUNT(*) FROM standing") == 1)
            change(world, approve='approve: ["1 of sre"]')
            server.signal(signal.SIGHUP)
            await until(lambda: "Waiting for approval: a change of the configuration" in said(world))
            busy = await pilothouse(
                "config", "accept", "--config", world.config, "--because", "all have left"
            )
            assert (busy.code, "stop it first" in busy.err) == (2, True)
            assert await server.stop() == 0

        done = await pilothouse("config", "accept", "--config", world.config, "--because", "all have left")

        assert done.code == 0
        assert "2 approvals → 1" in done.out
        async with started(world, tmp_path) as server:
            await until(lambda: "without the approval of those it guards" in said(world))
            await until(lambda: "Withdrawn: a change of the configuration" in said(world))
            assert await server.stop() == 0
        assert count(world, "SELECT COUNT(*) FROM audit WHERE action = 'configuration_accepted'") == 1
        assert count(world, "SELECT COUNT(*) FROM audit WHERE action = 'configuration_held'") == 0
