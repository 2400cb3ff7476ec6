"""A rollback to what ran longer ago than what is offered: named, it is judged by the same rules."""

from __future__ import annotations

from pathlib import Path
from sqlite3 import Connection

import msgspec

from bot.deployments import Deployment
from bot.events import DeploymentQueued
from bot.goods import LOOKED_BACK
from bot.messages import message
from bot.saving import save_deployment
from tests.e2e.house import DANA, House
from tests.e2e.test_rollback import ended, twice, versions


async def long_ago(house: House, number: int) -> None:
    """As many others have succeeded where that one did since, that it is not among those offered any more."""
    one = await house.deployment(number)
    plain = {"number": 0, "revision": 0, "rolls_back": None, "kind": "deploy", "ended_at": house.clock.now()}
    known = msgspec.to_builtins(one) | plain
    later = [
        msgspec.convert(known | {"id": f"later-{n}", "version": f"2.0.{n}"}, Deployment)
        for n in range(LOOKED_BACK)
    ]

    def save(connection: Connection) -> None:
        for new in later:
            save_deployment(connection, new)

    await house.running.writer.submit(save)
    # Something was said of each, as of whatever is asked for.
    said = [
        message(DeploymentQueued(deployment=new.id), id=new.id, at=house.clock.now(), subject=new.lane)
        for new in later
    ]
    await house.running.journal.publish(*said)
    await house.settled()


async def test_what_was_rolled_back_long_ago_is_not_gone_back_to(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        await twice(house)
        await ended(house, "/rollback checkout staging")
        await long_ago(house, 3)
        await house.say(DANA, "/rollback checkout staging to 1.4.2")
        await house.whispered(DANA, "checkout 1.4.2 was rolled back in staging before")
        await house.say(DANA, "/rollback checkout staging to 1.4.1")

        await house.until(lambda: versions(house) == ["1.4.1", "1.4.2", "1.4.1", "1.4.1"])


async def test_what_was_deployed_again_after_its_rollback_is_gone_back_to(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        await twice(house)
        await ended(house, "/rollback checkout staging")
        await ended(house, "/deploy checkout 1.4.2 staging")
        await long_ago(house, 4)
        await house.say(DANA, "/rollback checkout staging to 1.4.2")

        await house.until(lambda: versions(house) == ["1.4.1", "1.4.2", "1.4.1", "1.4.2", "1.4.2"])
