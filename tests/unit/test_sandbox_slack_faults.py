"""Slack's limits on speed, and Slack on a bad day."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.slack import Fault, Rates, SlackStandIn
from bot.sandbox.slack.rates import Limiter, retry_after

HERE = "C0DEPLOYS1"


class Clock:
    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def slack(clock: Clock) -> AsyncIterator[SlackStandIn]:
    async with SlackStandIn(clock=clock) as stand_in:
        yield stand_in


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
async def web(slack: SlackStandIn, http: aiohttp.ClientSession) -> AsyncWebClient:
    """Without the SDK's own handler, which sends a call again when the connection breaks, a post too."""
    return AsyncWebClient(slack.world.app.bot_token, base_url=slack.api_url, session=http, retry_handlers=[])


async def post(web: AsyncWebClient, channel: str = HERE) -> str:
    """`ok`, or the seconds Slack wants to be left alone."""
    try:
        await web.chat_postMessage(channel=channel, text="a")
    except SlackApiError as limited:
        answer = limited.response
    else:
        return "ok"
    assert (answer.status_code, answer["error"]) == (429, "ratelimited")
    return str(answer.headers["Retry-After"])


# Rates


async def test_a_channel_takes_a_short_burst_then_one_message_a_second(web: AsyncWebClient, clock: Clock):
    assert [await post(web) for _ in range(6)] == ["ok"] * 5 + ["1"]
    clock.now += 1
    assert [await post(web) for _ in range(2)] == ["ok", "1"]


async def test_each_channel_has_its_own_pace(web: AsyncWebClient):
    assert [await post(web) for _ in range(6)][-1] == "1"
    assert await post(web, "C0CHECKOUT") == "ok"


async def test_a_channel_by_name_is_the_same_channel(web: AsyncWebClient):
    assert [await post(web, "#deployments") for _ in range(5)] == ["ok"] * 5
    assert await post(web) == "1"


async def test_the_workspace_takes_several_hundred_messages_a_minute(clock: Clock):
    limiter = Limiter(Rates(), clock)
    waits = [limiter.post(f"C{number}") for number in range(301)]
    assert waits[:300] == [0.0] * 300
    assert waits[300] > 0


async def test_messages_are_edited_at_most_50_times_a_minute(web: AsyncWebClient, clock: Clock):
    ts = (await web.chat_postMessage(channel=HERE, text="a"))["ts"]
    for _ in range(50):
        await web.chat_update(channel=HERE, ts=ts, text="b")
    with pytest.raises(SlackApiError) as limited:
        await web.chat_update(channel=HERE, ts=ts, text="b")
    assert limited.value.response.headers["Retry-After"] == "60"
    clock.now += 60
    assert (await web.chat_update(channel=HERE, ts=ts, text="b"))["ok"]


async def test_a_limit_concerns_one_method_only(web: AsyncWebClient, slack: SlackStandIn):
    for _ in range(20):
        await web.usergroups_list()
    with pytest.raises(SlackApiError):
        await web.usergroups_list()
    assert (await web.users_list())["ok"]
    assert slack.refused[0] | {"at": 0, "n": 0} == {
        "n": 0,
        "at": 0,
        "method": "usergroups.list",
        "args": {},
        "ok": False,
        "http_status": 429,
        "error": "ratelimited",
        "detail": "again in 60 s",
    }


async def test_rates_can_be_scaled_and_taken_away(clock: Clock):
    fast = Limiter(Rates(scale=60), clock)
    for _ in range(20):
        assert fast.method("usergroups.list", "t2") == 0
    assert fast.method("usergroups.list", "t2") == pytest.approx(1)
    free = Limiter(Rates(scale=float("inf"), post_burst=1), clock)
    assert {free.post("C1") + free.method("m", "t1") for _ in range(1_000)} == {0.0}


def test_retry_after_is_in_whole_seconds_and_never_nought():
    assert [retry_after(seconds) for seconds in (0.01, 1.0, 1.2, 59.5)] == ["1", "1", "2", "60"]


# Faults


