"""A run that can't be reached holds up no cancel, and a person can always bring its deployment to an end."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bot.sandbox.jenkins.faults import Faults
from bot.sandbox.jenkins.jobs import Stage
from tests.e2e.house import DANA, LONG, OLU, SAM, SOFIA, House, jobs, long_jobs

WELL = Faults()
WRONG = "11ffffffffffffffffffffffffffffffff"


def served_by(house: House, name: str) -> dict[str, Any]:
    """Leave the configuration with the same Jenkins under another name."""
    document = json.loads((house.path / "pilothouse.yaml").read_text())
    server = document["drivers"]["jenkins"]["servers"]["ci"]
    house.leave_out = ("drivers", "jenkins", "servers", "ci")
    return {"drivers": {"jenkins": {"servers": {name: server}}}}


async def given_up(house: House, user: str = DANA) -> dict[str, Any]:
    """Cancel, wait a minute, and give up following."""
    await house.click(user, house.cards()[0], "cancel")
    card = await house.until(lambda: _labelled(house, "Give up following…"))
    house.clock.advance(60)
    await house.click(user, card, "cancel")
    return await house.card("Lost", index=0)


def _labelled(house: House, label: str) -> dict[str, Any] | None:
    card = house.cards()[0]
    if "cancel" not in house.buttons(card):
        return None
    return card if house.button(card, "cancel")[1]["text"]["text"] == label else None


@pytest.mark.parametrize("path", ["progressiveText", "/deploy/1/api/json"], ids=["its log", "the run"])
async def test_a_cancel_reaches_jenkins_although_something_else_can_t_be_read(
    tmp_path: Path, path: str
) -> None:
    async with House(tmp_path, jenkins_jobs=long_jobs()) as house:
        await house.say(DANA, "/deploy checkout staging")
        card = await house.card("Running")
        house.jenkins.set_faults(Faults(mode="down", path=path))
        house.clock.advance(30)
        await house.click(DANA, card, "cancel")
        await house.until(lambda: house.runs()[0].interrupted_by)
        house.jenkins.set_faults(WELL)

        await house.card("Aborted")
        assert len(await house.audit("run_cancel_sent")) == 1


async def test_a_cancel_that_can_t_be_sent_hides_no_end(tmp_path: Path) -> None:
    async with House(tmp_path, jenkins_jobs=long_jobs()) as house:
        await house.say(DANA, "/deploy checkout staging")
        card = await house.card("Running")
        house.jenkins.set_faults(Faults(mode="down", path="/stop"))
        await house.click(DANA, card, "cancel")
        await house.card("Being cancelled")
        house.clock.advance(700)

        assert "had finished before it could be cancelled" in (await house.card("Succeeded"))["text"]
        assert await house.audit("run_cancel_sent") == []


async def test_a_log_that_can_t_be_read_is_no_reason_to_wait(tmp_path: Path) -> None:
    async with House(tmp_path, jenkins_jobs=long_jobs()) as house:
        house.jenkins.set_faults(Faults(mode="503", path="progressiveText"))
        await house.say(DANA, "/deploy checkout staging")
        await house.card("Running")
        house.clock.advance(60)
        await house.settled()

        assert (await house.deployment()).waits is None


async def test_stages_that_can_t_be_read_are_no_reason_to_wait(tmp_path: Path) -> None:
    pipeline = jobs(stages=(Stage(name="Deploy", seconds=600.0),))
    async with House(tmp_path, jenkins_jobs=pipeline) as house:
        house.jenkins.set_faults(Faults(mode="down", path="wfapi/describe"))
        await house.say(DANA, "/deploy checkout staging")
        await house.card("Running")

        assert (await house.deployment()).waits is None


async def test_a_run_on_a_server_that_was_renamed_can_be_given_up_and_the_lane_goes_on(
    tmp_path: Path,
) -> None:
    async with House(tmp_path, jenkins_jobs=long_jobs()) as house:
        await house.say(DANA, "/deploy checkout staging")
        await house.card("Running")
        changed = served_by(house, "main")
        await house.restart(**changed)
        await house.card("There is no Jenkins “ci”", index=0)
        await house.say(DANA, "/deploy checkout 2.0.0 staging")
        await house.card("Queued", index=1)

        lost = await given_up(house)
        assert "may still be going on" in lost["text"]
        assert (await house.deployment()).reason == "run_lost"
        await house.replied(house.cards()[0], "gave up following it")
        [row] = await house.audit("following_given_up")
        assert row["actor"] == DANA
        # At Jenkins the first one still runs, and the job runs one at a time.
        house.clock.advance(LONG)
        await house.card("Running", index=1)


async def test_a_run_behind_a_revoked_token_can_be_given_up(tmp_path: Path) -> None:
    async with House(tmp_path, jenkins_jobs=long_jobs()) as house:
        await house.say(DANA, "/deploy checkout staging")
        await house.card("Running")
        house.grant(token=WRONG)
        await house.card("does not accept the user or token")

        await given_up(house)
        assert house.runs()[0].building


async def test_a_start_whose_driver_left_the_configuration_says_so_and_can_be_given_up(
    tmp_path: Path,
) -> None:
    async with House(tmp_path, jenkins_jobs=long_jobs()) as house:
        house.jenkins.set_faults(Faults(mode="503", path="buildWithParameters"))
        await house.say(DANA, "/deploy checkout staging")
        await house.card("starting up")
        await house.stop()
        whole = house.settings

        def without_drivers() -> Any:
            return whole().model_copy(update={"services": {}, "drivers": {}})

        house.settings = without_drivers  # type: ignore[method-assign]
        await house.start()
        await house.card("No driver is called jenkins")

        await given_up(house)
        assert house.jenkins.engine.starts == []


async def test_giving_up_is_not_done_too_soon_nor_by_the_plain_word(tmp_path: Path) -> None:
    async with House(tmp_path, jenkins_jobs=long_jobs()) as house:
        house.impatient = False
        await house.say(DANA, "/deploy checkout staging")
        await house.card("Running")
        house.grant(token=WRONG)
        card = await house.card("does not accept the user or token")
        await house.click(DANA, card, "cancel")
        card = await house.until(lambda: _labelled(house, "Give up following…"))
        await house.click(DANA, card, "cancel")
        await house.whispered(DANA, "If it takes longer than a minute")
        house.clock.advance(60)
        await house.say(DANA, "/deploy cancel")

        await house.whispered(DANA, "Give up following…")
        assert (await house.deployment()).state == "running"


async def test_only_who_may_cancel_may_give_up(tmp_path: Path) -> None:
    async with House(tmp_path, jenkins_jobs=long_jobs(), policy={"approve": ["1 of sre"]}) as house:
        await house.production()
        await house.approve(SAM)
        card = await house.card("Running")
        house.grant(token=WRONG)
        await house.card("does not accept the user or token")
        await house.click(DANA, card, "cancel")
        card = await house.until(lambda: _labelled(house, "Give up following…"))
        house.clock.advance(60)
        await house.click(OLU, card, "cancel")
        await house.whispered(OLU, "may not cancel")
        await house.click(SOFIA, card, "cancel")

        await house.card("Lost")


async def test_a_run_that_swallowed_the_first_cancel_can_be_cancelled_again(tmp_path: Path) -> None:
    async with House(tmp_path, jenkins_jobs=long_jobs()) as house:
        house.impatient = False
        await house.say(DANA, "/deploy checkout staging")
        card = await house.card("Running")
        stop, house.jenkins.engine.stop = house.jenkins.engine.stop, lambda *_: None  # type: ignore[method-assign]
        await house.click(DANA, card, "cancel")
        card = await house.until(lambda: _labelled(house, "Cancel again"))
        await house.click(DANA, card, "cancel")
        await house.whispered(DANA, "If it takes longer than a minute")
        house.jenkins.engine.stop = stop  # type: ignore[method-assign]
        house.clock.advance(60)
        await house.click(DANA, card, "cancel")

        await house.card("Aborted")
        assert [row["actor"] for row in await house.audit("cancel_asked")] == [DANA, DANA]


async def test_what_could_not_be_stopped_any_more_is_not_audited_as_stopped(tmp_path: Path) -> None:
    async with House(tmp_path, jenkins_jobs=jobs(seconds=36_000, label="gpu")) as house:
        await house.say(DANA, "/deploy checkout staging")
        card = await house.card("no node has the label gpu")
        [item] = house.jenkins.engine.waiting()
        house.jenkins.engine.cancel(item)
        await house.click(DANA, card, "cancel")

        await house.card("Aborted")
        assert await house.audit("run_cancel_sent") == []
