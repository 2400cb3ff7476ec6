"""App Home: approvals waiting for me, my deployments, locks I hold, what is live; its buttons work, and it follows what happens."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bot.events.surface import RefreshHome
from bot.messages import message
from bot.people import Person
from bot.sandbox.slack import Fault
from bot.sandbox.slack.blocks import validate_view
from bot.saving import save_standing
from bot.standing import Lock
from tests.e2e.coded import ONE, CodedHouse
from tests.e2e.dialogs import filled_in
from tests.e2e.house import DANA, GUS, OLU, SAM, SOFIA, House, direct, long_jobs

Json = dict[str, Any]


def shown(view: Json | None) -> str:
    return json.dumps(view["blocks"], ensure_ascii=False) if view else ""


async def now(house: House, user: str) -> Json | None:
    """What stands in somebody's home, without opening it."""
    view: Json | None = (await house.slack.open_home(user, peek=True))["view"]
    return view


async def home(house: House, user: str, words: str) -> Json:
    """Somebody's home, once it says these words."""

    async def found() -> Json | None:
        view = await now(house, user)
        return view if words in shown(view) else None

    try:
        answer: Json = await house.until(found)
    except AssertionError:
        raise AssertionError(
            f"the home of {user} does not say {words!r}: {shown(await now(house, user))}"
        ) from None
    return answer


async def opened(house: House, user: str, words: str = "What is live") -> Json:
    await house.slack.open_home(user)
    return await home(house, user, words)


async def click(house: House, user: str, view: Json, action: str, label: str = "") -> None:
    """The first button of that action, beside a text or below."""
    for block in view["blocks"]:
        for one in (*block.get("elements", ()), block.get("accessory", {})):
            if one.get("action_id", "").partition(".")[0] == action and label in str(one):
                said = await house.slack.click(
                    user,
                    one["action_id"],
                    block_id=block["block_id"],
                    view_id=view["id"],
                    value=one.get("value", ""),
                )
                assert said["ok"], said
                return
    raise AssertionError(f"no button {action}: {shown(view)}")


async def test_an_empty_home_says_so_and_opens_the_form(tmp_path: Path, transport: str) -> None:
    async with House(tmp_path, transport=transport) as house:
        view = await opened(house, DANA)

        assert validate_view({"type": "home", "blocks": view["blocks"]}) == []
        for words in ("Nobody waits for your approval", "Nothing of yours", "You have locked nothing"):
            assert words in shown(view)
        await click(house, DANA, view, "deploy")
        await house.until(lambda: house.slack.views(DANA) and "Service" in shown(house.slack.views(DANA)[0]))


async def test_an_approval_stands_in_the_homes_of_those_who_may_give_it_and_of_nobody_else(
    tmp_path: Path,
) -> None:
    async with House(tmp_path) as house:
        await house.production(SAM)
        for user, waits in ((SOFIA, True), (SAM, False), (DANA, False), (OLU, False)):
            view = await opened(house, user)
            assert ("checkout → production" in shown(view).split("Your deployments")[0]) is waits, user
        assert "needs 2 of sre" in shown(await opened(house, SOFIA))


