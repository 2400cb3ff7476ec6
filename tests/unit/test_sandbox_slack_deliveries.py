"""What Slack sends to the app: signed, in the fields of the real one, within three seconds, again where Slack would."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from slack_sdk.signature import SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.slack import Command, NotPossible, NotVerified, SlackStandIn, harbour
from bot.sandbox.slack.signature import sign
from tests.listening import ListeningApp, listening

GO = [
    {
        "type": "actions",
        "block_id": "steps",
        "elements": [
            {
                "type": "button",
                "action_id": "go",
                "text": {"type": "plain_text", "text": "Go"},
                "value": "d-1",
                "style": "primary",
            },
            {
                "type": "static_select",
                "action_id": "pick",
                "options": [
                    {"text": {"type": "plain_text", "text": "One"}, "value": "1"},
                    {"text": {"type": "plain_text", "text": "Two"}, "value": "2"},
                ],
            },
            {"type": "external_select", "action_id": "search", "min_query_length": 0},
        ],
    },
    {
        "type": "input",
        "block_id": "why",
        "label": {"type": "plain_text", "text": "Why"},
        "element": {"type": "plain_text_input", "action_id": "reason"},
    },
]


@pytest.fixture
async def app() -> AsyncIterator[ListeningApp]:
    async with listening() as it:
        yield it


@pytest.fixture
async def slack(app: ListeningApp) -> AsyncIterator[SlackStandIn]:
    async with SlackStandIn(ack_seconds=0.2, retry_delays=(0.0, 0.01, 0.02)) as stand_in:
        await stand_in.connect_app(app.url)
        yield stand_in


@pytest.fixture
async def web(slack: SlackStandIn) -> AsyncIterator[AsyncWebClient]:
    async with aiohttp.ClientSession() as session:
        yield AsyncWebClient(slack.world.app.bot_token, base_url=slack.api_url, session=session)


async def post_buttons(web: AsyncWebClient, **more: Any) -> str:
    answer = await web.chat_postMessage(channel="C0DEPLOYS1", text="Go?", blocks=GO, **more)
    return str(answer["ts"])


async def post(url: str, body: Any) -> tuple[int, Any]:
    async with aiohttp.ClientSession() as session, session.post(url, json=body) as response:
        return response.status, await response.json()


# Signatures


def test_the_signature_is_that_of_slacks_own_example():
    """The numbers of https://docs.slack.dev/authentication/verifying-requests-from-slack ."""
    body = (
        b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V"
        b"&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text="
        b"&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN"
        b"&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
    )
    assert sign("8f742231b10e8888abcd99yyyzzz85a5", "1531420618", body) == (
        "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"
    )


async def test_everything_is_signed_so_that_an_independent_verifier_agrees(
    slack: SlackStandIn, app: ListeningApp
):
    await slack.say("dana", "deployments", "/deploy checkout staging")
    await slack.say("dana", "deployments", "@pilothouse hello")
    verifier = SignatureVerifier(slack.world.app.signing_secret)
    assert len(app.heard) == 2
    for heard in app.heard:
        assert verifier.is_valid_request(heard.raw, heard.headers)
        assert heard.signed_with(slack.world.app.signing_secret)
        assert not heard.signed_with("another secret")


async def test_a_request_url_that_does_not_return_the_challenge_is_not_taken(
    slack: SlackStandIn, app: ListeningApp
):
    with pytest.raises(NotVerified):
        await slack.connect_app(app.url + "/elsewhere")
    assert slack.state()["app"]["transport"] is None


# Slash commands


async def test_a_slash_command_has_the_fields_of_the_real_one(slack: SlackStandIn, app: ListeningApp):
    answer = await slack.say("dana", "deployments", "/deploy checkout <b> @sam")

    assert (answer["ok"], answer["kind"], answer["status"]) == (True, "command", 200)
    assert app.heard[0].headers["Content-Type"] == "application/x-www-form-urlencoded"
    said = app.last
    assert said["response_url"].startswith(f"{slack.url}/response/T0HARBOUR1/")
    assert said.pop("response_url")
    assert said.pop("trigger_id")
    assert said == {
        "token": "sandbox-verification-token",
        "team_id": "T0HARBOUR1",
        "team_domain": "harbour",
        "channel_id": "C0DEPLOYS1",
        "channel_name": "deployments",
        "user_id": "U0DANA0001",
        "user_name": "dana",
        "command": "/deploy",
        "text": "checkout <b> @sam",
        "api_app_id": "A0PILOT001",
        "is_enterprise_install": "false",
    }


