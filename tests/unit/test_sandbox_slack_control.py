"""The sandbox's HTTP interface, as `docs/sandbox.md` describes it, and the stand-in as a process of its own."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.slack import SlackStandIn
from tests.listening import ListeningApp, listening

GUARD = {"X-Pilothouse-Sandbox": "1"}
BUTTON = [
    {
        "type": "actions",
        "block_id": "b",
        "elements": [{"type": "button", "action_id": "go", "text": {"type": "plain_text", "text": "Go"}}],
    }
]


@pytest.fixture
async def app() -> AsyncIterator[ListeningApp]:
    async with listening() as it:
        yield it


@pytest.fixture
async def slack(app: ListeningApp) -> AsyncIterator[SlackStandIn]:
    guide = [{"text": "Type this", "say": {"channel": "C0DEPLOYS1", "text": "/deploy help"}}]
    async with SlackStandIn(jenkins_url="http://127.0.0.1:1", guide=guide, retry_delays=(0.0,)) as stand_in:
        await stand_in.connect_app(app.url)
        yield stand_in


@pytest.fixture
async def http(slack: SlackStandIn) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(slack.url) as session:
        yield session


@pytest.fixture
async def web(slack: SlackStandIn) -> AsyncWebClient:
    return AsyncWebClient(slack.world.app.bot_token, base_url=slack.api_url)


async def look(http: aiohttp.ClientSession, path: str, **query: str) -> Any:
    async with http.get(f"/sandbox/{path}", params=query) as response:
        return await response.json()


async def act(http: aiohttp.ClientSession, path: str, **body: Any) -> Any:
    async with http.post(f"/sandbox/{path}", json=body, headers=GUARD) as response:
        return await response.json()


async def test_the_state_names_team_app_people_channels_groups_and_guide(http: aiohttp.ClientSession):
    state = await look(http, "state")
    assert state["team"] == {"id": "T0HARBOUR1", "name": "Harbour", "domain": "harbour"}
    assert (state["app"]["transport"], state["app"]["connected"]) == ("http", True)
    assert state["app"]["commands"][0]["command"] == "/deploy"
    people = {person["name"]: person for person in state["people"]}
    assert people["dana"]["timezone"] == "Europe/Berlin"
    assert (people["gus"]["guest"], people["stella"]["stranger"], people["pilothouse"]["bot"]) == (
        True,
        True,
        True,
    )
    assert {"name": "sre", "handle": "sre"}["handle"] in {group["handle"] for group in state["groups"]}
    direct = [channel for channel in state["channels"] if channel["is_im"]]
    assert {channel["user"] for channel in direct} >= {"U0DANA0001"}
    assert state["jenkins"] == {"url": "http://127.0.0.1:1"}
    assert state["guide"][0]["text"] == "Type this"


async def test_a_script_can_say_and_click_and_read(
    http: aiohttp.ClientSession, web: AsyncWebClient, app: ListeningApp
):
    said = await act(http, "say", user="U0DANA0001", channel="C0DEPLOYS1", text="hello")
    assert (said["ok"], said["kind"]) == (True, "message")
    ts = (await web.chat_postMessage(channel="C0DEPLOYS1", text="Go?", blocks=BUTTON))["ts"]
    clicked = await act(
        http, "click", user="U0SAM00002", channel="C0DEPLOYS1", message_ts=ts, block_id="b", action_id="go"
    )
    assert (clicked["ok"], clicked["status"]) == (True, 200)
    assert app.last["actions"][0]["action_id"] == "go"
    messages = (await look(http, "messages", channel="C0DEPLOYS1", viewer="U0DANA0001"))["messages"]
    assert [message["text"] for message in messages] == ["hello", "Go?"]
    assert [call["method"] for call in (await look(http, "calls"))["calls"]] == ["chat.postMessage"]
    assert (await look(http, "calls", since="1"))["calls"] == []
    assert [d["kind"] for d in (await look(http, "deliveries"))["deliveries"]] == ["block_actions"]
    assert (await act(http, "redeliver", n=1))["ok"]
    assert (await act(http, "idle"))["ok"]


async def test_a_script_can_fill_in_a_form(
    http: aiohttp.ClientSession, web: AsyncWebClient, app: ListeningApp
):
    await act(http, "say", user="dana", channel="deployments", text="/deploy help")
    field = {"type": "plain_text_input", "action_id": "in"}
    block = {
        "type": "input",
        "block_id": "why",
        "label": {"type": "plain_text", "text": "Why"},
        "element": field,
    }
    view = {
        "type": "modal",
        "title": {"type": "plain_text", "text": "T"},
        "submit": {"type": "plain_text", "text": "S"},
        "blocks": [block],
    }
    opened = await web.views_open(trigger_id=app.last["trigger_id"], view=view)
    [shown] = (await look(http, "views", viewer="dana"))["views"]
    assert shown["id"] == opened["view"]["id"]
    wrong = await act(http, "views/submit", user="dana", view_id=shown["id"])
    assert wrong["errors"] == {"why": "Please complete this required field."}
    values = {"why": {"in": {"type": "plain_text_input", "value": "so"}}}
    right = await act(http, "views/submit", user="dana", view_id=shown["id"], values=values)
    assert (right["ok"], right["closed"]) == (True, True)
    assert (await act(http, "views/close", user="dana", view_id=shown["id"]))["error"] == "view_not_found"
    assert await act(http, "home", user="dana") == {"view": None}


async def test_faults_are_set_and_shown(http: aiohttp.ClientSession):
    assert (await look(http, "faults"))["slack"]["mode"] == "none"
    fault = {"mode": "rate_limit", "retry_after": 7, "methods": ["chat.update"], "times": 2}
    shown = await act(http, "faults", slack=fault)
    assert {name: shown["slack"][name] for name in fault} == fault
    assert (await look(http, "state"))["faults"]["slack"]["mode"] == "rate_limit"
    assert (await act(http, "faults", slack={"mode": "explode"}))["error"] == "invalid_arguments"
    await act(http, "faults", slack={"mode": "none"})
    assert (await look(http, "faults"))["slack"]["mode"] == "none"


async def test_what_the_app_did_wrong_is_listed(http: aiohttp.ClientSession, web: AsyncWebClient):
    web.token = "xoxb-wrong"
    with pytest.raises(Exception, match="invalid_auth"):
        await web.auth_test()
    [refused] = (await look(http, "refused"))["refused"]
    assert (refused["method"], refused["error"]) == ("auth.test", "invalid_auth")


async def test_members_come_and_go(http: aiohttp.ClientSession, slack: SlackStandIn):
    assert (await act(http, "members", user="pilothouse", channel="random"))["ok"]
    assert "U0PILOT007" in slack.world.channel("random").members
    await act(http, "members", user="pilothouse", channel="random", member=False)
    assert "U0PILOT007" not in slack.world.channel("random").members


async def test_the_app_is_connected_by_a_script(
    http: aiohttp.ClientSession, slack: SlackStandIn, app: ListeningApp
):
    assert (await act(http, "connect", url=None))["ok"]
    assert slack.state()["app"]["transport"] == "socket"
    assert (await act(http, "disconnect"))["ok"]
    assert (await act(http, "connect", url=app.url))["ok"]
    assert (await act(http, "connect", url=app.url + "/nowhere"))["error"] == "not_verified"


async def read_events(response: aiohttp.ClientResponse, count: int) -> list[Any]:
    happenings: list[Any] = []
    async for line in response.content:
        if line.startswith(b"data: "):
            happenings.append(json.loads(line[6:]))
            if len(happenings) == count:
                break
    return happenings


async def test_the_stream_tells_each_viewer_what_concerns_him(
    http: aiohttp.ClientSession, web: AsyncWebClient, slack: SlackStandIn
):
    async with http.get("/sandbox/stream", params={"viewer": "U0SAM00002"}) as response:
        assert response.content_type == "text/event-stream"
        await response.content.readline()
        await web.chat_postEphemeral(channel="C0DEPLOYS1", user="U0DANA0001", text="not for Sam")
        ts = (await web.chat_postMessage(channel="C0DEPLOYS1", text="for all"))["ts"]
        await web.chat_delete(channel="C0DEPLOYS1", ts=ts)
        async with asyncio.timeout(5):
            happenings = await read_events(response, 5)
    told = [h for h in happenings if h["kind"] != "call"]
    assert told == [
        {"kind": "message", "channel": "C0DEPLOYS1", "ts": ts},
        {"kind": "deleted", "channel": "C0DEPLOYS1", "ts": ts},
    ]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 403),
        ({**GUARD, "Origin": "https://evil.example"}, 403),
        ({**GUARD, "Host": "evil.example"}, 403),
        ({**GUARD, "Origin": "http://localhost:3000"}, 200),
    ],
)
async def test_a_foreign_page_can_not_drive_the_sandbox(
    http: aiohttp.ClientSession, headers: dict[str, str], status: int
):
    async with http.post("/sandbox/idle", headers=headers) as response:
        assert response.status == status


async def test_a_foreign_name_can_not_even_look(http: aiohttp.ClientSession):
    async with http.get("/sandbox/state", headers={"Host": "evil.example"}) as response:
        assert response.status == 403


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"user": "dana"}', b'{"usr": 1}'])
async def test_a_body_that_makes_no_sense_is_refused_in_words(http: aiohttp.ClientSession, body: bytes):
    async with http.post(
        "/sandbox/say", data=body, headers={**GUARD, "Content-Type": "application/json"}
    ) as response:
        answer = await response.json()
    assert response.status == 400
    assert answer["error"] in {"invalid_json", "invalid_arguments"}
    assert answer["detail"]


async def test_what_is_looked_for_in_vain_is_refused_in_words(http: aiohttp.ClientSession):
    async with http.get("/sandbox/messages", params={"channel": "nowhere"}) as response:
        assert (response.status, (await response.json())["error"]) == (400, "invalid_arguments")


async def test_the_page_is_served(http: aiohttp.ClientSession):
    async with http.get("/") as response:
        assert response.status == 200
        assert response.content_type == "text/html"


async def test_it_runs_as_a_process_of_its_own():
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *(
            "-W",
            "error",
            "-m",
            "bot.sandbox.slack",
            "--transport",
            "socket",
            "--command",
            "/ship",
            "--rate-scale",
            "inf",
        ),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        facts = json.loads(await asyncio.wait_for(process.stdout.readline(), 20))
        web = AsyncWebClient(facts["bot_token"], base_url=facts["api_url"])
        assert (await web.auth_test())["user"] == "pilothouse"
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"{facts['url']}/sandbox/state") as response,
        ):
            state = await response.json()
        assert (state["app"]["transport"], state["app"]["commands"][0]["command"]) == ("socket", "/ship")
    finally:
        process.terminate()
        _, errors = await asyncio.wait_for(process.communicate(), 10)
    assert (process.returncode, errors) == (0, b"")
