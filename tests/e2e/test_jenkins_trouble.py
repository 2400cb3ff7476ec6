"""Jenkins on a bad day: each fault has its own words, and either is waited out or ends the deployment with why."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bot.sandbox.jenkins.faults import Faults
from bot.sandbox.jenkins.jobs import Job
from bot.sandbox.jenkins.users import CANCEL, OVERALL_READ, READ
from tests.e2e.house import DANA, LONG, SAM, SOFIA, House, jobs, long_jobs

ONE = {"approve": ["1 of sre"]}
WELL = Faults()


def busy() -> list[Job]:
    """A job that holds an executor until the clock is advanced."""
    return [Job(name="other", seconds=36_000)]


async def occupy(house: House) -> None:
    """Let somebody else's run take the only executor."""
    house.jenkins.engine.submit(house.jenkins.engine.jobs["other"], {}, "somebody", None)
    await house.until(lambda: house.runs("other"))


WAITED_OUT = [
    (Faults(mode="503"), "starting up or shutting down"),
    (Faults(mode="down"), "broke the connection"),
    (Faults(mode="slow", seconds=1.3), "did not answer within 1 seconds"),
]


@pytest.mark.parametrize(("fault", "words"), WAITED_OUT, ids=["503", "down", "slow"])
async def test_before_the_check_it_is_waited_out_and_said_on_the_card(
    tmp_path: Path, fault: Faults, words: str
) -> None:
    async with House(tmp_path) as house:
        house.jenkins.set_faults(fault)
        await house.say(DANA, "/deploy checkout staging")
        await house.card(words)
        house.jenkins.set_faults(WELL)

        await house.card("Succeeded")
        assert len(house.runs()) == 1


@pytest.mark.parametrize(("fault", "words"), WAITED_OUT, ids=["503", "down", "slow"])
async def test_while_it_runs_it_is_waited_out_and_said_on_the_card(
    tmp_path: Path, fault: Faults, words: str
) -> None:
    async with House(tmp_path, jenkins_jobs=long_jobs()) as house:
        await house.say(DANA, "/deploy checkout staging")
        await house.card("Running")
        house.jenkins.set_faults(fault)
        await house.card(words)
        house.jenkins.set_faults(WELL)
        await house.until(lambda: words not in house.cards()[0]["text"])
        house.clock.advance(LONG)

        await house.card("Succeeded")
        assert len(house.runs()) == 1


