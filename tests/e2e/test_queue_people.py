"""The queue and the people in it: position, expected start, leaving, being told, superseding, jumping, waiting too long."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from bot.lifecycle import State
from bot.reasons import Reason
from tests.e2e.house import DANA, DEPLOYMENTS, LONG, OLU, SAM, SOFIA, House, direct, long_jobs

HOUR = 3600.0
ALL_RUN: dict[str, Any] = {"policies": {"staging": {"supersede": False}}}
OPEN_PRODUCTION = {"approve": [], "break_glass": [], "deploy": ["everyone"]}


async def running_and_two_behind(house: House, environment: str = "staging") -> None:
    """#1 of dana runs, #2 of dana and #3 of sam wait behind it."""
    await house.say(DANA, f"/deploy checkout 1.0.0 {environment}")
    await house.card("Running", index=0)
    await house.say(DANA, f"/deploy checkout 2.0.0 {environment}")
    await house.card("Queued", index=1)
    await house.say(SAM, f"/deploy checkout 3.0.0 {environment}")
    await house.card("number 2 in the queue", index=2)


async def told(house: House, user: str, words: str) -> None:
    await house.until(
        lambda: any(words in one["text"] for one in house.slack.messages(direct(user), user)),
        what=f"{user} is told {words!r}",
    )


def heard(house: House, user: str) -> list[str]:
    return [one["text"] for one in house.slack.messages(direct(user), user)]


def texts(card: dict[str, Any]) -> str:
    return str(card["blocks"])


# --- position and expected start -------------------------------------------------------------------------------


async def test_the_card_and_why_say_the_place_in_the_queue_and_when_it_is_expected_to_start(
    tmp_path: Path,
) -> None:
    async with House(tmp_path, config=ALL_RUN, jenkins_jobs=long_jobs()) as house:
        await house.say(DANA, "/deploy checkout 0.9.0 staging")
        await house.card("Running")
        house.clock.advance(LONG)
        await house.card("Succeeded")
        await house.say(DANA, "/deploy checkout 1.0.0 staging")
        await house.card("Running", index=1)
        began = house.clock.now()
        await house.say(DANA, "/deploy checkout 2.0.0 staging")
        await house.card("#2 (1.0.0) is on its way there now", index=2)
        await house.say(SAM, "/deploy checkout 3.0.0 staging")
        card = await house.card("number 2 in the queue", index=3)

        assert "Expected to start" in texts(card)
        second, third = await house.deployment(3), await house.deployment(4)
        assert (second.queue_place, third.queue_place) == (1, 2)
        assert second.waits_until == pytest.approx(began + LONG, abs=60)
        assert third.waits_until == pytest.approx(began + 2 * LONG, abs=120)
        await house.say(OLU, "/deploy why checkout staging")
        await house.whispered(OLU, "#2 (1.0.0) is on its way there now")


async def test_the_queue_of_a_place_is_shown_in_order(tmp_path: Path) -> None:
    async with House(tmp_path, config=ALL_RUN, jenkins_jobs=long_jobs()) as house:
        await house.say(OLU, "/deploy queue")
        await house.whispered(OLU, "Nobody waits, and nothing runs.")
        await running_and_two_behind(house)
        await house.say(SAM, "/lock payments staging because we test")
        await house.say(DANA, "/deploy payments staging")
        await house.card("is locked by sam", index=3)
        await house.say(OLU, "/deploy queue")

        words = await house.whispered(OLU, "checkout in staging")
        assert words.index("#1 ") < words.index("1. #2 ") < words.index("2. #3 ") < words.index("payments")
        assert "⏸ #4" in words
        assert "held: payments in staging is locked by sam" in words
        await house.say(OLU, "/deploy queue payments")
        await house.until(lambda: "checkout" not in house.whispers(OLU)[-1])


# --- leaving ----------------------------------------------------------------------------------------------------


async def test_leaving_takes_ones_own_back_and_the_others_move_up(tmp_path: Path) -> None:
    async with House(tmp_path, config=ALL_RUN, jenkins_jobs=long_jobs()) as house:
        await running_and_two_behind(house)
        await house.say(DANA, "/deploy leave checkout staging")

        await house.card("Cancelled", index=1)
        await house.until(lambda: "number 2" not in house.cards()[2]["text"])
        assert (await house.deployment(3)).queue_place == 1


