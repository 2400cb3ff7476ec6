"""Modals: `/deploy` alone opens a form, filled in from the past, judged live, that says the same as a command."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bot.sandbox.slack import Fault
from tests.e2e.house import CHECKOUT, DANA, DEPLOYMENTS, GUS, OLU, SAM, House, direct, long_jobs

Json = dict[str, Any]
PAYMENTS = "C0PAYMENTS"


def shown(view: Json) -> str:
    """Everything that can be read in a dialog."""
    return json.dumps(view["blocks"], ensure_ascii=False)


def standing(view: Json, name: str) -> str:
    """What stands in a field, by the field's name; "" for nothing."""
    for block, actions in view["state"]["values"].items():
        if block.partition("/")[0] == name:
            element = actions[name]
            chosen = element.get("selected_option")
            return str((chosen or {}).get("value") or element.get("value") or "")
    return ""


def block(view: Json, name: str) -> Json:
    found: Json = next(one for one in view["blocks"] if one.get("block_id", "").partition("/")[0] == name)
    return found


async def form(house: House, user: str, words: str, channel: str = "") -> Json:
    """The dialog on top, once it says these words."""

    def found() -> Json | None:
        views = house.slack.views(user)
        return views[-1] if views and words in shown(views[-1]) else None

    try:
        answer: Json = await house.until(found)
    except AssertionError:
        views = house.slack.views(user)
        raise AssertionError(f"no dialog says {words!r}: {[shown(view) for view in views]}") from None
    return answer


async def choose(house: House, user: str, view: Json, name: str, value: str) -> None:
    """Pick a value in a menu of the form."""
    place = block(view, name)
    option: Any = value
    if place["element"]["type"] == "external_select":
        option = {"text": {"type": "plain_text", "text": value, "emoji": False}, "value": value}
    said = await house.slack.click(
        user, name, block_id=place["block_id"], view_id=view["id"], selected_option=option
    )
    assert said["ok"], said


async def offered(house: House, user: str, view: Json, typed: str = "") -> dict[str, list[str]]:
    """What the menu of versions offers, by the label of its group."""
    place = block(view, "version")
    answer = await house.slack.options(user, "version", place["block_id"], typed, view_id=view["id"])
    assert answer["ok"], answer
    groups = answer.get("option_groups") or [{"label": {"text": ""}, "options": answer["options"]}]
    return {group["label"]["text"]: [one["value"] for one in group["options"]] for group in groups}


async def test_deploy_alone_opens_a_form_and_sending_it_off_is_the_same_as_the_command(
    tmp_path: Path, transport: str
) -> None:
    async with House(tmp_path, transport=transport) as house:
        await house.say(DANA, "/deploy")
        view = await form(house, DANA, "Choose service")
        await choose(house, DANA, view, "service", "checkout")
        view = await form(house, DANA, "Choose environment")
        assert standing(view, "version") == "1.2.3", "the usual one"
        await choose(house, DANA, view, "environment", "staging")
        view = await form(house, DANA, "Nothing is in the way")
        await choose(house, DANA, view, "version", "1.4.2")
        view = await form(house, DANA, "/deploy checkout 1.4.2 to staging")
        said = await house.slack.submit_view(DANA, view["id"])

        assert said["closed"], said
        card = await house.card("Succeeded")
        assert "checkout 1.4.2 to staging" in card["text"]
        one = await house.deployment()
        assert (one.requester.id, one.channel) == (DANA, DEPLOYMENTS)
        (asked,) = [row for row in await house.audit("asked") if '"Deploy"' in row["detail"]]
        assert "(form) /deploy checkout 1.4.2 to staging" in asked["detail"]


