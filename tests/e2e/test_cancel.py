"""Cancel, in every state: who may, what becomes of it, and what is said when it can't be."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from bot.sandbox.jenkins.faults import Faults
from bot.sandbox.jenkins.jobs import Ask, Stage
from bot.sandbox.jenkins.users import BUILD, OVERALL_READ, READ
from tests.e2e.house import CHECKOUT, DANA, LONG, OLU, SAM, House, direct, jobs, long_jobs

PAUSING = jobs(stages=(Stage(name="Ask", seconds=0.1, ask=Ask(id="Go", message="Go on?")),))


def text_of(card: dict[str, Any]) -> str:
    return json.dumps(card["blocks"], ensure_ascii=False)


async def test_while_the_job_is_checked(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        house.jenkins.set_faults(Faults(mode="down"))
        await house.say(DANA, "/deploy checkout staging")
        await house.card("Being checked")
        await house.say(DANA, "/deploy cancel")

        await house.card("Cancelled")
        house.jenkins.set_faults(Faults())
        await house.settled()
        assert house.runs() == []


async def test_while_it_awaits_approval(tmp_path: Path, transport: str) -> None:
    async with House(tmp_path, transport=transport) as house:
        card = await house.production()
        await house.click(DANA, card, "cancel")

        card = await house.card("Cancelled")
        assert f"Cancel asked by <@{DANA}>" in text_of(card)
        assert "cancel" not in house.buttons(card)
        [ended] = await house.audit("ended")
        assert ended["reason"] == "cancelled"


async def test_while_it_is_queued_behind_another(tmp_path: Path) -> None:
    async with House(tmp_path, jenkins_jobs=long_jobs()) as house:
        await house.say(DANA, "/deploy checkout 1.0.0 staging")
        await house.card("Running", index=0)
        await house.say(DANA, "/deploy checkout 2.0.0 staging")
        await house.click(DANA, await house.card("Queued", index=1), "cancel")

        await house.card("Cancelled", index=1)
        house.clock.advance(LONG)
        await house.card("Succeeded", index=0)
        await house.settled()
        assert len(house.runs()) == 1


async def test_while_jenkins_is_down_and_nothing_was_started(tmp_path: Path) -> None:
    async with House(tmp_path, policy={"approve": ["1 of sre"]}) as house:
        card = await house.production()
        await house.jenkins.refuse()
        await house.click(SAM, card, "approve")
        card = await house.card("cannot be reached")
        await house.click(DANA, card, "cancel")

        await house.card("Cancelled before it was started")
        assert (await house.deployment()).reason == "cancelled"
        await house.jenkins.listen()
        await house.settled()
        assert house.runs() == []


async def test_while_it_is_not_known_whether_it_was_started(tmp_path: Path) -> None:
    """The answer to the start was lost: only when Jenkins is back can it be found, and stopped."""
    async with House(tmp_path, policy={"approve": ["1 of sre"]}, jenkins_jobs=long_jobs()) as house:
        card = await house.production()
        house.jenkins.set_faults(Faults(mode="drop_after", times=1, path="buildWithParameters"))
        await house.click(SAM, card, "approve")
        await house.until(house.runs)
        house.jenkins.set_faults(Faults(mode="down"))
        card = await house.card("Starting")
        await house.click(DANA, card, "cancel")
        await house.card("Being cancelled")
        house.jenkins.set_faults(Faults())

        await house.card("Cancelled")
        assert [run.result for run in house.runs()] == ["ABORTED"]
        assert len(house.jenkins.starts_with_key((await house.deployment()).key)) == 1


async def test_while_the_start_is_under_way(tmp_path: Path) -> None:
    async with House(tmp_path, policy={"approve": ["1 of sre"]}, jenkins_jobs=long_jobs()) as house:
        card = await house.production()
        slow = Faults(mode="slow", seconds=0.5, times=1, path="buildWithParameters")
        house.jenkins.set_faults(slow)
        await house.click(SAM, card, "approve")
        await house.until(house.runs)
        await house.click(DANA, await house.card("Starting"), "cancel")

        await house.card("Cancelled")
        assert [run.result for run in house.runs()] == ["ABORTED"]


async def test_at_the_moment_of_its_end_one_of_the_two_wins_and_the_card_says_which(tmp_path: Path) -> None:
    async with House(tmp_path, jenkins_jobs=long_jobs()) as house:
        await house.say(DANA, "/deploy checkout staging")
        card = await house.card("Running")
        house.clock.advance(LONG)
        await house.click(DANA, card, "cancel")

        await house.until(lambda: house.cards()[0]["text"].startswith(("Succeeded", "Aborted")))
        await house.settled()
        one, [run] = await house.deployment(), house.runs()
        assert (one.state, run.result) in {("succeeded", "SUCCESS"), ("aborted", "ABORTED")}


async def test_while_it_waits_for_an_executor(tmp_path: Path) -> None:
    async with House(tmp_path, jenkins_jobs=jobs(label="gpu")) as house:
        await house.say(DANA, "/deploy checkout staging")
        card = await house.card("no node has the label gpu")
        await house.click(DANA, card, "cancel")

        card = await house.card("Cancelled before it ran")
        assert house.jenkins.engine.waiting() == []
        assert house.runs() == []


async def test_while_it_runs(tmp_path: Path, transport: str) -> None:
    async with House(tmp_path, transport=transport, jenkins_jobs=long_jobs()) as house:
        await house.say(DANA, "/deploy checkout staging")
        await house.click(DANA, await house.card("Running"), "cancel")

        await house.card("Cancelled while it ran")
        assert [run.result for run in house.runs()] == ["ABORTED"]
        assert (await house.deployment()).state == "aborted"


async def test_while_it_is_paused_on_a_question(tmp_path: Path) -> None:
    async with House(tmp_path, jenkins_jobs=PAUSING) as house:
        await house.say(DANA, "/deploy checkout staging")
        await house.click(DANA, await house.card("Paused"), "cancel")

        await house.card("Cancelled while it ran")
        assert [run.result for run in house.runs()] == ["ABORTED"]


async def test_once_it_has_ended_there_is_nothing_to_cancel(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        await house.say(DANA, "/deploy checkout staging")
        await house.card("Succeeded")
        await house.say(DANA, "/deploy cancel #1")

        await house.whispered(DANA, "Nothing to cancel any more: this deployment has succeeded")


async def test_a_hundred_cancels_stop_it_once(tmp_path: Path) -> None:
    async with House(tmp_path, jenkins_jobs=long_jobs()) as house:
        await house.say(DANA, "/deploy checkout staging")
        card = await house.card("Running")
        await asyncio.gather(*(house.click(DANA, card, "cancel") for _ in range(100)))

        await house.card("Cancelled")
        await house.settled()
        assert len(await house.audit("cancel_asked")) == 1


@pytest.mark.parametrize(
    "words",
    ["/deploy cancel #1", "/deploy cancel 1", "/deploy cancel checkout staging", "/deploy cancel"],
)
async def test_it_is_named_by_number_by_place_or_by_being_the_only_one(tmp_path: Path, words: str) -> None:
    async with House(tmp_path, jenkins_jobs=long_jobs()) as house:
        await house.say(DANA, "/deploy checkout staging")
        await house.card("Running")
        await house.say(DANA, words)

        await house.card("Cancelled")


async def test_when_several_go_on_the_number_is_asked_for(tmp_path: Path) -> None:
    async with House(tmp_path, jenkins_jobs=long_jobs()) as house:
        await house.say(DANA, "/deploy checkout staging")
        await house.until(house.cards)
        await house.say(DANA, "/deploy payments staging")
        await house.until(lambda: len(house.cards()) == 2)
        await house.say(DANA, "/deploy cancel")

        told = await house.whispered(DANA, "Several are going on")
        assert "#1 checkout → staging" in told
        assert "#2 payments → staging" in told
        assert "/deploy cancel #2" in told


async def test_the_only_one_of_this_channel_is_meant_though_others_go_on_elsewhere(tmp_path: Path) -> None:
    config = {"services": {"payments": {"channel": "#checkout"}}}
    async with House(tmp_path, config=config, jenkins_jobs=long_jobs()) as house:
        await house.say(DANA, "/deploy checkout staging", channel=direct(DANA))
        await house.until(lambda: house.cards(direct(DANA)))
        await house.say(DANA, "/deploy payments staging")
        await house.until(lambda: house.cards(CHECKOUT))
        await house.say(DANA, "/deploy cancel", channel=CHECKOUT)

        await house.card("Cancelled", channel=CHECKOUT)
        assert (await house.deployment(1)).cancelled_by == ""


async def test_a_bystander_may_not(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        card = await house.production()
        await house.click(OLU, card, "cancel")

        assert "dana, who asked for it, can" in await house.whispered(OLU, "You may not cancel")
        assert (await house.deployment()).state == "awaiting_approval"


async def test_an_approver_may_and_who_asked_hears_of_it(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        card = await house.production()
        await house.click(SAM, card, "cancel")

        card = await house.card("Cancelled")
        assert f"<@{DANA}>" in (await house.replied(card, "sam cancelled it"))["text"]


async def test_whoever_the_policy_names_may(tmp_path: Path) -> None:
    async with House(tmp_path, policy={"cancel": ["owners"]}) as house:
        await house.click(OLU, await house.production(), "cancel")

        await house.card("Cancelled")


async def test_a_run_that_may_not_be_cancelled_goes_on_and_that_is_told(tmp_path: Path) -> None:
    async with House(tmp_path, jenkins_jobs=long_jobs(), parked_kinds={"CancelRun"}) as house:
        house.grant(OVERALL_READ, READ, BUILD)
        await house.say(DANA, "/deploy checkout staging")
        card = await house.card("Running")
        await house.click(DANA, card, "cancel")

        reply = await house.replied(card, "could not be cancelled")
        assert "Job/Cancel" in reply["text"]
        card = await house.card("Running")
        assert "cancel" in house.buttons(card), "it can be tried again"
        house.clock.advance(LONG)
        await house.card("Succeeded")


async def test_what_finishes_before_the_cancel_arrives_has_succeeded(tmp_path: Path) -> None:
    async with House(tmp_path, jenkins_jobs=long_jobs()) as house:
        await house.say(DANA, "/deploy checkout staging")
        card = await house.card("Running")
        house.jenkins.set_faults(Faults(mode="503"))
        await house.card("starting up or shutting down")
        await house.click(DANA, card, "cancel")
        await house.card("Being cancelled")
        house.clock.advance(LONG)
        await house.until(lambda: house.runs()[0].result)
        house.jenkins.set_faults(Faults())

        assert "before it could be cancelled" in (await house.card("Succeeded"))["text"]
