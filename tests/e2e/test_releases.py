"""Releases of several services: one card, order by need, side by side where free, stopped by the first that fails."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from bot.lifecycle import State
from tests.e2e.house import DANA, DEPLOYMENTS, OLU, SAM, SOFIA, House, direct, jobs, long_jobs

NEEDS: dict[str, Any] = {"services": {"checkout": {"needs": ["payments"]}}}
STAGING = "/deploy release checkout=1.4.2 payments=2.0.1 to staging"
PRODUCTION = "/deploy release checkout=1.4.2 payments=2.0.1 to production"


STILL_BOTH = "*checkout, payments*: Still needed: *2 of sre*"


def texts(card: dict[str, Any]) -> str:
    return "\n".join(block.get("text", {}).get("text", "") for block in card["blocks"])


async def test_a_release_has_one_card_and_both_services_go(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        await house.say(DANA, STAGING)

        card = await house.card("Succeeded: release of checkout 1.4.2, payments 2.0.1 to staging")
        assert len(house.cards()) == 1
        assert "*checkout* `1.4.2`: succeeded" in texts(card)
        assert sorted(run.values["SERVICE"] for run in house.runs()) == ["checkout", "payments"]


async def test_what_another_needs_goes_first(tmp_path: Path) -> None:
    async with House(tmp_path, config=NEEDS, jenkins_jobs=long_jobs()) as house:
        await house.say(DANA, STAGING)
        card = await house.card("payments running")
        assert "it comes after payments" in texts(await house.card("checkout queued"))
        assert [run.values["SERVICE"] for run in house.runs()] == ["payments"]
        house.clock.advance(600)
        await house.card("payments succeeded")
        await house.card("checkout running")
        house.clock.advance(600)

        assert card["ts"] == (await house.card("Succeeded"))["ts"]


async def test_side_by_side_where_nothing_needs_the_other(tmp_path: Path) -> None:
    async with House(tmp_path, jenkins_jobs=long_jobs()) as house:
        await house.say(DANA, STAGING)

        # Jenkins itself runs one build of a job at a time; both were started.
        await house.until(lambda: len(house.jenkins.engine.starts) == 2)


async def test_nothing_starts_before_every_part_is_approved_each_at_its_own_fingerprint(
    tmp_path: Path,
) -> None:
    async with House(tmp_path) as house:
        await house.say(DANA, PRODUCTION)
        await house.until(lambda: house.cards() and STILL_BOTH in texts(house.cards()[-1]))
        await house.click(SAM, house.cards()[-1], "release_approve")
        await house.until(lambda: "Still needed: *1 of sre*" in texts(house.cards()[-1]))
        assert house.runs() == []
        await house.click(SOFIA, house.cards()[-1], "release_approve")

        await house.card("Succeeded")
        for number in (1, 2):
            votes = (await house.deployment(number)).approval.votes
            assert {vote.by for vote in votes} == {SAM, SOFIA}


async def test_whoever_asked_cannot_approve_his_release_and_others_cannot_either(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        await house.say(SAM, PRODUCTION)
        await house.until(lambda: house.cards() and STILL_BOTH in texts(house.cards()[-1]))
        await house.click(SAM, house.cards()[-1], "release_approve")
        await house.whispered(SAM, "You asked for this deployment")
        await house.click(OLU, house.cards()[-1], "release_approve")

        await house.whispered(OLU, "You may not approve any part")
        assert house.runs() == []


async def test_rejecting_it_stops_all_of_it(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        await house.say(DANA, PRODUCTION)
        await house.until(lambda: house.cards() and STILL_BOTH in texts(house.cards()[-1]))
        await house.click(SAM, house.cards()[-1], "release_reject")
        await house.answer_modal(SAM, "not on a Friday")

        card = await house.card("Stopped")
        assert "not on a Friday" in texts(card)
        assert house.runs() == []
        assert {(await house.deployment(n)).state for n in (1, 2)} == {State.REJECTED, State.REFUSED}


async def test_the_first_that_fails_stops_those_that_have_not_started(tmp_path: Path) -> None:
    async with House(tmp_path, config=NEEDS, jenkins_jobs=jobs(result="FAILURE")) as house:
        await house.say(DANA, STAGING)

        card = await house.card("Stopped")
        assert "payments failed, checkout refused" not in card["text"]
        assert "checkout refused, payments failed" in card["text"]
        assert [run.values["SERVICE"] for run in house.runs()] == ["payments"]


async def test_a_release_of_the_configuration_goes_by_its_name(tmp_path: Path) -> None:
    config = {"releases": {"autumn": {"environment": "staging", "services": {"checkout": "1.4.2"}}}}
    async with House(tmp_path, config=config) as house:
        await house.say(DANA, "/deploy release autumn")

        await house.card("Succeeded: release of autumn to staging")


async def test_cancelling_it_cancels_every_part(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        await house.say(DANA, PRODUCTION)
        await house.until(lambda: house.cards() and STILL_BOTH in texts(house.cards()[-1]))
        await house.click(DANA, house.cards()[-1], "release_cancel")

        await house.card("Stopped")
        assert house.runs() == []


async def test_what_is_in_the_way_of_one_part_refuses_all_of_it(tmp_path: Path) -> None:
    config = {"services": {"payments": {"version_pattern": "v\\d+", "default_version": "v1"}}}
    async with House(tmp_path, config=config) as house:
        await house.say(DANA, STAGING)
        await house.whispered(DANA, "is not a version of payments")
        await house.say(DANA, "/deploy release checkout=1 cart=2 to staging")
        await house.whispered(DANA, "I know no service")
        await house.say(DANA, "/deploy release checkout=1 to")
        await house.whispered(DANA, "Where to?")

        assert house.cards() == []
        assert await house.running.store.recent(1) == []


async def test_whoever_wants_to_know_when_a_place_of_a_release_is_free_is_told_by_the_button_on_its_card(
    tmp_path: Path,
) -> None:
    async with House(tmp_path, config=NEEDS, jenkins_jobs=long_jobs()) as house:
        await house.say(DANA, STAGING)
        card = await house.card("payments running")
        await house.click(OLU, card, "release_watch")
        told = await house.whispered(
            OLU, "I will tell you in a direct message, once, when *payments in staging*"
        )
        assert "(2.0.1) is on its way there" in told
        assert not [one for one in house.whispers(OLU) if "checkout in staging" in one], "that is free"
        house.clock.advance(600)

        await house.until(
            lambda: any(
                "payments in staging" in one["text"] for one in house.slack.messages(direct(OLU), OLU)
            )
        )
        await house.card("checkout running")
        house.clock.advance(600)
        card = await house.card("Succeeded")
        assert "release_watch" not in house.buttons(card)


async def test_a_release_whose_time_can_not_be_read_is_told_the_whole_release_to_say_instead(
    tmp_path: Path,
) -> None:
    async with House(tmp_path) as house:
        for user, words in ((DANA, STAGING), (OLU, STAGING.replace("release", "plan release"))):
            await house.say(user, words + " tomorrow removing override because we `must`")
            told = await house.whispered(user, "At what time on that day?")
            assert f"`{words} removing tomorrow 09:00 override because we 'must'`" in told
            await house.say(user, words + " at 25:00")
            told = await house.whispered(user, "“25:00” is not a time of day")
            assert re.findall("`(.*?)`", told) == [f"{words} tomorrow 09:00"]

        assert house.cards() == []


async def test_the_plan_of_a_release_says_what_every_part_would_wait_for_and_nothing_happens(
    tmp_path: Path,
) -> None:
    async with House(tmp_path, config=NEEDS) as house:
        await house.say(DANA, PRODUCTION.replace("release", "plan release"))
        told = await house.whispered(DANA, "Plan, nothing happens")
        assert "It would wait" in told
        assert told.count("approval by 2 of sre is needed") == 2
        assert "the release starts when every part may: payments may not yet" in told
        assert "`/deploy plan checkout 1.4.2 production`" in told
        await house.say(DANA, "/deploy plan release checkout=1.4.2 cart=2 to staging")
        await house.whispered(DANA, "I know no service")
        await house.say(OLU, STAGING.replace("release", "plan release") + " in 2h")
        later = await house.whispered(OLU, "Plan, nothing happens")
        assert later.count("planned for") == 2
        assert "it comes after payments" in later

        assert house.cards() == []
        assert await house.running.store.recent(1) == []


async def test_the_plan_of_a_release_says_what_is_in_the_way_of_one_part(tmp_path: Path) -> None:
    async with House(tmp_path, policy={"deploy": ["sre"]}) as house:
        await house.say(OLU, PRODUCTION.replace("release", "plan release"))

        told = await house.whispered(OLU, "It would be refused")
        assert "olu may not deploy payments to production: that is for sre" in told


async def test_after_a_restart_the_release_goes_on_where_it_was(tmp_path: Path) -> None:
    async with House(tmp_path, config=NEEDS, jenkins_jobs=long_jobs()) as house:
        await house.say(DANA, STAGING)
        await house.card("payments running")
        await house.restart()
        house.clock.advance(600)
        await house.card("payments succeeded")
        await house.card("checkout running")
        house.clock.advance(600)

        await house.card("Succeeded")
        assert len(house.cards(DEPLOYMENTS)) == 1


async def test_a_release_whose_time_was_missed_is_run_by_the_button_and_every_part_is_approved_anew(
    tmp_path: Path,
) -> None:
    async with House(tmp_path) as house:
        await house.say(DANA, f"{PRODUCTION} in 2h")
        await house.until(lambda: house.cards() and STILL_BOTH in texts(house.cards()[-1]))
        for user in (SAM, SOFIA):
            await house.click(user, house.cards()[-1], "release_approve")
        await house.until(lambda: texts(house.cards()[-1]).count("planned for") == 2)
        await house.stop()
        house.clock.advance(3 * 3600)
        await house.start()
        await house.until(lambda: texts(house.cards()[-1]).count("I was not there") == 2)
        assert house.runs() == []
        await house.click(DANA, house.cards()[-1], "release_run_now")
        await house.until(lambda: STILL_BOTH in texts(house.cards()[-1]))
        assert house.runs() == []
        assert "release_run_now" not in house.buttons(house.cards()[-1])
        for user in (SAM, SOFIA):
            await house.click(user, house.cards()[-1], "release_approve")

        await house.card("Succeeded")
        assert len(house.runs()) == 2
        assert len(await house.audit("missed_plan_confirmed")) == 2


async def test_who_may_deploy_no_part_of_a_release_does_not_start_it_late(tmp_path: Path) -> None:
    policy = {"approve": [], "break_glass": [], "deploy": ["sre"]}
    async with House(tmp_path, policy=policy) as house:
        await house.say(SAM, f"{PRODUCTION} in 2h")
        await house.until(lambda: house.cards() and texts(house.cards()[-1]).count("planned for") == 2)
        await house.stop()
        house.clock.advance(3 * 3600)
        await house.start()
        await house.until(lambda: texts(house.cards()[-1]).count("I was not there") == 2)
        card = house.cards()[-1]
        await house.click(DANA, card, "release_run_now")
        await house.whispered(DANA, "You may not start it: that is for who asked, and sre")
        assert house.runs() == []
        await house.click(SOFIA, card, "release_run_now")

        await house.card("Succeeded")


async def test_what_was_done_is_rolled_back_if_somebody_asks_for_it(tmp_path: Path) -> None:
    def result(values: Any) -> str:
        return "FAILURE" if values["SERVICE"] == "checkout" and values["VERSION"] == "1.5.0" else "SUCCESS"

    async with House(tmp_path, config=NEEDS, jenkins_jobs=jobs(result=result)) as house:
        await house.say(DANA, STAGING)
        await house.card("Succeeded", index=0)
        await house.say(DANA, "/deploy release checkout=1.5.0 payments=2.1.0 to staging")
        await house.card("Stopped", index=1)
        await house.until(lambda: "release_back" in house.buttons(house.cards()[1]))
        await house.click(DANA, house.cards()[1], "release_back")
        await house.answer_modal(DANA, "checkout burns")

        back = await house.card("Succeeded", index=2)
        assert "payments 2.0.1" in back["text"]
        assert len(await house.audit("release_rolled_back")) == 1
        await house.until(lambda: "Rollback asked by" in texts(house.cards()[1]))
