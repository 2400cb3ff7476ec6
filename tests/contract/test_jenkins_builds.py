"""The builds of a job (`bot.ports.Runs.builds`), over real HTTP against the stand-in."""

from __future__ import annotations

from contextlib import asynccontextmanager

import pytest

from bot.errors import Rejected, Unreachable
from bot.reasons import Reason
from bot.redacted import RedactedRuns
from bot.redaction import Redactor
from bot.runs import RunResult, RunTarget
from bot.sandbox.jenkins.faults import Faults
from bot.sandbox.jenkins.jobs import Job, Parameter, Past
from bot.sandbox.jenkins.server import JenkinsStandIn
from tests.clock import ShiftableClock
from tests.jenkins.drivers import driving
from tests.waiting import until

VERSION = Parameter(name="VERSION", default="1.0.0")
CLEAN = Parameter(name="CLEAN", kind="Boolean")
SECRET = Parameter(name="PASSWORD", kind="Password")
KEY = Parameter(name="PILOTHOUSE_KEY")
COMMIT = "a" * 40


def past(*versions: str, **more) -> tuple[Past, ...]:
    return tuple(
        Past(values={"VERSION": version, "CLEAN": True, "PASSWORD": "x"}, ago=1000.0 - n, **more)
        for n, version in enumerate(versions)
    )


@asynccontextmanager
async def jenkins_with(*builds: Past, **more):
    job = Job(name="shop/build it", parameters=(VERSION, CLEAN, SECRET, KEY), past=builds, seconds=60, **more)
    server = JenkinsStandIn([job], clock=ShiftableClock(), quiet_period=0)
    await server.start()
    try:
        async with driving(server.url) as runs:
            yield server, runs
    finally:
        await server.stop()
    assert server.routes.unknown == []


async def test_builds_come_newest_first_with_what_they_were_given():
    async with jenkins_with(*past("1.0.0", "1.1.0")) as (server, runs):
        newest, older = await runs.builds("ci", "shop/build it", 10)
    assert (newest.number, newest.name, newest.result) == ("2", "#2", RunResult.SUCCESS)
    assert newest.parameters == {"VERSION": "1.1.0", "CLEAN": "true"}
    assert newest.url == f"{server.url}/job/shop/job/build%20it/2/"
    assert newest.at == pytest.approx(older.at + 1)
    assert older.parameters["VERSION"] == "1.0.0"


@pytest.mark.parametrize(
    ("result", "seen"),
    [
        ("SUCCESS", RunResult.SUCCESS),
        ("UNSTABLE", RunResult.UNSTABLE),
        ("FAILURE", RunResult.FAILURE),
        ("ABORTED", RunResult.ABORTED),
        ("NOT_BUILT", RunResult.ABORTED),
    ],
)
async def test_each_end_of_a_build_is_told(result, seen):
    async with jenkins_with(*past("1.0.0", result=result)) as (_, runs):
        (build,) = await runs.builds("ci", "shop/build it", 10)
    assert build.result is seen


async def test_a_build_that_goes_on_has_no_result():
    async with jenkins_with() as (_, runs):
        target = RunTarget(driver="jenkins", server="ci", job="shop/build it", parameters={"VERSION": "2"})
        await runs.start(target, "k1", fresh=True)

        async def begun():
            return await runs.builds("ci", "shop/build it", 10)

        (build,) = await until(begun)
    assert build.result is None
    assert build.parameters["VERSION"] == "2"


async def test_more_builds_than_jenkins_tells_at_once_are_read_page_by_page():
    async with jenkins_with(*past(*(f"1.{n}" for n in range(250)))) as (server, runs):
        found = await runs.builds("ci", "shop/build it", 230)
        assert [one.number for one in found] == [str(n) for n in range(250, 20, -1)]
        assert server.calls == 3
        assert len(await runs.builds("ci", "shop/build it", 2000)) == 250
        assert [one.number for one in await runs.builds("ci", "shop/build it", 1)] == ["250"]


async def test_a_name_that_the_job_gave_a_build_and_the_commit_that_it_came_from_are_told():
    async with jenkins_with(*past("1.0.0", name="checkout 1.0.0", commit=COMMIT)) as (_, runs):
        (build,) = await runs.builds("ci", "shop/build it", 10)
    assert (build.name, build.commit) == ("checkout 1.0.0", COMMIT)


async def test_what_is_no_commit_is_not_told_as_one():
    async with jenkins_with(*past("1.0.0", commit="main")) as (_, runs):
        (build,) = await runs.builds("ci", "shop/build it", 10)
    assert build.commit == ""


async def test_a_job_that_is_not_there_is_said():
    async with jenkins_with() as (_, runs):
        with pytest.raises(
            Rejected, match="has no job “shop/nothing”, whose builds are to be versions"
        ) as no:
            await runs.builds("ci", "shop/nothing", 10)
    assert no.value.reason is Reason.JOB_MISSING


async def test_a_job_without_builds_has_none():
    async with jenkins_with() as (_, runs):
        assert await runs.builds("ci", "shop/build it", 10) == []


async def test_a_jenkins_that_is_away_is_unreachable():
    async with jenkins_with(*past("1.0.0")) as (server, runs):
        server.set_faults(Faults(mode="503"))
        with pytest.raises(Unreachable):
            await runs.builds("ci", "shop/build it", 10)


async def test_a_secret_that_a_build_shows_goes_no_further():
    async with jenkins_with(*past("token-12345", name="built with token-12345")) as (_, runs):
        redacted = RedactedRuns(runs, Redactor(["token-12345"]))
        (build,) = await redacted.builds("ci", "shop/build it", 10)
    assert "token-12345" not in repr(build)
