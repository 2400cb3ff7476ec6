"""Help shows only what this person may do here."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bot.sandbox.slack import Fault
from tests.e2e.house import CHECKOUT, DANA, DEPLOYMENTS, GUS, OLU, SAM, House

SRE_ONLY: dict[str, Any] = {
    "policies": {
        "production": {"deploy": ["sre"]},
        "staging": {"deploy": ["sre", DANA]},
    }
}


async def helped(house: House, user: str, words: str = "", channel: str = DEPLOYMENTS) -> str:
    await house.say(user, f"/deploy help {words}".strip(), channel=channel)
    await house.settled()
    return await house.whispered(user, "", channel=channel)


async def test_whoever_may_everything_is_shown_everything(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        told = await helped(house, SAM)

        for words in ("/deploy &lt;service&gt;", "break-glass because", "/deploy plan", "/deploy status"):
            assert words in told
        assert "*You may deploy* — staging: every service; production: every service." in told
        assert "*You may approve* — production: every service." in told
        assert "*You may break the glass* — production: every service." in told


async def test_whoever_may_not_break_the_glass_is_not_shown_how(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        told = await helped(house, DANA)

        assert "/deploy &lt;service&gt;" in told
        assert "break-glass" not in told
        assert "break the glass" not in told
        assert "You may approve" not in told


async def test_whoever_may_deploy_nothing_is_shown_who_may_and_what_is_left_to_him(tmp_path: Path) -> None:
    async with House(tmp_path, config=SRE_ONLY) as house:
        told = await helped(house, OLU)

        assert "You may deploy nothing here; that is for sre or <@U0DANA0001>." in told
        assert "/deploy &lt;service&gt; [&lt;version&gt;] [to] &lt;environment&gt;`" not in told.replace(
            "plan ", "PLAN "
        )
        assert "/deploy status" in told
        assert "Topics: status, cancel, plan" in told
        assert "freeze" not in told
        (message,) = [one for one in house.slack.messages(DEPLOYMENTS, OLU) if one["ephemeral"]]
        assert house.buttons(message) == []


async def test_whoever_may_have_the_configuration_read_again_is_told_that_there_is_such_a_topic(
    tmp_path: Path,
) -> None:
    async with House(tmp_path, config={"administrators": [OLU]}) as house:
        assert "reload" in await helped(house, OLU)
        assert "reload" not in await helped(house, DANA)


async def test_delegating_is_shown_to_those_who_have_something_to_delegate(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        assert "delegate" in await helped(house, SAM)
        assert "delegate" not in await helped(house, DANA)


async def test_who_asks_how_to_delegate_and_has_nothing_to_is_told_so(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        told = await helped(house, DANA, "delegate")
        assert "Somebody approves in your place" in told
        assert "You are not allowed to do this anywhere here." in told


async def test_what_only_administrators_may_is_shown_to_them_alone(tmp_path: Path) -> None:
    async with House(tmp_path, config={"administrators": [OLU]}) as house:
        assert "totp reset" in await helped(house, OLU, "totp")
        told = await helped(house, DANA, "totp")
        assert "totp enrol" in told
        assert "totp reset" not in told


async def test_a_part_is_named(tmp_path: Path) -> None:
    async with House(tmp_path, config=SRE_ONLY) as house:
        assert "*You may deploy* — staging: every service." in await helped(house, DANA)


async def test_in_a_channel_of_a_service_it_is_about_that_service(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        told = await helped(house, SAM, channel=CHECKOUT)
        assert "*You may deploy* — staging: checkout; production: checkout." in told


async def test_a_topic_that_is_not_his_says_so(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        told = await helped(house, DANA, "break-glass")
        assert "Deploys without waiting for approvals" in told
        assert "You are not allowed to do this anywhere here." in told


async def test_help_opens_the_form(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        await helped(house, DANA)
        (message,) = [one for one in house.slack.messages(DEPLOYMENTS, DANA) if one["ephemeral"]]
        assert (await house.click(DANA, message, "deploy"))["ok"]
        await house.until(lambda: house.slack.views(DANA))


async def test_while_groups_can_not_be_asked_everything_is_shown(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        house.slack.set_faults(Fault(mode="fail", methods=("usergroups.users.list",)))
        told = await helped(house, DANA)

        assert "break-glass because" in told
        assert "can't be asked now" in told


@pytest.mark.parametrize("words", ["", "deploy"])
async def test_a_guest_is_refused(tmp_path: Path, words: str) -> None:
    async with House(tmp_path) as house:
        await house.say(GUS, f"/deploy help {words}".strip())
        await house.whispered(GUS, "Guests of the workspace")


async def test_with_many_services_they_are_counted(tmp_path: Path) -> None:
    job = {"job": "deploy"}
    mine = {"job": "deploy", "policy": "mine"}
    services = {
        f"service-{number:03}": {"environments": {"live": job if number % 2 else mine}}
        for number in range(40)
    }
    policies = {"mine": {"deploy": [DANA]}, "default": {"deploy": ["sre"]}}
    async with House(tmp_path, config={"services": services, "policies": policies}) as house:
        assert "live: 20 of 40 services" in await helped(house, DANA)
