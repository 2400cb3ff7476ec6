"""The channel for operations hears once that a peer is gone, and once that it is back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import aiohttp

from bot.sandbox.slack.faults import Fault
from tests.e2e.house import DEPLOYMENTS, House
from tests.waiting import until


def heard(house: House) -> list[str]:
    return [one["text"] for one in house.slack.messages(DEPLOYMENTS) if "available" in one["text"]]


async def test_that_jenkins_is_gone_and_back_is_announced_once_each(tmp_path: Path) -> None:
    async with House(tmp_path) as house, aiohttp.ClientSession() as session:
        [peer] = [name for name in house.running.health.parts if name.startswith("jenkins/")]
        await until(lambda: house.running.health.parts[peer].ok)
        house.jenkins.faults.mode = "503"
        for _ in range(3):
            await house.running.health.look(peer)
        await until(lambda: len(heard(house)) == 1)
        async with session.get(f"{house.running.url}/readyz") as answer:
            assert answer.status == 503
        async with session.get(f"{house.running.url}/readyz?part=journal&part=slack") as answer:
            assert answer.status == 200

        house.jenkins.faults.mode = "none"
        for _ in range(3):
            await house.running.health.look(peer)
        await until(lambda: len(heard(house)) == 2)
        await house.settled()
        gone, back = heard(house)
        assert gone.startswith(f"{peer} is not available: ")
        assert back.startswith(f"{peer} is available again, after ")
        async with session.get(f"{house.running.url}/readyz") as answer:
            assert answer.status == 200


async def test_that_slack_was_gone_is_announced_when_it_is_back(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        await until(lambda: house.running.health.parts["slack"].ok)
        house.slack.set_faults(Fault(mode="fail"))
        await house.running.health.look("slack")
        house.slack.set_faults()
        await house.running.health.look("slack")
        await until(lambda: heard(house))
        await house.settled()

        assert [text.split(",")[0] for text in heard(house)] == ["slack is available again"]


async def test_a_socket_that_is_gone_is_not_ready_though_slack_takes_what_we_say(tmp_path: Path) -> None:
    async with House(tmp_path, transport="socket") as house, aiohttp.ClientSession() as session:

        async def ready() -> tuple[int, Any]:
            async with session.get(f"{house.running.url}/readyz") as answer:
                return answer.status, (await answer.json())["parts"]["slack/socket"]

        async def status_is(status: int) -> bool:
            house.clock.advance(5.0)
            return (await ready())[0] == status

        await until(lambda: status_is(200))
        house.slack.set_faults(Fault(mode="fail", methods=("apps.connections.open",)))
        await house.slack.links.close()
        await until(lambda: status_is(503))
        assert (await ready())[1]["reason"] == "peer_down"

        house.slack.set_faults()
        await until(lambda: status_is(200))
        await house.settled()


async def test_who_asks_whether_it_is_ready_reads_no_addresses(tmp_path: Path) -> None:
    async with House(tmp_path) as house, aiohttp.ClientSession() as session:
        house.jenkins.faults.mode = "down"
        [peer] = [name for name in house.running.health.parts if name.startswith("jenkins/")]
        await house.running.health.look(peer)
        for address in ("readyz", "metrics"):
            async with session.get(f"{house.running.url}/{address}") as answer:
                said = await answer.text()
            assert "127.0.0.1" not in said
            assert "peer_down" in said
        house.jenkins.faults.mode = "none"
