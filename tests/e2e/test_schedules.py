"""Schedules: a deployment planned for later, approved now, judged again when its time has come."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.lifecycle import State
from bot.reasons import Reason
from bot.standing import Lock
from tests.e2e.house import DANA, OLU, SAM, SOFIA, House

HOUR = 3600.0


async def planned(
    house: House, words: str = "/deploy checkout 1.4.2 staging in 2h", user: str = DANA
) -> dict:
    await house.say(user, words)
    return await house.card("planned for")


async def test_in_two_hours_it_runs_in_two_hours_and_not_before(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        await planned(house)
        assert house.runs() == []
        house.clock.advance(2 * HOUR - 60)
        await house.settled()
        assert house.runs() == []
        house.clock.advance(61)

        await house.card("Succeeded")
        assert len(house.runs()) == 1


async def test_at_a_time_is_the_persons_own_time_zone(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        await planned(house, "/deploy checkout 1.4.2 staging tomorrow 9am", user=SAM)

        at = (await house.deployment()).not_before
        local = datetime.fromtimestamp(at, ZoneInfo("Asia/Tokyo"))
        assert (local.hour, local.minute) == (9, 0)


async def test_approval_is_asked_now_and_the_time_is_part_of_what_is_approved(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        await house.say(DANA, "/deploy checkout 1.4.2 production in 3h")
        await house.approve(SAM, SOFIA)
        await house.card("planned for")
        assert "planned for" in (await house.deployment()).approval.fingerprint
        house.clock.advance(3 * HOUR)

        await house.card("Succeeded")


async def test_what_nobody_approved_until_its_time_expires(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        await house.say(DANA, "/deploy checkout 1.4.2 production in 3h")
        await house.card("Waiting for approval")
        house.clock.advance(2 * HOUR)
        await house.settled()
        assert (await house.deployment()).state is State.AWAITING_APPROVAL
        house.clock.advance(HOUR + 1)

        await house.card("Expired")
        assert house.runs() == []


async def test_what_is_planned_is_listed_and_can_be_cancelled(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        await house.say(OLU, "/deploy schedules")
        await house.whispered(OLU, "Nothing is planned")
        await planned(house)
        await house.say(OLU, "/deploy schedules checkout")
        assert "cancel #1" in await house.whispered(OLU, "Planned:")
        await house.say(DANA, "/deploy cancel #1")

        await house.card("Cancelled")
        house.clock.advance(3 * HOUR)
        await house.settled()
        assert house.runs() == []


async def test_others_go_on_while_one_is_planned(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        await planned(house)
        await house.say(DANA, "/deploy checkout 1.4.1 staging")

        await house.card("Succeeded", index=1)
        assert (await house.deployment(1)).waits is Reason.PLANNED


async def test_the_gates_are_asked_again_when_the_time_has_come(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        await planned(house)
        lock = Lock(id="l1", service="checkout", owner=OLU, owner_name="olu", reason="hands off", made_at=1.0)
        await stand(house, lock)
        house.clock.advance(2 * HOUR + 1)

        await house.card("checkout is locked by olu: hands off")
        assert house.runs() == []


async def test_whoever_lost_his_rights_meanwhile_deploys_nothing(tmp_path: Path) -> None:
    async with House(tmp_path, policy={"deploy": ["sre"], "approve": [], "break_glass": []}) as house:
        await house.say(SAM, "/deploy checkout 1.4.2 production in 2h")
        await house.card("planned for")
        house.slack.workspace.world.groups[0].users.remove(SAM)
        house.clock.advance(2 * HOUR + 1)

        await house.card("Refused")
        assert house.runs() == []


async def test_missed_while_down_somebody_is_asked(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        await planned(house)
        await house.stop()
        house.clock.advance(3 * HOUR)
        await house.start()
        card = await house.card("I was not there")
        await house.replied(card, "I was not there")
        assert house.runs() == []
        await house.click(DANA, card, "run_now")

        await house.card("Succeeded")
        assert len(house.runs()) == 1


async def test_a_missed_one_that_was_approved_for_its_time_is_asked_about_anew(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        await house.say(DANA, "/deploy checkout 1.4.2 production in 2h")
        for who in (SAM, SOFIA):
            await house.click(who, await house.card("Waiting for approval"), "approve")
            await house.settled()
        await house.card("planned for")
        await house.stop()
        house.clock.advance(3 * HOUR)
        await house.start()
        await house.click(DANA, await house.card("I was not there"), "run_now")

        card = await house.card("Waiting for approval")
        assert "planned for" in json.dumps(card["blocks"])
        assert house.runs() == []
        for who in (SAM, SOFIA):
            await house.click(who, card, "approve")
        await house.card("Succeeded")


async def test_missed_while_down_it_runs_where_the_policy_says_run(tmp_path: Path) -> None:
    config = {"policies": {"staging": {"missed": "run"}}}
    async with House(tmp_path, config=config) as house:
        await planned(house)
        await house.stop()
        house.clock.advance(3 * HOUR)
        await house.start()

        await house.card("Succeeded")


async def test_what_a_lock_held_when_its_time_came_is_not_missed_by_a_restart(tmp_path: Path) -> None:
    policy = {"approve": ["1 of sre"], "break_glass": []}
    async with House(tmp_path, policy=policy) as house:
        await house.say(DANA, "/deploy checkout production in 10m")
        await house.approve(SAM)
        await house.card("planned for")
        await house.say(SAM, "/lock checkout production because I look at it")
        await house.until(house.running.store.standing_count)
        house.clock.advance(11 * 60)
        await house.card("is locked by")
        house.clock.advance(20 * 60)
        await house.restart()
        await house.say(SAM, "/unlock checkout production")

        await house.card("Succeeded")
        assert await house.audit("approval_voided") == []


async def test_missed_while_the_machine_slept_somebody_is_asked(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        await planned(house)
        house.clock.advance(12 * HOUR)

        card = await house.card("I was not there")
        assert house.runs() == []
        await house.click(DANA, card, "run_now")
        await house.card("Succeeded")


async def test_what_was_approved_after_its_time_is_not_missed(tmp_path: Path) -> None:
    policy = {"approve": ["1 of sre"], "break_glass": [], "expires": "2h"}
    async with House(tmp_path, policy=policy) as house:
        await house.say(DANA, "/deploy checkout production in 10m")
        await house.card("Waiting for approval")
        house.clock.advance(HOUR)
        await house.say(DANA, "/deploy why checkout production")
        assert "I was not there" not in await house.whispered(DANA, "In the way of")
        await house.approve(SAM)

        await house.card("Succeeded")


async def test_a_little_late_after_a_restart_nobody_is_asked(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        await planned(house)
        await house.stop()
        house.clock.advance(2 * HOUR + 60)
        await house.start()

        await house.card("Succeeded")


async def test_a_time_in_the_past_a_day_without_a_time_and_nonsense_are_refused_with_the_right_command(
    tmp_path: Path,
) -> None:
    async with House(tmp_path) as house:
        await house.say(DANA, "/deploy checkout 1.4.2 staging at 2020-01-01 10:00")
        told = await house.whispered(DANA, "has passed")
        assert "/deploy checkout 1.4.2 staging at 20" in told, "the nearest right command"
        await house.say(DANA, "/deploy checkout 1.4.2 staging tomorrow")
        await house.whispered(DANA, "/deploy checkout 1.4.2 staging tomorrow 09:00")
        await house.say(DANA, "/deploy checkout production at 14:00 break-glass because now")
        await house.whispered(DANA, "Break-glass is for now")
        assert house.cards() == []


async def stand(house: House, lock: Lock) -> None:
    """Put something standing into the table, as a command would."""
    from bot.saving import save_standing

    await house.running.writer.submit(lambda connection: save_standing(connection, lock))
