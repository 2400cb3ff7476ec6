"""Freezes: by command and from the configuration; they end, can be lifted, extended and overridden; who waits is told."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.events.freezing import EndFreeze
from bot.lifecycle import State
from bot.messages import message
from bot.reasons import Reason
from bot.saving import save_standing
from bot.standing import Freeze
from tests.e2e.house import CHECKOUT, DANA, DEPLOYMENTS, GUS, OLU, SAM, SOFIA, House, direct, long_jobs

HOUR = 3600.0
UNASKED = {"approve": [], "break_glass": []}
"""Production without approvals, for tests that are not about them."""


async def frozen(
    house: House, words: str = "production for 2h because of the migration", user: str = OLU
) -> str:
    """Declare a freeze; the words in which everybody is told."""
    await house.say(user, f"/freeze {words}")
    return (await announced(house, " is frozen "))["text"]


async def announced(house: House, words: str, channel: str = DEPLOYMENTS) -> dict[str, Any]:
    """What was said to a channel, once it has these words in it."""

    def said() -> dict[str, Any] | None:
        found = [
            one for one in house.slack.messages(channel) if not one["ephemeral"] and words in one["text"]
        ]
        return found[-1] if found else None

    found: dict[str, Any] = await house.until(said, what=f"{words} is said in {channel}")
    return found


async def freezes(house: House) -> list[Freeze]:
    return await house.running.store.standing(Freeze)


async def test_a_freeze_by_command_is_announced_and_holds_deployments_until_it_ends(tmp_path: Path) -> None:
    async with House(tmp_path, policy=UNASKED) as house:
        told = await frozen(house)
        assert "*production* is frozen until" in told
        assert "of the migration" in told
        await house.say(DANA, "/deploy checkout production")
        card = await house.card("production is frozen by olu")
        assert house.runs() == []
        assert (await house.deployment()).waits is Reason.FROZEN
        house.clock.advance(2 * HOUR + 1)

        await house.card("Succeeded")
        thaw = (await announced(house, "is not frozen any more"))["text"]
        assert f"#1 checkout 1.2.3 → production, asked by <@{DANA}>" in thaw
        assert card["ts"]
        assert [row["action"] for row in await house.audit() if "freeze" in row["action"]] == [
            "freeze_declared",
            "freeze_ended",
        ]


async def test_what_is_frozen_elsewhere_holds_nobody_up(tmp_path: Path) -> None:
    async with House(tmp_path, policy=UNASKED) as house:
        await frozen(house, "payments production for 2h because of an audit")
        await house.say(DANA, "/deploy checkout production")
        await house.card("Succeeded")


async def test_whoever_watches_a_frozen_place_is_told_when_the_freeze_ends_and_what_waited_has_gone(
    tmp_path: Path,
) -> None:
    async with House(tmp_path, policy=UNASKED, jenkins_jobs=long_jobs()) as house:
        await frozen(house)
        await house.say(SAM, "/deploy watch checkout production")
        said = await house.whispered(SAM, "I will tell you")
        assert "it is frozen, until" in said
        assert "production is frozen by olu" in said
        await house.say(DANA, "/deploy checkout production")
        await house.card("production is frozen by olu")
        await house.say(OLU, "/unfreeze production")
        await house.card("Running")
        await house.settled()
        assert free(house, SAM) == []
        house.clock.advance(HOUR)

        await house.card("Succeeded")
        await house.until(lambda: free(house, SAM))


async def test_who_watches_a_place_outside_of_its_windows_is_told_when_they_open(tmp_path: Path) -> None:
    begins = datetime(2026, 10, 20, 7, tzinfo=ZoneInfo("UTC"))
    windows = {"office": {"days": ["mon-fri"], "from": "09:00", "to": "16:00", "timezone": "UTC"}}
    house = House(tmp_path, policy={**UNASKED, "windows": windows})
    house.clock.set(begins.timestamp())
    async with house:
        await house.say(SAM, "/deploy watch checkout production")
        assert "outside of office" in await house.whispered(SAM, "it is frozen, until")
        await house.settled()
        house.clock.advance(HOUR)
        await house.settled()
        assert free(house, SAM) == []
        house.clock.advance(HOUR + 2)

        await house.until(lambda: free(house, SAM))


def free(house: House, user: str) -> list[str]:
    """What the direct message says about places that are free."""
    return [one["text"] for one in house.slack.messages(direct(user), user) if "is free" in one["text"]]


async def test_a_freeze_is_told_in_the_channels_of_the_services_concerned(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        await frozen(house, "checkout for 2h because of an audit")
        await announced(house, "*checkout* is frozen", channel=CHECKOUT)
        payments = [one["text"] for one in house.slack.messages("C0PAYMENTS")]
        assert not any("frozen" in text for text in payments)


@pytest.mark.parametrize(
    "now", [datetime(2026, 6, 17, 12, tzinfo=UTC), datetime(2026, 10, 24, 22, 50, tzinfo=UTC)]
)
async def test_what_would_wait_longer_than_the_policy_allows_is_refused_with_the_command_that_plans_it(
    tmp_path: Path, now: datetime
) -> None:
    """Also when its end lies in the hour that comes twice, as the clocks are set back."""
    house = House(tmp_path, policy={**UNASKED, "wait_at_most": "1h"})
    house.clock.set(now.timestamp())
    async with house:
        await frozen(house)
        await house.say(DANA, "/deploy checkout production")
        told = await house.whispered(DANA, "production is frozen by olu")
        planned = re.findall("`([^`]*)`", told)[0]
        assert planned.startswith("/deploy checkout 1.2.3 production at ")
        await house.say(DANA, planned)

        await house.card("planned for")
        house.clock.advance(2 * HOUR + 61)
        await house.card("Succeeded")


async def test_a_freeze_without_a_time_lasts_until_somebody_lifts_it(tmp_path: Path) -> None:
    async with House(tmp_path, policy=UNASKED) as house:
        assert "until somebody lifts it" in await frozen(house, "production because nobody is in the office")
        await house.say(DANA, "/deploy checkout production")
        await house.card("until somebody lifts it: nobody is in the office")
        house.clock.advance(3 * HOUR)
        await house.settled()
        assert house.runs() == []
        await house.say(OLU, "/unfreeze production")
        await announced(house, f"is not frozen any more: lifted by <@{OLU}>")
        await house.card("Succeeded")


async def test_who_lifts_a_freeze_lets_what_waited_go_on_in_order(tmp_path: Path) -> None:
    async with House(tmp_path, policy=UNASKED) as house:
        await frozen(house)
        await house.say(DANA, "/deploy checkout 1.0.1 production")
        await house.card("production is frozen", index=0)
        await house.say(DANA, "/deploy payments 2.0.1 production")
        await house.card("production is frozen", index=1)
        await house.say(OLU, "/unfreeze production")

        await house.card("Succeeded", index=0)
        await house.card("Succeeded", index=1)
        thaw = (await announced(house, "asked again, in this order"))["text"]
        assert thaw.index("#1 checkout") < thaw.index("#2 payments")


async def test_only_those_whom_the_policy_names_may_freeze_and_lift_in_every_place_concerned(
    tmp_path: Path,
) -> None:
    async with House(tmp_path, policy={"freeze": ["sre"]}) as house:
        await house.say(DANA, "/freeze production for 1h because I want to")
        assert "You may not freeze checkout in production" in await house.whispered(DANA, "that is for sre")
        await house.say(DANA, "/freeze everything for 1h because I want to")
        await house.until(lambda: len([one for one in house.whispers(DANA) if "that is for sre" in one]) == 2)
        assert await freezes(house) == []
        await frozen(house, user=SAM)
        await house.say(DANA, "/unfreeze production")
        await house.until(lambda: len([one for one in house.whispers(DANA) if "that is for sre" in one]) == 3)
        await house.say(SOFIA, "/unfreeze production")
        await announced(house, f"lifted by <@{SOFIA}>")


async def test_guests_freeze_nothing(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        await house.say(GUS, "/freeze production for 1h because I can")
        await house.whispered(GUS, "Guests of the workspace")
        assert await freezes(house) == []


async def test_of_two_freezes_of_one_scope_one_wins_and_the_other_is_told(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        await house.say(OLU, "/freeze production for 2h because of the first reason")
        await house.say(SAM, "/freeze production for 3h because of the second reason")

        told = await house.whispered(SAM, "production is frozen already by olu")
        assert "of the first reason" in told
        assert "`/deploy unfreeze production`" in told
        (one,) = await freezes(house)
        assert one.owner == OLU


async def test_the_same_scope_can_be_frozen_again_once_it_is_over(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        await frozen(house, "production for 10m because of one thing")
        house.clock.advance(601)
        await announced(house, "is not frozen any more")
        await house.say(OLU, "/freeze production for 10m because of another thing")
        await announced(house, "another thing")
        assert len(await freezes(house)) == 1


async def test_an_incident_freeze_has_an_end_even_when_nobody_said_one(tmp_path: Path) -> None:
    async with House(tmp_path, policy={**UNASKED, "wait_at_most": "5h"}) as house:
        told = await frozen(house, "incident checkout production because payments fail")
        assert told.startswith("Incident: ")
        (one,) = await freezes(house)
        assert one.until - one.made_at == pytest.approx(4 * HOUR, abs=5)
        await house.say(DANA, "/deploy checkout production")
        await house.card("because of an incident")
        house.clock.advance(4 * HOUR + 1)
        await house.card("Succeeded")


async def test_a_freeze_can_be_extended_and_lifted_by_button(tmp_path: Path) -> None:
    async with House(tmp_path, policy={**UNASKED, "freeze": ["sre", "owners"]}) as house:
        await frozen(house)
        (before,) = await freezes(house)
        await house.click(SAM, await announced(house, " is frozen until"), "freeze_extend")
        longer = await announced(house, "is frozen longer")
        (after,) = await freezes(house)
        assert after.until == before.until + HOUR
        house.clock.advance(2 * HOUR + 1)
        await house.settled()
        assert (await freezes(house))[0].stands(house.clock.now())
        await house.click(DANA, longer, "freeze_lift")
        await house.whispered(DANA, "that is for sre or owners")
        await house.click(SAM, longer, "freeze_lift")
        await announced(house, f"lifted by <@{SAM}>")
        await house.click(SAM, longer, "freeze_lift")
        await house.whispered(SAM, "That freeze is over already")


async def test_what_is_frozen_and_what_will_be_is_listed_with_buttons_for_those_who_may(
    tmp_path: Path,
) -> None:
    soon = datetime.now(ZoneInfo("UTC")).timestamp() + 3 * 24 * HOUR
    begins, ends = (
        datetime.fromtimestamp(at, ZoneInfo("UTC")).strftime("%Y-%m-%d %H:%M") for at in (soon, soon + HOUR)
    )
    planned = {"from": begins, "to": ends, "timezone": "UTC", "reason": "Elections"}
    config = {"freezes": {"elections": planned}}
    async with House(tmp_path, config=config, policy={"freeze": ["owners"]}) as house:
        await house.say(DANA, "/freezes checkout staging")
        await house.whispered(DANA, "What is frozen")
        await frozen(house, user=OLU)
        await house.say(OLU, "/freezes")
        mine = await _page(house, OLU, "Frozen now")
        assert "of the migration" in mine
        assert "elections: Elections" in mine
        assert "freeze_lift" in mine
        await house.say(DANA, "/deploy freezes production")
        assert "freeze_lift" not in await _page(house, DANA, "Frozen now")


async def _page(house: House, user: str, words: str) -> str:
    def found() -> str | None:
        pages = [
            json.dumps(one, ensure_ascii=False)
            for one in house.slack.messages(DEPLOYMENTS, user)
            if one["ephemeral"]
        ]
        return next((one for one in reversed(pages) if words in one), None)

    page: str = await house.until(found, what=f"a page says {words}")
    return page


async def test_an_override_needs_the_extra_approval_and_is_kept_for_ever(tmp_path: Path) -> None:
    async with House(tmp_path, policy={**UNASKED, "override": ["1 of owners"]}) as house:
        await frozen(house)
        await house.say(DANA, "/deploy checkout production")
        card = await house.card("production is frozen")
        await house.click(DANA, card, "cancel")
        await house.card("Cancelled")
        await house.say(DANA, "/deploy checkout 1.4.2 production override because the fix is in it")
        await house.card("Waiting for approval", index=1)
        assert house.runs() == []
        await house.approve(OLU)

        await house.card("Succeeded", index=1)
        (row,) = await house.audit("freeze_overridden")
        assert json.loads(row["detail"])["why"] == "the fix is in it"
        assert "production is frozen by olu" in row["detail"]


async def test_without_anybody_who_could_override_it_the_override_is_refused(tmp_path: Path) -> None:
    async with House(tmp_path, policy={**UNASKED, "wait_at_most": "1h"}) as house:
        await frozen(house)
        await house.say(DANA, "/deploy checkout production override because the fix is in it")
        await house.whispered(DANA, "production is frozen by olu")
        assert house.runs() == []


async def test_an_override_for_one_freeze_asks_those_of_another_as_well(tmp_path: Path) -> None:
    """Whoever approved going through the first never said anything about the second."""
    today = datetime.now(ZoneInfo("UTC"))
    elections = {
        "from": today.strftime("%Y-%m-%d 00:00"),
        "to": "2099-01-01 00:00",
        "timezone": "UTC",
        "override": ["1 of sre"],
    }
    async with House(tmp_path, policy={**UNASKED, "override": ["1 of owners"]}) as house:
        await frozen(house)
        await house.say(DANA, "/deploy checkout production override because the fix is in it")
        await house.card("Waiting for approval")
        await house.restart(freezes={"elections": elections})
        await house.until(lambda: "Frozen by elections" in str(house.cards()[0]))
        assert "1 of owners and 1 of sre" in str(house.cards()[0])
        await house.approve(OLU)
        await house.until(lambda: f"Approved by <@{OLU}>" in str(house.cards()[0]))
        assert house.runs() == []
        await house.approve(SAM)
        await house.card("Succeeded")


async def test_whoever_breaks_the_glass_goes_through_a_freeze(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        await frozen(house)
        await house.say(SAM, "/deploy checkout production break-glass because the till is down")
        await house.card("Succeeded")


async def test_a_freeze_that_begins_while_people_decide_holds_what_they_approved(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        await house.production()
        await frozen(house)
        await house.approve(SAM, SOFIA)
        await house.card("production is frozen")
        assert house.runs() == []
        house.clock.advance(2 * HOUR + 1)
        await house.card("Succeeded")


async def test_what_stands_in_the_queue_says_on_its_card_that_it_is_frozen_now(tmp_path: Path) -> None:
    async with House(tmp_path, jenkins_jobs=long_jobs(), policy=UNASKED) as house:
        await house.say(DANA, "/deploy checkout 1.0.1 production")
        await house.card("Running")
        await house.say(DANA, "/deploy checkout 1.0.2 production")
        await house.card("is on its way there now", index=1)
        await frozen(house)
        house.clock.advance(601)

        await house.card("Succeeded", index=0)
        await house.card("production is frozen", index=1)
        assert len(house.runs()) == 1


async def test_a_freeze_outlives_the_process_and_ends_when_it_ends_even_while_nobody_is_there(
    tmp_path: Path,
) -> None:
    async with House(tmp_path, policy=UNASKED) as house:
        await frozen(house)
        await house.say(DANA, "/deploy checkout production")
        await house.card("production is frozen")
        await house.restart()
        house.clock.advance(HOUR)
        await house.settled()
        assert house.runs() == []
        await house.stop()
        house.clock.advance(HOUR + 1)
        await house.start()

        await house.card("Succeeded")
        await announced(house, "is not frozen any more")


async def test_a_freeze_that_ran_out_counts_no_more_though_nobody_ever_noted_it(tmp_path: Path) -> None:
    """Its own end decides, and not the message that notes it: that one may be lost, late or early."""
    async with House(tmp_path, policy=UNASKED) as house:
        now = house.clock.now()
        unnoted = Freeze(
            id="f1", environment="production", owner=OLU, reason="x", made_at=now, until=now + 60
        )
        await house.running.writer.submit(lambda connection: save_standing(connection, unnoted))
        await house.say(DANA, "/deploy checkout production")
        await house.card("production is frozen")
        house.clock.advance(61)
        await house.card("Succeeded")
        await frozen(house, "production for 2h because of another thing")
        (one,) = await freezes(house)
        assert one.id != "f1"
        assert [json.loads(row["detail"])["freeze"] for row in await house.audit("freeze_ended")] == ["f1"]


async def test_a_message_that_comes_too_early_ends_nothing(tmp_path: Path) -> None:
    async with House(tmp_path, policy=UNASKED) as house:
        await frozen(house)
        (one,) = await freezes(house)
        await house.running.journal.publish(
            message(EndFreeze(freeze=one.id), id="early", at=house.clock.now())
        )
        await house.settled()
        assert (await freezes(house))[0].stands(house.clock.now())
        assert await house.audit("freeze_ended") == []


async def test_a_clock_that_is_set_back_ends_no_freeze_early(tmp_path: Path) -> None:
    async with House(tmp_path, policy=UNASKED) as house:
        await frozen(house)
        (one,) = await freezes(house)
        house.clock.set(one.made_at - 24 * HOUR)
        await house.stop()
        await house.start()
        await house.say(DANA, "/deploy plan checkout production")
        await house.whispered(DANA, "production is frozen by olu")
        assert (await freezes(house))[0].until == one.until


async def test_a_run_that_is_under_way_is_not_stopped_by_a_freeze(tmp_path: Path) -> None:
    async with House(tmp_path, jenkins_jobs=long_jobs(), policy=UNASKED) as house:
        await house.say(DANA, "/deploy checkout production")
        await house.card("Running")
        await frozen(house)
        assert (await house.deployment()).state is State.RUNNING
        house.clock.advance(601)
        await house.card("Succeeded")


async def test_a_freeze_of_the_configuration_holds_where_it_says_and_is_told_by_its_name(
    tmp_path: Path,
) -> None:
    now = datetime.now(ZoneInfo("UTC")).timestamp()
    begins, ends = (
        datetime.fromtimestamp(now + more, ZoneInfo("UTC")).strftime("%Y-%m-%d %H:%M")
        for more in (-HOUR, 2 * HOUR)
    )
    year_end = {"from": begins, "to": ends, "timezone": "UTC", "reason": "Holidays", "services": ["checkout"]}
    async with House(tmp_path, config={"freezes": {"year-end": year_end}}, policy=UNASKED) as house:
        await house.say(DANA, "/deploy checkout production")
        await house.card("Frozen by year-end")
        await house.say(DANA, "/deploy payments production")
        await house.card("Succeeded", index=1)
        await house.say(DANA, "/deploy checkout staging")
        await house.card("Succeeded", index=2)
        house.clock.advance(2 * HOUR + 60)
        await house.card("Succeeded", index=0)


async def test_plan_and_why_say_what_is_frozen_who_can_lift_it_and_until_when(tmp_path: Path) -> None:
    async with House(tmp_path, policy={"freeze": ["sre"], "override": ["1 of owners"]}) as house:
        await frozen(house, user=SAM)
        for command in ("plan", "why"):
            await house.say(DANA, f"/deploy {command} checkout production")
            told = await house.whispered(DANA, "Plan" if command == "plan" else "In the way of")
            assert "*freeze*: production is frozen by sam" in told
            assert "can be lifted by" in told
            assert "sre" in told
            assert "override because …`" in told


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("/freeze", "Freeze what?"),
        ("/freeze production for 2h", "`/deploy freeze production for 2h because …`"),
        ("/freeze prodution for 2h because x", "`/deploy freeze production for 2h because x`"),
        ("/freeze checkout live because x", "checkout has no environment “live”. It can go to"),
        ("/freeze until mon 09:00 because x", "`/deploy freeze production until mon 09:00 because x`"),
        ("/freeze production until 2020-01-01 because x", "has passed"),
        ("/freeze production until 9 because x", "could be in the morning or in the evening"),
        ("/freeze production for 2 because x", "`/deploy freeze production for 2h because …`"),
        ("/freeze production for 2h 30m production because x", "I don't know what to do with “production”"),
        ("/freeze production for ever because x", "I don't know what to do with “for” and “ever”"),
        ("/unfreeze", "Unfreeze what?"),
        ("/unfreeze production", "production is not frozen by anybody"),
        ("/freezes nowhere", "I know no service and no environment “nowhere”"),
        ("/deploy checkout production override", "reason"),
    ],
)
async def test_what_can_not_be_understood_is_answered_with_the_nearest_right_command(
    tmp_path: Path, typed: str, answer: str
) -> None:
    async with House(tmp_path) as house:
        await house.say(DANA, typed)
        await house.whispered(DANA, answer)
        assert await freezes(house) == []
