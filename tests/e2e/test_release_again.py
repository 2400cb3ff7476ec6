"""After a release: once more, back to what was there with a reason, given up; and of two that are the same one wins."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

from bot.events.releases import AskRelease
from bot.lifecycle import State
from bot.messages import message
from bot.people import Person, Place
from bot.sandbox.jenkins.faults import Faults
from bot.standing.releases import Release
from tests.e2e.house import DANA, DEPLOYMENTS, OLU, SAM, SOFIA, House, jobs, long_jobs
from tests.e2e.shop import seen
from tests.e2e.test_questions import ASKING
from tests.e2e.test_releases import NEEDS, PRODUCTION, STAGING, STILL_BOTH

SERVICES = (("checkout", "1.4.2"), ("payments", "2.0.1"))
WRONG = "11ffffffffffffffffffffffffffffffff"


def asks(house: House, user: str, name: str, *, when: str = "", services: Any = SERVICES) -> Any:
    """Somebody asks for the release; to be published beside others in the same moment."""
    event = AskRelease(
        by=Person(id=user, name="dana" if user == DANA else "olu"),
        place=Place(channel=DEPLOYMENTS),
        environment="staging",
        services=services,
        when=when,
    )
    return house.running.journal.publish(message(event, id=name, at=house.clock.now()))


async def test_a_release_that_did_not_succeed_goes_again_with_the_same_parts_and_every_gate_anew(
    tmp_path: Path,
) -> None:
    broken = ["payments"]

    def result(values: Any) -> str:
        return "FAILURE" if values["SERVICE"] in broken else "SUCCESS"

    policy = {"approve": ["1 of sre"]}
    async with House(tmp_path, config=NEEDS, policy=policy, jenkins_jobs=jobs(result=result)) as house:
        await house.say(DANA, PRODUCTION)
        await house.until(lambda: house.cards() and "*checkout, payments*: Still" in seen(house.cards()[0]))
        await house.click(SAM, house.cards()[0], "release_approve")
        card = await house.card("Stopped")
        broken.clear()
        await house.until(lambda: "release_again" in house.buttons(house.cards()[0]))
        card = house.cards()[0]
        assert "release_back" not in house.buttons(card), "nothing of it was done"
        await house.click(OLU, card, "release_again")
        await house.until(lambda: len(house.cards()) > 1)
        await house.until(lambda: "*checkout, payments*: Still needed" in seen(house.cards()[1]))
        assert f"asked by <@{OLU}>" in seen(house.cards()[1])
        await house.click(SAM, house.cards()[1], "release_approve")

        card = await house.card("Succeeded: release of checkout 1.4.2, payments 2.0.1", index=1)
        assert "release_again" not in house.buttons(card)
        [_, row] = await house.audit("release_requested")
        assert json.loads(row["detail"])["command"].startswith("(button) /deploy release checkout=1.4.2")


async def test_again_is_for_what_has_ended_and_asks_whether_one_may(tmp_path: Path) -> None:
    policy = {"approve": ["1 of sre"], "deploy": ["sre"]}
    async with House(tmp_path, policy=policy) as house:
        await house.say(SAM, PRODUCTION)
        await house.until(lambda: house.cards() and "*checkout, payments*: Still" in seen(house.cards()[0]))
        assert "release_again" not in house.buttons(house.cards()[0])
        await house.click(SAM, house.cards()[0], "release_cancel")
        await house.card("Stopped")
        await house.until(lambda: "release_again" in house.buttons(house.cards()[0]))
        await house.click(OLU, house.cards()[0], "release_again")

        await house.whispered(OLU, "olu may not deploy checkout to production")
        assert len(house.cards()) == 1


async def test_a_release_is_rolled_back_with_a_reason_that_stands_on_every_card(tmp_path: Path) -> None:
    async with House(tmp_path, config=NEEDS) as house:
        await house.say(DANA, STAGING)
        card = await house.card("Succeeded", index=0)
        assert "release_back" not in house.buttons(card), "nothing ran there before"
        await house.say(DANA, "/deploy release checkout=1.5.0 payments=2.1.0 to staging")
        await house.card("Succeeded", index=1)
        await house.until(lambda: "release_back" in house.buttons(house.cards()[1]))
        await house.click(OLU, house.cards()[1], "release_back")
        await house.answer_modal(OLU, "  ")
        assert house.slack.views(OLU), "a reason is asked for"
        await house.answer_modal(OLU, "it loses orders")

        await house.until(lambda: sum("Succeeded" in one["text"] for one in house.cards()[2:]) == 2)
        assert all("it loses orders" in seen(one) for one in house.cards()[1:])
        await house.until(lambda: seen(house.cards()[1]).count(", rolled back by #") == 2)
        assert f"Rollback asked by <@{OLU}>: it loses orders" in seen(house.cards()[1])
        assert "release_back" not in house.buttons(house.cards()[1])
        [row] = await house.audit("release_rolled_back")
        assert json.loads(row["detail"])["why"] == "it loses orders"


async def test_a_release_whose_runs_can_t_be_reached_is_given_up(tmp_path: Path) -> None:
    def labelled(house: House, label: str) -> dict[str, Any] | None:
        card = house.cards()[0]
        if "release_cancel" not in house.buttons(card):
            return None
        return card if house.button(card, "release_cancel")[1]["text"]["text"] == label else None

    async with House(tmp_path, config=NEEDS, jenkins_jobs=long_jobs()) as house:
        await house.say(DANA, STAGING)
        card = await house.card("payments running")
        house.grant(token=WRONG)
        await house.until(lambda: "does not accept the user or token" in seen(house.cards()[0]))
        await house.click(DANA, card, "release_cancel")
        card = await house.until(lambda: labelled(house, "Give up following…"))
        house.clock.advance(60)
        await house.click(DANA, card, "release_cancel")

        card = await house.card("Stopped: release of")
        assert "payments lost" in card["text"]
        assert len(await house.audit("following_given_up")) == 1
        release = await house.running.store.stood((await house.deployment()).release)
        assert isinstance(release, Release)
        assert release.ended_at


async def test_of_two_that_ask_for_the_same_release_at_once_one_wins_and_the_other_is_told(
    tmp_path: Path,
) -> None:
    async with House(tmp_path, config=NEEDS, jenkins_jobs=long_jobs()) as house:
        await asyncio.gather(asks(house, DANA, "first"), asks(house, OLU, "second"))

        def told() -> str:
            words = "The very same release is on its way to staging already"
            heard = [one for user in (DANA, OLU) for one in house.whispers(user) if words in one]
            return heard[0] if len(heard) == 1 else ""

        assert "asked by " in await house.until(told)
        await house.card("payments running")
        assert len(house.cards()) == 1
        assert len(await house.audit("release_requested")) == 1
        house.clock.advance(600)
        await house.card("checkout running")
        house.clock.advance(600)
        await house.card("Succeeded")


async def test_a_part_that_another_release_brings_is_told_by_its_name(tmp_path: Path) -> None:
    async with House(tmp_path, config=NEEDS, jenkins_jobs=long_jobs()) as house:
        one = (("checkout", "1.4.2"),)
        await asks(house, DANA, "first")
        await asks(house, OLU, "second", services=one)
        told = await house.whispered(OLU, "as a part of another release")
        assert "checkout 1.4.2 is on its way to staging already" in told
        await asks(house, OLU, "third", services=one, when="in 2h")
        await house.until(lambda: len(house.cards()) == 2)

        assert "planned for" in seen(house.cards()[1]), "another moment is something else"
        await house.click(OLU, house.cards()[1], "release_cancel")
        await house.card("Stopped", index=1)
        await house.card("payments running", index=0)
        house.clock.advance(600)
        await house.card("checkout running", index=0)
        house.clock.advance(600)
        await house.card("Succeeded", index=0)


async def test_the_plan_of_a_release_asks_the_drivers_and_says_the_exact_call_of_each_part(
    tmp_path: Path,
) -> None:
    parameters = {"NOT_THERE": "1"}
    config = {"services": {"payments": {"environments": {"staging": {"parameters": parameters}}}}}
    async with House(tmp_path, config=config) as house:
        await house.say(DANA, STAGING.replace("release", "plan release"))
        told = await house.whispered(DANA, "Plan, nothing happens")
        assert "It would be refused" in told
        assert told.count("The job would not take it") == 1
        assert "NOT_THERE" in told
        assert "The call would be `jenkins/ci deploy` with `SERVICE=checkout`, `VERSION=1.4.2`" in told
        assert "The call would be `jenkins/ci deploy` with `SERVICE=payments`, `VERSION=2.0.1`" in told
        house.jenkins.set_faults(Faults(mode="down"))
        await house.say(OLU, STAGING.replace("release", "plan release"))
        told = await house.whispered(OLU, "Plan, nothing happens")
        assert told.count("Whether the job would take it can't be known now") == 2
        house.jenkins.set_faults(Faults())

        assert house.cards() == []
        assert house.runs() == []


async def test_what_is_in_the_way_of_a_release_is_answered_with_the_whole_release_to_say(
    tmp_path: Path,
) -> None:
    async with House(tmp_path, policy={"approve": [], "break_glass": [], "wait_at_most": "1h"}) as house:
        await house.say(SAM, "/deploy freeze checkout production for 5h because of the fair")
        await house.whispered(SAM, "frozen")
        await house.say(DANA, PRODUCTION)
        told = await house.whispered(DANA, "The release can't be")
        assert f"`{PRODUCTION} at 20" in told
        assert f"`{PRODUCTION.replace('release', 'plan release')}` says more" in told
        await house.say(OLU, PRODUCTION.replace("release", "plan release"))
        told = await house.whispered(OLU, "Plan, nothing happens")
        assert f"`{PRODUCTION.replace('release', 'plan release')} at 20" in told
        assert "`/deploy checkout" not in told, "a part alone is not what was asked for"

        assert house.cards() == []


async def test_whoever_gives_up_a_release_that_waits_ends_all_of_it(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        await house.say(DANA, f"{PRODUCTION} in 2h")
        await house.until(lambda: house.cards() and STILL_BOTH in seen(house.cards()[0]))
        await house.click(SOFIA, house.cards()[0], "release_cancel")

        await house.card("Stopped")
        assert {(await house.deployment(n)).state for n in (1, 2)} <= {State.CANCELLED, State.REFUSED}


async def test_what_the_run_of_a_part_asks_is_answered_below_its_question(tmp_path: Path) -> None:
    async with House(tmp_path, config=NEEDS, jenkins_jobs=ASKING) as house:
        await house.say(DANA, STAGING)
        card = await house.card("payments paused")
        assert "the run asks: Send traffic to 2.0.1?" in seen(card)
        await house.click(DANA, await house.replied(card, "Send traffic to 2.0.1?"), "input_proceed")
        card = await house.card("checkout paused")
        await house.click(DANA, await house.replied(card, "Send traffic to 1.4.2?"), "input_abort")

        await house.card("Stopped: release of")
        assert {(await house.deployment(n)).state for n in (1, 2)} == {State.SUCCEEDED, State.ABORTED}
