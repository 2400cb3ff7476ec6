"""Modals and App Homes: triggers, the stack, hashes, submission, what the ack may ask for."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.slack import NotPossible, SlackStandIn
from tests.listening import ListeningApp, listening


def plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}


def asked(block_id: str, element: dict[str, Any], **more: Any) -> dict[str, Any]:
    element = {"action_id": "in", **element}
    return {"type": "input", "block_id": block_id, "label": plain(block_id), "element": element, **more}


def modal(*blocks: dict[str, Any], **more: Any) -> dict[str, Any]:
    shown = list(blocks) or [asked("reason", {"type": "plain_text_input", "min_length": 3})]
    return {"type": "modal", "title": plain("Reject"), "submit": plain("Send"), "blocks": shown, **more}


class Clock:
    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def app() -> AsyncIterator[ListeningApp]:
    async with listening() as it:
        yield it


@pytest.fixture
async def slack(app: ListeningApp, clock: Clock) -> AsyncIterator[SlackStandIn]:
    async with SlackStandIn(clock=clock, ack_seconds=0.5) as stand_in:
        await stand_in.connect_app(app.url)
        yield stand_in


@pytest.fixture
async def web(slack: SlackStandIn) -> AsyncIterator[AsyncWebClient]:
    async with aiohttp.ClientSession() as session:
        yield AsyncWebClient(slack.world.app.bot_token, base_url=slack.api_url, session=session)


async def error_of(call: Any) -> str:
    with pytest.raises(SlackApiError) as refused:
        await call
    return str(refused.value.response["error"])


async def trigger(slack: SlackStandIn, app: ListeningApp) -> str:
    """A fresh trigger of Dana's."""
    await slack.say("dana", "deployments", "/deploy help")
    return str(app.last["trigger_id"])


async def opened(slack: SlackStandIn, app: ListeningApp, web: AsyncWebClient, **more: Any) -> Any:
    return (await web.views_open(trigger_id=await trigger(slack, app), view=modal(**more)))["view"]


def typed(text: str) -> dict[str, Any]:
    return {"reason": {"in": {"type": "plain_text_input", "value": text}}}


# Triggers


async def test_a_trigger_opens_a_modal_for_who_caused_it(
    slack: SlackStandIn, app: ListeningApp, web: AsyncWebClient
):
    view = await opened(slack, app, web, callback_id="reject", private_metadata="d-1")
    [shown] = slack.views("dana")
    assert (shown["id"], shown["callback_id"], shown["private_metadata"]) == (view["id"], "reject", "d-1")
    assert slack.views("sam") == []


async def test_a_trigger_works_once(slack: SlackStandIn, app: ListeningApp, web: AsyncWebClient):
    pulled = await trigger(slack, app)
    await web.views_open(trigger_id=pulled, view=modal())
    assert await error_of(web.views_open(trigger_id=pulled, view=modal())) == "exchanged_trigger_id"


async def test_a_trigger_works_for_three_seconds(
    slack: SlackStandIn, app: ListeningApp, web: AsyncWebClient, clock: Clock
):
    pulled = await trigger(slack, app)
    clock.now += 3.1
    assert await error_of(web.views_open(trigger_id=pulled, view=modal())) == "expired_trigger_id"


async def test_a_trigger_that_was_never_given_out_is_invalid(web: AsyncWebClient):
    assert await error_of(web.views_open(trigger_id="1.2.3", view=modal())) == "invalid_trigger_id"
    assert await error_of(web.views_open(view=modal())) == "invalid_arguments"


async def test_an_invalid_view_does_not_use_the_trigger_up(
    slack: SlackStandIn, app: ListeningApp, web: AsyncWebClient
):
    pulled = await trigger(slack, app)
    with pytest.raises(SlackApiError) as refused:
        await web.views_open(trigger_id=pulled, view=modal(title=plain("t" * 25)))
    assert refused.value.response["error"] == "invalid_arguments"
    assert refused.value.response["response_metadata"]["messages"] == [
        "[ERROR] must be less than 25 characters [json-pointer:/view/title/text]"
    ]
    assert (await web.views_open(trigger_id=pulled, view=modal()))["ok"]


