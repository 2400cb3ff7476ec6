"""`pilothouse run` as somebody runs it, and the commands that look into what it does meanwhile."""

from __future__ import annotations

import json
import signal
import socket
import sqlite3
import stat
from pathlib import Path

import aiohttp
import pytest

from bot.control import door, path_beside
from bot.events import Prune
from bot.journal import Journal, message, park
from bot.reader import Reader
from bot.redaction import forms_of
from bot.sandbox.slack.faults import Fault
from bot.writer import Writer
from tests.serving import Outside, Running, outside, pilothouse, pilothouse_process
from tests.waiting import until

DANA = "U0DANA0001"
DEPLOYS = "C0DEPLOYS1"

pytestmark = pytest.mark.slow


async def parked(path: Path, id_: str = "tick/prune/broken") -> None:
    """A parked message that will do no harm when it is handled after all."""
    async with Writer(path) as writer, Reader(path) as reader:
        one = message(Prune(scheduled=1.0), id=id_, at=1.0)
        await Journal(writer, reader).publish(one)
        await writer.submit(lambda connection: park(connection, one, "handler_failed", "it failed"))


async def test_it_says_where_it_listens_is_ready_and_ends_gracefully(tmp_path: Path):
    async with outside(tmp_path) as world, Running(world) as server:
        async with aiohttp.ClientSession() as session:

            async def ready() -> bool:
                async with session.get(f"{server.url}/readyz") as answer:
                    return answer.status == 200

            async def jenkins_is_up() -> bool:
                async with session.get(f"{server.url}/metrics") as answer:
                    return 'pilothouse_part_up{part="jenkins/ci"} 1.0' in await answer.text()

            await until(ready)
            await until(jenkins_is_up)
        assert stat.S_IMODE(path_beside(world.database).stat().st_mode) == 0o600
        assert await server.stop(signal.SIGTERM) == 0
        assert not path_beside(world.database).exists()

    assert "Traceback" not in "\n".join(server.said)
    assert told_by(server, world) == []


def told_by(server: Running, world: Outside) -> list[str]:
    """Every form of a secret in what it printed."""
    said = "\n".join(server.said)
    return [form for secret in world.secrets for form in forms_of(secret) if form in said]


async def test_no_secret_is_printed_however_much_goes_wrong(tmp_path: Path):
    async with outside(tmp_path) as world, Running(world, "--verbose") as server:
        await world.slack.connect_app(f"{server.url}/slack/events")
        for mode in ("fail", "drop", "rate_limit"):
            world.slack.set_faults(Fault(mode=mode, retry_after=1, times=4))
            await world.slack.say(DANA, DEPLOYS, "/deploy search staging")
        world.jenkins.faults.mode = "unauthorized"
        await world.slack.say(DANA, DEPLOYS, "/deploy checkout staging")
        async with aiohttp.ClientSession() as session:
            forged = {"X-Slack-Signature": "v0=00", "Authorization": f"Bearer {world.secrets[0]}"}
            async with session.post(
                f"{server.url}/slack/events", data=world.secrets[0], headers=forged
            ) as answer:
                assert answer.status == 401
        await until(lambda: any("is parked" in line or "tried again" in line for line in server.said))
        await until(lambda: any("answered 401" in line for line in server.said))
        assert await server.stop() == 0

    assert told_by(server, world) == []


async def test_a_deployment_can_be_listed_traced_verified_and_backed_up_while_it_runs(tmp_path: Path):
    async with outside(tmp_path) as world, Running(world) as server:
        await world.slack.connect_app(f"{server.url}/slack/events")
        await world.slack.say(DANA, DEPLOYS, "/deploy checkout staging")

        async def succeeded() -> bool:
            listed = await pilothouse("deployments", "--json", "--database", world.database)
            return "succeeded" in [one["state"] for one in json.loads(listed.out)]

        await until(succeeded, within=60)
        traced = await pilothouse("trace", "#1", "--database", world.database)
        assert traced.code == 0, traced.err
        assert traced.out.startswith("#1  checkout 1.4.2 to staging: succeeded")
        for step in ("Deploy ", "CheckTarget", "StartRun", "FollowRun", "ShowCard", "DeploymentEnded"):
            assert step in traced.out
        assert "hooks" not in traced.out

        verified = await pilothouse("audit", "verify", "--database", world.database)
        assert (verified.code, verified.err) == (0, "")
        copied = await pilothouse("backup", tmp_path / "copy.db", "--database", world.database)
        assert (copied.code, copied.err) == (0, "")
        again = await pilothouse("trace", "1", "--database", tmp_path / "copy.db")
        assert again.out.splitlines()[:2] == traced.out.splitlines()[:2]