async def test_leaving_never_stops_what_has_started(tmp_path: Path) -> None:
    async with House(tmp_path, config=ALL_RUN, jenkins_jobs=long_jobs()) as house:
        await house.say(DANA, "/deploy checkout 1.0.0 staging")
        await house.card("Running")
        await house.say(DANA, "/deploy leave")
        assert "/deploy queue" in await house.whispered(DANA, "You have nothing waiting")
        await house.say(DANA, "/deploy leave #1")

        assert "/deploy cancel #1" in await house.whispered(DANA, "It has started")
        assert (await house.deployment()).state is State.RUNNING


async def test_leaving_without_saying_which_of_several_asks_back(tmp_path: Path) -> None:
    async with House(tmp_path, config=ALL_RUN, jenkins_jobs=long_jobs()) as house:
        await house.say(DANA, "/deploy checkout 1.0.0 staging")
        await house.card("Running")
        for version in ("2.0.0", "3.0.0"):
            await house.say(DANA, f"/deploy checkout {version} staging")
        await house.card("number 2 in the queue", index=2)
        await house.say(DANA, "/deploy leave")
        assert "/deploy leave #3" in await house.whispered(DANA, "Several of yours wait")
        await house.say(DANA, "/deploy leave #9")
        await house.whispered(DANA, "There is no deployment #9")
        await house.say(OLU, "/deploy leave #3")
        await house.card("Cancelled", index=2)


# --- tell me when it is free ------------------------------------------------------------------------------------


async def test_whoever_watches_a_place_is_told_once_when_nothing_holds_it(
    tmp_path: Path, transport: str
) -> None:
    async with House(tmp_path, config=ALL_RUN, transport=transport, jenkins_jobs=long_jobs()) as house:
        await running_and_two_behind(house)
        await house.say(OLU, "/deploy watch checkout staging")
        await house.whispered(OLU, "#1 (1.0.0) is on its way there")
        await house.say(OLU, "/deploy watch checkout staging")
        for index in (0, 1):
            house.clock.advance(LONG)
            await house.card("Running", index=index + 1)
        await house.settled()
        assert heard(house, OLU) == []
        house.clock.advance(LONG)
        await told(house, OLU, "is free: nothing holds, locks or freezes it")
        await house.say(DANA, "/deploy checkout 4.0.0 staging")
        await house.card("Running", index=3)
        house.clock.advance(LONG)
        await house.card("Succeeded", index=3)
        await house.settled()

        assert len(heard(house, OLU)) == 1


async def test_by_the_button_on_the_card_of_what_holds_it(tmp_path: Path) -> None:
    async with House(tmp_path, jenkins_jobs=long_jobs()) as house:
        await house.say(DANA, "/deploy checkout staging")
        card = await house.card("Running")
        await house.click(OLU, card, "watch")
        await house.whispered(OLU, "I will tell you in a direct message")
        house.clock.advance(LONG)

        await told(house, OLU, "is free")