async def test_a_command_that_escapes_gets_mentions_with_names(app: ListeningApp):
    escaping = Command(command="/deploy", description="d", should_escape=True)
    async with SlackStandIn(harbour([escaping])) as slack:
        await slack.connect_app(app.url)
        await slack.say("dana", "deployments", "/deploy @sam & #checkout")
    assert app.last["text"] == "<@U0SAM00002|sam> &amp; <#C0CHECKOUT|checkout>"


async def test_slash_commands_do_not_work_in_threads(
    slack: SlackStandIn, app: ListeningApp, web: AsyncWebClient
):
    ts = await post_buttons(web)
    answer = await slack.say("dana", "deployments", "/deploy help", thread_ts=ts)
    assert answer == {"ok": False, "kind": "command", "error": "not_in_threads"}
    assert app.heard == []
    [_, told] = slack.messages("deployments", viewer="dana", thread_ts=ts)
    assert (told["name"], told["text"]) == ("Slackbot", "/deploy is not supported in threads. Sorry!")


async def test_an_unknown_command_never_reaches_the_app(slack: SlackStandIn, app: ListeningApp):
    assert (await slack.say("dana", "deployments", "/launch"))["error"] == "unknown_command"
    assert app.heard == []
    assert "/launch is not a valid command" in slack.messages("deployments", viewer="dana")[0]["text"]
    assert slack.messages("deployments", viewer="sam") == []


@pytest.mark.parametrize(
    ("body", "seen_by_all", "text"),
    [
        ("plain words", False, "plain words"),
        ({"text": "for you"}, False, "for you"),
        ({"text": "for all", "response_type": "in_channel"}, True, "for all"),
    ],
)
async def test_the_ack_of_a_command_may_say_something(
    slack: SlackStandIn, app: ListeningApp, body: Any, seen_by_all: bool, text: str
):
    app.answer(body)
    await slack.say("dana", "deployments", "/deploy help")
    assert [m["text"] for m in slack.messages("deployments", viewer="dana")] == [text]
    assert [m["text"] for m in slack.messages("deployments", viewer="sam")] == ([text] if seen_by_all else [])


async def test_an_ack_that_slack_would_not_show_is_kept_as_refused(slack: SlackStandIn, app: ListeningApp):
    app.answer({"text": "a", "blocks": [{"type": "banner"}]})
    app.answer({"text": "a", "colour": "red"})
    await slack.say("dana", "deployments", "/deploy help")
    await slack.say("dana", "deployments", "/deploy help")
    assert [(call["method"], call["error"]) for call in slack.refused] == [
        ("command ack", "invalid_blocks"),
        ("command ack", "invalid_payload"),
    ]
    assert slack.messages("deployments", viewer="dana") == []


async def test_an_app_that_takes_too_long_is_an_operation_timeout_and_gets_no_retry(
    slack: SlackStandIn, app: ListeningApp
):
    app.silent = 5
    answer = await slack.say("dana", "deployments", "/deploy checkout staging")
    await slack.idle()
    assert (answer["ok"], answer["error"], answer["status"]) == (False, "operation_timeout", 0)
    assert len(app.heard) == 1
    [told] = slack.messages("deployments", viewer="dana")
    assert told["text"] == "/deploy failed with the error “operation_timeout”"


async def test_an_app_that_answers_badly_is_a_dispatch_failure(slack: SlackStandIn, app: ListeningApp):
    app.answer(status=404)
    assert (await slack.say("dana", "deployments", "/deploy help"))["error"] == "dispatch_failed"


async def test_an_app_that_is_not_there_is_a_dispatch_failure(slack: SlackStandIn):
    await slack.connect_app("http://127.0.0.1:9/slack/events", verify=False)
    assert (await slack.say("dana", "deployments", "/deploy help"))["error"] == "dispatch_failed"
    assert slack.deliveries()[-1]["error"] == "connection_failed"
    await slack.connect_app(None)
    assert (await slack.say("dana", "deployments", "/deploy help"))["error"] == "app_did_not_respond"


