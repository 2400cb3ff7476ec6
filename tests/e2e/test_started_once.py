"""Started once, however much Jenkins forgets: not found is not the same as never started."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bot.sandbox.jenkins.faults import Faults
from bot.sandbox.jenkins.jobs import Job
from bot.sandbox.jenkins.users import BUILD, CANCEL, OVERALL_READ, READ
from tests.e2e.house import DANA, LONG, PARAMETERS, SAM, SOFIA, House, jobs, long_jobs
from tests.waiting import until

ONE = {"approve": ["1 of sre"]}
OVERNIGHT = 8 * 3600.0


def busy() -> list[Job]:
    return [Job(name="other", seconds=36_000)]


async def occupy(house: House) -> None:
    """Let somebody else's run take the only executor."""
    house.jenkins.engine.submit(house.jenkins.engine.jobs["other"], {}, "somebody", None)
    await house.until(lambda: house.runs("other"))


def vacate(house: House) -> None:
    house.jenkins.engine.stop(house.runs("other")[0], "somebody")


async def others_run(house: House, count: int) -> None:
    """Let other people's builds of the shared job come and go."""
    state = house.jenkins.engine.jobs["deploy"]
    before = len(house.runs())
    for number in range(count):
        house.jenkins.engine.submit(state, {"PILOTHOUSE_KEY": f"other-{number}"}, "somebody", None)
    await until(lambda: sum(bool(one.result) for one in house.runs()) == before + count, 30)


async def ran_while_the_server_was_down(house: House) -> None:
    """Approved and queued in Jenkins; then the server stops, and the run starts and ends."""
    await occupy(house)
    await house.production()
    await house.approve(SAM)
    await house.card("waiting for an executor")
    key = (await house.deployment()).key
    await house.stop()
    vacate(house)
    await until(
        lambda: any(one.result and one.values.get("PILOTHOUSE_KEY") == key for one in house.runs()), 10
    )


async def our_starts(house: House) -> int:
    key = (await house.deployment()).key
    return sum(one.values.get("PILOTHOUSE_KEY") == key for one in house.jenkins.engine.starts)


@pytest.mark.parametrize("others", [51, 320])
async def test_a_run_behind_many_newer_builds_is_found_however_far_back(tmp_path: Path, others: int) -> None:
    async with House(tmp_path, policy=ONE, executors=1, jenkins_jobs=[*jobs(seconds=0.0), *busy()]) as house:
        await ran_while_the_server_was_down(house)
        await others_run(house, others)
        house.clock.advance(OVERNIGHT)
        await house.start()

        await house.card("Succeeded")
        assert await our_starts(house) == 1


@pytest.mark.parametrize("kept", ["an old one", "none"])
async def test_a_run_whose_build_was_discarded_is_lost_and_not_started_again(
    tmp_path: Path, kept: str
) -> None:
    async with House(tmp_path, policy=ONE, executors=1, jenkins_jobs=[*jobs(seconds=0.0), *busy()]) as house:
        await others_run(house, 1)
        house.clock.advance(OVERNIGHT)
        await ran_while_the_server_was_down(house)
        await others_run(house, 5)
        builds = house.jenkins.engine.jobs["deploy"].builds
        for number in [2, 3] if kept == "an old one" else [1, 2, 3]:
            del builds[number]
        house.clock.advance(OVERNIGHT)
        await house.start()

        card = await house.card("Lost")
        assert "look at the job" in card["text"]
        assert (await house.deployment()).reason == "run_lost"
        assert await our_starts(house) == 1


async def test_a_start_that_was_never_sent_is_made_although_jenkins_keeps_few_builds(tmp_path: Path) -> None:
    async with House(tmp_path, policy=ONE, jenkins_jobs=jobs(seconds=0.0)) as house:
        await others_run(house, 5)
        builds = house.jenkins.engine.jobs["deploy"].builds
        for number in (1, 2, 3):
            del builds[number]
        house.clock.advance(OVERNIGHT)
        house.jenkins.set_faults(Faults(mode="503", path="buildWithParameters"))
        await house.production()
        await house.approve(SAM)
        await house.card("starting up")
        await house.stop()
        house.jenkins.set_faults(Faults())
        await house.start()

        await house.card("Succeeded")
        assert await our_starts(house) == 1


async def lost_with_the_queue(house: House) -> None:
    """Approved, accepted, and forgotten by Jenkins while the server was down for three days."""
    await occupy(house)
    await house.production()
    await house.approve(SAM)
    await house.card("waiting for an executor")
    await house.stop()
    await house.jenkins.restart(refused=0.1, starting=0.1, lose_queue=True)
    house.clock.advance(3 * 86_400)