async def test_only_a_modal_is_opened_and_only_a_home_published(
    slack: SlackStandIn, app: ListeningApp, web: AsyncWebClient
):
    home = {"type": "home", "blocks": []}
    assert (
        await error_of(web.views_open(trigger_id=await trigger(slack, app), view=home)) == "invalid_arguments"
    )
    assert await error_of(web.views_publish(user_id="U0DANA0001", view=modal())) == "invalid_arguments"


async def test_a_view_over_250000_bytes_is_too_large(
    slack: SlackStandIn, app: ListeningApp, web: AsyncWebClient
):
    big = [{"type": "section", "text": plain("s" * 3_000)} for _ in range(90)]
    pulled = await trigger(slack, app)
    assert await error_of(web.views_open(trigger_id=pulled, view=modal(*big))) == "view_too_large"


# The stack


async def test_at_most_three_modals_are_stacked(slack: SlackStandIn, app: ListeningApp, web: AsyncWebClient):
    first = await opened(slack, app, web)
    second = (await web.views_push(trigger_id=await trigger(slack, app), view=modal()))["view"]
    await web.views_push(trigger_id=await trigger(slack, app), view=modal())
    assert (second["root_view_id"], second["previous_view_id"]) == (first["id"], first["id"])
    assert len(slack.views("dana")) == 3
    assert (
        await error_of(web.views_push(trigger_id=await trigger(slack, app), view=modal()))
        == "push_limit_reached"
    )


async def test_nothing_is_pushed_onto_nothing(slack: SlackStandIn, app: ListeningApp, web: AsyncWebClient):
    assert await error_of(web.views_push(trigger_id=await trigger(slack, app), view=modal())) == "not_found"


async def test_a_hash_guards_an_update(slack: SlackStandIn, app: ListeningApp, web: AsyncWebClient):
    view = await opened(slack, app, web)
    second = (await web.views_update(view_id=view["id"], hash=view["hash"], view=modal(title=plain("Two"))))[
        "view"
    ]
    assert second["id"] == view["id"]
    assert second["hash"] != view["hash"]
    late = web.views_update(view_id=view["id"], hash=view["hash"], view=modal(title=plain("Three")))
    assert await error_of(late) == "hash_conflict"
    assert slack.views("dana")[0]["title"]["text"] == "Two"


async def test_a_view_is_updated_by_its_external_id(
    slack: SlackStandIn, app: ListeningApp, web: AsyncWebClient
):
    await opened(slack, app, web, external_id="one")
    await web.views_update(external_id="one", view=modal(title=plain("Two"), external_id="one"))
    assert slack.views("dana")[0]["title"]["text"] == "Two"
    assert await error_of(web.views_update(external_id="two", view=modal())) == "not_found"
    assert await error_of(web.api_call("views.update", json={"view": modal()})) == "invalid_arguments"
    same = web.views_push(trigger_id=await trigger(slack, app), view=modal(external_id="one"))
    assert await error_of(same) == "duplicate_external_id"


async def test_a_closed_view_is_not_found(slack: SlackStandIn, app: ListeningApp, web: AsyncWebClient):
    view = await opened(slack, app, web, notify_on_close=True)
    await slack.close_view("dana", view["id"])
    assert (app.last["type"], app.last["view"]["id"], app.last["is_cleared"]) == (
        "view_closed",
        view["id"],
        False,
    )
    assert await error_of(web.views_update(view_id=view["id"], view=modal())) == "not_found"


async def test_closing_is_told_only_to_who_asked(slack: SlackStandIn, app: ListeningApp, web: AsyncWebClient):
    view = await opened(slack, app, web)
    await slack.close_view("dana", view["id"])
    assert app.last.get("type") != "view_closed"
    with pytest.raises(NotPossible):
        await slack.close_view("dana", view["id"])


# Submission


