"""Overview: `/deploy status` is services × environments, filtered, in pages that Slack takes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bot.sandbox.slack.blocks import validate_message
from bot.saving import save_standing
from bot.standing import Lock
from tests.e2e.house import (
    CHECKOUT,
    DANA,
    DEPLOYMENTS,
    GUS,
    OLU,
    SAM,
    House,
    direct,
    jobs,
    long_jobs,
)

Json = dict[str, Any]


def texts(message: Json) -> str:
    found = [block["text"]["text"] for block in message["blocks"] if block["type"] == "section"]
    return "\n".join(found)


def lines(message: Json, service: str) -> dict[str, str]:
    """The places of a service, by the environment."""
    for paragraph in texts(message).split("\n*"):
        name, _, rest = paragraph.lstrip("*").partition("*")
        if name == service:
            return dict(line.split(": ", 1) for line in rest.split("\n")[1:])
    raise AssertionError(f"nothing is said of {service}: {texts(message)}")


async def status(house: House, user: str, words: str = "", channel: str = DEPLOYMENTS) -> Json:
    """Ask, and see the answer."""
    before = len(seen(house, user, channel))
    await house.say(user, f"/deploy status {words}".strip(), channel=channel)
    await house.until(lambda: len(seen(house, user, channel)) > before)
    return seen(house, user, channel)[-1]


def seen(house: House, user: str, channel: str = DEPLOYMENTS) -> list[Json]:
    """The overviews that this person sees."""
    return [
        one
        for one in house.slack.messages(channel, user)
        if (one["ephemeral"] or channel.startswith("D")) and "What is where" in one["text"]
    ]


async def press(house: House, user: str, message: Json, label: str, channel: str = DEPLOYMENTS) -> Json:
    """Click a button of an overview; what stands there after."""
    block, button = next(
        (block, one)
        for block in message["blocks"]
        for one in block.get("elements", ())
        if one.get("text", {}) and one["type"] == "button" and one["text"]["text"] == label
    )
    said = await house.slack.click(
        user,
        button["action_id"],
        block_id=block["block_id"],
        channel=channel,
        message_ts=message["ts"],
        value=button.get("value", ""),
    )
    assert said["ok"], said
    await house.until(
        lambda: [one for one in seen(house, user, channel) if one["ts"] == message["ts"] and one != message]
    )
    (now,) = [one for one in seen(house, user, channel) if one["ts"] == message["ts"]]
    return now


def labels(message: Json) -> list[str]:
    return [
        one["text"]["text"]
        for block in message["blocks"]
        if block["type"] == "actions"
        for one in block["elements"]
    ]


async def stands(house: House, lock: Lock) -> None:
    await house.running.writer.submit(lambda connection: save_standing(connection, lock))


async def test_status_says_what_runs_where_since_when_by_whom_and_how_it_went(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        await house.say(DANA, "/deploy checkout 1.0.0 staging")
        await house.card("Succeeded")
        await house.production(SAM, "/deploy payments 2.0.0 production")

        told = await status(house, DANA)
        checkout = lines(told, "checkout")
        assert checkout["staging"].startswith("`1.0.0` <!date^")
        assert f"by <@{DANA}>" in checkout["staging"]
        assert "✅ succeeded" in checkout["staging"]
        assert checkout["production"] == "nothing deployed yet"
        assert "#2 `2.0.0` waiting for approval" in lines(told, "payments")["production"]
        assert [
            one for one in house.slack.messages(DEPLOYMENTS, OLU) if one["text"].startswith("What is")
        ] == []


async def test_status_says_that_the_last_run_failed_and_what_runs_since_before(tmp_path: Path) -> None:
    def by_version(values: dict[str, str]) -> str:
        return "FAILURE" if values["VERSION"] == "1.1.0" else "SUCCESS"

    async with House(tmp_path, jenkins_jobs=jobs(result=by_version)) as house:
        await house.say(DANA, "/deploy checkout 1.0.0 staging")
        await house.card("Succeeded")
        await house.say(DANA, "/deploy checkout 1.1.0 staging")
        await house.card("Failed")
        await house.settled()

        line = lines(await status(house, DANA), "checkout")["staging"]
        assert line.startswith("`1.0.0`")
        assert "❌ #2 `1.1.0` failed" in line


async def test_status_says_what_is_going_on_and_how_many_wait_behind_it(tmp_path: Path) -> None:
    async with House(tmp_path, jenkins_jobs=long_jobs()) as house:
        await house.say(DANA, "/deploy checkout 1.0.0 staging")
        await house.card("Running")
        for version in ("1.1.0", "1.2.0"):
            await house.say(DANA, f"/deploy checkout {version} staging")
            await house.card("Queued")
        await house.settled()

        line = lines(await status(house, SAM), "checkout")["staging"]
        assert "#1 `1.0.0` running" in line
        assert " queued" in line


async def test_status_says_what_is_locked_by_whom_until_when(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        now = house.clock.now()
        await stands(
            house,
            Lock(
                id="l1",
                service="checkout",
                environment="production",
                owner=SAM,
                owner_name="Sam Sato",
                made_at=now,
                until=now + 3600,
                reason="x",
            ),
        )
        await stands(
            house,
            Lock(
                id="l2", environment="staging", owner=OLU, made_at=now, reason="y", only="1.4.*", warning=True
            ),
        )
        told = await status(house, DANA)

        assert "🔒 locked by Sam Sato until <!date^" in lines(told, "checkout")["production"]
        assert f"⚠️ noted by <@{OLU}> but for 1.4." in lines(told, "payments")["staging"]
        house.clock.advance(7200)
        assert "locked" not in lines(await status(house, DANA), "checkout")["production"]


async def test_status_says_which_environment_lags_behind_the_one_before_it(tmp_path: Path) -> None:
    policies = {"production": {"approve": []}}
    async with House(tmp_path, config={"policies": policies}, policy={"break_glass": []}) as house:
        for words in ("1.0.0 staging", "1.0.0 production"):
            await house.say(DANA, f"/deploy checkout {words}")
            await house.card(words.replace(" ", " to "))
            await house.card("Succeeded")
            await house.settled()
        assert "behind" not in lines(await status(house, DANA), "checkout")["production"]
        await house.say(DANA, "/deploy checkout 1.1.0 staging")
        await house.card("1.1.0 to staging")
        await house.card("Succeeded")
        await house.settled()
        told = await status(house, DANA)

        assert "behind staging (`1.1.0`)" in lines(told, "checkout")["production"]
        assert "behind" not in lines(told, "checkout")["staging"]


@pytest.mark.parametrize(
    ("words", "services"),
    [
        ("", {"checkout", "payments"}),
        ("checkout", {"checkout"}),
        ("production", {"checkout", "payments"}),
        ("mine", {"payments"}),
        ("like pay", {"payments"}),
        ("like 2.0", {"payments"}),
        ("like Dana", {"payments"}),
        ("checkout mine", set()),
    ],
)
async def test_status_can_be_asked_of_a_part(tmp_path: Path, words: str, services: set[str]) -> None:
    async with House(tmp_path) as house:
        await house.say(DANA, "/deploy payments 2.0.0 staging")
        await house.card("Succeeded")
        told = texts(await status(house, DANA, words))

        assert {name for name in ("checkout", "payments") if f"*{name}*" in told} == services
        if not services:
            assert "Nothing fits that." in told
            assert "`/deploy status all`" in told
        if words == "production":
            assert "staging" not in told


async def test_in_a_channel_of_a_service_it_is_that_service(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        assert "payments" not in texts(await status(house, DANA, "", CHECKOUT))
        assert "payments" in texts(await status(house, DANA, "all", CHECKOUT))


def many(count: int) -> dict[str, Any]:
    environments = {name: {"job": "deploy", "policy": "open"} for name in ("dev", "staging", "production")}
    return {
        f"service-{number:03}": {"description": "A service of its own " * 3, "environments": environments}
        for number in range(count)
    }


async def test_500_services_in_pages_inside_slacks_limits_with_buttons_to_turn(tmp_path: Path) -> None:
    async with House(tmp_path, config={"services": many(498)}) as house:
        told = await status(house, DANA)
        count, pages = 0, [told]
        assert labels(told) == ["Next ›", "Look again", "Only mine"]
        for _ in range(3):
            told = await press(house, DANA, told, "Next ›")
            pages.append(told)
        assert labels(told)[:2] == ["‹ Previous", "Next ›"]
        assert texts(await press(house, DANA, told, "‹ Previous")) == texts(pages[-2])
        for page in pages:
            assert validate_message({"text": page["text"], "blocks": page["blocks"]}) == []
            assert len(page["blocks"]) <= 50
            assert len(json.dumps(page["blocks"])) <= 12_000
            count += texts(page).count("nothing deployed yet")
        assert count == 4 * 24
        assert "of 1498" in json.dumps(pages[0]["blocks"])
        assert len(seen(house, DANA)) == 1, "a page takes the place of the one before"


async def test_a_filter_stays_while_pages_are_turned_and_everything_is_one_click_away(tmp_path: Path) -> None:
    async with House(tmp_path, config={"services": many(60)}) as house:
        told = await status(house, DANA, "staging like service-0")
        told = await press(house, DANA, told, "Next ›")
        assert "(staging, like “service-0”)" in json.dumps(told["blocks"], ensure_ascii=False)
        assert "dev" not in texts(told).split()
        told = await press(house, DANA, told, "Everything")
        assert "of 184" in json.dumps(told["blocks"])
        told = await press(house, DANA, told, "Only mine")
        assert "Nothing fits that." in texts(told)


async def test_by_mention_and_in_a_direct_message_the_pages_turn_as_well(tmp_path: Path) -> None:
    async with House(tmp_path, config={"services": many(60)}) as house:
        await house.say(DANA, "@pilothouse status")
        (told,) = await house.until(lambda: seen(house, DANA))
        await press(house, DANA, told, "Next ›")
        await house.say(DANA, "status", channel=direct(DANA))
        (told,) = await house.until(lambda: seen(house, DANA, direct(DANA)))
        await press(house, DANA, told, "Next ›", direct(DANA))


async def test_a_page_of_a_configuration_that_has_shrunk_is_the_last_there_is(tmp_path: Path) -> None:
    async with House(tmp_path, config={"services": many(60)}) as house:
        told = await status(house, DANA)
        for _ in range(6):
            told = await press(house, DANA, told, "Next ›")
        await house.restart()
        house.config = {}
        await house.restart()
        told = await press(house, DANA, told, "Next ›")
        assert "Places 1 to 4 of 4" in json.dumps(told["blocks"])


async def test_a_guest_is_refused(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        await house.say(GUS, "/deploy status")
        await house.whispered(GUS, "Guests of the workspace")


async def test_status_says_what_is_frozen_now_and_until_when(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        await house.say(OLU, "/freeze payments production for 2h because of the sale")
        await house.until(
            lambda: [one for one in house.slack.messages(DEPLOYMENTS) if "frozen" in one["text"]]
        )

        told = await status(house, DANA)
        assert (
            "❄️ payments in production is frozen by olu until <!date^" in lines(told, "payments")["production"]
        )
        assert "❄️" not in lines(told, "checkout")["production"]
        house.clock.advance(7200 + 1)
        await house.settled()
        assert "❄️" not in lines(await status(house, DANA), "payments")["production"]
