"""What was announced of a lock or a freeze stays true: it is edited in place when it changes or ends."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bot.sandbox.slack.faults import Fault
from tests.e2e.house import CHECKOUT, DANA, DEPLOYMENTS, OLU, SAM, House
from tests.e2e.test_locks import announced, click, locked, locks
from tests.e2e.test_slack_trouble import delete

MINUTE, HOUR = 60.0, 3600.0
BUTTONS = ["release_lock", "take_over", "watch_lock"]
WITH_AN_END = ["release_lock", "extend_1h", "extend_1d", "take_over", "watch_lock"]


def there(house: House, ts: str, channel: str = DEPLOYMENTS) -> dict[str, Any]:
    """The message of that time, as it is now."""
    return next(one for one in house.slack.messages(channel) if one["ts"] == ts)


async def becomes(
    house: House, message: dict[str, Any], words: str, channel: str = DEPLOYMENTS
) -> dict[str, Any]:
    """The very same message, once it has these words in it."""
    await house.until(
        lambda: words in there(house, message["ts"], channel)["text"], what=f"it becomes {words!r}"
    )
    return there(house, message["ts"], channel)


def above(house: House, channel: str = DEPLOYMENTS) -> list[dict[str, Any]]:
    return [one for one in house.slack.messages(channel) if not one["ephemeral"]]


async def test_an_announced_lock_that_was_lifted_says_by_whom_and_has_no_buttons_any_more(
    tmp_path: Path, transport: str
) -> None:
    async with House(tmp_path, transport=transport) as house:
        await house.say(SAM, "/lock checkout staging because we test")
        message = await announced(house, "is locked by")
        assert house.buttons(message) == BUTTONS
        await house.say(DANA, "/unlock checkout staging because Sam has gone home")

        over = await becomes(house, message, f"Unlocked by <@{DANA}>")
        assert f"*checkout in staging* was locked by <@{SAM}>: we test" in over["text"]
        assert house.buttons(over) == []
        await announced(house, "is unlocked by")


async def test_an_announced_lock_that_was_taken_over_says_so_and_the_new_one_has_the_buttons(
    tmp_path: Path,
) -> None:
    async with House(tmp_path) as house:
        await house.say(SAM, "/lock checkout staging because we test")
        message = await announced(house, "is locked by")
        await house.say(DANA, "/lock checkout staging take over because it is my turn")

        over = await becomes(house, message, f"Taken over by <@{DANA}>")
        assert house.buttons(over) == []
        assert house.buttons(await announced(house, "taken over from")) == BUTTONS


async def test_an_announced_lock_is_made_longer_below_its_announcement_by_its_owner_only(
    tmp_path: Path,
) -> None:
    async with House(tmp_path) as house:
        await house.say(SAM, "/lock checkout staging for 1h because we test")
        message = await announced(house, "is locked by")
        until = (await locked(house)).until
        assert house.buttons(message) == WITH_AN_END
        await click(house, DANA, message, "extend_1d")
        await house.whispered(DANA, "Only its owner can make it longer")
        await click(house, SAM, message, "extend_1h")

        longer = await becomes(house, message, f"<!date^{int(until + HOUR)}")
        assert house.buttons(longer) == WITH_AN_END
        assert len(above(house)) == 1


async def test_an_announced_lock_that_has_run_out_says_so(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        await house.say(SAM, "/lock checkout staging for 30m warning because the disk is nearly full")
        message = await announced(house, "carries a warning by")
        assert house.buttons(message) == ["release_lock", "extend_1h", "extend_1d", "take_over"]
        house.clock.advance(30 * MINUTE)

        assert house.buttons(await becomes(house, message, "Over since")) == []


async def test_an_earlier_announcement_points_to_the_newest_of_the_same_lock(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        await house.say(SAM, "/lock checkout staging because we test")
        first = await announced(house, "we test")
        await house.say(SAM, "/lock checkout staging because something else is up")
        await house.until(lambda: len(above(house)) == 2)
        second = above(house)[1]
        assert house.buttons(await becomes(house, first, "is announced anew further down")) == []
        assert house.buttons(second) == BUTTONS
        await house.say(SAM, "/unlock mine")

        await becomes(house, second, "Unlocked by")
        assert "is announced anew further down" in there(house, first["ts"])["text"]


async def test_what_was_announced_is_brought_up_to_date_after_a_kill(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        await house.say(SAM, "/lock checkout staging because we test")
        message = await announced(house, "is locked by")
        house.slack.set_faults(Fault(mode="fail", methods=("chat.update",)))
        await house.say(SAM, "/unlock checkout staging")
        await house.until(lambda: any("is unlocked by" in one["text"] for one in above(house)))
        assert house.buttons(there(house, message["ts"])) == BUTTONS
        house.slack.set_faults()
        await house.kill()

        assert house.buttons(await becomes(house, message, "Unlocked by")) == []


async def test_an_announcement_that_somebody_deleted_loses_nothing(tmp_path: Path) -> None:
    async with House(tmp_path, refused_codes=["message_not_found"]) as house:
        await house.say(SAM, "/lock checkout staging because we test")
        delete(house, await announced(house, "is locked by"))
        await house.say(SAM, "/unlock checkout staging")
        await announced(house, "is unlocked by")
        await house.settled()

        assert await locks(house) == []
        assert await house.parked() == []
        await house.say(SAM, "/lock checkout staging because we test again")
        await announced(house, "we test again")


async def test_an_announced_freeze_says_in_every_channel_that_it_was_lifted_and_by_whom(
    tmp_path: Path,
) -> None:
    async with House(tmp_path) as house:
        await house.say(OLU, "/freeze production for 2h because of the migration")
        messages = {
            channel: await announced(house, "is frozen until", channel) for channel in (DEPLOYMENTS, CHECKOUT)
        }
        assert house.buttons(messages[CHECKOUT])[-1] == "freeze_lift"
        await house.say(SAM, "/unfreeze production")

        for channel, message in messages.items():
            over = await becomes(house, message, f"Lifted by <@{SAM}>", channel)
            assert f"*production* was frozen by <@{OLU}>: because of the migration." in over["text"]
            assert house.buttons(over) == []


async def test_an_announced_freeze_that_was_extended_points_to_its_new_end(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        await house.say(OLU, "/freeze production for 2h because of the migration")
        first = await announced(house, "is frozen until")
        await click(house, OLU, first, "freeze_extend")
        longer = await announced(house, "is frozen longer")
        assert house.buttons(await becomes(house, first, "is announced anew further down")) == []
        house.clock.advance(3 * HOUR + 1)

        assert house.buttons(await becomes(house, longer, "Over since")) == []
