"""`why`, `plan` and `queue` say what is so: whose turn it is, what stands in the way of whom, and who lifts which."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bot.sandbox.jenkins.faults import Faults
from bot.standing import Freeze, Lock
from tests.e2e.gate_sources import it_would_take_away
from tests.e2e.house import DANA, LONG, OLU, SAM, SOFIA, House, jobs, long_jobs
from tests.e2e.test_modals import block, choose, form

HOUR = 3600.0
ALL_RUN = {"policies": {"staging": {"supersede": False}}}
TWO_PLACES: dict[str, Any] = {
    "policies": {"calm": {}},
    "services": {"payments": {"environments": {"production": {"policy": "calm"}}}},
}
"""Two places of one environment, in one of which everybody may freeze and lock."""
FEW = {"approve": [], "break_glass": [], "freeze": ["sre", "owners"], "lock": ["owners"]}


async def told(house: House, user: str, words: str, answer: str = "") -> str:
    """What is whispered to somebody for these words, when it is not what he heard before."""
    before = len(house.whispers(user))
    await house.say(user, f"/deploy {words}")
    return await house.until(
        lambda: next((one for one in house.whispers(user)[before:] if answer in one), None), what=answer
    )


async def stands(house: House, user: str, words: str) -> None:
    """Lock a place, and wait until it is."""
    before = len(await house.running.store.standing(Lock))
    await house.say(user, f"/deploy {words}")

    async def one_more() -> bool:
        return len(await house.running.store.standing(Lock)) > before

    await house.until(one_more)


async def tomorrow_one_runs_and_one_waits(house: House) -> None:
    """#1 is planned for tomorrow, #2 runs, #3 is next."""
    await house.say(DANA, "/deploy checkout 1.0.0 staging in 1d")
    await house.card("planned for", index=0)
    await house.say(SAM, "/deploy checkout 2.0.0 staging")
    await house.card("Running", index=1)
    await house.say(SOFIA, "/deploy checkout 3.0.0 staging")
    await house.card("#2 (2.0.0) is on its way there now", index=2)


async def test_what_is_planned_for_tomorrow_is_not_next_in_line_while_something_runs(tmp_path: Path) -> None:
    async with House(tmp_path, config=ALL_RUN, jenkins_jobs=long_jobs()) as house:
        await tomorrow_one_runs_and_one_waits(house)

        queue = await told(house, OLU, "queue checkout staging")
        assert "1. #3" in queue
        assert "⏸ #1" in queue
        assert "held: planned for" in queue
        assert "(Africa/Lagos)" in queue
        assert "number 2 in the queue" in await told(house, OLU, "plan checkout 4.0.0 staging", "Plan,")
        await house.settled()
        first = house.cards()[0]
        assert "planned for" in str(first)
        assert "Expected to start" not in str(first)
        house.clock.advance(LONG + 1)
        await house.card("Running", index=2)
        assert [run.values["VERSION"] for run in house.runs()] == ["2.0.0", "3.0.0"]


async def test_what_is_locked_or_frozen_while_something_runs_steps_aside(tmp_path: Path) -> None:
    """Whoever holds the lock is next, though he asked later."""
    async with House(tmp_path, config=ALL_RUN, jenkins_jobs=long_jobs()) as house:
        await house.say(SAM, "/deploy checkout 1.0.0 staging")
        await house.card("Running", index=0)
        await house.say(DANA, "/deploy checkout 2.0.0 staging")
        await house.card("Queued", index=1)
        await house.stand(
            Lock(
                id="l1",
                service="checkout",
                environment="staging",
                owner=SAM,
                owner_name="sam",
                reason="I look",
                made_at=house.clock.now(),
            )
        )
        await house.say(SAM, "/deploy checkout 3.0.0 staging")
        await house.card("#1 (1.0.0) is on its way there now", index=2)

        await house.card("checkout in staging is locked by sam: I look", index=1)
        queue = await told(house, OLU, "queue checkout staging")
        assert "⏸ #2" in queue
        assert "1. #3" in queue
        house.clock.advance(LONG + 1)
        await house.card("Running", index=2)


async def test_a_freeze_that_nobody_told_the_queue_of_counts_at_once(tmp_path: Path) -> None:
    async with House(tmp_path, config=ALL_RUN, jenkins_jobs=long_jobs()) as house:
        await house.say(SAM, "/deploy checkout 1.0.0 staging")
        await house.card("Running", index=0)
        await house.say(DANA, "/deploy checkout 2.0.0 staging")
        await house.card("Queued", index=1)
        now = house.clock.now()
        await house.stand(
            Freeze(id="f1", environment="staging", owner=SAM, reason="sale", made_at=now, until=now + HOUR)
        )

        assert "⏸ #2" in await told(house, OLU, "queue checkout staging")


