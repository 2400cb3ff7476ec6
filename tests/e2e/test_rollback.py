"""Rollback: back to what ran there before, by words or from a card; marks, locks, and the engine's own after a failure."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from bot.audit import ENGINE
from bot.kinds import Kind
from bot.sandbox.jenkins.jobs import Job
from bot.standing import BadVersion, Lock
from tests.e2e.house import DANA, DEPLOYMENTS, LONG, OLU, PARAMETERS, SAM, SOFIA, House, jobs, long_jobs
from tests.e2e.shop import Shop, seen

Json = dict[str, Any]
OPEN: Json = {"approve": [], "break_glass": []}
NINES_FAIL = {"result": lambda values: "FAILURE" if str(values["VERSION"]).startswith("9.") else "SUCCESS"}


def failing() -> list[Job]:
    """Versions that begin with 9. fail."""
    return jobs(**NINES_FAIL)


def text_of(card: Json) -> str:
    return json.dumps(card["blocks"], ensure_ascii=False)


async def ended(house: House, words: str, state: str = "Succeeded", user: str = DANA) -> Json:
    """Say it, and wait for the end of the card that comes of it."""
    before = len(house.cards())
    await house.say(user, words)
    card: Json = await house.until(
        lambda: next((one for one in house.cards()[before:] if state in one["text"]), None), what=words
    )
    return card


async def twice(house: House, environment: str = "staging") -> None:
    """1.4.1 and 1.4.2 have succeeded there, one after the other."""
    await ended(house, f"/deploy checkout 1.4.1 {environment}")
    await ended(house, f"/deploy checkout 1.4.2 {environment}")


def versions(house: House) -> list[str]:
    return [run.values["VERSION"] for run in house.runs()]


async def dialog(house: House, user: str, words: str) -> Json:
    """The dialog on top, once it says these words."""

    def found() -> Json | None:
        views = house.slack.views(user)
        return views[-1] if views and words in text_of(views[-1]) else None

    try:
        answer: Json = await house.until(found)
    except AssertionError:
        shown = [text_of(view) for view in house.slack.views(user)]
        raise AssertionError(f"no dialog says {words!r}: {shown}") from None
    return answer


def block(view: Json, name: str) -> Json:
    found: Json = next(one for one in view["blocks"] if one.get("block_id", "").partition("/")[0] == name)
    return found


def filled(view: Json, **answers: str) -> Json:
    """Text by the field's name; a box is ticked by `yes`."""
    values: Json = {}
    for name, answer in answers.items():
        element = block(view, name)["element"]
        said: Json = {"type": element["type"], "value": answer}
        if element["type"] == "checkboxes":
            said = {"type": "checkboxes", "selected_options": element["options"] if answer == "yes" else []}
        values[block(view, name)["block_id"]] = {element["action_id"]: said}
    return values


# --- by words -------------------------------------------------------------------------------------------------


async def test_rollback_goes_back_to_the_last_good_version_and_both_cards_link_to_each_other(
    tmp_path: Path, transport: str
) -> None:
    async with House(tmp_path, transport=transport) as house:
        await twice(house)
        card = await ended(house, "/rollback checkout staging because it loses orders")

        assert versions(house) == ["1.4.1", "1.4.2", "1.4.1"]
        assert "checkout 1.4.1 to staging" in card["text"]
        one, old = await house.deployment(3), await house.deployment(2)
        assert one.kind is Kind.ROLLBACK
        assert one.rolls_back is not None
        assert one.rolls_back.deployment == old.id
        assert old.taken_back is not None
        assert old.taken_back.number == 3
        assert "Goes back from <http" in text_of(card)
        assert "it loses orders" in text_of(card)
        await house.until(lambda: "Rolled back by <http" in text_of(house.cards()[1]))
        await house.replied(house.cards()[1], "was rolled back by #3 to 1.4.1")
        assert [row["actor"] for row in await house.audit("rolled_back")] == [DANA]