# Events


async def test_a_mention_is_an_app_mention(slack: SlackStandIn, app: ListeningApp):
    ts = (await slack.say("dana", "deployments", "@pilothouse deploy <it> & go https://x.example/a?b=1"))[
        "ts"
    ]
    envelope, event = app.last, app.last["event"]
    assert (envelope["type"], envelope["team_id"], envelope["api_app_id"]) == (
        "event_callback",
        "T0HARBOUR1",
        "A0PILOT001",
    )
    assert envelope["authorizations"][0]["user_id"] == "U0PILOT007"
    assert envelope["event_id"].startswith("Ev")
    assert (event["type"], event["user"], event["channel"], event["ts"]) == (
        "app_mention",
        "U0DANA0001",
        "C0DEPLOYS1",
        ts,
    )
    assert event["text"] == "<@U0PILOT007> deploy &lt;it&gt; &amp; go <https://x.example/a?b=1>"


async def test_a_mention_inside_a_thread_says_which(
    slack: SlackStandIn, app: ListeningApp, web: AsyncWebClient
):
    ts = await post_buttons(web)
    await slack.say("dana", "deployments", "<@U0PILOT007> status", thread_ts=ts)
    assert app.last["event"]["thread_ts"] == ts


async def test_words_in_a_direct_message_are_a_message_event(slack: SlackStandIn, app: ListeningApp):
    await slack.say("dana", "D0DANA0001", "deploy checkout")
    event = app.last["event"]
    assert (event["type"], event["channel_type"], event["text"]) == ("message", "im", "deploy checkout")


async def test_words_that_concern_nobody_are_not_delivered(slack: SlackStandIn, app: ListeningApp):
    await slack.say("dana", "deployments", "lunch?")
    await slack.say("dana", "random", "@pilothouse hello")
    slack.world.app.events = ()
    await slack.say("dana", "deployments", "@pilothouse hello")
    assert app.heard == []


async def test_a_stranger_in_a_shared_channel_is_told_by_his_team(slack: SlackStandIn, app: ListeningApp):
    await slack.say("stella", "checkout", "@pilothouse deploy")
    assert app.last["is_ext_shared_channel"] is True
    assert app.last["event"]["user_team"] == "T0SEASIDE2"


async def test_an_event_is_tried_three_times_more_with_numbered_headers(
    slack: SlackStandIn, app: ListeningApp
):
    for _ in range(4):
        app.answer(status=500)
    await slack.say("dana", "deployments", "@pilothouse hello")
    await slack.idle()

    assert [heard.headers.get("X-Slack-Retry-Num") for heard in app.heard] == [None, "1", "2", "3"]
    assert {heard.headers.get("X-Slack-Retry-Reason") for heard in app.heard[1:]} == {"http_error"}
    assert len({heard.said["event_id"] for heard in app.heard}) == 1
    assert [record["retry_num"] for record in slack.deliveries()] == [0, 1, 2, 3]


async def test_retries_end_with_the_first_thanks(slack: SlackStandIn, app: ListeningApp):
    app.answer(status=503)
    await slack.say("dana", "deployments", "@pilothouse hello")
    await slack.idle()
    assert len(app.heard) == 2


async def test_a_slow_event_is_tried_again_because_of_the_timeout(slack: SlackStandIn, app: ListeningApp):
    app.silent = 5
    await slack.say("dana", "deployments", "@pilothouse hello")
    app.silent = 0
    await slack.idle()
    assert app.heard[1].headers["X-Slack-Retry-Reason"] == "http_timeout"


async def test_a_delivery_can_be_repeated_on_request(slack: SlackStandIn, app: ListeningApp):
    await slack.say("dana", "deployments", "/deploy checkout staging")
    assert (await slack.redeliver(1))["ok"]
    first, second = app.heard
    assert first.said == second.said
    assert second.headers["X-Slack-Retry-Num"] == "1"
    with pytest.raises(LookupError):
        await slack.redeliver(99)


# Clicks