async def test_nobody_listening_is_waited_out(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        await house.jenkins.refuse()
        await house.say(DANA, "/deploy checkout staging")
        await house.card("cannot be reached")
        await house.jenkins.listen()

        await house.card("Succeeded")


async def test_a_restart_is_waited_out(tmp_path: Path) -> None:
    async with House(tmp_path, jenkins_jobs=jobs(seconds=0.2, label="gpu")) as house:
        await house.say(DANA, "/deploy checkout staging")
        await house.card("no node has the label gpu")
        await house.jenkins.restart(refused=0.1, starting=0.1)
        await house.say(DANA, "/deploy cancel")

        await house.card("Cancelled")
        assert len(house.jenkins.engine.starts) == 1


async def test_a_start_whose_answer_was_lost_is_found_and_not_started_again(
    tmp_path: Path, transport: str
) -> None:
    async with House(tmp_path, transport=transport) as house:
        house.jenkins.set_faults(Faults(mode="drop_after", times=1, path="buildWithParameters"))
        await house.say(DANA, "/deploy checkout staging")

        await house.card("Succeeded")
        assert len(house.jenkins.engine.starts) == 1


async def test_a_start_that_timed_out_is_found_and_not_started_again(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        slow = Faults(mode="slow", seconds=1.3, times=1, path="buildWithParameters")
        house.jenkins.set_faults(slow)
        await house.say(DANA, "/deploy checkout staging")

        await house.card("Succeeded")
        assert len(house.jenkins.engine.starts) == 1


async def test_a_start_that_never_arrived_is_given_up_when_the_time_is_over(tmp_path: Path) -> None:
    async with House(tmp_path, policy={**ONE, "start_within": "5m"}) as house:
        card = await house.production()
        await house.jenkins.refuse()
        await house.click(SAM, card, "approve")
        await house.card("cannot be reached")
        house.clock.advance(301)

        card = await house.card("could not be used for 5 minutes")
        assert card["text"].startswith("Failed")
        assert f"<@{DANA}>" in (await house.replied(card, "could not be used"))["text"]
        assert (await house.deployment()).reason == "start_timed_out"
        await house.jenkins.listen()
        await house.settled()
        assert house.jenkins.engine.starts == []


async def test_the_time_to_start_begins_when_it_is_its_turn(tmp_path: Path) -> None:
    policies = {"staging": {"start_within": "5m"}}
    async with House(tmp_path, config={"policies": policies}, jenkins_jobs=long_jobs()) as house:
        await house.say(DANA, "/deploy checkout 1.0.0 staging")
        await house.card("Running", index=0)
        await house.say(DANA, "/deploy checkout 2.0.0 staging")
        await house.card("Queued", index=1)
        house.jenkins.set_faults(Faults(mode="503", times=2, path="buildWithParameters"))
        house.clock.advance(LONG)

        await house.card("Succeeded", index=0)
        await house.card("Running", index=1)


async def test_a_check_that_never_comes_to_an_answer_is_given_up(tmp_path: Path) -> None:
    async with House(tmp_path, policy={"start_within": "5m"}) as house:
        await house.jenkins.refuse()
        await house.say(DANA, "/deploy checkout production")
        await house.card("cannot be reached")
        house.clock.advance(301)

        await house.card("Refused")
        await house.whispered(DANA, "could not be used for 5 minutes")
        assert (await house.deployment()).reason == "start_timed_out"


async def test_a_wrong_token_is_said_at_once(tmp_path: Path) -> None:
    async with House(tmp_path, parked_kinds={"CheckTarget"}) as house:
        house.grant(token="11ffffffffffffffffffffffffffffffff")
        await house.say(DANA, "/deploy checkout staging")

        await house.whispered(DANA, "does not accept the user or token")
        assert (await house.deployment()).reason == "credentials_wrong"


async def test_a_token_that_turns_wrong_while_it_runs_is_told_and_mended(tmp_path: Path) -> None:
    async with House(tmp_path, jenkins_jobs=long_jobs()) as house:
        good = house.jenkins_token
        await house.say(DANA, "/deploy checkout staging")
        await house.card("Running")
        house.grant(token="11ffffffffffffffffffffffffffffffff")
        await house.card("does not accept the user or token")
        house.grant(token=good)
        house.clock.advance(LONG)

        await house.card("Succeeded")


async def test_without_the_right_to_build_the_deployment_fails_and_names_the_right(tmp_path: Path) -> None:
    async with House(tmp_path, parked_kinds={"StartRun"}) as house:
        house.grant(OVERALL_READ, READ, CANCEL)
        await house.say(DANA, "/deploy checkout staging")

        assert "Job/Build" in (await house.card("Failed"))["text"]
        assert (await house.deployment()).reason == "permission_missing"
        assert [one["type"] for one in await house.parked()] == ["StartRun"]


async def test_after_a_start_that_could_not_be_made_the_lane_is_free(tmp_path: Path) -> None:
    async with House(tmp_path, parked_kinds={"StartRun"}) as house:
        house.grant(OVERALL_READ, READ, CANCEL)
        await house.say(DANA, "/deploy checkout 1.0.0 staging")
        await house.card("Failed", index=0)
        house.grant(OVERALL_READ, READ, CANCEL, "hudson.model.Item.Build")
        await house.say(DANA, "/deploy checkout 2.0.0 staging")

        await house.card("Succeeded", index=1)


async def test_a_token_lost_after_an_unanswered_start_keeps_the_lane_until_it_can_be_looked_for(
    tmp_path: Path,
) -> None:
    """It may be running: another one beside it would be worse than waiting."""
    async with House(tmp_path, jenkins_jobs=long_jobs()) as house:
        good = house.jenkins_token
        house.jenkins.set_faults(Faults(mode="drop_after", times=1, path="buildWithParameters"))
        await house.say(DANA, "/deploy checkout staging")
        await house.until(house.runs)
        house.grant(token="11ffffffffffffffffffffffffffffffff")
        await house.card("does not accept the user or token")
        assert (await house.deployment()).state == "starting"
        house.grant(token=good)
        house.clock.advance(40)

        await house.card("Running")
        assert len(house.jenkins.engine.starts) == 1


async def test_a_queue_that_jenkins_lost_is_started_again_once_by_the_same_key(tmp_path: Path) -> None:
    async with House(tmp_path, jenkins_jobs=[*jobs(), *busy()], executors=1) as house:
        await occupy(house)
        await house.say(DANA, "/deploy checkout staging")
        await house.card("waiting for an executor")
        await house.jenkins.restart(refused=0.1, starting=0.1, lose_queue=True)

        await house.card("Succeeded")
        key = (await house.deployment()).key
        assert len(house.runs()) == 1
        assert house.runs()[0].values["PILOTHOUSE_KEY"] == key


async def test_a_queue_lost_after_a_long_wait_is_started_again_all_the_same(tmp_path: Path) -> None:
    async with House(tmp_path, jenkins_jobs=[*jobs(), *busy()], executors=1) as house:
        await occupy(house)
        await house.say(DANA, "/deploy checkout staging")
        await house.card("waiting for an executor")
        house.clock.advance(3600)
        await house.settled()
        await house.jenkins.restart(refused=0.1, starting=0.1, lose_queue=True)

        await house.card("Succeeded")
        assert len(house.runs()) == 1


async def test_a_run_whose_log_can_t_be_read_ends_all_the_same(tmp_path: Path) -> None:
    async with House(tmp_path, jenkins_jobs=jobs(result="FAILURE")) as house:
        house.jenkins.set_faults(Faults(mode="unauthorized", path="progressiveText"))
        await house.say(DANA, "/deploy checkout staging")

        card = await house.card("Failed")
        await house.replied(card, "the rest of the log could not be read")


async def test_a_log_that_stays_broken_keeps_nobody_waiting(tmp_path: Path) -> None:
    async with House(tmp_path, jenkins_jobs=jobs(result="FAILURE")) as house:
        house.jenkins.set_faults(Faults(mode="503", path="progressiveText"))
        await house.say(DANA, "/deploy checkout staging")

        await house.card("Failed")


async def test_side_by_side_other_deployments_go_on_while_one_waits(tmp_path: Path) -> None:
    async with House(tmp_path, policy=ONE) as house:
        house.jenkins.set_faults(Faults(mode="503", times=3, path="buildWithParameters"))
        await asyncio.gather(
            house.say(DANA, "/deploy checkout staging"),
            house.say(SAM, "/deploy payments staging"),
            house.say(SOFIA, "/deploy payments production"),
        )

        await house.until(lambda: sum("Succeeded" in card["text"] for card in house.cards()) == 2)
        await house.until(lambda: sum("Waiting for" in card["text"] for card in house.cards()) == 1)
        assert len(house.runs()) == 2