async def test_the_preview_says_what_every_gate_says_and_which_approval_is_needed(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        await house.say(DANA, "/deploy", channel=CHECKOUT)
        view = await form(house, DANA, "Choose environment")
        assert standing(view, "service") == "checkout", "the channel says it"
        await choose(house, DANA, view, "environment", "production")
        view = await form(house, DANA, "It would wait")

        told = shown(view)
        for gate in ("permission", "version", "build", "order", "freeze", "lock", "queue", "approval"):
            assert f"*{gate}*" in told
        assert "approval by 2 of sre is needed" in told
        assert "/deploy checkout 1.2.3 to production" in told
        assert await house.running.store.recent(1) == []


async def test_a_refusal_shows_in_the_preview_and_who_sends_it_off_all_the_same_hears_it(
    tmp_path: Path,
) -> None:
    async with House(tmp_path, policy={"deploy": ["sre"]}) as house:
        await house.say(OLU, "/deploy", channel=CHECKOUT)
        view = await form(house, OLU, "Choose environment")
        await choose(house, OLU, view, "environment", "production")
        view = await form(house, OLU, "It would be refused")
        assert "that is for sre" in shown(view)
        await house.slack.submit_view(OLU, view["id"])

        await house.whispered(OLU, "that is for sre", channel=CHECKOUT)
        assert house.cards(CHECKOUT) == []


async def test_the_preview_says_that_the_same_is_going_already_and_whom_another_would_wait_for(
    tmp_path: Path,
) -> None:
    async with House(tmp_path, jenkins_jobs=long_jobs()) as house:
        await house.say(DANA, "/deploy checkout staging", channel=CHECKOUT)
        await house.card("Running", channel=CHECKOUT)
        await house.say(SAM, "/deploy", channel=CHECKOUT)

        view = await form(house, SAM, "running now, asked by dana")
        await choose(house, SAM, view, "version", "1.4.2")
        view = await form(house, SAM, "is on its way there now")
        assert "It would wait" in shown(view)


async def test_the_form_is_filled_in_from_the_last_deployment_of_the_person_here_or_of_the_channel(
    tmp_path: Path,
) -> None:
    async with House(tmp_path) as house:
        await house.say(DANA, "/deploy checkout 1.0.0 staging", channel=direct(DANA))
        await house.card("1.0.0", channel=direct(DANA))
        await house.say(DANA, "/deploy payments 2.0.0 staging")
        await house.card("2.0.0")
        await house.say(SAM, "/deploy checkout 3.0.0 staging")
        await house.card("3.0.0")
        seen = []
        for user, channel in (
            (DANA, DEPLOYMENTS),
            (DANA, direct(DANA)),
            (SAM, direct(SAM)),
            (OLU, DEPLOYMENTS),
            (OLU, PAYMENTS),
        ):
            await house.say(user, "/deploy", channel=channel)
            view = await form(
                house, user, "ee what would happen" if channel == PAYMENTS else "What would happen"
            )
            seen.append(tuple(standing(view, name) for name in ("service", "version", "environment")))
            await house.slack.close_view(user, view["id"])

    assert seen == [
        ("payments", "2.0.0", "staging"),
        ("checkout", "1.0.0", "staging"),
        ("checkout", "3.0.0", "staging"),
        ("checkout", "3.0.0", "staging"),
        ("payments", "1.2.3", ""),
    ]


async def test_another_service_keeps_the_environment_and_forgets_the_version(tmp_path: Path) -> None:
    services = {"payments": {"default_version": None}}
    async with House(tmp_path, config={"services": services}) as house:
        await house.say(DANA, "/deploy checkout 1.0.0 staging")
        await house.card("Succeeded")
        await house.say(DANA, "/deploy")
        view = await form(house, DANA, "What would happen")
        await choose(house, DANA, view, "service", "payments")
        view = await form(house, DANA, "Choose version to see")

        assert standing(view, "environment") == "staging"
        assert standing(view, "version") == ""


async def test_versions_to_choose_are_those_of_the_past_and_what_was_typed(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        for version in ("1.0.0", "2.1.1"):
            await house.say(DANA, f"/deploy checkout {version} staging", channel=CHECKOUT)
            await house.card(f"{version} to staging", channel=CHECKOUT)
            await house.card("Succeeded", channel=CHECKOUT)
            await house.settled()
        await house.say(DANA, "/deploy", channel=CHECKOUT)
        view = await form(house, DANA, "What would happen")

        assert await offered(house, DANA, view) == {"Usual": ["1.2.3"], "Deployed before": ["2.1.1", "1.0.0"]}
        assert await offered(house, DANA, view, "1.0") == {"Deployed before": ["1.0.0"], "As typed": ["1.0"]}
        assert [*await offered(house, DANA, view, "1.0")] == ["Deployed before", "As typed"], (
            "hits come first"
        )
        assert await offered(house, DANA, view, "1.0.0") == {"": ["1.0.0"]}
        assert await offered(house, DANA, view, "no such; thing") == {"": []}


async def test_with_more_services_than_a_menu_takes_they_are_found_by_typing(tmp_path: Path) -> None:
    job = {"job": "deploy", "policy": "open"}
    many = {f"service-{number:03}": {"environments": {"staging": job}} for number in range(150)}
    async with House(tmp_path, config={"services": many}) as house:
        await house.say(DANA, "/deploy")
        view = await form(house, DANA, "Choose service")
        place = block(view, "service")
        assert place["element"]["type"] == "external_select"
        answer = await house.slack.options(DANA, "service", place["block_id"], "-14", view_id=view["id"])
        assert [one["value"] for one in answer["options"]] == [
            f"service-{number}" for number in range(140, 150)
        ]
        everything = await house.slack.options(DANA, "service", place["block_id"], "", view_id=view["id"])
        assert len(everything["options"]) == 100
        await choose(house, DANA, view, "service", "service-149")
        view = await form(house, DANA, "Choose version to see")
        assert standing(view, "environment") == "staging", "the only one"


@pytest.mark.parametrize(
    ("missing", "field", "sentence"),
    [
        ("environment", "environment/checkout", "Choose where checkout is to go."),
        ("version", "version/checkout", "Choose a version of checkout."),
    ],
)
async def test_what_is_missing_is_told_at_its_field_and_the_form_stays(
    tmp_path: Path, missing: str, field: str, sentence: str
) -> None:
    config = {"services": {"checkout": {"default_version": None}}}
    async with House(tmp_path, config=config) as house:
        await house.say(DANA, "/deploy", channel=CHECKOUT)
        view = await form(house, DANA, "to see what would happen")
        for name, value in {"environment": "staging", "version": "9.9"}.items():
            if name != missing:
                await choose(house, DANA, view, name, value)
                view = await form(house, DANA, f"Choose {missing} to see")
        # Slack asks for required fields by itself; only a form that is not its own gets past that.
        open_view = house.slack.workspace.surfaces.find(view_id=view["id"])
        assert open_view is not None
        for one in open_view.given["blocks"]:
            if one.get("block_id") == field:
                one["optional"] = True
        said = await house.slack.submit_view(DANA, view["id"])

        assert said["errors"] == {field: sentence}
        assert house.slack.views(DANA)


async def test_a_version_that_the_service_does_not_take_is_told_at_its_field(tmp_path: Path) -> None:
    async with House(tmp_path, config={"services": {"checkout": {"version_pattern": "[0-9.]+"}}}) as house:
        await house.say(DANA, "/deploy", channel=CHECKOUT)
        view = await form(house, DANA, "Choose environment")
        await choose(house, DANA, view, "environment", "staging")
        await choose(house, DANA, view, "version", "main")
        view = await form(house, DANA, "It would be refused")
        said = await house.slack.submit_view(DANA, view["id"])

        assert said["errors"] == {"version/checkout": "main is not a version that checkout takes."}


async def test_a_person_who_may_break_the_glass_can_do_it_in_the_form(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        await house.say(SAM, "/deploy", channel=CHECKOUT)
        view = await form(house, SAM, "Choose environment")
        await choose(house, SAM, view, "environment", "production")
        view = await form(house, SAM, "Break the glass, because")
        place = block(view, "glass")
        await house.slack.click(
            SAM, "glass", block_id=place["block_id"], view_id=view["id"], value="the till is down"
        )
        view = await form(house, SAM, "goes without approval")
        assert "/deploy checkout 1.2.3 to production break-glass because the till is down" in shown(view)
        await house.slack.submit_view(SAM, view["id"])

        card = await house.card("Succeeded", channel=CHECKOUT)
        assert "the till is down" in json.dumps(card["blocks"])


async def test_nobody_else_is_asked_about_the_glass(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        await house.say(DANA, "/deploy", channel=CHECKOUT)
        view = await form(house, DANA, "Choose environment")
        await choose(house, DANA, view, "environment", "production")
        assert "Break the glass" not in shown(await form(house, DANA, "approval by 2 of sre"))


async def test_a_guest_sees_why_not_and_nothing_else(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        await house.say(GUS, "/deploy")
        view = await form(house, GUS, "Guests of the workspace")

        assert "checkout" not in shown(view)
        assert view["submit"] is None


async def test_a_mention_gets_a_button_that_opens_the_form(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        await house.say(DANA, "@pilothouse deploy", channel=CHECKOUT)
        await house.whispered(DANA, "in a form", channel=CHECKOUT)
        (offer,) = [one for one in house.slack.messages(CHECKOUT, DANA) if one["ephemeral"]]
        assert (await house.click(DANA, offer, "deploy"))["ok"]

        view = await form(house, DANA, "Choose environment")
        assert standing(view, "service") == "checkout"


async def test_in_a_direct_message_the_same(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        await house.say(DANA, "deploy", channel=direct(DANA))
        offer = await house.until(
            lambda: [one for one in house.slack.messages(direct(DANA)) if "form" in one["text"]]
        )
        await house.click(DANA, offer[0], "deploy")
        await form(house, DANA, "Choose service")


async def test_a_form_that_was_closed_or_sent_off_meanwhile_is_no_error(tmp_path: Path) -> None:
    async with House(tmp_path, refused_codes={"not_found"}) as house:
        house.slack.set_faults(Fault(mode="hang", methods=("views.update",)))
        await house.say(DANA, "/deploy")
        (view,) = house.slack.views(DANA)
        await house.slack.close_view(DANA, view["id"])
        house.slack.set_faults()
        await house.settled()

        assert await house.parked() == []
        assert house.slack.views(DANA) == []


async def test_what_was_changed_twice_in_a_row_shows_the_second(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        await house.say(DANA, "/deploy", channel=CHECKOUT)
        view = await form(house, DANA, "Choose environment")
        house.slack.set_faults(Fault(mode="hang", methods=("views.update",)))
        for environment in ("staging", "production"):
            await choose(house, DANA, view, "environment", environment)
        house.slack.set_faults()
        await form(house, DANA, "/deploy checkout 1.2.3 to production")
        await house.settled()

        assert "to production" in shown(house.slack.views(DANA)[-1])
        assert [call for call in house.slack.refused if call["error"] == "hash_conflict"] == []


async def test_while_slack_can_not_say_who_he_is_the_form_says_that(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        house.slack.set_faults(Fault(mode="fail", methods=("users.info",)))
        await house.say(DANA, "/deploy")
        await form(house, DANA, "HTTP 5")


async def test_an_old_drawing_is_not_made_up_for(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        house.slack.set_faults(Fault(mode="fail", methods=("views.update",)))
        await house.say(DANA, "/deploy")
        await house.until(lambda: [one for one in house.slack.calls() if one["method"] == "views.update"])
        house.clock.advance(120)
        house.slack.set_faults()
        await house.settled()

        assert "One moment" in shown(house.slack.views(DANA)[-1])
