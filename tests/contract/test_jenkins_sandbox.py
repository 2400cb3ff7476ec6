"""The stand-in's own interface: looking inside, faults on a switch, pages for people, a process of its own."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from typing import Any

import aiohttp
import pytest
from yarl import URL

from bot.runs import RunRef
from bot.sandbox.jenkins import JenkinsStandIn
from tests.jenkins.drivers import driving, target
from tests.waiting import until

MARK = {"X-Pilothouse-Sandbox": "1"}


@pytest.fixture
async def jenkins():
    server = JenkinsStandIn(quiet_period=0.0, speed=100.0)
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def session():
    async with aiohttp.ClientSession() as opened:
        yield opened


async def test_the_state_tells_every_start_with_its_parameters(jenkins, session):
    async with driving(jenkins.url) as runs:
        ref = await runs.start(target("deploy", VERSION="2.0.1"), "k1", fresh=True)
    async with session.get(f"{jenkins.url}/sandbox/state") as response:
        state = await response.json()
    assert [start["parameters"]["VERSION"] for start in state["starts"]] == ["2.0.1"]
    assert state["starts"][0]["queue"] == int(ref.queue)
    assert state["starts"][0]["parameters"]["PILOTHOUSE_KEY"] == "k1"
    assert state["unknown"] == []
    assert "release-gated" in state["jobs"]


async def test_faults_are_set_and_told(jenkins, session):
    async with session.post(
        f"{jenkins.url}/sandbox/faults", json={"mode": "503", "times": 1}, headers=MARK
    ) as response:
        assert await response.json() == {"mode": "503", "seconds": 0.0, "times": 1, "path": ""}
    async with session.get(f"{jenkins.url}/whoAmI/api/json") as response:
        assert response.status == 503
    async with session.get(f"{jenkins.url}/sandbox/faults") as response:
        assert (await response.json())["mode"] == "none"


@pytest.mark.parametrize("said", [{"mode": "moody"}, {"kind": "503"}, []])
async def test_a_fault_that_is_none_is_refused(said, jenkins, session):
    async with session.post(f"{jenkins.url}/sandbox/faults", json=said, headers=MARK) as response:
        assert response.status == 400


async def test_down_for_some_seconds_refuses_connections_and_comes_back(jenkins, session):
    said = {"mode": "down", "seconds": 0.3}
    async with session.post(f"{jenkins.url}/sandbox/faults", json=said, headers=MARK) as response:
        assert response.status == 200

    async def status() -> int:
        try:
            async with aiohttp.request("GET", f"{jenkins.url}/whoAmI/api/json") as response:
                return response.status
        except aiohttp.ClientConnectorError:
            return -1
        except aiohttp.ClientError:
            return 0

    async def refused() -> bool:
        return await status() == -1

    async def back() -> bool:
        return await status() == 200

    await until(refused)
    await until(back)


async def test_restarting_by_the_switch_ends_by_itself(jenkins, session):
    said = {"mode": "restarting", "seconds": 0.4}
    async with session.post(f"{jenkins.url}/sandbox/faults", json=said, headers=MARK) as response:
        assert response.status == 200
    seen: set[int] = set()

    async def back() -> bool:
        try:
            async with aiohttp.request("GET", f"{jenkins.url}/whoAmI/api/json") as response:
                seen.add(response.status)
        except aiohttp.ClientError:
            seen.add(0)
        return 200 in seen and 503 in seen

    await until(back)
    assert seen == {0, 200, 503}


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 403),
        ({**MARK, "Origin": "https://evil.example.test"}, 403),
        ({**MARK, "Host": "evil.example.test"}, 403),
        ({**MARK, "Origin": "http://127.0.0.1:8080"}, 200),
        ({**MARK, "Origin": "http://localhost:8080"}, 200),
    ],
)
async def test_only_pages_of_this_machine_may_drive_it(
    headers: dict[str, str], status: int, jenkins, session
):
    async with session.post(
        f"{jenkins.url}/sandbox/faults", json={"mode": "none"}, headers=headers
    ) as response:
        assert response.status == status
        allowed = response.headers.get("Access-Control-Allow-Origin")
        assert allowed == (headers.get("Origin") if status == 200 else None)


async def test_the_browser_may_ask_before_it_drives(jenkins, session):
    headers = {"Origin": "http://127.0.0.1:8080", "Access-Control-Request-Method": "POST"}
    async with session.options(f"{jenkins.url}/sandbox/faults", headers=headers) as response:
        assert response.status == 204
        assert "X-Pilothouse-Sandbox" in response.headers["Access-Control-Allow-Headers"]


async def test_a_page_shows_a_build_and_lets_a_person_answer(jenkins, session):
    async with driving(jenkins.url) as runs:
        ref = await runs.start(target("release-gated", VERSION="<b>"), "k1", fresh=True)

        async def asked() -> Any:
            status = await runs.status(target("release-gated"), ref)
            return status if status.input else None

        status = await until(asked)
        async with session.get(status.ref.url) as response:
            page = await response.text()
        assert "Deploy &lt;b&gt; to staging?" in page
        assert "Deploy it</button>" in page
        said = {"job": "release-gated", "number": 1, "input": "Approve-deploy", "proceed": True}
        for open_ in (True, False):
            async with session.post(f"{jenkins.url}/sandbox/answer", json=said, headers=MARK) as response:
                assert await response.json() == {"ok": open_}

        async def ended() -> bool:
            return (
                await runs.status(target("release-gated"), RunRef(key="k1", number="1"))
            ).result is not None

        await until(ended)
        async with session.get(status.ref.url) as response:
            assert "SUCCESS" in await response.text()
        async with session.get(f"{jenkins.url}/job/release-gated/") as response:
            assert "#1" in await response.text()


async def test_the_first_page_leads_to_every_job(jenkins, session):
    async with session.get(f"{jenkins.url}/") as response:
        page = await response.text()
    assert 'href="job/multi/job/feature%252Fnew-thing/"' in page
    url = URL(f"{jenkins.url}/job/multi/job/feature%252Fnew-thing/", encoded=True)
    async with session.get(url) as response:
        assert response.status == 200


@pytest.mark.parametrize("said", [{"job": "nope"}, {}])
async def test_an_answer_to_nothing_is_refused(said, jenkins, session):
    async with session.post(f"{jenkins.url}/sandbox/answer", json=said, headers=MARK) as response:
        assert response.status == 400


async def test_what_the_stand_in_does_not_know_is_404_and_remembered(jenkins, session):
    headers = {"Authorization": aiohttp.encode_basic_auth("ci-bot", jenkins.user().token)}
    async with session.get(f"{jenkins.url}/job/deploy/api/json/x", headers=headers) as response:
        assert response.status == 404
    async with session.get(f"{jenkins.url}/view/all/api/json", headers=headers) as response:
        assert response.status == 404
    assert "GET /view/all/api/json" in jenkins.routes.unknown


async def test_as_a_process_it_says_where_it_is_and_ends_when_told():
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot.sandbox.jenkins",
        "--port",
        "0",
        "--speed",
        "50",
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    told = json.loads(await asyncio.wait_for(process.stdout.readline(), 20))
    async with driving(told["url"]) as runs:
        await runs.ping("ci")
    assert (told["user"], "deploy" in told["jobs"]) == ("ci-bot", True)
    process.send_signal(signal.SIGTERM)
    assert await asyncio.wait_for(process.wait(), 20) == 0
