"""Promotion and order: `/promote checkout` takes exactly what runs in one environment to the next, through every gate."""

from __future__ import annotations

import asyncio
import json
import math
from pathlib import Path
from typing import Any

from bot.kinds import Kind
from bot.sandbox.slack.rates import Rates
from tests.e2e.house import DANA, LONG, SAM, SOFIA, House, long_jobs
from tests.e2e.shop import Shop

AFTER: dict[str, Any] = {"approve": [], "break_glass": [], "after": ["staging"]}


async def deployed(house: House, words: str, user: str = DANA) -> dict[str, Any]:
    """Deploy, and wait for the end."""
    before = len(house.cards())
    await house.say(user, f"/deploy {words}")
    await house.until(lambda: len(house.cards()) > before and "Succeeded" in house.cards()[-1]["text"])
    return house.cards()[-1]


async def test_promote_takes_the_version_that_runs_in_staging_to_production(
    tmp_path: Path, transport: str
) -> None:
    async with House(tmp_path, transport=transport, policy=AFTER) as house:
        await deployed(house, "checkout 1.4.2 staging")
        await house.say(DANA, "/promote checkout")

        card = await house.card("Succeeded", index=1)
        assert "checkout 1.4.2 to production" in card["text"]
        one = await house.deployment(2)
        assert one.kind is Kind.PROMOTE
        assert one.promotes is not None
        assert (one.promotes.number, one.promotes.environment) == (1, "staging")
        assert [run.values["VERSION"] for run in house.runs()] == ["1.4.2", "1.4.2"]
        assert "Promotes <http" in json.dumps(card["blocks"])


async def test_production_without_staging_first_is_refused_with_the_nearest_right_command(
    tmp_path: Path,
) -> None:
    async with House(tmp_path, policy=AFTER) as house:
        await house.say(DANA, "/deploy checkout 1.4.2 production")

        told = await house.whispered(DANA, "checkout 1.4.2 has not run in staging yet")
        assert "/deploy checkout 1.4.2 staging" in told
        assert house.cards() == []
        assert house.runs() == []


async def test_what_succeeded_last_is_promoted_and_rolled_back_also_when_the_clock_was_set_back_in_between(
    tmp_path: Path,
) -> None:
    # The stand-in counts calls by the same clock, and would ask for patience until the old time is reached again.
    async with House(tmp_path, policy=AFTER, rates=Rates(scale=math.inf)) as house:
        await deployed(house, "checkout 1.4.1 staging")
        house.clock.advance(-3600.0)
        await deployed(house, "checkout 1.4.2 staging")

        await house.say(DANA, "/promote checkout")
        assert "checkout 1.4.2 to production" in (await house.card("Succeeded", index=2))["text"]
        await house.say(DANA, "/rollback checkout staging")
        assert "checkout 1.4.1 to staging" in (await house.card("Succeeded", index=3))["text"]
        ends = [(await house.deployment(number)).ended_at for number in (1, 2, 4)]
        assert ends == sorted(set(ends))


async def test_what_runs_nowhere_yet_can_not_be_promoted(tmp_path: Path) -> None:
    async with House(tmp_path, policy=AFTER) as house:
        await house.say(DANA, "/promote checkout")

        told = await house.whispered(DANA, "Nothing of checkout runs in staging yet")
        assert "/deploy checkout staging" in told


async def test_what_runs_there_already_is_not_promoted_again(tmp_path: Path) -> None:
    async with House(tmp_path, policy=AFTER) as house:
        await deployed(house, "checkout 1.4.2 staging")
        await deployed(house, "checkout 1.4.2 production")
        await house.say(DANA, "/promote checkout")

        told = await house.whispered(DANA, "production runs checkout 1.4.2 already")
        assert "/deploy checkout 1.4.2 production" in told


async def test_where_no_policy_says_what_comes_before_both_ends_have_to_be_said(tmp_path: Path) -> None:
    async with House(tmp_path, policy={"approve": [], "break_glass": []}) as house:
        await deployed(house, "checkout 1.4.2 staging")
        await house.say(DANA, "/promote checkout to production")
        told = await house.whispered(DANA, "nothing comes before production")
        assert "/deploy promote checkout from staging to production" in told
        await house.say(DANA, "/deploy promote checkout from staging to production")

        assert "checkout 1.4.2 to production" in (await house.card("Succeeded", index=1))["text"]


async def test_a_service_may_name_the_way_of_promote_itself_and_nothing_is_held_to_it(tmp_path: Path) -> None:
    config = {"services": {"checkout": {"promote": ["staging", "production"]}}}
    async with House(tmp_path, policy={"approve": [], "break_glass": []}, config=config) as house:
        await deployed(house, "checkout 1.4.1 production")
        await deployed(house, "checkout 1.4.2 staging")
        await house.say(DANA, "/promote checkout")
        assert "checkout 1.4.2 to production" in (await house.card("Succeeded", index=2))["text"]
        await house.say(DANA, "/promote checkout to staging")

        told = await house.whispered(DANA, "nothing comes before staging")
        assert "/deploy promote checkout from production to staging" in told


