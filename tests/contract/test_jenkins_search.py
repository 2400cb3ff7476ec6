"""Looking for a run by its key: found however far back it is, and "not there" only with proof."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from email.utils import formatdate
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.drivers.jenkins import JenkinsRuns
from bot.errors import Rejected
from bot.reasons import Reason
from bot.runs import RunPhase, RunRef
from tests.jenkins.drivers import driving, target

HOUR = 3600.0
REF = RunRef(key="ours", queue="7")


class History:
    """A Jenkins whose queue is empty and whose one job has these builds: number → (age in seconds, key)."""

    def __init__(
        self, builds: dict[int, tuple[float, str]], *, following: int = 0, behind: float = 0.0
    ) -> None:
        self.builds = builds
        self.following = following or max(builds, default=0) + 1
        self.behind = behind
        self.asked: list[str] = []
        self.readable = True

    def newest_first(self) -> Iterator[dict[str, Any]]:
        for number in sorted(self.builds, reverse=True):
            age, key = self.builds[number]
            parameters = [{"name": "PILOTHOUSE_KEY", "value": key}]
            yield {
                "number": number,
                "timestamp": int((time.time() - self.behind - age) * 1000),
                "queueId": -1,
                "actions": [{"parameters": parameters}],
            }

    async def answer(self, request: web.Request) -> web.Response:
        tree = request.query.get("tree", "")
        self.asked.append(f"{request.path} {tree[:15]}")
        headers = {"Date": formatdate(time.time() - self.behind, usegmt=True)}
        if request.path == "/queue/api/json":
            return web.json_response({"items": []}, headers=headers)
        if request.path == "/job/deploy/1/api/json":
            *_, build = self.newest_first()
            return web.json_response({**build, "building": True}, headers=headers)
        if request.path != "/job/deploy/api/json" or not self.readable:
            return web.Response(status=404, headers=headers)
        first, end = (int(one) for one in tree.rpartition("{")[2].rstrip("}").split(","))
        builds = list(self.newest_first())[first:end]
        name = "allBuilds" if "allBuilds" in tree else "builds"
        return web.json_response({"nextBuildNumber": self.following, name: builds}, headers=headers)

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[JenkinsRuns]:
        app = web.Application()
        app.router.add_get("/{path:.*}", self.answer)
        async with (
            TestServer(app, skip_url_asserts=True) as server,
            driving(str(server.make_url(""))) as runs,
        ):
            yield runs


def aged(*numbers: int, age: float = 60.0) -> dict[int, tuple[float, str]]:
    return dict.fromkeys(numbers, (age, "another"))


PROVEN = {
    "nothing was ever built": History({}),
    "all builds since the first": History(aged(1, 2, 3)),
    "down to a build from before": History({**aged(41, 42), 40: (3 * HOUR, "another")}),
    "a gap further back": History({**aged(41, 42), 40: (3 * HOUR, "another"), 12: (9 * HOUR, "another")}),
    "many pages": History(aged(*range(1, 400))),
}
UNPROVEN = {
    "everything was discarded": History({}, following=9),
    "the oldest that is kept is too young": History(aged(40, 41, 42)),
    "one in between was deleted": History({**aged(41, 43), 40: (3 * HOUR, "another")}),
    "the newest was deleted": History({**aged(41), 40: (3 * HOUR, "another")}, following=43),
    "an old one was kept for ever": History({**aged(42), 3: (90 * HOUR, "another")}),
    "clocks may differ by minutes": History({**aged(41, 42), 40: (HOUR + 300, "another")}),
    "an older clock makes builds look older": History(
        {**aged(41, 42), 40: (HOUR - 60, "another")}, behind=3 * HOUR
    ),
    "more builds than are looked through": History(aged(*range(1, 2200))),
}


@pytest.mark.parametrize("history", PROVEN.values(), ids=PROVEN)
async def test_what_all_builds_since_then_show_was_never_started(history: History) -> None:
    since = time.time() - HOUR
    async with history.serving() as runs:
        assert (await runs.status(target(), REF, since=since)).phase is RunPhase.MISSING


@pytest.mark.parametrize("history", UNPROVEN.values(), ids=UNPROVEN)
async def test_what_was_forgotten_proves_nothing(history: History) -> None:
    since = time.time() - HOUR
    async with history.serving() as runs:
        with pytest.raises(Rejected) as caught:
            await runs.status(target(), REF, since=since)
    assert caught.value.reason is Reason.RUN_LOST
    assert "look at the job" in caught.value.sentence


@pytest.mark.parametrize("newer", [0, 49, 50, 149, 150, 1500])
async def test_a_run_is_found_behind_any_number_of_newer_ones(newer: int) -> None:
    builds = {1: (60.0, "ours"), **aged(*range(2, newer + 2))}
    async with History(builds).serving() as runs:
        seen = await runs.status(target(), RunRef(key="ours"), since=time.time() - HOUR)
    assert (seen.phase, seen.ref.number) == (RunPhase.RUNNING, "1")


async def test_a_job_that_can_t_be_read_proves_nothing() -> None:
    history = History({})
    history.readable = False
    async with history.serving() as runs:
        with pytest.raises(Rejected) as caught:
            await runs.status(target(), REF, since=time.time() - HOUR)
    assert caught.value.reason is Reason.JOB_MISSING


async def test_the_usual_search_asks_for_the_queue_and_one_page() -> None:
    history = History({**aged(*range(41, 60)), 40: (3 * HOUR, "another")})
    async with history.serving() as runs:
        await runs.status(target(), RunRef(key="ours"), since=time.time() - HOUR)
    assert [one.partition(" ")[0] for one in history.asked] == ["/queue/api/json", "/job/deploy/api/json"]