async def test_a_parked_message_is_put_back_by_the_running_server(tmp_path: Path):
    async with outside(tmp_path) as world:
        await parked(world.database)
        async with Running(world):
            listed = await pilothouse("journal", "list", "--state", "parked", "--database", world.database)
            assert "handler_failed: it failed" in listed.out
            done = await pilothouse("journal", "retry", "--all", "--database", world.database)
            assert (done.code, done.err) == (0, "")
            assert "is put back; it is handled after what waits already." in done.out

            async def handled() -> bool:
                shown = await pilothouse(
                    "journal", "show", "tick/prune/broken", "--json", "--database", world.database
                )
                return json.loads(shown.out)["state"] == "done"

            await until(handled)
            listed = await pilothouse("audit", "list", "--json", "--database", world.database)
            retried = [row for row in json.loads(listed.out) if row["action"] == "message_retried"]
            assert [row["detail"]["message"] for row in retried] == ["tick/prune/broken"]
            assert retried[0]["actor"].startswith("cli:")


async def test_after_a_kill_a_parked_message_is_put_back_without_the_server(tmp_path: Path):
    async with outside(tmp_path) as world:
        await parked(world.database)
        async with Running(world) as server:
            await server.stop(signal.SIGKILL)
        assert door(world.database) is not None
        done = await pilothouse("journal", "retry", "tick/prune/broken", "--database", world.database)

    assert (done.code, done.err) == (0, "")
    assert "handled when the server runs" in done.out


async def test_the_server_s_door_opens_by_its_token_only(tmp_path: Path):
    async with outside(tmp_path) as world, Running(world):
        through = door(world.database)
        assert through is not None
        async with aiohttp.ClientSession() as session:
            for headers in ({}, {"Authorization": "Bearer guess"}, {"Authorization": through.token}):
                async with session.post(
                    f"{through.url}/control/retry", json={"id": "1"}, headers=headers
                ) as answer:
                    assert answer.status == 401
            own = {"Authorization": f"Bearer {through.token}"}
            for body in (b"", b"[]", b'{"by": "me"}', b"\xff", b'{"id": 7}'):
                async with session.post(f"{through.url}/control/retry", data=body, headers=own) as answer:
                    assert answer.status == 400
            async with session.post(f"{through.url}/control/retry", json={"id": "1"}, headers=own) as answer:
                assert (answer.status, await answer.json()) == (200, {"retried": False})


async def test_a_second_server_on_the_same_database_is_refused_in_one_sentence(tmp_path: Path):
    async with outside(tmp_path) as world, Running(world):
        second = await pilothouse_process("run", "--config", world.config, environ=world.environ)

    assert second.code == 2
    assert second.err.startswith("Error: ")
    assert "is open in another pilothouse process" in second.err
    assert "Traceback" not in second.err + second.out


async def test_a_taken_port_is_said_in_one_sentence(tmp_path: Path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        async with outside(tmp_path) as world:
            port = str(taken.getsockname()[1])
            refused = await pilothouse_process(
                "run", "--config", world.config, environ=world.environ | {"SANDBOX_PORT": port}
            )

    assert refused.code == 2
    assert "address already in use" in refused.err
    assert "Traceback" not in refused.err + refused.out


async def test_a_token_that_slack_does_not_accept_is_said_with_the_way_out(tmp_path: Path):
    async with outside(tmp_path) as world:
        environ = world.environ | {"SANDBOX_BOT_TOKEN": "xoxb-1-2-not-this-one"}
        refused = await pilothouse_process("run", "--config", world.config, environ=environ)

    assert refused.code == 2
    assert "slack.bot_token" in refused.err
    assert "pilothouse doctor" in refused.err
    assert "not-this-one" not in refused.err + refused.out


async def test_every_fault_of_the_configuration_is_said_with_its_line(tmp_path: Path):
    file = tmp_path / "pilothouse.yaml"
    file.write_text("server:\n  port: many\nslack:\n  bot_token: ${NOT_SET_ANYWHERE}\n  nonsense: 1\n")
    refused = await pilothouse_process("run", "--config", file)

    assert refused.code == 2
    for line in (f"{file}:2: server.port", f"{file}:4: slack.bot_token", f"{file}:5: slack.nonsense"):
        assert line in refused.err
    assert "Traceback" not in refused.err


async def test_a_database_that_is_none_is_said_in_one_sentence(tmp_path: Path):
    path = tmp_path / "text.db"
    path.write_text("this is no database, however long it is. " * 100)
    for command in (("journal", "list"), ("audit", "verify"), ("deployments",), ("trace", "1")):
        refused = await pilothouse(*command, "--database", path)
        assert refused.code == 2
        assert refused.err.startswith("Error: ")
        assert "Traceback" not in refused.err

    empty = tmp_path / "empty.db"
    sqlite3.connect(empty).close()
    empty.touch()
    refused = await pilothouse("deployments", "--database", empty)
    assert refused.code == 2
    assert "Is it Pilothouse's" in refused.err