async def test_a_lock_counts_too_and_so_does_its_end_by_time(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        await house.say(SAM, "/lock staging for 1h because we test")
        await house.until(
            lambda: any("is locked by" in one["text"] for one in house.slack.messages(DEPLOYMENTS))
        )
        await house.say(DANA, "/deploy watch checkout staging")
        await house.whispered(DANA, "is locked by")
        await house.say(SAM, "/deploy watch checkout staging")
        await house.whispered(SAM, "is free: nothing holds, locks or freezes it")
        house.clock.advance(HOUR)

        await told(house, DANA, "is free")


async def test_by_the_button_below_the_lock(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        await house.say(SAM, "/lock checkout staging because we test")

        def lock() -> Any:
            return next(
                (one for one in house.slack.messages(DEPLOYMENTS) if "is locked by" in one["text"]), None
            )

        await house.click(DANA, await house.until(lock), "watch_lock")
        await house.whispered(DANA, "I will tell you in a direct message")
        await house.say(SAM, "/unlock checkout staging")

        await told(house, DANA, "is free")


async def test_a_place_that_is_free_already_is_said_at_once_and_nothing_more(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        await house.say(OLU, "/deploy watch checkout staging")
        await house.whispered(OLU, "is free: nothing holds, locks or freezes it")
        await house.say(OLU, "/deploy unwatch checkout staging")

        assert "/deploy watch checkout staging" in await house.whispered(OLU, "You were not to be told")


async def test_whoever_does_not_want_to_know_any_more_is_not_told(tmp_path: Path) -> None:
    async with House(tmp_path, jenkins_jobs=long_jobs()) as house:
        await house.say(DANA, "/deploy checkout staging")
        await house.card("Running")
        await house.say(OLU, "/deploy watch checkout staging")
        await house.whispered(OLU, "I will tell you")
        await house.say(OLU, "/deploy unwatch checkout staging")
        await house.whispered(OLU, "I won't tell you")
        house.clock.advance(LONG)
        await house.card("Succeeded")
        await house.settled()

        assert heard(house, OLU) == []


async def test_ones_own_lock_that_is_not_about_versions_any_more_is_not_in_ones_way(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        await house.say(SAM, "/lock checkout staging only 1.4.x because we test")
        await house.settled()
        await house.say(SAM, "/deploy watch checkout staging")
        await house.whispered(SAM, "I will tell you")
        await house.say(SAM, "/lock checkout staging because we test")

        await told(house, SAM, "is free")


async def test_who_asks_to_be_told_in_the_moment_in_which_a_lock_goes_is_told(tmp_path: Path) -> None:
    async with House(tmp_path, refused_codes=["ratelimited"]) as house:
        for count in range(1, 13):
            await house.say(SAM, "/lock checkout staging because we test")
            await house.settled()
            await asyncio.gather(
                house.say(SAM, "/unlock checkout staging"),
                house.say(DANA, "/deploy watch checkout staging"),
            )
            await house.settled()
            free = [
                text for text in [*heard(house, DANA), *house.whispers(DANA)] if "is free: nothing" in text
            ]

            assert len(free) == count


async def test_the_audit_log_says_who_watched_what_and_how_that_ended(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        await house.say(SAM, "/lock checkout staging because we test")
        await house.settled()
        for user in (DANA, OLU):
            await house.say(user, "/deploy watch checkout staging")
        await house.settled()
        await house.say(OLU, "/deploy unwatch checkout staging")
        await house.settled()
        await house.say(SAM, "/unlock checkout staging")
        await house.settled()

        assert {row["actor"] for row in await house.audit("place_watched")} == {DANA, OLU}
        ended = [(row["actor"], json.loads(row["detail"])) for row in await house.audit("watch_ended")]
        assert [(actor, detail["owner"], detail["told"]) for actor, detail in ended] == [
            (OLU, OLU, False),
            ("pilothouse", DANA, True),
        ]


async def test_a_watch_lasts_over_a_restart(tmp_path: Path) -> None:
    async with House(tmp_path, jenkins_jobs=long_jobs()) as house:
        await house.say(DANA, "/deploy checkout staging")
        await house.card("Running")
        await house.say(OLU, "/deploy watch checkout staging")
        await house.whispered(OLU, "I will tell you")
        await house.restart()
        house.clock.advance(LONG)

        await told(house, OLU, "is free")


# --- a newer one takes the place of an older one -----------------------------------------------------------------


async def test_a_newer_one_takes_the_place_of_an_older_one_in_the_queue_and_both_are_told(
    tmp_path: Path,
) -> None:
    async with House(tmp_path, jenkins_jobs=long_jobs()) as house:
        await house.say(DANA, "/deploy checkout 1.0.0 staging")
        await house.card("Running", index=0)
        await house.say(DANA, "/deploy checkout 2.0.0 staging")
        await house.card("Queued", index=1)
        await house.say(SAM, "/deploy checkout 3.0.0 staging")

        old = await house.card("Superseded", index=1)
        note = await house.replied(old, "took its place in the queue")
        assert f"<@{DANA}>" in note["text"]
        new = await house.card("#1 (1.0.0) is on its way there now", index=2)
        assert f"<@{SAM}>" in (await house.replied(new, "takes the place of #2"))["text"]
        assert (await house.deployment(2)).reason is Reason.SUPERSEDED
        house.clock.advance(LONG)
        await house.card("Running", index=2)
        assert [run.values["VERSION"] for run in house.runs()] == ["1.0.0", "3.0.0"]
        assert len(await house.audit("superseded")) == 1


async def test_the_approvals_of_what_is_superseded_are_void_and_it_says_so(tmp_path: Path) -> None:
    policy = {"approve": ["1 of sre"], "break_glass": []}
    async with House(tmp_path, policy=policy, jenkins_jobs=long_jobs()) as house:
        for number, version in enumerate(("1.0.0", "2.0.0", "3.0.0")):
            await house.say(DANA, f"/deploy checkout {version} production")
            card = await house.card("Waiting for approval", index=number)
            await house.click(SAM, card, "approve")
            await house.card("Running" if number == 0 else "on its way", index=number)

        old = await house.card("Superseded", index=1)
        await house.replied(old, "its approvals by sam are void with it")


async def test_what_was_approved_late_is_not_passed_over_by_what_was_queued_before_it(tmp_path: Path) -> None:
    policy = {"approve": ["1 of sre"], "break_glass": []}
    async with House(tmp_path, policy=policy, jenkins_jobs=long_jobs()) as house:
        for number in range(3):
            await house.say(DANA, f"/deploy checkout {number}.0.0 production")
            await house.card("Waiting for approval", index=number)
        for number, words in ((0, "Running"), (2, "Queued"), (1, "number 2 in the queue")):
            await house.click(SAM, house.cards()[number], "approve")
            await house.card(words, index=number)
        await house.settled()

        assert (await house.deployment(2)).state is State.QUEUED
        assert (await house.deployment(3)).state is State.QUEUED


async def test_what_may_not_go_itself_takes_no_place_of_what_may(tmp_path: Path) -> None:
    async with House(tmp_path, jenkins_jobs=long_jobs()) as house:
        await house.say(SAM, "/lock checkout staging only 1.4.x because the migration is half done")
        await house.say(DANA, "/deploy checkout 1.4.0 staging")
        await house.card("Running", index=0)
        await house.say(DANA, "/deploy checkout 1.4.1 staging")
        await house.card("Queued", index=1)
        await house.say(DANA, "/deploy checkout 1.5.0 staging")
        await house.card("Queued", index=2)
        house.clock.advance(LONG)
        await house.card("Running", index=1)
        house.clock.advance(LONG)
        await house.card("Succeeded", index=1)

        await house.card("takes only 1.4.x", index=2)


async def test_what_waits_for_the_same_lock_is_superseded_as_well(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        await house.say(SAM, "/lock checkout staging because we test")
        await house.say(DANA, "/deploy checkout 1.0.0 staging")
        await house.card("is locked by sam", index=0)
        await house.say(DANA, "/deploy checkout 2.0.0 staging")
        await house.card("Superseded", index=0)
        await house.card("is locked by sam", index=1)
        await house.say(SAM, "/unlock checkout staging")

        await house.card("Succeeded", index=1)
        assert [run.values["VERSION"] for run in house.runs()] == ["2.0.0"]


async def test_where_the_policy_says_so_nothing_is_superseded(tmp_path: Path) -> None:
    async with House(tmp_path, config=ALL_RUN, jenkins_jobs=long_jobs()) as house:
        await running_and_two_behind(house)
        await house.settled()

        assert (await house.deployment(2)).state is State.QUEUED


# --- going first, when somebody allows it ------------------------------------------------------------------------


async def test_going_first_is_asked_of_the_approvers_and_told_to_those_who_are_overtaken(
    tmp_path: Path,
) -> None:
    policy = {"approve": ["1 of sre"], "break_glass": [], "supersede": False}
    async with House(tmp_path, policy=policy, jenkins_jobs=long_jobs()) as house:
        for number, user in enumerate((DANA, DANA, OLU)):
            await house.say(user, f"/deploy checkout {number}.0.0 production")
            card = await house.card("Waiting for approval", index=number)
            await house.click(SAM, card, "approve")
            await house.card(("Running", "Queued", "number 2")[number], index=number)
        await house.say(OLU, "/deploy jump #3")
        assert "/deploy jump #3 because …" in await house.whispered(OLU, "Why should it go first?")
        await house.say(OLU, "/deploy jump #3 because customers can't pay")
        await house.until(lambda: "jump_allow" in house.buttons(house.cards()[2]))
        card = house.cards()[2]
        assert "<!subteam^S0SRE00001>" in (await house.replied(card, "customers can't pay"))["text"]
        await house.click(OLU, card, "jump_allow")
        await house.whispered(OLU, "You asked for it yourself")
        await house.click(DANA, card, "jump_allow")
        await house.whispered(DANA, "that is for sre")
        await house.click(SOFIA, card, "jump_allow")

        await house.replied(house.cards()[2], "goes first now, said")
        overtaken = await house.replied(house.cards()[1], "was let before this by")
        assert f"<@{DANA}>" in overtaken["text"]
        house.clock.advance(LONG)
        await house.card("Running", index=2)
        house.clock.advance(LONG)
        await house.card("Running", index=1)
        row = (await house.audit("jump_allowed"))[0]
        assert row["actor"] == SOFIA
        assert '"overtaken":[2]' in row["detail"]


async def test_where_nobody_approves_those_decide_who_may_lock(tmp_path: Path) -> None:
    policy = {**OPEN_PRODUCTION, "lock": ["sre"], "supersede": False}
    async with House(tmp_path, policy=policy, jenkins_jobs=long_jobs()) as house:
        await running_and_two_behind(house, "production")
        await house.click(SAM, house.cards()[2], "jump")
        await house.answer_modal(SAM, "customers can't pay")
        await house.until(lambda: "jump_allow" in house.buttons(house.cards()[2]))
        await house.click(SOFIA, house.cards()[2], "jump_allow")

        await house.until(lambda: "Goes first, said" in texts(house.cards()[2]))
        house.clock.advance(LONG)
        await house.card("Running", index=2)


async def test_who_asked_may_take_it_back_and_a_no_keeps_the_order(tmp_path: Path) -> None:
    policy = {**OPEN_PRODUCTION, "lock": ["sre"], "supersede": False}
    async with House(tmp_path, policy=policy, jenkins_jobs=long_jobs()) as house:
        await running_and_two_behind(house, "production")
        for user in (SAM, SOFIA):
            await house.say(SAM, "/deploy jump #3 because customers can't pay")
            await house.until(lambda: "jump_deny" in house.buttons(house.cards()[2]))
            card = house.cards()[2]
            await house.click(user, card, "jump_deny")
            await house.until(lambda: "jump_deny" not in house.buttons(house.cards()[2]))
        house.clock.advance(LONG)

        await house.card("Running", index=1)


async def test_of_two_who_decide_at_once_one_decides(tmp_path: Path) -> None:
    policy = {**OPEN_PRODUCTION, "lock": ["everyone"], "supersede": False}
    async with House(tmp_path, policy=policy, jenkins_jobs=long_jobs()) as house:
        await running_and_two_behind(house, "production")
        await house.say(SAM, "/deploy jump #3 because customers can't pay")
        await house.until(lambda: "jump_deny" in house.buttons(house.cards()[2]))
        card = house.cards()[2]
        await asyncio.gather(house.click(SOFIA, card, "jump_allow"), house.click(OLU, card, "jump_deny"))
        said = "Nobody is asked whether it may go first any more"
        await house.until(lambda: any(said in one for user in (SOFIA, OLU) for one in house.whispers(user)))

        decisions = [row for row in await house.audit() if row["action"] in {"jump_allowed", "jump_denied"}]
        assert len(decisions) == 1


async def test_what_can_not_go_first_is_refused_with_the_reason(tmp_path: Path) -> None:
    async with House(tmp_path, config=ALL_RUN, jenkins_jobs=long_jobs()) as house:
        await running_and_two_behind(house)
        for number, words in (
            (1, "#1 does not wait in the queue: it is running"),
            (2, "#2 is the next already"),
            (9, "There is no deployment #9"),
        ):
            await house.say(DANA, f"/deploy jump #{number} because I want to")
            await house.whispered(DANA, words)
        await house.say(SAM, "/deploy jump #3 because I want to")
        await house.until(lambda: "jump_allow" in house.buttons(house.cards()[2]))
        await house.say(DANA, "/deploy jump #3 because I want it as well")

        await house.whispered(DANA, "That was asked already, by sam")


# --- waiting too long --------------------------------------------------------------------------------------------


async def test_what_waits_longer_than_the_policy_says_expires_and_says_for_what_it_waited(
    tmp_path: Path,
) -> None:
    async with House(tmp_path) as house:
        await house.say(SAM, "/lock checkout staging because we test")
        await house.say(DANA, "/deploy checkout staging")
        await house.card("is locked by sam")
        house.clock.advance(4 * HOUR - 60)
        await house.settled()
        assert (await house.deployment()).state is State.QUEUED
        house.clock.advance(61)

        card = await house.card("Expired")
        assert (
            "It waited in the queue for longer than 4 h: checkout in staging is locked by sam" in card["text"]
        )
        assert (await house.deployment()).reason is Reason.WAITED_TOO_LONG
        await house.replied(card, "Expired".lower())


async def test_it_expires_although_the_server_was_down_meanwhile(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        await house.say(SAM, "/lock checkout staging because we test")
        await house.say(DANA, "/deploy checkout staging")
        await house.card("is locked by sam")
        await house.stop()
        house.clock.advance(5 * HOUR)
        await house.start()

        await house.card("Expired")


async def test_what_is_planned_waits_from_its_own_time_on(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        await house.say(DANA, "/deploy checkout staging in 9h")
        await house.card("planned for")
        await house.say(SAM, "/lock checkout staging because we test")
        house.clock.advance(9 * HOUR + 1)
        await house.card("is locked by sam")
        house.clock.advance(3 * HOUR)
        await house.settled()
        assert (await house.deployment()).state is State.QUEUED
        house.clock.advance(HOUR)

        await house.card("Expired")
