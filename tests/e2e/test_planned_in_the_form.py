"""Schedules in the form: when it is to start, in the words of the command, judged live for that time."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.lifecycle import State
from bot.standing import Freeze
from tests.e2e.house import CHECKOUT, DANA, SAM, House
from tests.e2e.test_modals import block, choose, form, shown, standing

HOUR = 3600.0
NOON = datetime(2026, 6, 17, 12, tzinfo=UTC).timestamp()


async def opened(house: House, user: str, environment: str = "staging") -> dict[str, Any]:
    """The form in the channel of checkout, with everything chosen but when."""
    await house.say(user, "/deploy", channel=CHECKOUT)
    view = await form(house, user, "Choose environment")
    await choose(house, user, view, "environment", environment)
    return await form(house, user, f"/deploy checkout 1.2.3 to {environment}")


async def typed(house: House, user: str, view: dict[str, Any], field: str, words: str) -> None:
    """Type into a field of the form, and press Enter."""
    said = await house.slack.click(
        user, field, block_id=block(view, field)["block_id"], view_id=view["id"], value=words
    )
    assert said["ok"], said


async def test_a_time_in_the_form_is_judged_live_and_is_the_same_as_in_the_command(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        view = await opened(house, DANA)
        await typed(house, DANA, view, "when", "in 2h")
        view = await form(house, DANA, "/deploy checkout 1.2.3 to staging in 2h")
        told = shown(view)
        assert "It would wait" in told
        assert "planned for" in told
        assert house.cards(CHECKOUT) == []
        await house.slack.submit_view(DANA, view["id"])

        await house.card("planned for", channel=CHECKOUT)
        by_form = await house.deployment(1)
        await house.say(DANA, "/deploy payments 1.2.3 staging in 2h", channel=CHECKOUT)
        await house.card("planned for", index=1, channel=CHECKOUT)
        by_words = await house.deployment(2)
        assert by_form.not_before == pytest.approx(by_words.not_before, abs=60)
        assert by_form.waits is by_words.waits
        (asked,) = [row for row in await house.audit("asked") if "(form)" in row["detail"]]
        assert "(form) /deploy checkout 1.2.3 to staging in 2h" in asked["detail"]
        house.clock.advance(2 * HOUR + 1)
        await house.card("Succeeded", index=0, channel=CHECKOUT)


async def test_it_is_the_persons_own_time_zone_and_the_form_says_which(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        view = await opened(house, SAM)
        assert "Times are those of Asia/Tokyo" in shown(view)
        await typed(house, SAM, view, "when", "tomorrow 9am")
        view = await form(house, SAM, "(Asia/Tokyo)")
        await house.slack.submit_view(SAM, view["id"])
        await house.card("planned for", channel=CHECKOUT)

        local = datetime.fromtimestamp((await house.deployment()).not_before, ZoneInfo("Asia/Tokyo"))
        assert (local.hour, local.minute) == (9, 0)


async def test_a_date_alone_is_a_time_in_the_field_and_said_as_one_in_the_command(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        view = await opened(house, DANA)
        year = datetime.now(ZoneInfo("UTC")).year + 1
        await typed(house, DANA, view, "when", f" {year}-01-02  14:00 ")
        view = await form(house, DANA, f"/deploy checkout 1.2.3 to staging at {year}-01-02 14:00")
        assert "planned for" in shown(view)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("at 2020-01-01 10:00", "2020-01-01 10:00 has passed"),
        ("tomorrow", "At what time on that day?"),
        ("tomorrow 14:00 or so", "I don't know what to do with “or so” behind the time."),
        ("at 99:00", "“99:00” is not a time of day."),
        ("in 5", "“5” has no unit"),
    ],
)
async def test_a_time_that_has_passed_or_can_t_be_read_is_an_error_at_its_field_in_the_words_of_the_command(
    tmp_path: Path, words: str, sentence: str
) -> None:
    async with House(tmp_path) as house:
        await house.say(DANA, f"/deploy checkout 1.2.3 staging {words}", channel=CHECKOUT)
        command = await house.whispered(DANA, sentence, channel=CHECKOUT)
        view = await opened(house, DANA)
        await typed(house, DANA, view, "when", words)
        view = await form(house, DANA, sentence)
        assert "/deploy checkout" not in shown(view), "without its time the command would start it now"
        said = await house.slack.submit_view(DANA, view["id"])

        assert said["errors"].keys() == {"when"}
        told = said["errors"]["when"]
        assert sentence in told
        assert told.partition(".")[0].partition("?")[0].partition(" in ")[0] in command
        assert house.slack.views(DANA), "the form stays"
        assert await house.running.store.recent(1) == []


async def test_a_time_that_nobody_can_read_says_the_way_out_and_can_be_put_right(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        view = await opened(house, DANA)
        await typed(house, DANA, view, "when", "2h")
        view = await form(house, DANA, "`in 2h`")
        said = await house.slack.submit_view(DANA, view["id"])
        assert "in 2h" in said["errors"]["when"]
        await typed(house, DANA, view, "when", "in 2h")
        view = await form(house, DANA, "to staging in 2h")
        assert (await house.slack.submit_view(DANA, view["id"]))["closed"]
        await house.card("planned for", channel=CHECKOUT)


async def test_a_time_that_passed_while_the_form_stood_open_is_an_error_at_its_field(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.clock.set(NOON)
    async with house:
        view = await opened(house, DANA)
        soon = datetime.fromtimestamp(house.clock.now() + 2 * HOUR, ZoneInfo("Europe/Berlin"))
        words = f"at {soon:%Y-%m-%d %H:%M}"
        await typed(house, DANA, view, "when", words)
        view = await form(house, DANA, f"to staging {words}")
        house.clock.advance(3 * HOUR)
        said = await house.slack.submit_view(DANA, view["id"])

        assert "has passed" in said["errors"]["when"]


async def test_what_was_typed_and_not_entered_counts_when_the_form_is_sent_off(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        view = await opened(house, DANA)
        values = {"when": {"when": {"type": "plain_text_input", "value": "in 2h"}}}
        assert (await house.slack.submit_view(DANA, view["id"], values))["closed"]

        await house.card("planned for", channel=CHECKOUT)
        assert house.runs() == []


async def test_the_gates_are_judged_for_that_time_in_the_form(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        now = house.clock.now()
        await house.stand(
            Freeze(
                id="f1",
                environment="staging",
                owner=SAM,
                owner_name="sam",
                reason="the big sale",
                made_at=now,
                until=now + HOUR,
            )
        )
        view = await opened(house, DANA)
        assert "the big sale" in shown(view)
        await typed(house, DANA, view, "when", "in 2h")
        view = await form(house, DANA, "to staging in 2h")

        assert "the big sale" not in shown(view)


async def test_breaking_the_glass_is_for_now_and_the_form_says_so_at_the_time(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        view = await opened(house, SAM, "production")
        await typed(house, SAM, view, "glass", "the till is down")
        view = await form(house, SAM, "goes without approval")
        await typed(house, SAM, view, "when", "in 2h")
        view = await form(house, SAM, "Break-glass is for now")
        assert standing(view, "glass") == "the till is down", "what was typed stays"
        said = await house.slack.submit_view(SAM, view["id"])

        assert "Break-glass is for now: it can't be planned for later." in said["errors"]["when"]
        await house.say(
            SAM, "/deploy plan checkout production in 2h break-glass because fire", channel=CHECKOUT
        )
        await house.whispered(SAM, "Break-glass is for now", channel=CHECKOUT)
        assert await house.running.store.recent(1) == []


async def test_another_service_keeps_the_time(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        view = await opened(house, DANA)
        await typed(house, DANA, view, "when", "in 2h")
        view = await form(house, DANA, "to staging in 2h")
        await choose(house, DANA, view, "service", "payments")
        view = await form(house, DANA, "/deploy payments 1.2.3 to staging in 2h")

        assert standing(view, "when") == "in 2h"
        await house.slack.submit_view(DANA, view["id"])
        await house.until(lambda: house.running.store.recent(1))
        await house.settled()
        assert (await house.deployment()).state is State.QUEUED