async def test_two_meanings_are_refused_with_both(tmp_path: Path) -> None:
    place = {"job": "deploy", "parameters": {"VERSION": "{{ version }}"}, "policy": "late"}
    config = {
        "policies": {"late": {"after": ["staging"]}},
        "services": {"checkout": {"environments": {"canary": place}}},
    }
    async with House(tmp_path, policy=AFTER, config=config) as house:
        await deployed(house, "checkout 1.4.2 staging")
        await house.say(DANA, "/promote checkout")

        told = await house.whispered(DANA, "That could mean")
        assert "/deploy promote checkout from staging to canary" in told
        assert "/deploy promote checkout from staging to production" in told


async def test_a_promotion_waits_until_it_has_baked_and_then_goes_by_itself(tmp_path: Path) -> None:
    async with House(tmp_path, policy={**AFTER, "bake": "1h"}) as house:
        await deployed(house, "checkout 1.4.2 staging")
        await house.say(DANA, "/promote checkout")
        await house.card("has to run in staging until", index=1)
        assert len(house.runs()) == 1
        house.clock.advance(3700)

        await house.card("Succeeded", index=1)


async def test_a_bake_time_that_ends_within_the_minute_is_waited_for_too(tmp_path: Path) -> None:
    async with House(tmp_path, policy={**AFTER, "bake": "3s"}) as house:
        house.impatient = False
        await deployed(house, "checkout 1.4.2 staging")
        await house.say(DANA, "/promote checkout")

        await house.until(lambda: len(house.runs()) == 2)
        house.impatient = True
        await house.card("Succeeded", index=1)
        assert {row["reason"] for row in await house.audit("held")} == {"baking"}


async def test_what_had_not_baked_when_something_else_took_its_place_is_refused(tmp_path: Path) -> None:
    async with House(tmp_path, policy={**AFTER, "bake": "1h"}) as house:
        await deployed(house, "checkout 1.4.2 staging")
        await deployed(house, "checkout 1.5.0 staging")
        await house.say(DANA, "/deploy checkout 1.4.2 production")

        told = await house.whispered(DANA, "has to for 1h: 1.5.0 took its place")
        assert "/deploy checkout 1.4.2 staging" in told


async def test_bake_time_that_nobody_waits_for_is_refused_with_the_command_that_plans_it(
    tmp_path: Path,
) -> None:
    async with House(tmp_path, policy={**AFTER, "bake": "1d"}) as house:
        await deployed(house, "checkout 1.4.2 staging")
        await house.say(DANA, "/promote checkout")

        assert "/deploy checkout 1.4.2 production at " in await house.whispered(DANA, "has to run in staging")


async def test_what_was_rolled_back_in_staging_does_not_go_on(tmp_path: Path) -> None:
    async with House(tmp_path, policy=AFTER) as house:
        await deployed(house, "checkout 1.4.1 staging")
        await deployed(house, "checkout 1.4.2 staging")
        await house.say(DANA, "/rollback checkout staging")
        await house.card("Succeeded", index=2)
        await house.say(DANA, "/deploy checkout 1.4.2 production")
        told = await house.whispered(DANA, "was rolled back in staging (#3)")
        assert "/deploy checkout 1.4.2 staging" in told
        await house.say(DANA, "/promote checkout")

        assert "checkout 1.4.1 to production" in (await house.card("Succeeded", index=3))["text"]


async def test_what_was_rolled_back_after_another_try_that_was_cancelled_does_not_go_on_either(
    tmp_path: Path,
) -> None:
    """Another version had come between its success and that try."""
    async with House(tmp_path, policy=AFTER, jenkins_jobs=long_jobs()) as house:
        for index, version in enumerate(("1.4.2", "1.4.1", "1.4.2")):
            await house.say(DANA, f"/deploy checkout {version} staging")
            card = await house.card("Running", index=index)
            if index < 2:
                house.clock.advance(LONG)
                await house.card("Succeeded", index=index)
        await house.click(DANA, card, "cancel")
        await house.card("Aborted", index=2)
        await house.say(DANA, "/rollback checkout staging")
        await house.card("Running", index=3)
        house.clock.advance(LONG)
        await house.card("Succeeded", index=3)

        await house.say(DANA, "/deploy checkout 1.4.2 production")
        told = await house.whispered(DANA, "was rolled back in staging (#4)")
        assert "/deploy checkout 1.4.2 staging" in told


