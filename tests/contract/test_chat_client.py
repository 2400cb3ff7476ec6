"""Calls to Slack: each failure has one of the house's names and says the way out."""

from __future__ import annotations

import logging

import aiohttp
import pytest
from aiohttp import web

from bot.errors import Rejected, Unreachable
from bot.reasons import Reason
from bot.sandbox.slack import Fault
from bot.sandbox.slack.faults import Mode
from bot.slack.client import SlackClient, is_loopback
from bot.slack.identity import who_am_i
from bot.slack.refusals import SlackRejected
from tests.slack_peer import CHECKOUT, DANA, DEPLOYS, RANDOM, slack_peer

POST = "chat.postMessage"


async def test_auth_test_says_who_we_are() -> None:
    async with slack_peer() as peer:
        assert (peer.me.team, peer.me.user, peer.me.bot) == ("T0HARBOUR1", "U0PILOT007", "B0PILOT001")


@pytest.mark.parametrize(
    ("channel", "code", "way_out"),
    [
        (RANDOM, "not_in_channel", "/invite @pilothouse"),
        ("C0NOWHERE0", "channel_not_found", "/invite @pilothouse"),
    ],
)
async def test_a_channel_that_cannot_be_reached_says_the_way_out(
    channel: str, code: str, way_out: str
) -> None:
    async with slack_peer() as peer:
        with pytest.raises(SlackRejected) as refusal:
            await peer.client.call(POST, channel=channel, text="hello")

    assert refusal.value.code == code
    assert refusal.value.reason is Reason.CHANNEL_UNREACHABLE
    assert way_out in refusal.value.sentence


async def test_an_archived_channel_says_so() -> None:
    async with slack_peer() as peer:
        peer.slack.world.channel("deployments").archived = True
        with pytest.raises(SlackRejected, match="is archived"):
            await peer.client.call(POST, channel=DEPLOYS, text="hello")


async def test_a_missing_scope_is_named() -> None:
    async with slack_peer() as peer:
        app = peer.slack.world.app
        app.scopes = tuple(scope for scope in app.scopes if scope != "chat:write")
        with pytest.raises(SlackRejected) as refusal:
            await peer.client.call(POST, channel=DEPLOYS, text="hello")

    assert refusal.value.reason is Reason.PERMISSION_MISSING
    assert refusal.value.needed == "chat:write"
    assert "the scope chat:write for chat.postMessage" in refusal.value.sentence


async def test_a_wrong_token_is_refused_in_words_and_never_printed(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with slack_peer() as peer:
        client = SlackClient(peer.session, token="xoxb-secret-1234", api_url=peer.slack.api_url)
        with pytest.raises(Rejected) as refusal:
            await who_am_i(client)

    assert refusal.value.reason is Reason.CREDENTIALS_WRONG
    assert "slack.bot_token" in refusal.value.sentence
    assert "xoxb-secret-1234" not in caplog.text + str(refusal.value) + repr(refusal.value)


async def test_blocks_outside_the_limits_are_named_by_their_place() -> None:
    async with slack_peer() as peer:
        with pytest.raises(SlackRejected) as refusal:
            await peer.client.call(POST, channel=DEPLOYS, text="x", blocks=[{"type": "header"}])

    assert refusal.value.code == "invalid_blocks"
    assert "/blocks/0" in refusal.value.sentence


async def test_a_429_is_unreachable_for_as_long_as_slack_says() -> None:
    async with slack_peer() as peer:
        peer.slack.set_faults(Fault(mode="rate_limit", retry_after=7))
        with pytest.raises(Unreachable) as problem:
            await peer.client.call(POST, channel=DEPLOYS, text="hello")

    assert (problem.value.reason, problem.value.retry_after) == (Reason.RATE_LIMITED, 7.0)
    assert not problem.value.maybe_done


@pytest.mark.parametrize(
    ("mode", "reason"),
    [("fail", Reason.PEER_BROKEN), ("drop", Reason.PEER_DOWN), ("drop_after", Reason.PEER_DOWN)],
)
async def test_an_answer_that_is_not_known_may_have_been_done(mode: Mode, reason: Reason) -> None:
    async with slack_peer() as peer:
        peer.slack.set_faults(Fault(mode=mode))
        with pytest.raises(Unreachable) as problem:
            await peer.client.call(POST, channel=DEPLOYS, text="hello")

    assert problem.value.reason is reason
    assert problem.value.maybe_done


async def test_a_hanging_slack_is_given_up_after_the_timeout() -> None:
    async with slack_peer(give_up_after=0.2) as peer:
        peer.slack.set_faults(Fault(mode="hang"))
        with pytest.raises(Unreachable, match=r"did not answer chat\.postMessage within 0\.2 s") as problem:
            await peer.client.call(POST, channel=DEPLOYS, text="hello")

    assert problem.value.reason is Reason.PEER_SLOW
    assert problem.value.maybe_done


async def test_a_slack_that_is_not_there_was_never_told_anything(unused_tcp_port: int) -> None:
    async with aiohttp.ClientSession() as session:
        client = SlackClient(session, token="xoxb-1", api_url=f"http://127.0.0.1:{unused_tcp_port}/api/")
        with pytest.raises(Unreachable) as problem:
            await client.call(POST, channel=DEPLOYS, text="hello")

    assert problem.value.reason is Reason.PEER_DOWN
    assert not problem.value.maybe_done


async def test_an_internal_error_of_slack_is_tried_again() -> None:
    async with slack_peer() as peer:
        peer.slack.set_faults(Fault(mode="error", error="internal_error"))
        with pytest.raises(Unreachable) as problem:
            await peer.client.call(POST, channel=DEPLOYS, text="hello")

    assert problem.value.reason is Reason.PEER_BROKEN


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("[1, 2]", "application/json"),
        ("{broken", "application/json"),
        ("hello", "text/plain"),
        ("<html>log in</html>", "text/html"),
        ("[" * 100_000, "application/json"),
        ('{"ok": false}', "application/json"),
    ],
)
async def test_what_is_no_answer_of_slack_is_tried_again_and_may_have_been_done(body: str, kind: str) -> None:
    async def nonsense(_: web.Request) -> web.Response:
        return web.Response(text=body, content_type=kind)

    app = web.Application()
    app.router.add_route("*", "/api/{method}", nonsense)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        port = runner.addresses[0][1]
        async with aiohttp.ClientSession() as session:
            client = SlackClient(session, token="xoxb-1", api_url=f"http://127.0.0.1:{port}/api/")
            with pytest.raises(Unreachable, match=r"look at slack\.api_url") as refusal:
                await client.call("auth.test")
    finally:
        await runner.cleanup()

    assert refusal.value.reason is Reason.ANSWER_UNREADABLE
    assert refusal.value.maybe_done