async def test_a_click_has_the_fields_of_the_real_one(
    slack: SlackStandIn, app: ListeningApp, web: AsyncWebClient
):
    ts = await post_buttons(web)
    answer = await slack.click("sam", "go", channel="deployments", message_ts=ts, block_id="steps")

    assert (answer["ok"], answer["status"]) == (True, 200)
    said = app.last
    assert said["type"] == "block_actions"
    assert said["user"] == {"id": "U0SAM00002", "username": "sam", "name": "sam", "team_id": "T0HARBOUR1"}
    assert said["container"] == {
        "type": "message",
        "message_ts": ts,
        "channel_id": "C0DEPLOYS1",
        "is_ephemeral": False,
    }
    assert said["channel"] == {"id": "C0DEPLOYS1", "name": "deployments"}
    assert said["message"]["ts"] == ts
    assert said["state"]["values"]["why"]["reason"] == {"type": "plain_text_input", "value": None}
    [action] = said["actions"]
    assert action.pop("action_ts")
    assert action == {
        "type": "button",
        "action_id": "go",
        "block_id": "steps",
        "text": {"type": "plain_text", "text": "Go"},
        "value": "d-1",
        "style": "primary",
    }


async def test_a_choice_is_sent_whole_and_must_be_offered(
    slack: SlackStandIn, app: ListeningApp, web: AsyncWebClient
):
    ts = await post_buttons(web)
    await slack.click("sam", "pick", channel="deployments", message_ts=ts, selected_option="2")
    assert app.last["actions"][0]["selected_option"]["text"]["text"] == "Two"
    assert app.last["state"]["values"]["steps"]["pick"]["selected_option"]["value"] == "2"
    with pytest.raises(NotPossible, match="does not offer '3'"):
        await slack.click("sam", "pick", channel="deployments", message_ts=ts, selected_option="3")


async def test_an_input_is_remembered_per_person_and_sent_with_the_next_click(
    slack: SlackStandIn, app: ListeningApp, web: AsyncWebClient
):
    ts = await post_buttons(web)
    await slack.click("sam", "reason", channel="deployments", message_ts=ts, value="because")
    assert app.heard == []
    await slack.click("sam", "go", channel="deployments", message_ts=ts)
    assert app.last["state"]["values"]["why"]["reason"]["value"] == "because"
    await slack.click("dana", "go", channel="deployments", message_ts=ts)
    assert app.last["state"]["values"]["why"]["reason"]["value"] is None


async def test_of_an_ephemeral_message_the_content_is_not_sent_along(
    slack: SlackStandIn, app: ListeningApp, web: AsyncWebClient
):
    ts = (await web.chat_postEphemeral(channel="C0DEPLOYS1", user="U0SAM00002", text="a", blocks=GO))[
        "message_ts"
    ]
    await slack.click("sam", "go", channel="deployments", message_ts=ts)
    assert app.last["container"]["is_ephemeral"] is True
    assert "message" not in app.last
    with pytest.raises(NotPossible, match="sees no message"):
        await slack.click("dana", "go", channel="deployments", message_ts=ts)


async def test_what_a_person_can_not_do_is_said(slack: SlackStandIn, web: AsyncWebClient):
    ts = await post_buttons(web)
    for user, channel, action, code in [
        ("nobody", "deployments", "go", "user_not_found"),
        ("pilothouse", "deployments", "go", "user_not_active"),
        ("stella", "deployments", "go", "not_in_channel"),
        ("sam", "nowhere", "go", "channel_not_found"),
        ("sam", "deployments", "stop", "no_such_element"),
    ]:
        with pytest.raises(NotPossible) as no:
            await slack.click(user, action, channel=channel, message_ts=ts)
        assert no.value.code == code


async def test_a_click_that_fails_is_told_to_the_person_and_not_repeated(
    slack: SlackStandIn, app: ListeningApp, web: AsyncWebClient
):
    ts = await post_buttons(web)
    app.answer(status=500)
    assert (await slack.click("sam", "go", channel="deployments", message_ts=ts))[
        "error"
    ] == "dispatch_failed"
    await slack.idle()
    assert len(app.heard) == 1
    assert "did not answer" in slack.messages("deployments", viewer="sam")[-1]["text"]
    assert len(slack.messages("deployments", viewer="dana")) == 1


