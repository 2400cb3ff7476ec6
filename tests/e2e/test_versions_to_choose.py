"""Versions to choose: successful builds of a job, tags, branches; within Slack's limit, from memory, with typing to filter."""

from __future__ import annotations

import asyncio
from pathlib import Path

from bot.sandbox.jenkins.faults import Faults
from bot.sandbox.repositories import Step
from tests.e2e.house import CHECKOUT, DANA
from tests.e2e.shop import Shop
from tests.e2e.test_modals import choose, form, offered

BEFORE_IT_ANSWERS = 30
"""Seconds: peers that hang do so for a minute, so that nobody has waited for them."""


async def opened(shop: Shop):
    """The form, with the menus of a service that is chosen."""
    await shop.say(DANA, "/deploy", channel=CHECKOUT)
    return await form(shop, DANA, "Choose environment")


async def test_builds_tags_and_branches_are_offered_in_the_form(tmp_path: Path) -> None:
    async with Shop(tmp_path, builds={}) as shop:
        shop.origin.grow(
            Step(subject="Two (#150)", tags=("v2.0.0",)), Step(subject="Tax", branch="hotfix-tax")
        )
        shop.clock.advance(120)
        await shop.say(DANA, "/deploy plan checkout staging")
        await shop.whispered(DANA, "Plan, nothing happens")
        view = await opened(shop)
        groups = await offered(shop, DANA, view)

        assert groups["Usual"] == ["1.4.2"]
        assert groups["Builds"] == ["1.5.0", "1.4.3", "hotfix-rounding", "1.4.1", "1.4.0"]
        assert groups["Tags"] == ["2.0.0"], "what is offered above is not offered again"
        assert groups["Branches"] == ["hotfix-tax"]


async def test_typing_filters_and_forgives_a_slip(tmp_path: Path) -> None:
    async with Shop(tmp_path) as shop:
        view = await opened(shop)

        assert (await offered(shop, DANA, view, "1.5"))["Tags"][0] == "1.5.0"
        assert (await offered(shop, DANA, view, "hotfx"))["Branches"] == ["hotfix-rounding"]
        assert (await offered(shop, DANA, view, "refunds"))["Branches"] == ["hotfix-rounding"], (
            "by its last commit"
        )
        assert "Tags" not in await offered(shop, DANA, view, "zzzz")


async def test_what_is_chosen_is_deployed(tmp_path: Path) -> None:
    async with Shop(tmp_path, builds={}) as shop:
        view = await opened(shop)
        await choose(shop, DANA, view, "environment", "staging")
        view = await form(shop, DANA, "Nothing is in the way")
        await choose(shop, DANA, view, "version", "1.5.0")
        view = await form(shop, DANA, "/deploy checkout 1.5.0 to staging")
        await shop.slack.submit_view(DANA, view["id"])

        await shop.card("Succeeded", channel=CHECKOUT)
        assert (await shop.deployment()).digest == shop.origin.commit("v1.5.0")


async def test_the_form_says_what_is_going_out_and_asks_whether_what_is_lost_is_meant(tmp_path: Path) -> None:
    async with Shop(tmp_path, builds={}) as shop:
        await shop.runs_there("hotfix-rounding", DANA)
        await shop.say(DANA, "/deploy", channel=CHECKOUT)
        view = await form(shop, DANA, "Nothing new: the same commit")
        await choose(shop, DANA, view, "version", "1.5.0")
        await form(shop, DANA, "It would be refused")

        await form(shop, DANA, "This removes 2 live commits by Olu Okafor.")
        await form(shop, DANA, "Live commits are taken away")


async def test_a_tag_that_was_pushed_meanwhile_is_offered_soon_without_a_restart(tmp_path: Path) -> None:
    async with Shop(tmp_path) as shop:
        view = await opened(shop)
        await offered(shop, DANA, view)
        shop.origin.grow(Step(subject="New", tags=("v1.6.0",)))
        shop.clock.advance(120)

        async def there() -> bool:
            return "1.6.0" in (await offered(shop, DANA, view, "1.6")).get("Tags", [])

        await shop.until(there)


async def test_while_everything_hangs_the_menu_answers_at_once_with_what_was_known(tmp_path: Path) -> None:
    async with Shop(tmp_path, builds={}) as shop:
        view = await opened(shop)
        before = await offered(shop, DANA, view)
        shop.jenkins.set_faults(Faults(mode="slow", seconds=60))
        shop.origin.folder.rename(tmp_path / "moved")
        shop.clock.advance(3600)

        async with asyncio.timeout(BEFORE_IT_ANSWERS):
            assert await offered(shop, DANA, view) == before