async def test_a_submission_has_the_values_of_every_input(
    slack: SlackStandIn, app: ListeningApp, web: AsyncWebClient
):
    menu = {
        "type": "static_select",
        "options": [{"text": plain("A"), "value": "a"}, {"text": plain("B"), "value": "b"}],
        "initial_option": {"text": plain("A"), "value": "a"},
    }
    form = modal(
        asked("reason", {"type": "plain_text_input"}),
        asked("which", menu),
        asked("who", {"type": "multi_users_select"}, optional=True),
        callback_id="reject",
    )
    view = (await web.views_open(trigger_id=await trigger(slack, app), view=form))["view"]
    answer = await slack.submit_view("dana", view["id"], typed("because"))

    assert (answer["ok"], answer["closed"]) == (True, True)
    assert slack.views("dana") == []
    said = app.last
    assert (said["type"], said["view"]["callback_id"], said["response_urls"]) == (
        "view_submission",
        "reject",
        [],
    )
    values = said["view"]["state"]["values"]
    assert values["reason"]["in"] == {"type": "plain_text_input", "value": "because"}
    assert values["which"]["in"]["selected_option"]["value"] == "a"
    assert values["who"]["in"]["selected_users"] == []


@pytest.mark.parametrize(
    ("element", "value", "complaint"),
    [
        ({"type": "plain_text_input"}, "", "Please complete this required field."),
        ({"type": "plain_text_input", "min_length": 3}, "ab", "Must be at least 3 characters."),
        ({"type": "plain_text_input", "max_length": 3}, "abcd", "Must be at most 3 characters."),
        ({"type": "number_input", "is_decimal_allowed": False}, "1.5", "Must be a whole number."),
        ({"type": "number_input", "is_decimal_allowed": True}, "many", "Must be a number."),
        ({"type": "number_input", "is_decimal_allowed": True, "min_value": "2"}, "1", "Must be at least 2."),
        ({"type": "number_input", "is_decimal_allowed": True, "max_value": "2"}, "3", "Must be at most 2."),
        ({"type": "email_text_input"}, "me", "Must be an email address."),
        ({"type": "url_text_input"}, "me", "Must be a link."),
    ],
)
async def test_the_form_itself_complains_before_the_app_is_bothered(
    slack: SlackStandIn,
    app: ListeningApp,
    web: AsyncWebClient,
    element: dict[str, Any],
    value: str,
    complaint: str,
):
    form = modal(asked("reason", element))
    view = (await web.views_open(trigger_id=await trigger(slack, app), view=form))["view"]
    heard = len(app.heard)
    answer = await slack.submit_view("dana", view["id"], {"reason": {"in": {"value": value}}})
    assert answer == {"ok": False, "closed": False, "errors": {"reason": complaint}}
    assert len(app.heard) == heard


async def test_field_errors_keep_the_modal_open(slack: SlackStandIn, app: ListeningApp, web: AsyncWebClient):
    view = await opened(slack, app, web)
    app.answer({"response_action": "errors", "errors": {"reason": "Say more."}})
    answer = await slack.submit_view("dana", view["id"], typed("because"))
    assert (answer["ok"], answer["closed"], answer["errors"]) == (False, False, {"reason": "Say more."})
    assert slack.views("dana")[0]["state"]["values"]["reason"]["in"]["value"] == "because"


async def test_an_ack_may_update_push_or_clear(slack: SlackStandIn, app: ListeningApp, web: AsyncWebClient):
    view = await opened(slack, app, web)
    app.answer({"response_action": "update", "view": modal(title=plain("Two"))})
    await slack.submit_view("dana", view["id"], typed("because"))
    assert [shown["title"]["text"] for shown in slack.views("dana")] == ["Two"]

    app.answer({"response_action": "push", "view": modal(title=plain("Three"))})
    await slack.submit_view("dana", view["id"], typed("because"))
    assert [shown["title"]["text"] for shown in slack.views("dana")] == ["Two", "Three"]

    app.answer({"response_action": "clear"})
    top = slack.views("dana")[-1]["id"]
    assert (await slack.submit_view("dana", top, typed("because")))["closed"] is True
    assert slack.views("dana") == []


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"response_action": "errors", "errors": {"nowhere": "a"}}, "invalid_errors"),
        ({"response_action": "errors", "errors": {}}, "invalid_errors"),
        ({"response_action": "shout"}, "invalid_response_action"),
        ({"response_action": "update", "view": {"type": "modal"}}, "invalid_arguments"),
        ("thanks", "invalid_response_action"),
    ],
)
async def test_an_ack_that_makes_no_sense_is_refused(
    slack: SlackStandIn, app: ListeningApp, web: AsyncWebClient, body: Any, error: str
):
    view = await opened(slack, app, web)
    app.answer(body)
    answer = await slack.submit_view("dana", view["id"], typed("because"))
    assert (answer["ok"], answer["error"]) == (False, error)
    assert (slack.refused[-1]["method"], slack.refused[-1]["error"]) == ("view_submission ack", error)
    assert len(slack.views("dana")) == 1


