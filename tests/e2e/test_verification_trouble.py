"""Verification while something is broken: Jenkins, a program that hangs, ourselves."""

from __future__ import annotations

import json
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.sandbox.jenkins.faults import Faults
from bot.sandbox.jenkins.jobs import Ask, Job, Stage
from bot.sandbox.shop import Shop
from handlers import checks, verification
from tests.e2e.house import DANA, LONG, PARAMETERS, House, jobs

SMOKE = {"job": {"job": "smoke"}}


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    found = Shop()
    await found.start()
    yield found
    await found.stop()


def smoke(seconds: float = 0.2) -> list[Job]:
    return [*jobs(), Job(name="smoke", parameters=PARAMETERS, seconds=seconds)]


def config(*found: dict[str, Any]) -> dict[str, Any]:
    return {"services": {"checkout": {"environments": {"staging": {"verify": list(found)}}}}}


def lines(house: House) -> str:
    return json.dumps([card["blocks"] for card in house.cards()[-1:]], ensure_ascii=False)


async def test_jenkins_that_is_away_is_waited_for_and_the_job_starts_once(tmp_path: Path) -> None:
    async with House(tmp_path, jenkins_jobs=smoke(), config=config(SMOKE)) as house:
        house.jenkins.set_faults(Faults(mode="503", path="/job/smoke/"))
        await house.say(DANA, "/deploy checkout staging")
        await house.card("Verifying")
        await house.until(lambda: "*job smoke*: Jenkins ci is starting up" in lines(house))
        house.jenkins.set_faults(Faults())

        await house.card("Succeeded")
        assert len(house.runs("smoke")) == 1


async def test_a_job_that_jenkins_forgot_before_it_began_is_started_once_more(tmp_path: Path) -> None:
    async with House(tmp_path, jenkins_jobs=smoke(), config=config(SMOKE)) as house:
        state = house.jenkins.engine.jobs["smoke"]
        usual, state.job = state.job, replace(state.job, label="nowhere")
        await house.say(DANA, "/deploy checkout staging")
        await house.until(lambda: "*job smoke*: waits in the queue" in lines(house))
        state.job = usual
        await house.jenkins.restart(refused=0.1, starting=0.1, lose_queue=True)

        await house.card("Succeeded")
        [run] = house.runs("smoke")
        assert run.values["PILOTHOUSE_KEY"] == f"{(await house.deployment()).key}-verify-1"


async def test_a_job_that_asks_is_waited_for_until_its_time_is_over(tmp_path: Path) -> None:
    ask = Stage(name="Ask", seconds=0, ask=Ask(id="Go", message="Go on?"))
    asking = Job(name="smoke", parameters=PARAMETERS, stages=(ask,))
    check = {"job": {"job": "smoke", "within": "10s"}}
    async with House(tmp_path, jenkins_jobs=[*jobs(), asking], config=config(check)) as house:
        await house.say(DANA, "/deploy checkout staging")
        await house.until(lambda: "*job smoke*: asks: Go on?" in lines(house))

        card = await house.card("Failed: ")
        assert "the last answer: asks: Go on?" in card["text"]


async def test_a_command_that_hangs_is_killed_when_its_time_is_over(tmp_path: Path) -> None:
    run = [sys.executable, "-I", "-c", "import time; print('begun', flush=True); time.sleep(60)"]
    check = {"command": {"run": run, "within": "1s"}, "name": "smoke test"}
    async with House(tmp_path, config=config(check)) as house:
        house.impatient = False
        await house.say(DANA, "/deploy checkout staging")

        card = await house.card("Failed: ")
        assert (await house.deployment()).reason in {"verification_failed", "verification_timed_out"}
        assert "smoke test" in card["text"]


async def test_a_look_that_stumbles_inside_is_taken_up_once_the_cause_is_gone(
    tmp_path: Path, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = {"url": {"address": f"{shop.url}/healthz", "private": True, "within": "10h"}}
    async with House(tmp_path, config=config(address), parked_kinds={"LookAtCheck"}) as house:
        with monkeypatch.context() as broken:
            broken.delattr(checks, "judged")
            await house.say(DANA, "/deploy checkout staging")
            card = await house.card("Verifying")
            await house.replied(card, "failed inside me (LookAtCheck)")
        house.clock.advance(LONG)

        await house.card("Succeeded")


async def test_an_answer_that_can_not_be_taken_in_is_asked_for_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with House(
        tmp_path, jenkins_jobs=smoke(), config=config(SMOKE), parked_kinds={"CheckSeen"}
    ) as house:
        with monkeypatch.context() as broken:
            broken.delattr(verification, "heard")
            await house.say(DANA, "/deploy checkout staging")
            card = await house.card("Verifying")
            await house.replied(card, "failed inside me (CheckSeen)")
            await house.until(lambda: house.runs("smoke") and house.runs("smoke")[0].result)
        house.clock.advance(LONG)

        await house.card("Succeeded")
        assert len(house.runs("smoke")) == 1, "it is looked for by its key, and found"
