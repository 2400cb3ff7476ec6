"""`/deploy plan …` and `/deploy why …`: the gates' answers, and nothing happens."""

from __future__ import annotations

from pathlib import Path

from tests.e2e.house import DANA, OLU, House, long_jobs


async def test_plan_says_what_every_gate_says_and_the_exact_call_and_nothing_happens(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        await house.say(DANA, "/deploy plan checkout 1.4.2 production")

        told = await house.whispered(DANA, "Plan, nothing happens")
        for gate in ("permission", "version", "build", "order", "freeze", "lock", "queue", "approval"):
            assert f"*{gate}*" in told
        assert "2 of sre" in told
        assert "`VERSION=1.4.2`" in told
        assert house.cards() == []
        assert house.runs() == []
        assert await house.running.store.recent(1) == []


async def test_plan_says_when_it_would_be_refused_and_by_whom_that_could_be_lifted(tmp_path: Path) -> None:
    async with House(tmp_path, policy={"deploy": ["sre"]}) as house:
        await house.say(OLU, "/deploy plan checkout production")

        told = await house.whispered(OLU, "It would be refused")
        assert "olu may not deploy checkout to production: that is for sre" in told


async def test_plan_says_that_the_job_would_not_take_it(tmp_path: Path) -> None:
    config = {"services": {"checkout": {"environments": {"staging": {"parameters": {"NOT_THERE": "1"}}}}}}
    async with House(tmp_path, config=config) as house:
        await house.say(DANA, "/deploy plan checkout staging")

        assert "NOT_THERE" in await house.whispered(DANA, "The job would not take it")


async def test_why_says_what_holds_up_what_waits_there(tmp_path: Path) -> None:
    async with House(tmp_path, jenkins_jobs=long_jobs()) as house:
        await house.say(DANA, "/deploy checkout staging")
        await house.card("Running")
        await house.say(DANA, "/deploy checkout 2.0.0 staging")
        await house.card("Queued")
        await house.say(OLU, "/deploy why checkout staging")

        assert "#1 (1.2.3) is on its way there now" in await house.whispered(
            OLU, "In the way of checkout 2.0.0"
        )


async def test_why_says_that_nothing_is_in_the_way(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        await house.say(DANA, "/deploy why checkout staging")

        await house.whispered(DANA, "Nothing is in the way")


async def test_why_without_an_environment_is_told_the_nearest_right_command(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        await house.say(DANA, "/deploy why checkout")
        await house.whispered(DANA, "/deploy why checkout production")
        await house.say(DANA, "/deploy why chekcout production")
        await house.whispered(DANA, "/deploy why checkout")