async def test_approving_in_the_home_is_approving_and_it_goes_from_there(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        await house.production(DANA)
        for user in (SAM, SOFIA):
            await click(house, user, await opened(house, user, "needs"), "approve")
            await home(house, user, "Nobody waits for your approval")

        await house.card("Succeeded")
        assert [row["actor"] for row in await house.audit("approved")] == [SAM, SOFIA]


async def test_rejecting_in_the_home_asks_for_the_reason_in_a_dialog(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        await house.production(DANA)
        await click(house, SAM, await opened(house, SAM, "needs"), "reject")
        assert (await house.answer_modal(SAM, "not today"))["closed"]

        assert "not today" in json.dumps((await house.card("Rejected"))["blocks"])


async def test_what_can_not_be_done_any_more_is_told_in_the_direct_message(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        await house.production(DANA)
        view = await opened(house, SAM, "needs")
        # What he sees is old by the time he clicks.
        house.slack.set_faults(Fault(mode="hang", methods=("views.publish",)))
        await house.click(DANA, await house.card("Waiting for approval"), "cancel")
        await house.card("Cancelled")
        await click(house, SAM, view, "approve")

        await house.until(
            lambda: any(
                "Nothing to decide any more" in one["text"] for one in house.slack.messages(direct(SAM))
            )
        )
        house.slack.set_faults()


async def test_my_deployments_are_what_goes_on_and_what_ended_last(tmp_path: Path) -> None:
    async with House(tmp_path, jenkins_jobs=long_jobs()) as house:
        await house.say(DANA, "/deploy checkout 1.0.0 staging")
        await house.card("Running")
        await house.say(SAM, "/deploy payments 9.0.0 staging")
        view = await opened(house, DANA, "`1.0.0` #1 running")
        mine = shown(view).split("Your deployments")[1].split("What is live")[0]
        assert "9.0.0" not in mine
        await click(house, DANA, view, "cancel")
        await house.card("Aborted", index=0)

        after = shown(await home(house, DANA, "Nothing of yours is going on"))
        assert "`1.0.0` #1 aborted" in after


async def test_locks_i_hold_stand_there_with_the_command_that_ends_them(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        at = house.clock.now()
        mine = Lock(
            id="l1",
            service="checkout",
            environment="production",
            owner=SAM,
            made_at=at,
            until=at + 60,
            reason="mine",
        )
        other = Lock(id="l2", environment="staging", owner=OLU, made_at=at, reason="hers")
        for lock in (mine, other):
            await house.running.writer.submit(lambda row, lock=lock: save_standing(row, lock))
        told = shown(await opened(house, SAM)).split("Locks you hold")[1].split("What is live")[0]

        assert "checkout in production" in told
        assert "`/deploy unlock checkout production`" in told
        assert "hers" not in told
        house.clock.advance(120)
        await opened(house, SAM, "You have locked nothing")


async def test_what_is_live_begins_with_where_something_happened_last_and_leads_to_the_whole(
    tmp_path: Path,
) -> None:
    async with House(tmp_path) as house:
        for words in ("checkout 1.0.0", "payments 2.0.0"):
            await house.say(DANA, f"/deploy {words} staging")
            await house.card(f"{words} to staging")
            await house.card("Succeeded")
            await house.settled()
            house.clock.advance(60)
        view = await opened(house, SAM)
        live = shown(view).split("What is live")[1]
        assert 0 < live.index("payments") < live.index("checkout")
        await click(house, SAM, view, "status")

        await house.until(
            lambda: any("What is where" in one["text"] for one in house.slack.messages(direct(SAM)))
        )


async def test_a_home_that_was_opened_lately_follows_what_happens(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        await opened(house, SAM)
        await house.production(DANA)
        await home(house, SAM, "needs 2 of sre")
        await house.approve(SAM)
        await home(house, SAM, "Nobody waits for your approval")
        await house.approve(SOFIA)
        await house.card("Succeeded")
        await home(house, SAM, "✅ succeeded")


async def test_a_home_that_nobody_looked_at_for_long_is_left_alone(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        await opened(house, SAM)
        house.clock.advance(3600)
        published = len([one for one in house.slack.calls() if one["method"] == "views.publish"])
        await house.production(DANA)
        house.clock.advance(60)
        await house.settled()

        assert len([one for one in house.slack.calls() if one["method"] == "views.publish"]) == published
        await opened(house, SAM, "needs 2 of sre")


async def test_a_home_that_would_look_the_same_is_not_published_again(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        await opened(house, OLU)
        await house.settled()
        published = len([one for one in house.slack.calls() if one["method"] == "views.publish"])
        look = RefreshHome(by=Person(id=OLU, name="olu", team=house.slack.world.team.id))
        await house.running.journal.publish(message(look, id="look", at=house.clock.now()))
        await house.settled()

        assert len([one for one in house.slack.calls() if one["method"] == "views.publish"]) == published


async def test_the_other_tab_of_the_app_is_no_home(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        payload = {"type": "app_home_opened", "user": DANA, "channel": direct(DANA), "tab": "messages"}
        from bot.sandbox.slack.delivery import payloads
        from bot.sandbox.slack.delivery.parcel import Parcel

        event = payloads.event(house.slack.workspace, payload)
        ack = await house.slack.courier.event(Parcel(way="events_api", kind="app_home_opened", payload=event))
        await house.settled()

        assert ack.ok
        assert await now(house, DANA) is None


async def test_a_guest_sees_why_not_and_nothing_else(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        view = await opened(house, GUS, "Guests of the workspace")
        assert "checkout" not in shown(view)


async def test_a_home_is_made_up_for_when_slack_did_not_take_it(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        house.slack.set_faults(Fault(mode="rate_limit", methods=("views.publish",), times=2, retry_after=1))
        await opened(house, DANA)


async def test_a_home_that_slack_could_not_be_given_for_long_is_not_made_up_for(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        house.slack.set_faults(Fault(mode="fail", methods=("views.publish",)))
        await house.slack.open_home(DANA)
        await house.until(lambda: [one for one in house.slack.calls() if one["method"] == "views.publish"])
        house.clock.advance(400)
        house.slack.set_faults()
        await house.settled()

        assert await now(house, DANA) is None
        await opened(house, DANA)


@pytest.mark.parametrize("count", [30])
async def test_a_home_with_more_than_it_holds_stays_inside_slacks_limits(tmp_path: Path, count: int) -> None:
    environments = {name: {"job": "deploy"} for name in ("staging", "production")}
    services = {f"service-{number:02}": {"environments": environments} for number in range(count)}
    async with House(tmp_path, config={"services": services}) as house:
        for number in range(count):
            await house.say(DANA, f"/deploy service-{number:02} 1.0.0 production")
        await house.until(lambda: len(house.cards()) == count)
        await house.settled()
        view = await opened(house, SAM, "… and 20 more")

        assert validate_view({"type": "home", "blocks": view["blocks"]}) == []
        assert len(view["blocks"]) <= 100


# --- a configuration that waits for approval -----------------------------------------------------------------

ALIVE: Json = {"administrators": [OLU]}
LOOSER: Json = {"production": {"approve": ["1 of sre"]}}


async def proposed(house: House, user: str = OLU, **config: Any) -> None:
    """A file is read that loosens a policy, so that its guards are asked."""
    house.write(**config)
    await house.say(user, "/deploy reload")
    await house.card("Waiting for approval: a change of the configuration")


def waiting(view: Json) -> str:
    return shown(view).split("Your deployments", maxsplit=1)[0]


async def test_a_change_of_the_configuration_waits_in_the_homes_of_those_who_guard_it(tmp_path: Path) -> None:
    config = {"administrators": [SAM]}
    async with House(tmp_path, config=config) as house:
        await opened(house, SOFIA)
        await proposed(house, SAM, policies=LOOSER)

        view = await home(house, SOFIA, "production needs 2 of sre")
        assert "production: 2 approvals → 1 (1 of sre)" in waiting(view)
        assert validate_view({"type": "home", "blocks": view["blocks"]}) == []
        # Sam had it read, and Dana guards nothing.
        for user in (SAM, DANA):
            assert "A configuration" not in waiting(await opened(house, user)), user


async def test_a_change_is_approved_and_rejected_from_the_home_and_goes_from_there(tmp_path: Path) -> None:
    async with House(tmp_path, config=ALIVE) as house:
        await opened(house, SOFIA)
        await proposed(house, policies=LOOSER)
        await click(house, SAM, await opened(house, SAM, "needs 2 of sre"), "approve_change")
        await home(house, SAM, "Nobody waits for your approval")
        await click(house, SOFIA, await home(house, SOFIA, "needs 1 of sre"), "reject_change")

        await house.card("Rejected: a change of the configuration")
        await home(house, SOFIA, "Nobody waits for your approval")
        assert [row["actor"] for row in await house.audit("configuration_approved")] == [SAM]


async def test_a_change_of_a_place_with_codes_takes_one_in_the_home_too(tmp_path: Path) -> None:
    async with CodedHouse(tmp_path, policy=ONE) as house:
        secret = await house.enrol(SAM)
        await proposed(house, policies={"production": {"step_up": None}})
        view = await opened(house, SAM, "needs 1 of sre")
        assert '"approve_change"' not in shown(view)
        await click(house, SAM, view, "approve_change_code")
        await filled_in(house, SAM, code=house.code(secret))

        await house.card("Approved: a change of the configuration")
        await home(house, SAM, "Nobody waits for your approval")


async def test_a_change_with_more_than_a_home_holds_stays_inside_slacks_limits(tmp_path: Path) -> None:
    many = {
        f"service-{'x' * 20}-{number}": {"environments": {"qa": {"job": "deploy", "policy": "open"}}}
        for number in range(60)
    }
    async with House(tmp_path, config=ALIVE) as house:
        await proposed(house, policies=LOOSER, services=many)

        view = await opened(house, SAM, "… and more, on its card.")
        assert validate_view({"type": "home", "blocks": view["blocks"]}) == []