async def test_twenty_calls_share_the_sessions_connection() -> None:
    opened: list[str] = []

    async def created(*_: object) -> None:
        opened.append("connection")

    trace = aiohttp.TraceConfig()
    trace.on_connection_create_end.append(created)
    async with slack_peer() as peer, aiohttp.ClientSession(trace_configs=[trace]) as session:
        client = SlackClient(session, token=peer.slack.world.app.bot_token, api_url=peer.slack.api_url)
        for _ in range(20):
            await client.call("users.info", user=DANA)

    assert len(opened) == 1


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"])
async def test_no_proxy_stands_between_us_and_the_loopback(
    variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, "http://127.0.0.1:9")
    async with slack_peer() as peer:
        assert (await peer.client.call("users.info", user=DANA))["ok"]


async def test_a_proxy_is_used_for_addresses_beyond_the_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []

    async def forward(request: web.Request) -> web.Response:
        seen.append(str(request.url))
        return web.json_response({"ok": True})

    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", forward)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{runner.addresses[0][1]}")
        async with aiohttp.ClientSession() as session:
            client = SlackClient(session, token="xoxb-1", api_url="http://slack.example/api/")
            await client.call("auth.test")
            assert await client.respond("http://hooks.slack.example/1", {"text": "hello"})
    finally:
        await runner.cleanup()

    assert seen == ["http://slack.example/api/auth.test", "http://hooks.slack.example/1"]


@pytest.mark.parametrize(
    ("url", "loopback"),
    [
        ("http://127.0.0.1:1/api/", True),
        ("http://[::1]/", True),
        ("http://localhost:80", True),
        ("https://slack.com/api/", False),
        ("http://127.0.0.1.evil.example/", False),
        ("http://[", False),
        ("", False),
    ],
)
def test_the_loopback_is_known_by_its_address(url: str, loopback: bool) -> None:
    assert is_loopback(url) is loopback


async def test_a_response_url_that_hangs_is_given_up() -> None:
    async with slack_peer(give_up_after=0.2) as peer:
        peer.slack.set_faults(Fault(mode="hang", methods=("response_url",)))
        with pytest.raises(Unreachable, match="response_url"):
            await peer.client.respond(f"{peer.slack.url}/response/T/1/x", {"text": "hello"})


async def test_reading_and_writing_methods_are_encoded_as_slack_takes_them() -> None:
    async with slack_peer() as peer:
        await peer.client.call("conversations.history", channel=DEPLOYS, include_all_metadata=True, limit=5)
        await peer.client.call("conversations.info", channel=CHECKOUT)
        await peer.client.call(POST, channel=DEPLOYS, text="<&>", unfurl_links=False)
        assert peer.slack.refused == []


async def test_every_call_is_counted_by_its_outcome() -> None:
    seen: list[tuple[str, str, bool]] = []
    async with slack_peer() as peer:
        client = SlackClient(
            peer.session,
            token=peer.slack.world.app.bot_token,
            api_url=peer.slack.api_url,
            observe=lambda method, outcome, seconds: seen.append((method, outcome, seconds > 0)),
        )
        await client.call("auth.test")
        with pytest.raises(SlackRejected):
            await client.call(POST, channel=RANDOM, text="hello")

    assert seen == [("auth.test", "ok", True), (POST, "channel_unreachable", True)]
