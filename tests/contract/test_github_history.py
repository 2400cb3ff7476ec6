"""GitHub's API: what each trouble means, how often it is asked, and where the token goes. Over real sockets."""

from __future__ import annotations

import asyncio

import pytest

from bot.errors import Unreachable
from bot.reasons import Reason
from bot.sandbox.github import GitHubStandIn
from bot.sources import github_client
from bot.sources.github import natural
from bot.sources.github_client import GitHubClient
from bot.sources.history import NotThere
from config.sources import GitHub
from tests.clock import ShiftableClock
from tests.histories import NAME, by_github, origin_in

ONE_TURN = 1.0
"""Seconds that somebody waits for GitHub at the most."""


@pytest.fixture
async def told(tmp_path):
    async with by_github(tmp_path, gives_up=1.0) as told:
        yield told


def between(told):
    return told.origin.commit("v1.4.2"), told.origin.commit("v1.4.3")


@pytest.mark.parametrize(
    ("mode", "reason"),
    [
        ("limit", Reason.RATE_LIMITED),
        ("429", Reason.RATE_LIMITED),
        ("secondary", Reason.RATE_LIMITED),
        ("forbidden", Reason.PERMISSION_MISSING),
        ("500", Reason.PEER_BROKEN),
        ("503", Reason.PEER_DOWN),
        ("drop", Reason.PEER_DOWN),
        ("hang", Reason.PEER_SLOW),
        ("html", Reason.ANSWER_UNREADABLE),
        ("cut", Reason.ANSWER_UNREADABLE),
        ("moved", Reason.PEER_BROKEN),
    ],
)
async def test_each_trouble_has_its_name(told, mode, reason):
    told.github.faults.mode = mode
    told.github.faults.seconds = 5
    with pytest.raises(Unreachable) as problem:
        await told.history.compare(*between(told))
    assert problem.value.reason is reason
    assert "ghp-token" not in problem.value.sentence


@pytest.mark.parametrize("mode", ["limit", "429", "secondary"])
async def test_a_limit_is_waited_out_without_asking(told, mode):
    told.github.faults.mode = mode
    told.github.faults.times = 1
    told.github.faults.seconds = 30
    with pytest.raises(Unreachable) as first:
        await told.history.resolve("1.4.2")
    assert 28 <= first.value.retry_after <= 31
    asked = len(told.github.asked)
    with pytest.raises(Unreachable) as second:
        await told.history.compare(*between(told))
    assert second.value.reason is Reason.RATE_LIMITED
    assert len(told.github.asked) == asked
    told.clock.advance(32)
    assert await told.history.resolve("1.4.2") == told.origin.commit("v1.4.2")


async def test_a_version_is_asked_for_once_while_it_is_fresh(told):
    for _ in range(5):
        await told.history.resolve("1.4.2")
    assert told.github.asked == [f"/repos/{NAME}/commits/tags/v1.4.2"]


async def test_a_comparison_takes_one_request_and_a_second_where_something_is_removed(told):
    await told.history.compare(*between(told))
    assert len(told.github.asked) == 1
    await told.history.compare(*reversed(between(told)))
    assert len(told.github.asked) == 3


async def test_a_wrong_token_is_said(tmp_path):
    async with by_github(tmp_path, given="ghp-other") as told:
        with pytest.raises(Unreachable) as problem:
            await told.history.resolve("1.4.2")
        assert problem.value.reason is Reason.CREDENTIALS_WRONG
        assert "ghp-other" not in problem.value.sentence


async def test_without_a_token_what_is_private_is_not_there(tmp_path):
    async with by_github(tmp_path, given="") as told:
        assert await told.history.resolve("1.4.2") == ""
        with pytest.raises(NotThere):
            await told.history.compare(*between(told))
        with pytest.raises(Unreachable, match="GitHub knows no harbour/checkout"):
            await told.history.check()


async def test_the_token_follows_no_redirect(tmp_path):
    elsewhere = GitHubStandIn({})
    await elsewhere.start()
    async with by_github(tmp_path) as told:
        told.github.faults.mode = "moved"
        with pytest.raises(Unreachable, match="has moved"):
            await told.history.resolve("1.4.2")
        assert len(told.github.asked) == 1
    await elsewhere.stop()


async def test_who_asks_waits_no_longer_than_he_has_to(tmp_path):
    async with by_github(tmp_path, gives_up=60, wait=ONE_TURN) as told:
        told.github.faults.mode = "hang"
        async with asyncio.timeout(30):
            with pytest.raises(Unreachable) as problem:
                await told.history.resolve("1.4.2")
        assert problem.value.reason is Reason.PEER_SLOW


async def test_an_answer_without_end_is_not_read_to_it(told, monkeypatch):
    monkeypatch.setattr(github_client, "MOST_BYTES", 500)
    with pytest.raises(Unreachable, match="larger than"):
        await told.history.compare(*between(told))


async def test_nobody_there_is_said(tmp_path):
    async with by_github(tmp_path) as told:
        await told.github.stop()
        with pytest.raises(Unreachable) as problem:
            await told.history.resolve("1.4.2")
        assert problem.value.reason is Reason.PEER_DOWN


async def test_people_are_sent_to_the_comparison(tmp_path):
    async with by_github(tmp_path) as told:
        live, asked = between(told)
        found = await told.history.compare(live, asked)
        assert found.url == f"{told.github.url}/{NAME}/compare/{live}...{asked}"


@pytest.mark.parametrize(
    ("api", "pages"),
    [
        ("https://api.github.com", "https://github.com"),
        ("https://github.example.com/api/v3/", "https://github.example.com"),
    ],
)
async def test_pages_for_people_are_not_where_the_api_is(api, pages):
    client = GitHubClient(GitHub(api_url=api), ShiftableClock())
    assert client.pages == pages
    await client.close()


async def test_versions_are_listed_the_highest_first_over_several_pages(tmp_path):
    origin = origin_in(tmp_path)
    for n in range(120):
        origin.git("tag", f"v3.{n}", "main")
    async with by_github(tmp_path, origin) as told:
        await told.history.known(10)
        tags = [one.name for one in told.history.names() if one.kind == "tags"]
        assert tags[:3] == ["v3.119", "v3.118", "v3.117"]
        assert len(tags) == 125


def test_numbers_are_sorted_as_numbers():
    names = ["v1.9", "v1.10", "v1", "main", "v1.10-rc1", ""]
    assert sorted(names, key=natural) == ["", "main", "v1", "v1.9", "v1.10", "v1.10-rc1"]


async def test_a_github_that_hangs_holds_up_one_who_asks_and_not_everybody_in_turn(tmp_path):
    async with by_github(tmp_path, gives_up=60, wait=ONE_TURN) as told:
        told.github.faults.mode = "hang"
        async with asyncio.timeout(3 * ONE_TURN):
            for version in ("1.4.1", "1.4.2", "1.4.3", "1.5.0"):
                with pytest.raises(Unreachable):
                    await told.history.resolve(version)
        told.github.faults.mode = "none"
        told.clock.advance(6)
        assert await told.history.resolve("1.4.2") == told.origin.commit("v1.4.2")