async def test_an_app_that_fails_keeps_the_modal_open(
    slack: SlackStandIn, app: ListeningApp, web: AsyncWebClient
):
    view = await opened(slack, app, web)
    app.answer(status=500)
    answer = await slack.submit_view("dana", view["id"], typed("because"))
    assert (answer["error"], answer["closed"]) == ("dispatch_failed", False)
    assert len(slack.views("dana")) == 1


async def test_a_button_in_a_modal_brings_the_view_along(
    slack: SlackStandIn, app: ListeningApp, web: AsyncWebClient
):
    button = {"type": "button", "action_id": "more", "text": plain("More")}
    form = modal(asked("reason", {"type": "plain_text_input"}), {"type": "actions", "elements": [button]})
    view = (await web.views_open(trigger_id=await trigger(slack, app), view=form))["view"]
    await slack.click("dana", "more", view_id=view["id"], values=typed("so far"))

    said = app.last
    assert (said["container"], "message" in said, "response_url" in said) == (
        {"type": "view", "view_id": view["id"]},
        False,
        False,
    )
    assert said["view"]["state"]["values"]["reason"]["in"]["value"] == "so far"
    pushed = await web.views_push(trigger_id=said["trigger_id"], view=modal())
    assert pushed["view"]["previous_view_id"] == view["id"]


async def test_a_modal_of_somebody_else_is_out_of_reach(
    slack: SlackStandIn, app: ListeningApp, web: AsyncWebClient
):
    view = await opened(slack, app, web)
    with pytest.raises(NotPossible, match="is not the modal sam sees"):
        await slack.submit_view("sam", view["id"], typed("because"))


async def test_a_form_has_only_the_inputs_it_shows(
    slack: SlackStandIn, app: ListeningApp, web: AsyncWebClient
):
    view = await opened(slack, app, web)
    with pytest.raises(NotPossible, match="no input 'other'"):
        await slack.submit_view("dana", view["id"], {"reason": {"other": {"value": "a"}}})


# App Home


async def test_opening_the_home_is_told_to_the_app(
    slack: SlackStandIn, app: ListeningApp, web: AsyncWebClient
):
    assert await slack.open_home("dana") == {"view": None}
    assert (app.last["event"]["type"], app.last["event"]["tab"]) == ("app_home_opened", "home")
    await web.views_publish(user_id="U0DANA0001", view={"type": "home", "blocks": [{"type": "divider"}]})

    shown = await slack.open_home("dana")
    assert shown["view"]["blocks"][0]["type"] == "divider"
    assert app.last["event"]["view"]["id"] == shown["view"]["id"]

    heard = len(app.heard)
    assert (await slack.open_home("dana", peek=True))["view"]["id"] == shown["view"]["id"]
    assert len(app.heard) == heard


async def test_a_hash_guards_publishing_too(web: AsyncWebClient):
    home = {"type": "home", "blocks": []}
    first = (await web.views_publish(user_id="U0DANA0001", view=home))["view"]["hash"]
    await web.views_publish(user_id="U0DANA0001", view=home, hash=first)
    assert await error_of(web.views_publish(user_id="U0DANA0001", view=home, hash=first)) == "hash_conflict"
    assert await error_of(web.views_publish(user_id="U0NOBODY", view=home)) == "user_not_found"