async def test_two_promotions_at_once_one_wins_and_the_other_is_told(tmp_path: Path) -> None:
    async with House(tmp_path, policy=AFTER, jenkins_jobs=long_jobs()) as house:
        await house.say(DANA, "/deploy checkout 1.4.2 staging")
        await house.card("Running")
        house.clock.advance(LONG)
        await house.card("Succeeded")
        await asyncio.gather(house.say(SAM, "/promote checkout"), house.say(SOFIA, "/promote checkout"))

        await house.card("Running", index=1)
        winner = (await house.deployment(2)).requester.id
        loser = SOFIA if winner == SAM else SAM
        await house.whispered(loser, "checkout 1.4.2 is on its way to production already: #2")
        assert len(await house.running.store.recent(10)) == 2
        [refused] = await house.audit("refused")
        assert (refused["actor"], refused["reason"]) == (loser, "already_going")


async def test_the_same_that_is_on_its_way_is_refused_and_another_version_is_queued(tmp_path: Path) -> None:
    async with House(tmp_path, jenkins_jobs=long_jobs()) as house:
        await house.say(DANA, "/deploy checkout 1.4.2 staging")
        await house.card("Running")
        await house.say(SAM, "/deploy checkout 1.4.2 staging")
        await house.whispered(SAM, "is on its way to staging already: #1, running now, asked by dana")
        await house.say(SAM, "/deploy checkout 1.5.0 staging")

        await house.card("Queued", index=1)


async def test_breaking_the_glass_passes_the_order_and_a_request_that_waits(tmp_path: Path) -> None:
    async with House(tmp_path, policy={"after": ["staging"]}) as house:
        await deployed(house, "checkout 1.4.2 staging")
        await house.say(DANA, "/promote checkout")
        await house.card("Waiting for approval", index=1)
        await house.say(SAM, "/deploy checkout 1.4.2 production break-glass because the shop is down")
        await house.card("Succeeded", index=2)
        await house.say(SAM, "/deploy checkout 9.9.9 production break-glass because the shop is down")

        await house.card("Succeeded", index=3)


async def test_a_promotion_is_asked_for_approval_like_any_deployment(tmp_path: Path) -> None:
    async with House(tmp_path, policy={"after": ["staging"]}) as house:
        await deployed(house, "checkout 1.4.2 staging")
        await house.say(DANA, "/promote checkout")
        await house.card("Waiting for approval", index=1)
        await house.approve(SAM, SOFIA)

        await house.card("Succeeded", index=1)


async def test_plan_promote_says_what_would_happen_and_nothing_does(tmp_path: Path) -> None:
    async with House(tmp_path, policy=AFTER) as house:
        await deployed(house, "checkout 1.4.2 staging")
        await house.say(DANA, "/deploy plan promote checkout")

        told = await house.whispered(DANA, "Plan, nothing happens")
        assert "checkout 1.4.2 → production" in told
        assert "Nothing is in the way" in told
        assert len(await house.running.store.recent(10)) == 1


async def test_deploying_a_promotion_again_stays_a_promotion(tmp_path: Path) -> None:
    async with House(tmp_path, policy={"after": ["staging"]}) as house:
        await deployed(house, "checkout 1.4.2 staging")
        await house.say(DANA, "/promote checkout")
        await house.click(DANA, await house.card("Waiting for approval", index=1), "cancel")
        await house.click(DANA, await house.card("Cancelled", index=1), "redeploy")

        await house.card("Waiting for approval", index=2)
        assert (await house.deployment(3)).kind is Kind.PROMOTE


async def test_words_that_are_no_promotion_are_told_what_to_say(tmp_path: Path) -> None:
    async with House(tmp_path, policy=AFTER) as house:
        await house.say(DANA, "/promote")
        await house.whispered(DANA, "/deploy promote checkout")
        await house.say(DANA, "/promote chekcout")
        await house.whispered(DANA, "I know no service “chekcout”")
        await house.say(DANA, "/promote checkout 1.4.2")
        await house.whispered(
            DANA, "takes no “1.4.2”. A deployment takes one.\nSay `/deploy promote checkout`."
        )
        await house.say(DANA, "/promote checkout 1.4.2 to production")
        await house.whispered(DANA, "`/deploy checkout 1.4.2 to production`")
        await house.say(DANA, "/promote checkout to mars")
        await house.whispered(DANA, "checkout has no environment “mars”. It can go to staging, production.")
        await house.say(DANA, "/promote checkout to prodution")
        await house.whispered(DANA, "/deploy promote checkout to production")


async def test_a_promotion_takes_the_very_commit_that_runs_before(tmp_path: Path) -> None:
    async with Shop(tmp_path, policy=AFTER) as shop:
        await shop.runs_there("1.4.2", DANA)
        await shop.say(DANA, "/promote checkout")

        await shop.card("Succeeded", index=1)
        one, two = await shop.deployment(1), await shop.deployment(2)
        assert two.digest == one.digest != ""
        assert two.promotes is not None
        assert two.promotes.digest == one.digest