async def test_a_second_start_asks_the_gates_again(tmp_path: Path) -> None:
    async with House(tmp_path, policy=ONE, executors=1, jenkins_jobs=[*jobs(), *busy()]) as house:
        await lost_with_the_queue(house)
        house.policy = {"approve": ["2 of sre"]}
        await house.start()

        card = await house.card("Waiting for approval")
        await house.settled()
        assert await our_starts(house) == 1
        assert house.runs() == []
        await house.click(SAM, card, "approve")
        await house.click(SOFIA, card, "approve")
        await house.card("Succeeded")
        assert len(house.runs()) == 1


async def test_a_second_start_of_a_place_that_is_gone_is_refused(tmp_path: Path) -> None:
    async with House(tmp_path, policy=ONE, executors=1, jenkins_jobs=[*jobs(), *busy()]) as house:
        await lost_with_the_queue(house)
        house.leave_out = ("services", "checkout", "environments", "production")
        await house.start()

        await house.card("Refused")
        assert (await house.deployment()).reason == "policy_gone"
        assert house.runs() == []


async def test_a_second_start_that_nothing_forbids_is_made_and_audited(tmp_path: Path) -> None:
    async with House(tmp_path, policy=ONE, executors=1, jenkins_jobs=[*jobs(), *busy()]) as house:
        await lost_with_the_queue(house)
        await house.start()

        await house.card("Succeeded")
        assert len(house.runs()) == 1
        assert len(await house.audit("started")) == len(await house.audit("started_again")) == 1


async def test_a_start_that_an_earlier_process_left_asks_the_gates_again(tmp_path: Path) -> None:
    async with House(tmp_path, policy={**ONE, "start_within": "30d"}) as house:
        await house.production()
        await house.jenkins.refuse()
        await house.approve(SAM)
        await house.card("cannot be reached")
        await house.stop()
        house.clock.advance(86_400)
        await house.jenkins.listen()
        house.policy = {"approve": ["2 of sre"], "start_within": "30d"}
        await house.start()

        await house.card("Waiting for approval")
        await house.settled()
        assert house.jenkins.engine.starts == []


async def test_a_cancelled_deployment_that_jenkins_lost_ends_cancelled(tmp_path: Path) -> None:
    async with House(tmp_path, policy=ONE, executors=1, jenkins_jobs=[*jobs(), *busy()]) as house:
        await occupy(house)
        await house.production()
        await house.approve(SAM)
        card = await house.card("waiting for an executor")
        house.jenkins.set_faults(Faults(mode="down"))
        await house.click(DANA, card, "cancel")
        await house.card("Being cancelled")
        await house.jenkins.restart(refused=0.1, starting=0.1, lose_queue=True)
        house.jenkins.set_faults(Faults())

        await house.card("Aborted")
        assert (await house.deployment()).reason == "cancelled"
        assert house.runs() == []


async def test_a_job_that_may_not_be_read_any_more_is_waited_for_while_it_is_queued(tmp_path: Path) -> None:
    async with House(tmp_path, executors=1, jenkins_jobs=[*long_jobs(), *busy()]) as house:
        await occupy(house)
        await house.say(DANA, "/deploy checkout staging")
        await house.card("waiting for an executor")
        house.grant(OVERALL_READ)
        vacate(house)
        await house.card("may no longer read it (Job/Read)")
        assert (await house.deployment()).state == "starting"
        house.grant(OVERALL_READ, READ, BUILD, CANCEL)
        await house.card("Running")
        house.clock.advance(LONG)

        await house.card("Succeeded")
        assert await our_starts(house) == 1


async def test_a_job_that_may_not_be_read_any_more_is_waited_for_while_it_runs(tmp_path: Path) -> None:
    async with House(tmp_path, jenkins_jobs=long_jobs()) as house:
        await house.say(DANA, "/deploy checkout staging")
        await house.card("Running")
        house.grant(OVERALL_READ)
        await house.card("may no longer read it (Job/Read)")
        assert (await house.deployment()).state == "running"
        house.grant(OVERALL_READ, READ, BUILD, CANCEL)
        house.clock.advance(LONG)

        await house.card("Succeeded")


@pytest.mark.parametrize("renamed", ["VERSION", "PILOTHOUSE_KEY"])
async def test_a_job_that_changed_since_it_was_approved_is_not_started(tmp_path: Path, renamed: str) -> None:
    async with House(tmp_path, policy=ONE) as house:
        await house.production(words="/deploy checkout 9.9.9 production")
        state = house.jenkins.engine.jobs["deploy"]
        declared = tuple(replace(one, name="OTHER") if one.name == renamed else one for one in PARAMETERS)
        state.job = replace(state.job, parameters=declared)
        await house.approve(SAM)

        card = await house.card("Failed")
        assert renamed in card["text"]
        assert house.jenkins.engine.starts == []