async def test_rollback_to_a_version_that_is_named(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        await ended(house, "/deploy checkout 1.4.0 staging")
        await twice(house)
        await ended(house, "/rollback checkout staging to 1.4.0")

        assert versions(house)[-1] == "1.4.0"


async def test_where_nothing_has_ever_succeeded_a_rollback_is_refused_with_how_the_last_one_ended(
    tmp_path: Path,
) -> None:
    async with House(tmp_path, jenkins_jobs=jobs(result="FAILURE")) as house:
        await house.say(DANA, "/deploy checkout 0.9.0 staging")
        await house.card("Failed")
        await house.say(DANA, "/rollback checkout staging")

        told = await house.whispered(DANA, "nothing of checkout has succeeded in staging")
        assert "What ran there last, 0.9.0 (#1), failed." in told
        assert "/deploy checkout <version> staging" in told or "&lt;version&gt;" in told


async def test_a_rollback_with_no_history_is_refused_with_a_sentence(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        await house.say(DANA, "/rollback checkout staging")
        await house.whispered(DANA, "Nothing of checkout has run in staging yet")
        card = await ended(house, "/deploy checkout 1.4.2 staging")
        await house.say(DANA, "/rollback checkout staging")
        await house.whispered(DANA, "There is nothing to go back to: nothing but checkout 1.4.2")
        await house.say(DANA, "/rollback checkout staging to 1.0.0")
        told = await house.whispered(DANA, "checkout 1.0.0 has never succeeded in staging")
        assert "/deploy checkout 1.0.0 staging" in told
        await house.say(DANA, "/rollback checkout staging to 1.4.2")
        await house.whispered(DANA, "is what there is to go back from in staging (#1)")

        assert "rollback" not in house.buttons(card)
        assert versions(house) == ["1.4.2"]


async def test_words_that_are_no_rollback_are_told_what_to_say(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        await house.say(DANA, "/rollback")
        await house.whispered(DANA, "Roll back what?")
        await house.say(DANA, "/rollback checkout")
        await house.whispered(DANA, "/deploy rollback checkout production")
        await house.say(DANA, "/rollback checkout prodution")
        await house.whispered(DANA, "checkout has no environment “prodution”")
        await house.say(DANA, "/rollback chekcout staging")
        await house.whispered(DANA, "I know no service and no environment “chekcout”")
        await house.say(DANA, "/rollback checkout staging bad")
        told = await house.whispered(DANA, "Nothing of checkout has run")
        assert told


async def test_a_rollback_needs_permission_and_approval_like_a_deployment(tmp_path: Path) -> None:
    async with House(tmp_path, policy={"deploy": ["sre"], "approve": ["1 of sre"]}) as house:
        for version in ("1.4.1", "1.4.2"):
            await house.say(SAM, f"/deploy checkout {version} production")
            await house.approve(SOFIA)
            await house.card("Succeeded")
        await house.say(OLU, "/rollback checkout production")
        await house.whispered(OLU, "olu may not deploy checkout to production")
        await house.say(SAM, "/rollback checkout production")
        card = await house.card("Waiting for approval")
        await house.replied(card, "wants to roll back")
        await house.click(SOFIA, card, "approve")

        await house.card("Succeeded", index=2)
        assert versions(house)[-1] == "1.4.1"


async def test_the_policy_may_ask_less_for_a_rollback(tmp_path: Path) -> None:
    async with House(tmp_path, policy={"approve": ["2 of sre"], "rollback_approve": []}) as house:
        for index, version in enumerate(("1.4.1", "1.4.2")):
            await house.say(DANA, f"/deploy checkout {version} production")
            await house.approve(SAM, SOFIA)
            await house.card("Succeeded", index=index)

        await ended(house, "/rollback checkout production")
        assert versions(house)[-1] == "1.4.1"


async def test_a_rollback_passes_order_and_freezes(tmp_path: Path) -> None:
    async with House(tmp_path, policy=OPEN) as house:
        await twice(house, "production")
        await house.restart(policies={"production": {"after": ["staging"], "bake": "1h"}})
        await house.say(DANA, "/freeze production for 2h because the big sale")
        await house.until(lambda: "the big sale" in json.dumps(house.slack.messages(DEPLOYMENTS)))

        await ended(house, "/rollback checkout production")
        assert versions(house)[-1] == "1.4.1"


async def test_rolling_back_twice_goes_further_back_and_never_forth_again(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        await ended(house, "/deploy checkout 1.4.0 staging")
        await twice(house)
        await ended(house, "/rollback checkout staging")
        await ended(house, "/rollback checkout staging")
        await house.say(DANA, "/rollback checkout staging")
        await house.whispered(DANA, "There is nothing to go back to")
        await house.say(DANA, "/rollback checkout staging to 1.4.2")
        told = await house.whispered(DANA, "checkout 1.4.2 was rolled back in staging before")
        assert "/deploy checkout 1.4.2 staging" in told

        assert versions(house) == ["1.4.0", "1.4.1", "1.4.2", "1.4.1", "1.4.0"]


async def test_after_a_failure_a_rollback_goes_back_to_what_was_there_before_it(tmp_path: Path) -> None:
    async with House(tmp_path, jenkins_jobs=failing()) as house:
        await ended(house, "/deploy checkout 1.4.2 staging")
        card = await ended(house, "/deploy checkout 9.0.0 staging", "Failed")
        assert "rollback" in house.buttons(card)
        await ended(house, "/rollback checkout staging")

        assert versions(house) == ["1.4.2", "9.0.0", "1.4.2"]


async def test_two_rollbacks_at_once_one_wins_and_the_other_is_told(tmp_path: Path) -> None:
    async with House(tmp_path, policy={"approve": ["1 of sre"]}) as house:
        for index, version in enumerate(("1.4.1", "1.4.2")):
            await house.say(DANA, f"/deploy checkout {version} production")
            await house.approve(SAM)
            await house.card("Succeeded", index=index)
        await asyncio.gather(
            house.say(DANA, "/rollback checkout production"), house.say(OLU, "/rollback checkout production")
        )
        await house.card("Waiting for approval", index=2)
        winner = (await house.deployment(3)).requester.id
        told = await house.whispered(OLU if winner == DANA else DANA, "goes back to 1.4.1 in production")

        assert "/deploy cancel #3" in told
        assert len(await house.running.store.recent(10)) == 3


async def test_plan_rollback_says_what_would_happen_and_nothing_does(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        await twice(house)
        await house.say(DANA, "/deploy plan rollback checkout staging")

        assert "checkout 1.4.1 → staging" in await house.whispered(DANA, "Plan, nothing happens")
        assert len(house.runs()) == 2


async def test_deploying_a_rollback_again_stays_a_rollback(tmp_path: Path) -> None:
    async with House(tmp_path, policy={"approve": ["1 of sre"]}) as house:
        for index, version in enumerate(("1.4.1", "1.4.2")):
            await house.say(DANA, f"/deploy checkout {version} production")
            await house.approve(SAM)
            await house.card("Succeeded", index=index)
        await house.say(DANA, "/rollback checkout production because it loses orders")
        await house.click(DANA, await house.card("Waiting for approval", index=2), "cancel")
        cancelled = await house.card("Cancelled", index=2)
        await house.until(lambda: "rolled back by" not in text_of(house.cards()[1]).lower())
        await house.click(DANA, cancelled, "redeploy")

        await house.card("Waiting for approval", index=3)
        again = await house.deployment(4)
        assert again.kind is Kind.ROLLBACK
        assert again.rolls_back is not None
        assert (again.rolls_back.number, again.rolls_back.why) == (2, "it loses orders")


async def test_what_moved_on_while_people_decided_is_not_rolled_back(tmp_path: Path) -> None:
    async with House(tmp_path, policy={"approve": ["1 of sre"]}) as house:
        for index, version in enumerate(("1.4.1", "1.4.2")):
            await house.say(DANA, f"/deploy checkout {version} production")
            await house.approve(SAM)
            await house.card("Succeeded", index=index)
        await house.say(DANA, "/rollback checkout production")
        await house.card("Waiting for approval", index=2)
        await house.say(DANA, "/deploy checkout 1.5.0 production")
        await house.click(SAM, await house.card("Waiting for approval", index=3), "approve")
        await house.card("Succeeded", index=3)
        await house.click(SAM, await house.card("Waiting for approval", index=2), "approve")

        card = await house.card("Refused", index=2)
        assert "since then #4 (1.5.0) ran there" in card["text"]
        assert (await house.deployment(3)).reason == "moved_on"
        assert versions(house) == ["1.4.1", "1.4.2", "1.5.0"]


# --- the queue ------------------------------------------------------------------------------------------------


async def test_a_rollback_goes_before_whatever_else_waits_and_says_so(tmp_path: Path) -> None:
    async with House(tmp_path, jenkins_jobs=long_jobs()) as house:
        for index, version in enumerate(("1.4.1", "1.4.2")):
            await house.say(DANA, f"/deploy checkout {version} staging")
            await house.card("Running", index=index)
            if not index:
                house.clock.advance(LONG)
                await house.card("Succeeded", index=0)
        await house.say(DANA, "/deploy checkout 1.5.0 staging")
        await house.card("Queued", index=2)
        await house.say(SAM, "/rollback checkout staging")
        await house.card("a rollback goes before whatever else waits", index=3)
        house.clock.advance(LONG)
        await house.card("Running", index=3)
        assert "Queued" in house.cards()[2]["text"]
        house.clock.advance(LONG)
        await house.card("Running", index=2)
        house.clock.advance(LONG)

        await house.card("Succeeded", index=2)
        assert versions(house) == ["1.4.1", "1.4.2", "1.4.1", "1.5.0"]


# --- from the card --------------------------------------------------------------------------------------------


async def test_the_button_opens_a_dialog_with_the_versions_to_choose_from_and_what_would_happen(
    tmp_path: Path, transport: str
) -> None:
    async with House(tmp_path, transport=transport) as house:
        await ended(house, "/deploy checkout 1.4.0 staging")
        await twice(house)
        card = await house.until(
            lambda: house.cards()[2] if "rollback" in house.buttons(house.cards()[2]) else None
        )
        await house.click(DANA, card, "rollback")
        view = await dialog(house, DANA, "What would happen")
        offered = [one["text"]["text"] for one in block(view, "to")["element"]["options"]]
        assert offered == ["1.4.1", "1.4.0"]
        assert "Nothing is in the way" in text_of(view)
        chosen = block(view, "to")["element"]["options"][1]
        place = block(view, "to")["block_id"]
        await house.slack.click(DANA, "to", block_id=place, view_id=view["id"], selected_option=chosen)
        view = await dialog(house, DANA, "checkout 1.4.0 → staging")
        said = await house.slack.submit_view(DANA, view["id"], filled(view, why="it loses orders"))
        assert said["closed"], said

        await house.card("Succeeded", index=3)
        assert versions(house)[-1] == "1.4.0"
        back = (await house.deployment(4)).rolls_back
        assert back is not None
        assert (back.number, back.why) == (3, "it loses orders")


async def test_the_dialog_marks_the_version_bad_and_locks_the_place_for_a_reason_only(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        await twice(house)
        await house.click(DANA, house.cards()[1], "rollback")
        view = await dialog(house, DANA, "What would happen")
        said = await house.slack.submit_view(DANA, view["id"], filled(view, bad="yes", lock="yes"))
        assert "Say why" in json.dumps(said["errors"])
        answers = filled(view, bad="yes", lock="yes", why="it loses orders")
        said = await house.slack.submit_view(DANA, view["id"], answers)
        assert said["closed"], said

        await house.card("Succeeded", index=2)
        [bad] = await house.running.store.standing(BadVersion)
        assert (bad.service, bad.version, bad.reason, bad.owner) == (
            "checkout",
            "1.4.2",
            "it loses orders",
            DANA,
        )
        [lock] = await house.running.store.standing(Lock)
        assert (lock.service, lock.environment, lock.owner) == ("checkout", "staging", DANA)
        await house.say(SAM, "/deploy checkout 1.4.2 production")
        await house.whispered(SAM, "checkout 1.4.2 was marked as bad by dana: it loses orders")
        await house.say(SAM, "/deploy checkout 1.5.0 staging")
        await house.card("is locked by dana", index=3)
        await ended(house, "/deploy checkout 1.5.1 staging")


async def test_an_old_card_goes_back_from_nothing_and_names_what_is_there(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        await ended(house, "/deploy checkout 1.4.0 staging")
        await twice(house)
        old = house.cards()[1]
        assert "rollback" in house.buttons(old), "it was drawn while it was the newest"
        await house.click(DANA, old, "rollback")

        await dialog(house, DANA, "#2 is not what is there any more")


async def test_the_button_on_a_running_deployment_offers_to_cancel_it_first(tmp_path: Path) -> None:
    async with House(tmp_path, jenkins_jobs=long_jobs()) as house:
        await house.say(DANA, "/deploy checkout 1.4.1 staging")
        await house.card("Running")
        house.clock.advance(LONG)
        await house.card("Succeeded")
        await house.say(DANA, "/deploy checkout 1.4.2 staging")
        card = await house.card("Running", index=1)
        await house.click(DANA, card, "rollback")
        view = await dialog(house, DANA, "Cancel it first")
        said = await house.slack.submit_view(DANA, view["id"], filled(view, cancel="yes"))
        assert said["closed"], said

        await house.card("Aborted", index=1)
        await house.card("Running", index=2)
        house.clock.advance(LONG)
        await house.card("Succeeded", index=2)
        assert versions(house) == ["1.4.1", "1.4.2", "1.4.1"]


async def test_without_cancelling_the_rollback_waits_for_the_end_of_what_runs(tmp_path: Path) -> None:
    async with House(tmp_path, jenkins_jobs=long_jobs()) as house:
        await house.say(DANA, "/deploy checkout 1.4.1 staging")
        await house.card("Running")
        house.clock.advance(LONG)
        await house.card("Succeeded")
        await house.say(DANA, "/deploy checkout 1.4.2 staging")
        await house.click(DANA, await house.card("Running", index=1), "rollback")
        view = await dialog(house, DANA, "Cancel it first")
        await house.slack.submit_view(DANA, view["id"], filled(view, cancel="no"))
        await house.card("Queued", index=2)
        house.clock.advance(LONG)

        await house.card("Succeeded", index=1)
        await house.card("Running", index=2)


# --- bad and locked, by words ---------------------------------------------------------------------------------


async def test_bad_and_lock_are_words_of_the_command_and_need_a_reason(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        await twice(house)
        await house.say(DANA, "/rollback checkout staging bad lock")
        told = await house.whispered(DANA, "Say why it is bad")
        assert "/deploy rollback checkout staging bad lock because …" in told
        card = await ended(house, "/rollback checkout staging bad lock because it loses orders")

        assert "Marks 1.4.2 as bad." in text_of(card)
        assert "Locks checkout in staging for everybody else." in text_of(card)
        assert len(await house.running.store.standing(BadVersion)) == 1
        assert len(await house.running.store.standing(Lock)) == 1
        assert [row["actor"] for row in await house.audit("version_marked_bad")] == [DANA]
        assert [row["actor"] for row in await house.audit("lock_given")] == [DANA]


async def test_the_lock_of_a_rollback_takes_the_place_of_the_one_that_the_failure_left(
    tmp_path: Path,
) -> None:
    policy = {**OPEN, "lock_on_failure": True}
    async with House(tmp_path, policy=policy, jenkins_jobs=failing()) as house:
        await twice(house, "production")
        await ended(house, "/deploy checkout 9.0.0 production", "Failed")
        (failure,) = await house.running.store.standing(Lock)
        await ended(house, "/rollback checkout production lock because it loses orders")

        (mine,) = await house.running.store.standing(Lock)
        assert (mine.owner, failure.owner) == (DANA, ENGINE)
        (row,) = await house.audit("lock_taken_over")
        assert (row["actor"], row["about"], json.loads(row["detail"])["owner"]) == (DANA, failure.id, ENGINE)


async def test_who_may_not_lock_or_mark_is_told_to_leave_it_out(tmp_path: Path) -> None:
    async with House(tmp_path, policy={**OPEN, "lock": ["owners"]}) as house:
        await twice(house, "production")
        await house.say(DANA, "/rollback checkout production lock because it loses orders")

        await house.whispered(DANA, "Leave `lock` out")
        await house.say(DANA, "/rollback checkout production bad because it loses orders")
        await house.whispered(DANA, "Leave `bad` out")
        assert len(house.runs()) == 2


async def test_a_bad_version_is_never_gone_back_to(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        await ended(house, "/deploy checkout 1.4.0 staging")
        await twice(house)
        bad = BadVersion(
            id="bad-1",
            service="checkout",
            version="1.4.1",
            owner=SAM,
            owner_name="sam",
            reason="it loses orders",
            made_at=house.clock.now(),
        )
        await house.stand(bad)
        await house.say(DANA, "/rollback checkout staging to 1.4.1")
        await house.whispered(DANA, "checkout 1.4.1 was marked as bad by sam")
        await ended(house, "/rollback checkout staging")

        assert versions(house)[-1] == "1.4.0"


# --- by itself ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["run", "ask"])
async def test_what_failed_is_rolled_back_by_itself_as_the_policy_says(tmp_path: Path, how: str) -> None:
    policy = {"approve": ["1 of sre"], "auto_rollback": how}
    async with House(tmp_path, policy=policy, jenkins_jobs=failing()) as house:
        for index, version in enumerate(("1.4.2", "9.0.0")):
            await house.say(DANA, f"/deploy checkout {version} production")
            await house.approve(SAM)
            await house.card("Failed" if index else "Succeeded", index=index)
        if how == "ask":
            await house.card("Waiting for approval", index=2)
            assert versions(house) == ["1.4.2", "9.0.0"]
            await house.approve(SAM)

        card = await house.card("Succeeded", index=2)
        one = await house.deployment(3)
        assert (one.requester.id, one.kind, one.version) == (ENGINE, Kind.ROLLBACK, "1.4.2")
        assert "Goes back by itself from <http" in text_of(card)
        assert versions(house) == ["1.4.2", "9.0.0", "1.4.2"]
        await house.replied(house.cards()[1], "failed and is rolled back to 1.4.2 by itself")
        announced = [one["text"] for one in house.slack.messages(DEPLOYMENTS) if not one.get("thread_ts")]
        assert any("is rolled back to 1.4.2 by itself" in text for text in announced)
        assert [row["actor"] for row in await house.audit("auto_rollback")] == [ENGINE]


async def test_after_a_rollback_by_itself_the_same_version_is_asked_for_with_what_became_of_it(
    tmp_path: Path,
) -> None:
    policy = {
        "approve": ["1 of sre"],
        "auto_rollback": "run",
        "rollback_approve": [],
        "lock_on_failure": True,
    }
    async with House(tmp_path, policy=policy, jenkins_jobs=failing()) as house:
        for index, version in enumerate(("1.4.2", "9.0.0")):
            await house.say(DANA, f"/deploy checkout {version} production")
            await house.approve(SAM)
            await house.card("Failed" if index else "Succeeded", index=index)
        await house.card("Succeeded", index=2)
        await house.replied(house.cards()[1], "was rolled back by #3 to 1.4.2")
        told = [one for one in house.thread(house.cards()[1]) if one.startswith(f"<@{DANA}>")]
        assert len(told) == 2, "once that it failed, once that it was rolled back"
        await house.say(SAM, "/unlock checkout production")
        await house.say(DANA, "/deploy checkout 9.0.0 production")

        card = await house.card("Waiting for approval", index=3)
        says = "9.0.0 ran in production before (#2) and failed, and was rolled back"
        assert says in text_of(card)
        await house.say(DANA, "/deploy plan checkout 9.0.0 production")
        assert says in await house.whispered(DANA, "Plan")


async def test_with_nothing_to_go_back_to_people_hear_why_and_the_queue_goes_on(tmp_path: Path) -> None:
    policy = {**OPEN, "auto_rollback": "run"}
    async with House(tmp_path, policy=policy, jenkins_jobs=long_jobs(**NINES_FAIL)) as house:
        await house.say(DANA, "/deploy checkout 9.0.0 production")
        await house.card("Running", index=0)
        await house.say(DANA, "/deploy checkout 1.5.0 production")
        await house.card("Queued", index=1)
        house.clock.advance(LONG)

        await house.card("Running", index=1)
        await house.replied(house.cards()[0], "could not be rolled back by itself")
        [refused] = await house.audit("auto_rollback_refused")
        assert refused["reason"] == "nothing_to_go_back_to"


async def test_a_rollback_that_fails_is_no_cascade_but_locks_the_place_and_tells_people(
    tmp_path: Path,
) -> None:
    policy = {**OPEN, "auto_rollback": "run"}
    once = {"1.4.1": 0}

    def result(values: Any) -> str:
        version = str(values["VERSION"])
        once[version] = once.get(version, 0) + 1
        return "FAILURE" if version == "9.0.0" or once[version] > 1 else "SUCCESS"

    async with House(tmp_path, policy=policy, jenkins_jobs=jobs(result=result)) as house:
        await twice(house, "production")
        await ended(house, "/deploy checkout 9.0.0 production", "Failed")
        failed = await house.card("Failed", index=3)
        await house.replied(failed, "nothing is rolled back further")
        await house.until(
            lambda: any("rolled back further" in one["text"] for one in house.slack.messages(DEPLOYMENTS))
        )

        assert len(await house.running.store.recent(10)) == 4
        [lock] = await house.running.store.standing(Lock)
        assert (lock.owner, lock.service, lock.environment) == (ENGINE, "checkout", "production")
        await house.say(DANA, "/deploy checkout 1.5.0 production")
        await house.card("is locked by pilothouse", index=4)
        await house.say(DANA, "/rollback checkout production to 1.4.1")
        await house.card("Failed", index=5)
        standing = await house.running.store.standing(Lock)
        assert {one.owner for one in standing} == {ENGINE}, (
            "each failure leaves its own, until somebody has looked"
        )


async def test_what_somebody_cancelled_is_not_rolled_back_by_itself(tmp_path: Path) -> None:
    policy = {**OPEN, "auto_rollback": "run"}
    async with House(tmp_path, policy=policy, jenkins_jobs=long_jobs()) as house:
        await house.say(DANA, "/deploy checkout 1.4.1 production")
        await house.card("Running")
        house.clock.advance(LONG)
        await house.card("Succeeded")
        await house.say(DANA, "/deploy checkout 1.4.2 production")
        await house.click(DANA, await house.card("Running", index=1), "cancel")

        await house.card("Aborted", index=1)
        await house.settled()
        assert len(await house.running.store.recent(10)) == 2


# --- what it takes away ---------------------------------------------------------------------------------------


async def test_a_rollback_shows_which_commits_it_takes_away_and_needs_no_word_for_it(tmp_path: Path) -> None:
    async with Shop(tmp_path) as shop:
        await shop.runs_there("1.4.1", DANA)
        await shop.runs_there("1.4.2", DANA)
        card = await ended(shop, "/rollback checkout staging")

        assert "Takes away" in seen(card)
        assert (await shop.deployment(3)).digest == (await shop.deployment(1)).digest != ""


async def test_what_fails_its_verification_is_rolled_back_by_itself(tmp_path: Path) -> None:
    smoke = Job(name="smoke", parameters=PARAMETERS, seconds=0.2, **NINES_FAIL)
    verify = [{"job": {"job": "smoke", "parameters": {"VERSION": "{{ version }}"}}}]
    config = {"services": {"checkout": {"environments": {"production": {"verify": verify}}}}}
    policy = {**OPEN, "auto_rollback": "run"}
    async with House(tmp_path, policy=policy, config=config, jenkins_jobs=[*jobs(), smoke]) as house:
        await ended(house, "/deploy checkout 1.4.2 production")
        await ended(house, "/deploy checkout 9.0.0 production", "Failed")

        await house.card("Succeeded", index=2)
        assert (await house.deployment(2)).reason == "verification_failed"
        assert versions(house) == ["1.4.2", "9.0.0", "1.4.2"]
