"""Socket Mode: the vendor's own client must find nothing odd about the stand-in."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.slack import SlackStandIn


@pytest.fixture
async def slack() -> AsyncIterator[SlackStandIn]:
    async with SlackStandIn(ack_seconds=0.3, retry_delays=(0.0, 0.01, 0.02)) as stand_in:
        await stand_in.connect_app(None)
        yield stand_in


@pytest.fixture
async def client(slack: SlackStandIn) -> AsyncIterator[SocketModeClient]:
    made = SocketModeClient(
        app_token=slack.world.app.app_token,
        web_client=AsyncWebClient(slack.world.app.bot_token, base_url=slack.api_url),
        ping_interval=0.2,
    )
    yield made
    await made.close()
    await asyncio.sleep(0)


async def address(slack: SlackStandIn) -> str:
    web = AsyncWebClient(base_url=slack.api_url)
    return str((await web.apps_connections_open(app_token=slack.world.app.app_token))["url"])


async def test_the_vendors_client_gets_commands_clicks_and_events(
    slack: SlackStandIn, client: SocketModeClient
):
    heard: list[SocketModeRequest] = []

    async def listen(it: Any, request: SocketModeRequest) -> None:
        heard.append(request)
        answer = {"text": "thanks"} if request.type == "slash_commands" else None
        await it.send_socket_mode_response(
            SocketModeResponse(envelope_id=request.envelope_id, payload=answer)
        )

    client.socket_mode_request_listeners.append(listen)
    await client.connect()
    await slack.until(lambda: slack.state()["app"]["connected"])

    answer = await slack.say("dana", "deployments", "/deploy checkout staging")
    assert (answer["ok"], answer["status"]) == (True, 200)
    assert (await slack.say("dana", "deployments", "@pilothouse hello"))["status"] == 200
    assert [request.type for request in heard] == ["slash_commands", "events_api"]
    assert heard[0].payload["command"] == "/deploy"
    assert heard[0].accepts_response_payload is True
    assert heard[1].payload["event"]["type"] == "app_mention"
    assert slack.messages("deployments", viewer="dana")[0]["text"] == "thanks"


async def test_without_a_connection_the_app_did_not_respond(slack: SlackStandIn):
    assert slack.state()["app"] | {"commands": []} == {
        "id": "A0PILOT001",
        "bot_user_id": "U0PILOT007",
        "name": "Pilothouse",
        "commands": [],
        "transport": "socket",
        "connected": False,
    }
    assert (await slack.say("dana", "deployments", "/deploy help"))["error"] == "app_did_not_respond"


async def test_the_first_word_is_hello(slack: SlackStandIn):
    async with aiohttp.ClientSession() as session, session.ws_connect(await address(slack)) as socket:
        hello = await socket.receive_json()
    assert (hello["type"], hello["num_connections"]) == ("hello", 1)
    assert hello["connection_info"] == {"app_id": "A0PILOT001"}


async def test_an_address_works_once(slack: SlackStandIn):
    url = await address(slack)
    async with aiohttp.ClientSession() as session:
        async with session.ws_connect(url) as socket:
            await socket.receive_json()
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await session.ws_connect(url)


async def test_payloads_go_round_the_connections(slack: SlackStandIn):
    async with aiohttp.ClientSession() as session:
        sockets = [await session.ws_connect(await address(slack)) for _ in range(2)]
        for socket in sockets:
            await socket.receive_json()
        for socket in sockets:
            said = asyncio.create_task(slack.say("dana", "deployments", "/deploy help"))
            envelope = await socket.receive_json()
            await socket.send_json({"envelope_id": envelope["envelope_id"]})
            assert (await said)["ok"]
        for socket in sockets:
            await socket.close()


async def test_the_eleventh_connection_is_turned_away(slack: SlackStandIn):
    async with aiohttp.ClientSession() as session:
        sockets = [await session.ws_connect(await address(slack)) for _ in range(11)]
        first = [await socket.receive_json() for socket in sockets]
        assert [word["type"] for word in first] == ["hello"] * 10 + ["disconnect"]
        assert first[10]["reason"] == "too_many_websockets"
        for socket in sockets:
            await socket.close()


async def test_an_event_without_an_ack_comes_again_and_says_why(slack: SlackStandIn):
    async with aiohttp.ClientSession() as session, session.ws_connect(await address(slack)) as socket:
        await socket.receive_json()
        said = asyncio.create_task(slack.say("dana", "deployments", "@pilothouse hello"))
        first = await socket.receive_json()
        second = await socket.receive_json()
        await socket.send_json({"envelope_id": second["envelope_id"]})
        await slack.idle()
        assert (await said)["error"] == "operation_timeout"
    assert (first["retry_attempt"], second["retry_attempt"]) == (0, 1)
    assert second["retry_reason"] == "http_timeout"
    assert first["payload"]["event_id"] == second["payload"]["event_id"]
    assert first["envelope_id"] != second["envelope_id"]


async def test_late_and_senseless_acks_are_kept_as_refused(slack: SlackStandIn):
    async with aiohttp.ClientSession() as session, session.ws_connect(await address(slack)) as socket:
        await socket.receive_json()
        await socket.send_str("thanks")
        await socket.send_json({"envelope_id": "never-sent"})
        await slack.until(lambda: len(slack.refused) == 2)
    assert [call["error"] for call in slack.refused] == ["not_an_ack", "late_ack"]


async def test_a_connection_that_breaks_loses_what_it_carried_at_once(slack: SlackStandIn):
    async with aiohttp.ClientSession() as session:
        socket = await session.ws_connect(await address(slack))
        await socket.receive_json()
        said = asyncio.create_task(slack.say("dana", "deployments", "/deploy help"))
        await socket.receive_json()
        await socket.close()
        assert (await said)["error"] == "dispatch_failed"


async def test_a_client_that_is_asked_to_reconnect_does(slack: SlackStandIn, client: SocketModeClient):
    async def listen(it: Any, request: SocketModeRequest) -> None:
        await it.send_socket_mode_response(SocketModeResponse(envelope_id=request.envelope_id))

    client.socket_mode_request_listeners.append(listen)
    await client.connect()
    await slack.until(lambda: slack.links.count == 1)
    asked_before = len([call for call in slack.calls() if call["method"] == "apps.connections.open"])

    await slack.disconnect_sockets("warning")
    await slack.until(lambda: len(slack.calls()) > asked_before and slack.links.count == 1)
    assert (await slack.say("dana", "deployments", "/deploy help"))["ok"]


async def test_a_refresh_closes_the_old_connections(slack: SlackStandIn):
    async with aiohttp.ClientSession() as session, session.ws_connect(await address(slack)) as socket:
        await socket.receive_json()
        await slack.disconnect_sockets()
        assert (await socket.receive_json())["reason"] == "refresh_requested"
        assert (await socket.receive()).type is aiohttp.WSMsgType.CLOSE
    assert slack.links.count == 0
