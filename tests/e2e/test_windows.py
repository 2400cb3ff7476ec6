"""Windows: outside all of them nothing starts; what was asked waits for the next one, or is told to plan it."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bot.reasons import Reason
from tests.e2e.house import DANA, OLU, SAM, House

MADRID = ZoneInfo("Europe/Madrid")
OFFICE = {"days": ["mon-thu"], "from": "09:00", "to": "16:00", "timezone": "Europe/Madrid"}
FRIDAY = {"days": ["fri"], "from": "09:00", "to": "12:00", "timezone": "Europe/Madrid"}
UNASKED = {"approve": [], "break_glass": []}


def house_at(tmp_path: Path, moment: str, **policy: Any) -> House:
    """A house whose clock shows that in Madrid."""
    windows = {"office": OFFICE, "friday": FRIDAY}
    house = House(tmp_path, policy={**UNASKED, "windows": windows, **policy})
    house.clock.set(datetime.fromisoformat(moment).replace(tzinfo=MADRID).timestamp())
    return house


async def advance_to(house: House, moment: str) -> None:
    await house.settled()
    house.clock.set(datetime.fromisoformat(moment).replace(tzinfo=MADRID).timestamp())


async def test_inside_a_window_it_starts(tmp_path: Path) -> None:
    async with house_at(tmp_path, "2026-10-20 10:00") as house:
        await house.say(DANA, "/deploy checkout production")
        await house.card("Succeeded")


async def test_outside_of_every_window_it_waits_for_the_next_one(tmp_path: Path) -> None:
    async with house_at(tmp_path, "2026-10-20 07:00") as house:
        await house.say(DANA, "/deploy checkout production")
        await house.card("Outside of office (mon-thu 09:00 to 16:00 Europe/Madrid)")
        found = await house.deployment()
        assert found.waits is Reason.FROZEN
        assert datetime.fromtimestamp(found.waits_until, MADRID).strftime("%a %H:%M") == "Tue 09:00"
        await advance_to(house, "2026-10-20 08:58")
        await house.settled()
        assert house.runs() == []
        await advance_to(house, "2026-10-20 09:00:01")
        await house.card("Succeeded")


async def test_when_the_next_one_is_too_far_away_the_command_that_plans_it_is_told_and_works(
    tmp_path: Path,
) -> None:
    async with house_at(tmp_path, "2026-10-23 13:00") as house:
        await house.say(DANA, "/deploy checkout production")
        told = await house.whispered(DANA, "Outside of office")
        planned = re.findall("`([^`]*)`", told)[0]
        await house.say(DANA, planned)
        await house.card("planned for")
        assert datetime.fromtimestamp((await house.deployment()).not_before, MADRID) == datetime(
            2026, 10, 26, 9, tzinfo=MADRID
        )
        await advance_to(house, "2026-10-26 09:00:01")
        await house.card("Succeeded")


async def test_what_is_planned_for_a_time_outside_of_every_window_is_refused_at_once(tmp_path: Path) -> None:
    async with house_at(tmp_path, "2026-10-20 10:00") as house:
        await house.say(SAM, "/deploy checkout production at 2026-10-24 12:00 Europe/Madrid")
        await house.whispered(SAM, "Outside of office")


async def test_a_window_that_closes_while_people_decide_is_waited_for(tmp_path: Path) -> None:
    async with house_at(tmp_path, "2026-10-20 15:50", approve=["1 of sre"], wait_at_most="20h") as house:
        await house.say(DANA, "/deploy checkout production")
        await house.card("Waiting for approval")
        await advance_to(house, "2026-10-20 16:05")
        await house.approve(SAM)
        await house.card("Outside of office")
        assert house.runs() == []
        await advance_to(house, "2026-10-21 09:00:01")
        await house.card("Succeeded")


async def test_after_a_freeze_the_windows_still_count(tmp_path: Path) -> None:
    async with house_at(tmp_path, "2026-10-20 10:00", wait_at_most="2d") as house:
        await house.say(OLU, "/freeze production until 2026-10-20 18:00 Europe/Madrid because of the audit")
        await house.whispered(OLU, "is frozen")
        await house.say(DANA, "/deploy checkout production")
        await house.card("Then: outside of office")
        found = await house.deployment()
        assert datetime.fromtimestamp(found.waits_until, MADRID).strftime("%a %H:%M") == "Wed 09:00"


async def test_in_autumn_the_window_opens_when_the_wall_shows_it(tmp_path: Path) -> None:
    async with house_at(tmp_path, "2026-10-25 12:00", wait_at_most="2d") as house:
        await house.say(DANA, "/deploy checkout production")
        await house.card("Outside of office")
        at = (await house.deployment()).waits_until
        assert datetime.fromtimestamp(at, MADRID).isoformat() == "2026-10-26T09:00:00+01:00"


async def test_an_override_goes_through_a_closed_window(tmp_path: Path) -> None:
    async with house_at(tmp_path, "2026-10-24 12:00", override=["1 of owners"]) as house:
        await house.say(DANA, "/deploy checkout production override because the till is down")
        await house.card("Waiting for approval")
        await house.approve(OLU)
        await house.card("Succeeded")
        assert len(await house.audit("freeze_overridden")) == 1


async def test_plan_says_when_the_next_window_opens(tmp_path: Path) -> None:
    async with house_at(tmp_path, "2026-10-20 07:00") as house:
        await house.say(DANA, "/deploy plan checkout production")
        told = await house.whispered(DANA, "Plan, nothing happens")
        assert "*freeze*: Outside of office (mon-thu 09:00 to 16:00 Europe/Madrid), friday" in told
        assert "It would wait. The earliest possible time is" in told
