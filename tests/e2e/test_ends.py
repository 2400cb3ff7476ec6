"""How a run ends, and what people read of it: the failing stage, the last lines of the log, who is told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bot.sandbox.jenkins.jobs import Stage
from tests.e2e.house import DANA, SAM, House, jobs, long_jobs

STAGES = (
    Stage(name="Build", seconds=0.2, lines=("compiling",)),
    Stage(
        name="Deploy", seconds=0.2, lines=("\x1b[31mcan't reach <!channel> & *host*\x1b[0m",), error="exit 1"
    ),
    Stage(name="Smoke test", seconds=0.2),
)


def text_of(message: dict[str, Any]) -> str:
    return json.dumps(message["blocks"], ensure_ascii=False)


async def test_a_failure_names_the_stage_and_shows_the_last_lines_to_who_asked(
    tmp_path: Path, transport: str
) -> None:
    async with House(tmp_path, transport=transport, jenkins_jobs=jobs(stages=STAGES)) as house:
        await house.say(DANA, "/deploy checkout staging")

        card = await house.card("Failed")
        assert "failed in the stage Deploy" in card["text"]
        reply = await house.replied(card, "failed in the stage Deploy")
        assert f"<@{DANA}>" in reply["text"]
        assert "can't reach" in text_of(reply)
        assert "exit 1" in text_of(reply)
        assert (await house.deployment()).reason == "run_failed"


async def test_the_log_is_shown_stripped_and_never_as_markup(tmp_path: Path) -> None:
    async with House(tmp_path, jenkins_jobs=jobs(stages=STAGES)) as house:
        await house.say(DANA, "/deploy checkout staging")

        reply = await house.replied(await house.card("Failed"), "can't reach")
        assert "\\u001b" not in json.dumps(reply["blocks"])
        assert "[8mha:" not in text_of(reply), "console notes are taken out"
        [log] = [block for block in reply["blocks"] if block["type"] == "rich_text"]
        texts = [piece for part in log["elements"] for piece in part["elements"]]
        assert {piece["type"] for piece in texts} == {"text"}, "nobody is mentioned by a log"


@pytest.mark.parametrize(
    ("result", "state", "reason"),
    [("UNSTABLE", "Failed", "run_unstable"), ("NOT_BUILT", "Aborted", "run_aborted")],
)
async def test_ends_that_are_neither_good_nor_failures_have_their_own_reason(
    tmp_path: Path, result: str, state: str, reason: str
) -> None:
    async with House(tmp_path, jenkins_jobs=jobs(result=result)) as house:
        await house.say(DANA, "/deploy checkout staging")

        await house.card(state)
        assert (await house.deployment()).reason == reason


async def test_a_run_that_is_aborted_in_jenkins_by_hand_is_told_as_that(tmp_path: Path) -> None:
    async with House(tmp_path, jenkins_jobs=long_jobs()) as house:
        await house.say(DANA, "/deploy checkout staging")
        await house.card("Running")
        house.jenkins.engine.stop(house.runs()[0], "somebody")

        card = await house.card("Aborted")
        assert "outside of Slack" in card["text"]
        assert f"<@{DANA}>" in (await house.replied(card, "outside of Slack"))["text"]


async def test_a_run_whose_build_is_deleted_is_lost_and_the_lane_is_free(tmp_path: Path) -> None:
    async with House(tmp_path, jenkins_jobs=long_jobs()) as house:
        await house.say(DANA, "/deploy checkout staging")
        await house.card("Running")
        house.jenkins.engine.jobs["deploy"].builds.clear()

        await house.card("Lost")
        assert (await house.deployment()).reason == "run_lost"
        await house.say(SAM, "/deploy payments staging")
        await house.until(lambda: len(house.cards()) == 2)


async def test_a_failed_run_does_not_count_as_what_runs_there(tmp_path: Path) -> None:
    def by_version(values: Any) -> Any:
        return "FAILURE" if values["VERSION"] == "2.0.0" else "SUCCESS"

    async with House(tmp_path, jenkins_jobs=jobs(result=by_version)) as house:
        for index, version in enumerate(("1.0.0", "2.0.0", "3.0.0")):
            await house.say(DANA, f"/deploy checkout {version} staging")
            await house.card("Failed" if version == "2.0.0" else "Succeeded", index=index)

        assert (await house.deployment(3)).replaces == "1.0.0"


async def test_stages_show_on_the_card_while_they_run(tmp_path: Path) -> None:
    stages = (Stage(name="Build", seconds=0.2), Stage(name="Deploy everywhere", seconds=600))
    async with House(tmp_path, jenkins_jobs=jobs(stages=stages)) as house:
        await house.say(DANA, "/deploy checkout staging")

        await house.until(lambda: house.cards() and "Deploy everywhere running" in text_of(house.cards()[0]))
        assert "✅ Build" in text_of(house.cards()[0])
        house.clock.advance(601)
        card = await house.card("Succeeded")
        assert "✅ Deploy everywhere" in text_of(card)


async def test_the_second_run_knows_how_long_it_will_take(tmp_path: Path) -> None:
    async with House(tmp_path, jenkins_jobs=long_jobs()) as house:
        await house.say(DANA, "/deploy checkout 1.0.0 staging")
        await house.card("Running")
        house.clock.advance(600)
        await house.card("Succeeded", index=0)
        assert "took 10 min" in text_of(house.cards()[0])
        await house.say(DANA, "/deploy checkout 2.0.0 staging")
        await house.card("Running", index=1)
        house.clock.advance(300)

        await house.until(lambda: "▓▓▓▓▓▓▓▓░" in text_of(house.cards()[1]))
        assert "of about 10 min" in text_of(house.cards()[1])
