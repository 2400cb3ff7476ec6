"""Who asks while Slack can't say who he is hears so soon, and keeps nobody behind him waiting."""

from __future__ import annotations

from pathlib import Path

from bot.sandbox.slack.faults import Fault
from tests.e2e.house import DANA, GUS, LONG, SAM, House, jobs, long_jobs

ONE = {"approve": ["1 of sre"], "expires": "12h"}
AWAY = Fault(mode="fail", methods=("users.info",))


async def test_a_run_ends_on_its_card_though_nobody_can_say_who_asked_next(tmp_path: Path) -> None:
    async with House(tmp_path, jenkins_jobs=long_jobs()) as house:
        await house.say(DANA, "/deploy checkout staging")
        await house.card("Running")
        house.slack.set_faults(AWAY)
        await house.say(GUS, "/deploy checkout staging")
        await house.until(lambda: house.clock.advance(1.0) or house.whispers(GUS))
        house.clock.advance(LONG)

        await house.card("Succeeded")
        told = await house.whispered(GUS, "I could not find out who you are")
        assert "Nothing was done. Please try again" in told
        [refused] = await house.audit("refused")
        assert (refused["actor"], refused["reason"]) == (GUS, "peer_broken")
        house.slack.set_faults()
        assert len(house.runs()) == 1


async def test_a_cancel_is_not_kept_waiting_by_somebody_nobody_can_vouch_for(tmp_path: Path) -> None:
    async with House(tmp_path, jenkins_jobs=long_jobs()) as house:
        await house.say(DANA, "/deploy checkout staging")
        card = await house.card("Running")
        house.slack.set_faults(AWAY)
        await house.say(SAM, "/deploy checkout 2.0.0 staging")
        await house.click(DANA, card, "cancel")

        await house.until(lambda: not house.runs()[0].building)
        await house.card("Cancelled")
        house.slack.set_faults()


async def test_a_click_that_nobody_could_judge_is_refused_and_never_counted_later(tmp_path: Path) -> None:
    async with House(tmp_path, policy=ONE) as house:
        card = await house.production(DANA)
        house.slack.set_faults(AWAY)
        await house.click(SAM, card, "approve")
        await house.whispered(SAM, "Nothing was done")
        house.slack.set_faults()
        house.clock.advance(3600.0)
        await house.settled()
        assert (await house.deployment()).state == "awaiting_approval"

        await house.approve(SAM)
        await house.card("Succeeded")


async def test_a_slack_that_hangs_when_asked_who_somebody_is_holds_up_nobody_for_long(tmp_path: Path) -> None:
    async with House(tmp_path, jenkins_jobs=jobs(), config={"slack": {"request_timeout": "300ms"}}) as house:
        await house.say(DANA, "/deploy checkout staging")
        await house.card("Succeeded")
        house.slack.set_faults(Fault(mode="hang", methods=("users.info",)))
        await house.say(GUS, "/deploy checkout staging")
        await house.say(DANA, "/deploy checkout 2.0.0 staging")

        await house.whispered(GUS, "I could not find out who you are")
        house.slack.set_faults()
        await house.until(lambda: len(house.runs()) == 2)


async def test_what_is_typed_is_kept_in_part_only_by_the_log_that_is_kept_for_ever(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        await house.say(DANA, f"/deploy {'x' * 3000} staging")
        await house.until(lambda: house.whispers(DANA))
        await house.settled()

        for row in await house.audit():
            assert len(row["detail"]) < 1500, row["action"]
