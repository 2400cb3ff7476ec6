"""What waited for its driver is judged once more right before it starts: whatever came in between is heard."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from bot.lifecycle import State
from bot.reasons import Reason
from bot.sandbox.jenkins.faults import Faults
from bot.standing import Lock
from tests.e2e.house import DANA, OLU, SAM, SOFIA, House
from tests.e2e.test_configuration_alive import ALIVE, in_force, reload
from tests.e2e.test_delegation import delegates
from tests.e2e.test_freezes import announced, frozen

ONE: dict[str, Any] = {"approve": ["1 of sre"], "start_within": "1h"}
AWAY = Faults(mode="503")
WELL = Faults()
SLOW = 6.0
"""Seconds, by the machine's own clock, that a slow answer takes."""
PATIENT: dict[str, Any] = {"drivers": {"jenkins": {"servers": {"ci": {"timeout": 60}}}}}

Meanwhile = Callable[[House], Awaitable[Any]]


async def approved_while_jenkins_is_away(house: House, *, by: str = SAM) -> None:
    await house.production()
    house.jenkins.set_faults(AWAY)
    await house.approve(by)
    await house.card("starting up or shutting down")
    assert (await house.deployment()).state is State.STARTING


async def back_after(house: House, seconds: float) -> None:
    house.clock.advance(seconds)
    house.jenkins.set_faults(WELL)


async def an_incident(house: House) -> None:
    await frozen(house, "incident production because the bank is down")


async def a_lock(house: House) -> None:
    await house.say(OLU, "/lock checkout production because do not touch")
    await announced(house, "do not touch")


@pytest.mark.parametrize(
    ("meanwhile", "words", "reason", "gone"),
    [
        (an_incident, "frozen because of an incident", Reason.FROZEN, "/unfreeze production"),
        (a_lock, "is locked by olu", Reason.LOCKED, "/unlock checkout production"),
    ],
    ids=["freeze", "lock"],
)
async def test_what_holds_it_by_now_is_honoured_when_jenkins_is_back(
    tmp_path: Path, meanwhile: Meanwhile, words: str, reason: Reason, gone: str
) -> None:
    async with House(tmp_path, policy=ONE) as house:
        await approved_while_jenkins_is_away(house)
        await meanwhile(house)
        assert "starting up or shutting down" in house.cards()[0]["text"]
        await back_after(house, 600)

        card = await house.card(words)
        assert card["text"].startswith("Queued")
        assert (await house.deployment()).waits is reason
        assert house.jenkins.engine.starts == []
        await house.say(OLU, gone)
        await house.card("Succeeded")
        assert len(house.runs()) == 1
        assert len(await house.audit("started")) == len(await house.audit("started_again")) == 1


async def test_what_is_marked_as_bad_by_now_is_not_started(tmp_path: Path) -> None:
    async with House(tmp_path, policy=ONE) as house:
        await approved_while_jenkins_is_away(house)
        await house.say(OLU, "/deploy bad checkout 1.2.3 because it loses orders")
        await house.until(lambda: house.whispers(OLU))
        await back_after(house, 600)

        await house.card("Refused")
        assert (await house.deployment()).reason is Reason.VERSION_BAD
        assert house.jenkins.engine.starts == []


async def test_an_approval_by_somebody_who_may_no_longer_is_void(tmp_path: Path) -> None:
    async with House(tmp_path, policy=ONE) as house:
        await approved_while_jenkins_is_away(house)
        house.slack.world.group("sre").users.remove(SAM)
        await back_after(house, 600)

        await house.card("Waiting for approval")
        assert (await house.audit("approval_voided"))[-1]["reason"] == Reason.APPROVER_GONE
        assert house.jenkins.engine.starts == []
        await house.approve(SOFIA)
        await house.card("Succeeded")
        assert len(house.runs()) == 1


async def test_an_approval_by_a_delegation_that_has_ended_is_void(tmp_path: Path) -> None:
    async with House(tmp_path, policy=ONE) as house:
        await delegates(house, SOFIA, OLU)
        await approved_while_jenkins_is_away(house, by=OLU)
        await house.say(SOFIA, "/deploy delegate end")
        await house.whispered(SOFIA, "no longer approves")
        await back_after(house, 600)

        await house.card("Waiting for approval")
        assert house.jenkins.engine.starts == []


async def test_a_policy_that_asks_more_people_by_now_is_heard(tmp_path: Path) -> None:
    async with House(tmp_path, policy=ONE, config=ALIVE) as house:
        await approved_while_jenkins_is_away(house)
        await reload(house, policies={"production": {"approve": ["2 of sre"]}})
        await in_force(house)
        await back_after(house, 600)

        await house.card("Waiting for approval")
        assert (await house.audit("approval_voided"))[-1]["reason"] == Reason.FINGERPRINT_CHANGED
        assert house.jenkins.engine.starts == []


async def test_with_nothing_in_the_way_it_starts_once_and_stays_its_turn(tmp_path: Path) -> None:
    async with House(tmp_path, policy=ONE) as house:
        await approved_while_jenkins_is_away(house)
        await back_after(house, 600)

        await house.card("Succeeded")
        assert len(house.jenkins.engine.starts) == 1
        assert await house.audit("started_again") == []


async def test_what_may_not_start_by_now_makes_way_for_who_may(tmp_path: Path) -> None:
    async with House(tmp_path, policy=ONE) as house:
        await house.say(DANA, "/deploy checkout 1.2.3 production")
        await house.card("Waiting for approval", index=0)
        await house.say(DANA, "/deploy checkout 2.0.0 production")
        later = await house.card("Waiting for approval", index=1)
        house.jenkins.set_faults(AWAY)
        await house.click(SAM, house.cards()[0], "approve")
        await house.card("starting up or shutting down", index=0)
        await house.click(SOFIA, later, "approve")
        await house.card("Queued", index=1)
        await house.say(SAM, "/lock checkout production only 2.* because of the campaign")
        await announced(house, "campaign")
        await back_after(house, 600)

        await house.card("Succeeded", index=1)
        await house.card("Superseded", index=0)
        assert [run.values["VERSION"] for run in house.runs()] == ["2.0.0"]


async def test_a_first_start_that_jenkins_holds_up_is_judged_again_too(tmp_path: Path) -> None:
    async with House(tmp_path, policy=ONE, config=PATIENT) as house:
        card = await house.production()
        house.jenkins.set_faults(Faults(mode="slow", seconds=SLOW, times=1))
        await house.click(SAM, card, "approve")

        async def starting() -> bool:
            return (await house.deployment()).state is State.STARTING

        await house.until(starting)
        now = house.clock.now()
        await house.stand(
            Lock(id="l1", service="checkout", owner=OLU, owner_name="olu", reason="no", made_at=now)
        )
        house.clock.advance(60)

        await house.card("is locked by olu")
        assert house.jenkins.engine.starts == []
