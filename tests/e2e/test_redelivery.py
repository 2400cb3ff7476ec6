"""Whatever is delivered twice, or out of order, or all at once, happens once."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from tests.e2e.house import DANA, SAM, SOFIA, House, direct, long_jobs

ONE = {"approve": ["1 of sre"]}


async def again(house: House, times: int = 3) -> None:
    """Deliver everything once more, several times, the newest first."""
    count = len(house.slack.deliveries())
    for _ in range(times):
        await asyncio.gather(*(house.slack.redeliver(n) for n in range(count, 0, -1)))
    await house.settled()


async def facts(house: House) -> tuple[int, list[Any]]:
    """What must not change: how many deployments, and what was audited."""
    audited = [(row["action"], row["actor"], row["about"]) for row in await house.audit()]
    return len(await house.running.store.recent(100)), audited


async def test_every_kind_of_delivery_may_come_again(tmp_path: Path, transport: str) -> None:
    # A trigger opens one dialog: Slack itself refuses the second.
    codes = {"exchanged_trigger_id"}
    async with House(tmp_path, transport=transport, policy=ONE, refused_codes=codes) as house:
        await house.say(DANA, "/deploy checkout staging")
        await house.card("Succeeded", index=0)
        await house.say(DANA, "@pilothouse deploy payments staging")
        await house.card("Succeeded", index=1)
        await house.say(SAM, "deploy payments 2.0.0 staging", channel=direct(SAM))
        await house.card("Succeeded", channel=direct(SAM))
        card = await house.production(words="/deploy checkout production")
        await house.click(SAM, card, "approve")
        await house.card("Succeeded", index=2)
        card = await house.production(words="/deploy payments production")
        await house.click(SAM, card, "reject")
        await house.answer_modal(SAM, "no")
        await house.card("Rejected")
        await house.say(DANA, "/deploy help")
        await house.say(DANA, "/deploy nonsense")
        await house.settled()
        before, runs = await facts(house), len(house.runs())

        await again(house)
        assert await facts(house) == before
        assert len(house.runs()) == runs
        assert len(house.cards()) == 4


async def test_deliveries_of_before_a_restart_may_come_again_after_it(tmp_path: Path) -> None:
    async with House(tmp_path, policy=ONE) as house:
        await house.production()
        await house.approve(SAM)
        await house.card("Succeeded")
        await house.settled()
        await house.restart()
        before = [fact for fact in (await facts(house))[1] if not fact[0].startswith("server")]

        await again(house)
        assert [fact for fact in (await facts(house))[1] if not fact[0].startswith("server")] == before
        assert len(house.runs()) == 1


async def test_the_same_command_delivered_ten_times_at_once_is_one_deployment(
    tmp_path: Path, transport: str
) -> None:
    async with House(tmp_path, transport=transport, jenkins_jobs=long_jobs()) as house:
        await house.say(DANA, "/deploy checkout staging")
        await asyncio.gather(*(house.slack.redeliver(1) for _ in range(10)))

        await house.card("Running")
        await house.settled()
        assert len(await house.running.store.recent(100)) == 1
        assert len(house.jenkins.engine.starts) == 1


async def test_an_old_click_that_comes_late_decides_nothing_new(tmp_path: Path) -> None:
    """Approve is delivered again after the deployment was rejected."""
    async with House(tmp_path) as house:
        card = await house.production()
        await house.click(SAM, card, "approve")
        approve = len(house.slack.deliveries())
        await house.click(SOFIA, card, "reject")
        await house.answer_modal(SOFIA, "no")
        await house.card("Rejected")
        await house.slack.redeliver(approve)
        await house.settled()

        assert (await house.deployment()).state == "rejected"
        assert len(await house.audit("approved")) == 1