async def test_a_menu_asks_the_app_for_options(slack: SlackStandIn, app: ListeningApp, web: AsyncWebClient):
    ts = await post_buttons(web)
    offered = [{"text": {"type": "plain_text", "text": "1.2.3"}, "value": "1.2.3"}]
    app.answer({"options": offered})
    where = {"channel": "deployments", "message_ts": ts}
    answer = await slack.options("sam", "search", "steps", "1.", **where)
    assert (answer["ok"], answer["options"]) == (True, offered)
    assert (app.last["type"], app.last["value"], app.last["action_id"]) == (
        "block_suggestion",
        "1.",
        "search",
    )

    app.answer({"options": [{"text": "1.2.3"}]})
    assert (await slack.options("sam", "search", "steps", **where))["error"] == "invalid_options"
    assert slack.refused[-1]["method"] == "block_suggestion ack"


# Response URLs


async def test_a_response_url_answers_one_person_or_the_channel(slack: SlackStandIn, app: ListeningApp):
    await slack.say("dana", "deployments", "/deploy help")
    url = app.last["response_url"]
    assert await post(url, {"text": "psst"}) == (200, {"ok": True})
    assert await post(url, {"text": "all", "response_type": "in_channel"}) == (200, {"ok": True})
    assert [m["text"] for m in slack.messages("deployments", viewer="dana")] == ["psst", "all"]
    assert [m["text"] for m in slack.messages("deployments", viewer="sam")] == ["all"]


async def test_a_response_url_works_five_times(slack: SlackStandIn, app: ListeningApp):
    await slack.say("dana", "deployments", "/deploy help")
    url = app.last["response_url"]
    answers = [await post(url, {"text": str(number)}) for number in range(6)]
    assert [status for status, _ in answers] == [200] * 5 + [404]
    assert answers[5][1]["error"] == "used_url"


async def test_a_response_url_works_for_thirty_minutes(app: ListeningApp):
    now = [1_800_000_000.0]
    async with SlackStandIn(clock=lambda: now[0]) as slack:
        await slack.connect_app(app.url)
        await slack.say("dana", "deployments", "/deploy help")
        now[0] += 30 * 60
        assert (await post(app.last["response_url"], {"text": "a"}))[0] == 200
        now[0] += 1
        assert (await post(app.last["response_url"], {"text": "a"}))[1]["error"] == "expired_url"


async def test_a_response_url_replaces_or_deletes_what_was_clicked(
    slack: SlackStandIn, app: ListeningApp, web: AsyncWebClient
):
    ts = await post_buttons(web)
    await slack.click("sam", "go", channel="deployments", message_ts=ts)
    url = app.last["response_url"]
    await post(url, {"text": "done", "replace_original": True})
    [shown] = slack.messages("deployments")
    assert (shown["ts"], shown["text"], shown["blocks"]) == (ts, "done", [])
    await post(url, {"delete_original": True})
    assert slack.messages("deployments") == []


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"txet": "a"}, "invalid_payload"),
        ({"text": "a", "response_type": "loud"}, "invalid_payload"),
        ([], "invalid_payload"),
        ({"text": "a", "blocks": [{"type": "banner"}]}, "invalid_blocks"),
        ({}, "no_text"),
    ],
)
async def test_a_response_url_refuses(slack: SlackStandIn, app: ListeningApp, body: Any, error: str):
    await slack.say("dana", "deployments", "/deploy help")
    assert (await post(app.last["response_url"], body))[1]["error"] == error
    assert slack.refused[-1]["method"] == "response_url"


async def test_a_response_url_that_was_never_given_out_is_unknown(slack: SlackStandIn):
    assert (await post(f"{slack.url}/response/T0HARBOUR1/1/2", {"text": "a"}))[0] == 404


# Speed


async def test_a_click_takes_milliseconds_there_and_back(
    slack: SlackStandIn, app: ListeningApp, web: AsyncWebClient
):
    ts = await post_buttons(web)
    taken = sorted(
        [(await slack.click("sam", "go", channel="deployments", message_ts=ts))["ack_ms"] for _ in range(40)]
    )
    assert taken[len(taken) // 2] < 50