async def test_why_is_about_ones_own_else_about_who_is_next_and_times_are_those_of_who_asks(
    tmp_path: Path,
) -> None:
    async with House(tmp_path, config=ALL_RUN, jenkins_jobs=long_jobs()) as house:
        await tomorrow_one_runs_and_one_waits(house)

        own = await told(house, SOFIA, "why checkout staging", "In the way of")
        assert "In the way of checkout 3.0.0" in own
        assert "#3 waits." in own
        assert "One other waits there, too." in own
        assert "#3 waits." in await told(house, OLU, "why checkout staging", "In the way of")
        his = await told(house, DANA, "why checkout staging", "In the way of")
        assert "#1 waits." in his
        assert "(Europe/Berlin)" in his


async def test_why_says_the_times_of_anothers_deployment_in_the_zone_of_who_asks(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        await house.say(DANA, "/deploy checkout 1.0.0 staging in 1d")
        await house.card("(Europe/Berlin)")

        assert "(Africa/Lagos)" in await told(house, OLU, "why checkout staging", "#1 waits.")


async def test_why_says_what_runs_and_that_nobody_waits(tmp_path: Path) -> None:
    async with House(tmp_path, jenkins_jobs=long_jobs()) as house:
        await house.say(DANA, "/deploy checkout 1.0.0 staging")
        await house.card("Running")

        assert "#1 (1.0.0) runs." in await told(house, OLU, "why checkout staging", "In the way of")


async def test_who_lifts_a_freeze_may_freeze_in_every_place_that_it_covers(tmp_path: Path) -> None:
    async with House(tmp_path, policy=FEW, config=TWO_PLACES) as house:
        await house.say(SAM, "/freeze production for 2h because of the sale")
        await house.whispered(SAM, "is frozen until")

        said = await told(house, DANA, "why payments production", "In the way of")
        (line,) = [one for one in said.splitlines() if "*freeze*" in one]
        assert f"can be lifted by <@{SAM}> or sre or owners (" in line
        await house.say(DANA, "/unfreeze production")
        assert "that is for sre or owners" in await house.whispered(DANA, "You may not freeze")


async def test_each_lock_is_named_with_who_lifts_that_one(tmp_path: Path) -> None:
    async with House(tmp_path, policy=FEW, config=TWO_PLACES) as house:
        for id_, owner, service in (("l1", SAM, "payments"), ("l2", OLU, "")):
            await house.stand(
                Lock(
                    id=id_,
                    service=service,
                    environment="production",
                    owner=owner,
                    owner_name="sam" if owner == SAM else "olu",
                    reason="I look",
                    made_at=house.clock.now(),
                )
            )

        for asked in ("plan payments 1.0.0 production", "why payments production"):
            said = await told(house, DANA, asked, "It would wait.")
            assert (
                f"payments in production is locked by sam: I look — can be lifted by <@{SAM}> or anybody"
                in said
            )
            assert f"production is locked by olu: I look — can be lifted by <@{OLU}> or owners\n" in said
        await house.say(DANA, "/deploy payments 1.0.0 production")
        card = str(await house.card("payments in production is locked by sam: I look"))
        assert "; production is locked by olu: I look" in card


@pytest.mark.parametrize("ends", [0.0, 2 * HOUR])
async def test_locks_and_freezes_are_waited_for_alike(tmp_path: Path, ends: float) -> None:
    async with House(tmp_path) as house:
        now = house.clock.now()
        common: dict[str, Any] = {
            "environment": "staging",
            "owner": SAM,
            "reason": "x",
            "made_at": now,
            "until": now + ends if ends else 0.0,
        }
        await house.stand(Lock(id="l1", service="checkout", **common))
        await house.stand(Freeze(id="f1", service="payments", **common))
        for service in ("checkout", "payments"):
            assert "It would wait." in await told(house, DANA, f"plan {service} staging", "Plan,")


async def test_what_an_override_takes_is_said_and_where_there_can_be_none(tmp_path: Path) -> None:
    async with House(tmp_path, policy={**FEW, "override": ["1 of owners"]}, config=TWO_PLACES) as house:
        await house.say(SAM, "/freeze production for 2h because of the sale")
        await house.whispered(SAM, "is frozen until")

        for asked in ("plan checkout 1.0.0 production", "why checkout production"):
            said = await told(house, DANA, asked, "It would wait.")
            assert "asks for it all the same, with the approval of 1 of owners" in said
        none = await told(house, DANA, "plan payments 1.0.0 production override because it burns", "Plan,")
        assert "Nobody can override it." in none
        assert "for another freeze" not in none
        await house.say(DANA, "/deploy")
        view = await form(house, DANA, '"service')
        await choose(house, DANA, view, "service", "checkout")
        view = await form(house, DANA, "environment/")
        await choose(house, DANA, view, "environment", "production")
        view = await form(house, DANA, "to production")
        await choose(house, DANA, view, "version", "1.0.0")
        view = await form(house, DANA, "override")
        assert "Takes the approval of 1 of owners besides." in str(block(view, "override"))


async def test_ones_own_lock_and_warning_are_said_though_they_hold_nobody_up(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        await stands(house, SAM, "lock checkout staging for 1h because of me")
        await stands(house, SAM, "lock staging warning because the disk is full")

        for asked in ("plan checkout staging", "why checkout staging"):
            said = await told(house, SAM, asked, "Nothing is in the way")
            assert "checkout in staging is locked by you until" in said
            assert "; you may" in said
            assert "sam warns about staging: the disk is full" in said


async def test_a_job_that_would_not_take_it_is_said_by_plan_why_and_the_form(tmp_path: Path) -> None:
    async with House(tmp_path, jenkins_jobs=jobs(disabled=True)) as house:
        for asked in ("plan checkout staging", "why checkout staging"):
            said = await told(house, DANA, asked, "It would be refused.")
            assert "✗ *job*: The job would not take it: " in said
            assert "is disabled" in said
        await house.say(DANA, "/deploy")
        view = await form(house, DANA, '"service')
        await choose(house, DANA, view, "service", "checkout")
        view = await form(house, DANA, "environment/")
        await choose(house, DANA, view, "environment", "staging")
        view = await form(house, DANA, "It would be refused.")
        assert "is disabled" in str(view)


async def test_why_says_that_nobody_knows_whether_the_job_would_take_it(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        house.jenkins.set_faults(Faults(mode="503", times=50))

        said = await told(house, DANA, "why checkout staging", "In the way of")
        assert "Whether the job would take it can't be known now: " in said
        assert "Nothing is in the way" not in said


async def test_why_with_nothing_asked_for_is_about_what_is_there_and_says_so(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        said = await told(house, OLU, "why checkout staging", "In the way of")
        assert "this is about 1.2.3, which is the usual version." in said
        await it_would_take_away(house)

        said = await told(house, OLU, "why checkout staging", "which is there now.")
        assert "Nothing is in the way." in said
        assert "removes" not in said


async def test_the_time_that_a_refusal_names_is_one_at_which_it_goes(tmp_path: Path) -> None:
    policy = {"after": ["staging"], "approve": [], "break_glass": [], "bake": "5h"}
    async with House(tmp_path, policy=policy) as house:
        await house.say(DANA, "/deploy checkout staging")
        await house.card("Succeeded", index=0)
        said = await told(house, DANA, "checkout production", "plans it")
        command = next(one for one in said.split("`") if " at " in one)
        await house.say(DANA, command)
        await house.card("planned for", index=1)
        house.clock.advance((await house.deployment(2)).not_before - house.clock.now() + 0.1)
        await house.card("Succeeded", index=1)


@pytest.mark.parametrize(("asked_later", "ends"), [("1.4.1", False), ("my-branch", False), ("1.4.4", True)])
async def test_what_waits_behind_a_lock_gives_its_place_to_nothing_but_what_is_newer(
    tmp_path: Path, asked_later: str, ends: bool
) -> None:
    async with House(tmp_path) as house:
        await stands(house, SAM, "lock checkout staging because I look")
        await house.say(DANA, "/deploy checkout 1.4.3 staging")
        await house.card("locked by sam", index=0)
        await house.say(SAM, f"/deploy checkout {asked_later} staging")
        await house.card("Succeeded", index=1)

        state = (await house.deployment(1)).state.value
        assert state == ("superseded" if ends else "queued")


async def test_an_older_version_takes_no_place_of_a_newer_one_that_only_waits_for_its_turn(
    tmp_path: Path,
) -> None:
    async with House(tmp_path, jenkins_jobs=long_jobs()) as house:
        await house.say(SAM, "/deploy checkout 1.0.0 staging")
        await house.card("Running", index=0)
        await house.say(DANA, "/deploy checkout 1.4.3 staging")
        await house.card("Queued", index=1)
        await house.say(SAM, "/deploy checkout 1.4.1 staging")
        await house.card("number 2 in the queue", index=2)

        assert (await house.deployment(2)).state.value == "queued"


async def test_a_plan_says_what_is_known_of_what_is_going_out(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        assert "the first deployment here" in await told(house, DANA, "plan checkout staging", "Plan,")
        await house.say(DANA, "/deploy checkout staging")
        await house.card("Succeeded")
        said = await told(house, DANA, "plan checkout staging", "Plan,")
        assert "What is going out is not known: no repository is configured." in said


async def test_a_deployment_that_has_ended_is_spoken_of_as_people_do(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        await house.say(DANA, "/deploy checkout staging")
        await house.card("Succeeded")

        assert "this deployment has succeeded." in await told(house, DANA, "cancel #1", "Nothing to cancel")


async def test_a_bad_version_names_everybody_who_can_take_that_back(tmp_path: Path) -> None:
    async with House(tmp_path, policy=FEW, config=TWO_PLACES) as house:
        await house.say(SAM, "/deploy bad payments 1.0.0 because it leaks")
        await house.whispered(SAM, "bad")

        said = await told(house, DANA, "plan payments 1.0.0 production", "It would be refused")
        assert f"it leaks — can be lifted by <@{SAM}> or anybody" in said