async def test_slack_can_be_told_to_limit_so_that_a_client_that_waits_gets_through(
    slack: SlackStandIn, web: AsyncWebClient
):
    slack.set_faults(Fault(mode="rate_limit", retry_after=0, times=2))
    web.retry_handlers = [AsyncRateLimitErrorRetryHandler(max_retry_count=2)]
    assert (await web.chat_postMessage(channel=HERE, text="a"))["ok"]
    assert [(call["http_status"], call["ok"]) for call in slack.calls()] == [
        (429, False),
        (429, False),
        (200, True),
    ]
    assert len(slack.messages("deployments")) == 1


async def test_slack_can_be_told_to_fail_with_503_and_no_json(
    slack: SlackStandIn, http: aiohttp.ClientSession
):
    slack.set_faults(Fault(mode="fail"))
    async with http.post(f"{slack.api_url}auth.test") as response:
        assert response.status == 503
        assert response.content_type == "text/html"


async def test_slack_can_be_told_to_answer_an_error(slack: SlackStandIn, web: AsyncWebClient):
    slack.set_faults(Fault(mode="error", error="fatal_error", methods=("auth.test",)))
    with pytest.raises(SlackApiError, match="fatal_error"):
        await web.auth_test()
    assert (await web.chat_postMessage(channel=HERE, text="a"))["ok"]


async def test_a_dropped_call_took_no_effect(slack: SlackStandIn, web: AsyncWebClient):
    slack.set_faults(Fault(mode="drop", times=1))
    with pytest.raises(aiohttp.ClientError):
        await web.chat_postMessage(channel=HERE, text="a")
    assert slack.messages("deployments") == []
    assert (await web.chat_postMessage(channel=HERE, text="a"))["ok"]


async def test_a_lost_answer_leaves_the_message_behind(slack: SlackStandIn, web: AsyncWebClient):
    slack.set_faults(Fault(mode="drop_after", methods=("chat.postMessage",), times=1))
    with pytest.raises(aiohttp.ClientError):
        await web.chat_postMessage(channel=HERE, text="a")
    assert [message["text"] for message in slack.messages("deployments")] == ["a"]
    assert slack.calls()[0]["detail"] == "the answer was lost"


async def test_the_vendors_client_as_it_comes_posts_twice_when_an_answer_is_lost(slack: SlackStandIn):
    slack.set_faults(Fault(mode="drop_after", times=1))
    async with aiohttp.ClientSession() as session:
        as_it_comes = AsyncWebClient(slack.world.app.bot_token, base_url=slack.api_url, session=session)
        assert (await as_it_comes.chat_postMessage(channel=HERE, text="a"))["ok"]
    assert len(slack.messages("deployments")) == 2


async def test_a_hanging_call_is_let_go_when_the_fault_is_lifted(slack: SlackStandIn, web: AsyncWebClient):
    slack.set_faults(Fault(mode="hang"))
    call = asyncio.create_task(web.auth_test())
    await slack.until(lambda: [call for call in slack.calls() if call["error"] == "hang"])
    assert not call.done()
    slack.set_faults()
    with pytest.raises(aiohttp.ClientError):
        await call
    assert (await web.auth_test())["ok"]


async def test_a_hanging_slack_can_be_stopped(clock: Clock, http: aiohttp.ClientSession):
    slack = SlackStandIn(clock=clock)
    await slack.start()
    slack.set_faults(Fault(mode="hang"))
    web = AsyncWebClient(slack.world.app.bot_token, base_url=slack.api_url, session=http, retry_handlers=[])
    call = asyncio.create_task(web.auth_test())
    await slack.until(slack.calls)
    await asyncio.wait_for(slack.stop(), 1)
    with pytest.raises(aiohttp.ClientError):
        await call


async def test_the_first_fault_that_concerns_a_call_wins(slack: SlackStandIn, web: AsyncWebClient):
    slack.set_faults(
        Fault(mode="error", error="one", methods=("auth.test",), times=1), Fault(mode="error", error="two")
    )
    errors = []
    for _ in range(2):
        with pytest.raises(SlackApiError) as refused:
            await web.auth_test()
        errors.append(refused.value.response["error"])
    assert errors == ["one", "two"]
    assert slack.faults()["slack"]["error"] == "two"


def test_an_unknown_fault_is_an_error_of_the_test():
    with pytest.raises(ValueError, match="none of"):
        Fault(mode="explode")  # type: ignore[arg-type]
