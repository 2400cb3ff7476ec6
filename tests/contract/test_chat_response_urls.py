"""Private answers by `response_url`, as long as Slack allows them: five uses within half an hour."""

from __future__ import annotations

import pytest
from aiohttp import web

from bot.people import Place
from bot.sandbox.slack import Fault, SlackStandIn
from bot.slack.response_urls import ResponseUrls
from tests.clock import ShiftableClock
from tests.slack_peer import DANA, DEPLOYS, Peer, slack_peer


async def place_after_a_command(peer: Peer) -> Place:
    """A place with a real response_url, from a command that a little server took."""
    seen: list[str] = []

    async def take(request: web.Request) -> web.Response:
        seen.append(str((await request.post()).get("response_url", "")))
        return web.Response()

    app = web.Application()
    app.router.add_post("/slack/events", take)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        await peer.slack.connect_app(f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events", verify=False)
        await peer.slack.say(DANA, DEPLOYS, "/deploy help")
    finally:
        await runner.cleanup()
    return Place(channel=DEPLOYS, response_url=seen[0])


def how_told(peer: Peer) -> list[str]:
    told = {"response_url", "chat.postEphemeral"}
    return [call["method"] for call in peer.slack.calls() if call["method"] in told]


async def test_five_answers_go_by_response_url_and_the_sixth_as_an_ephemeral_message() -> None:
    async with slack_peer() as peer:
        place = await place_after_a_command(peer)
        for number in range(6):
            await peer.chat.tell(DANA, place, (f"answer {number}",))

        assert how_told(peer) == ["response_url"] * 5 + ["chat.postEphemeral"]
        assert len(peer.slack.messages(DEPLOYS, viewer=DANA)) == 6
        assert peer.slack.refused == []


async def test_after_half_an_hour_the_response_url_is_no_longer_tried() -> None:
    clock = ShiftableClock()
    async with slack_peer(SlackStandIn(clock=clock.now), clock=clock) as peer:
        place = await place_after_a_command(peer)
        await peer.chat.tell(DANA, place, ("first",))
        clock.advance(29.5 * 60)
        await peer.chat.tell(DANA, place, ("second",))

        assert how_told(peer) == ["response_url", "chat.postEphemeral"]


async def test_a_response_url_that_ran_out_before_a_restart_falls_back() -> None:
    clock = ShiftableClock()
    async with slack_peer(SlackStandIn(clock=clock.now), clock=clock) as peer:
        place = await place_after_a_command(peer)
        clock.advance(45 * 60)
        await peer.chat.tell(DANA, place, ("hello",))

        (message,) = peer.slack.messages(DEPLOYS, viewer=DANA)
        assert message["ephemeral"]
        assert how_told(peer)[-1] == "chat.postEphemeral"


@pytest.mark.parametrize("url", ["not a url", "http://", "ftp://x.example/y"])
async def test_what_is_no_address_falls_back_too(url: str) -> None:
    async with slack_peer() as peer:
        await peer.chat.tell(DANA, Place(channel=DEPLOYS, response_url=url), ("hello",))

        assert len(peer.slack.messages(DEPLOYS, viewer=DANA)) == 1


async def test_an_answer_by_response_url_does_not_replace_the_message_it_is_about() -> None:
    async with slack_peer() as peer:
        place = await place_after_a_command(peer)
        await peer.chat.tell(DANA, place, ("no",))
        (call,) = [call for call in peer.slack.calls() if call["method"] == "response_url"]

        assert call["args"]["replace_original"] is False
        assert call["args"]["response_type"] == "ephemeral"


async def test_a_response_url_that_cannot_be_reached_is_tried_again_later() -> None:
    async with slack_peer() as peer:
        place = await place_after_a_command(peer)
        peer.slack.set_faults(Fault(mode="fail", methods=("response_url",)))
        await peer.chat.tell(DANA, place, ("hello",))

        assert how_told(peer) == ["response_url", "chat.postEphemeral"]


def test_uses_are_counted_by_url_and_forgotten_in_time() -> None:
    clock = ShiftableClock(0, frozen=True)
    urls = ResponseUrls(clock)

    assert [urls.use("a") for _ in range(6)] == [True] * 5 + [False]
    assert urls.use("b")
    urls.forget("b")
    assert not urls.use("b")
    clock.advance(3 * 3600)
    assert urls.use("c")
    assert list(urls._seen) == ["c"]
