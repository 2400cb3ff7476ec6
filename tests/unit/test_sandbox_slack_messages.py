"""`chat.*`: what is posted, edited, whispered, deleted, and what Slack says no to."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.slack import Rates, SlackStandIn

HERE = "C0DEPLOYS1"
NOTE = [{"type": "section", "text": {"type": "mrkdwn", "text": "hello"}}]


@pytest.fixture
async def slack() -> AsyncIterator[SlackStandIn]:
    async with SlackStandIn(rates=Rates(scale=float("inf"))) as stand_in:
        yield stand_in


@pytest.fixture
async def web(slack: SlackStandIn) -> AsyncIterator[AsyncWebClient]:
    async with aiohttp.ClientSession() as session:
        yield AsyncWebClient(slack.world.app.bot_token, base_url=slack.api_url, session=session)


async def refusal(call: Any) -> Any:
    with pytest.raises(SlackApiError) as refused:
        await call
    return refused.value.response


async def test_a_message_is_kept_as_it_was_sent(slack: SlackStandIn, web: AsyncWebClient):
    answer = await web.chat_postMessage(
        channel=HERE,
        text="hello",
        blocks=NOTE,
        metadata={"event_type": "card", "event_payload": {"key": "k1"}},
    )

    [shown] = slack.messages("#deployments")
    assert (shown["ts"], shown["text"], shown["bot"], shown["name"]) == (
        answer["ts"],
        "hello",
        True,
        "Pilothouse",
    )
    assert shown["metadata"]["event_payload"] == {"key": "k1"}
    assert shown["blocks"][0]["text"]["text"] == "hello"
    assert answer["message"]["bot_id"] == "B0PILOT001"


async def test_blocks_and_elements_without_ids_get_them(slack: SlackStandIn, web: AsyncWebClient):
    blocks = [
        {"type": "actions", "elements": [{"type": "button", "text": {"type": "plain_text", "text": "Go"}}]}
    ]
    answer = await web.chat_postMessage(channel=HERE, text="hello", blocks=blocks)
    [block] = answer["message"]["blocks"]
    assert block["block_id"]
    assert block["elements"][0]["action_id"]


async def test_timestamps_are_unique_and_rise(web: AsyncWebClient):
    stamps = [(await web.chat_postMessage(channel=HERE, text="a"))["ts"] for _ in range(20)]
    assert stamps == sorted(set(stamps), key=float)


async def test_a_channel_is_found_by_name_and_a_person_by_id(slack: SlackStandIn, web: AsyncWebClient):
    assert (await web.chat_postMessage(channel="#deployments", text="a"))["channel"] == HERE
    assert (await web.chat_postMessage(channel="U0DANA0001", text="a"))["channel"] == "D0DANA0001"
    assert (await refusal(web.chat_postMessage(channel="#nowhere", text="a")))["error"] == "channel_not_found"


async def test_a_message_says_something(web: AsyncWebClient):
    ts = (await web.chat_postMessage(channel=HERE, text="a"))["ts"]
    nothing = {"channel": HERE, "text": "", "blocks": []}
    assert (await refusal(web.api_call("chat.postMessage", json=nothing)))["error"] == "no_text"
    assert (await refusal(web.api_call("chat.update", json={**nothing, "ts": ts})))["error"] == "no_text"


async def test_a_new_text_is_cut_at_40000_characters(slack: SlackStandIn, web: AsyncWebClient):
    await web.chat_postMessage(channel=HERE, text="x" * 40_001)
    assert len(slack.messages("deployments")[0]["text"]) == 40_000


async def test_an_edited_text_over_4000_characters_is_too_long(web: AsyncWebClient):
    ts = (await web.chat_postMessage(channel=HERE, text="a"))["ts"]
    assert (await web.chat_update(channel=HERE, ts=ts, text="x" * 4_000))["ok"]
    assert (await refusal(web.chat_update(channel=HERE, ts=ts, text="x" * 4_001)))["error"] == "msg_too_long"


async def test_invalid_blocks_are_named_by_json_pointer(web: AsyncWebClient, slack: SlackStandIn):
    bad = [*NOTE, {"type": "header", "text": {"type": "mrkdwn", "text": "T"}}]
    answer = await refusal(web.chat_postMessage(channel=HERE, text="a", blocks=bad))
    assert answer["error"] == "invalid_blocks"
    assert answer["response_metadata"]["messages"] == [
        "[ERROR] must be one of: plain_text [json-pointer:/blocks/1/text/type]"
    ]
    assert slack.messages("deployments") == []
    assert slack.refused[0]["error"] == "invalid_blocks"


async def test_blocks_that_are_no_array_have_an_error_of_their_own(web: AsyncWebClient):
    for blocks in ("[{", '{"type": "divider"}'):
        answer = await refusal(web.chat_postMessage(channel=HERE, text="a", blocks=blocks))
        assert answer["error"] == "invalid_blocks_format"


async def test_blocks_over_13200_characters_of_json_are_too_long(web: AsyncWebClient):
    section = {"type": "section", "text": {"type": "mrkdwn", "text": "s" * 3_000}}
    answer = await refusal(web.chat_postMessage(channel=HERE, text="a", blocks=[section] * 5))
    assert answer["error"] == "msg_blocks_too_long"


async def test_markdown_text_goes_with_nothing_else(slack: SlackStandIn, web: AsyncWebClient):
    assert (await refusal(web.chat_postMessage(channel=HERE, text="a", markdown_text="**a**")))["error"] == (
        "markdown_text_conflict"
    )
    assert (await refusal(web.chat_postMessage(channel=HERE, markdown_text="m" * 12_001)))[
        "error"
    ] == "msg_too_long"
    await web.chat_postMessage(channel=HERE, markdown_text="**a**")
    assert slack.messages("deployments")[0]["text"] == "**a**"


@pytest.mark.parametrize(
    ("metadata", "error"),
    [
        ([1], "invalid_metadata_format"),
        ({"event_type": "a"}, "invalid_metadata_schema"),
        ({"event_type": "a", "event_payload": {}, "more": 1}, "invalid_metadata_schema"),
        ({"event_type": "a", "event_payload": {"k": "v" * 9_000}}, "metadata_too_large"),
    ],
)
async def test_metadata_has_a_form(web: AsyncWebClient, metadata: Any, error: str):
    body = {"channel": HERE, "text": "a", "metadata": metadata}
    assert (await refusal(web.api_call("chat.postMessage", json=body)))["error"] == error


async def test_metadata_is_read_back_only_when_asked_for(web: AsyncWebClient):
    metadata = {"event_type": "card", "event_payload": {"key": "k1"}}
    ts = (await web.chat_postMessage(channel=HERE, text="a", metadata=metadata))["ts"]

    without = await web.conversations_history(channel=HERE)
    within = await web.conversations_history(channel=HERE, include_all_metadata=True)
    assert "metadata" not in without["messages"][0]
    assert within["messages"][0]["metadata"] == metadata

    await web.chat_update(channel=HERE, ts=ts, text="b")
    kept = await web.conversations_history(channel=HERE, include_all_metadata=True)
    assert kept["messages"][0]["metadata"] == metadata


# Editing


async def test_text_without_blocks_removes_the_blocks(slack: SlackStandIn, web: AsyncWebClient):
    ts = (await web.chat_postMessage(channel=HERE, text="a", blocks=NOTE))["ts"]
    answer = await web.chat_update(channel=HERE, ts=ts, text="b")
    [shown] = slack.messages("deployments")
    assert (shown["text"], shown["blocks"], shown["edited"]) == ("b", [], True)
    assert answer["message"]["edited"]["user"] == "U0PILOT007"


async def test_an_app_edits_and_deletes_its_own_messages_only(slack: SlackStandIn, web: AsyncWebClient):
    ts = (await slack.say("dana", "deployments", "mine"))["ts"]
    assert (await refusal(web.chat_update(channel=HERE, ts=ts, text="b")))["error"] == "cant_update_message"
    assert (await refusal(web.chat_delete(channel=HERE, ts=ts)))["error"] == "cant_delete_message"


async def test_what_is_not_there_is_not_edited(web: AsyncWebClient):
    assert (await refusal(web.chat_update(channel=HERE, ts="1.000001", text="b")))[
        "error"
    ] == "message_not_found"
    assert (await refusal(web.chat_update(channel="C0NONE", ts="1.000001", text="b")))[
        "error"
    ] == "channel_not_found"
    assert (await refusal(web.chat_update(channel="deployments", ts="1.1", text="b")))[
        "error"
    ] == "channel_not_found"


async def test_a_deleted_message_is_gone(slack: SlackStandIn, web: AsyncWebClient):
    ts = (await web.chat_postMessage(channel=HERE, text="a"))["ts"]
    reply = (await web.chat_postMessage(channel=HERE, text="r", thread_ts=ts))["ts"]
    await web.chat_delete(channel=HERE, ts=reply)
    assert slack.messages("deployments")[0]["reply_count"] == 0
    await web.chat_delete(channel=HERE, ts=ts)
    assert slack.messages("deployments") == []


# Ephemeral messages


async def test_an_ephemeral_message_is_seen_by_one_person(slack: SlackStandIn, web: AsyncWebClient):
    await web.chat_postEphemeral(channel=HERE, user="U0DANA0001", text="psst")
    assert [m["text"] for m in slack.messages("deployments", viewer="dana")] == ["psst"]
    assert slack.messages("deployments", viewer="sam") == []


async def test_an_ephemeral_message_can_be_neither_edited_nor_deleted(web: AsyncWebClient):
    ts = (await web.chat_postEphemeral(channel=HERE, user="U0DANA0001", text="psst"))["message_ts"]
    assert (await refusal(web.chat_update(channel=HERE, ts=ts, text="b")))["error"] == "message_not_found"
    assert (await refusal(web.chat_delete(channel=HERE, ts=ts)))["error"] == "message_not_found"


async def test_who_is_not_in_the_channel_can_not_be_whispered_to(web: AsyncWebClient):
    for user in ("U0STELLA06", "U0NOBODY"):
        answer = await refusal(web.chat_postEphemeral(channel=HERE, user=user, text="psst"))
        assert answer["error"] == "user_not_in_channel"


# Threads


async def test_replies_belong_to_their_parent(slack: SlackStandIn, web: AsyncWebClient):
    ts = (await web.chat_postMessage(channel=HERE, text="parent"))["ts"]
    await web.chat_postMessage(channel=HERE, text="reply", thread_ts=ts)
    await web.chat_postMessage(channel=HERE, text="loud", thread_ts=ts, reply_broadcast=True)

    assert [m["text"] for m in slack.messages("deployments")] == ["parent", "loud"]
    thread = slack.messages("deployments", thread_ts=ts)
    assert [(m["text"], m.get("broadcast")) for m in thread] == [
        ("parent", False),
        ("reply", False),
        ("loud", True),
    ]
    assert thread[0]["reply_users"] == ["U0PILOT007"]


async def test_a_reply_to_nothing_is_refused_instead_of_lost(web: AsyncWebClient):
    ts = (await web.chat_postMessage(channel=HERE, text="parent"))["ts"]
    reply = (await web.chat_postMessage(channel=HERE, text="reply", thread_ts=ts))["ts"]

    async def error(thread_ts: str) -> Any:
        return (await refusal(web.chat_postMessage(channel=HERE, text="a", thread_ts=thread_ts)))["error"]

    assert await error("1.000001") == "thread_not_found"
    assert await error("0") == "invalid_thread_ts"
    assert await error(reply) == "cannot_reply_to_message"


# The rest


async def test_a_permalink_leads_into_the_thread(web: AsyncWebClient):
    ts = (await web.chat_postMessage(channel=HERE, text="parent"))["ts"]
    reply = (await web.chat_postMessage(channel=HERE, text="reply", thread_ts=ts))["ts"]
    link = (await web.chat_getPermalink(channel=HERE, message_ts=reply))["permalink"]
    assert (
        link
        == f"https://harbour.slack.com/archives/{HERE}/p{reply.replace('.', '')}?thread_ts={ts}&cid={HERE}"
    )
    missing = await refusal(web.chat_getPermalink(channel=HERE, message_ts="1.000001"))
    assert missing["error"] == "message_not_found"


async def test_a_reaction_is_given_once(slack: SlackStandIn, web: AsyncWebClient):
    slack.world.app.scopes += ("reactions:write",)
    ts = (await web.chat_postMessage(channel=HERE, text="a"))["ts"]
    await web.reactions_add(channel=HERE, name="ship", timestamp=ts)
    assert slack.messages("deployments")[0]["reactions"] == {"ship": ["U0PILOT007"]}
    assert (await refusal(web.reactions_add(channel=HERE, name="ship", timestamp=ts)))[
        "error"
    ] == "already_reacted"
    assert (await refusal(web.reactions_add(channel=HERE, name="No!", timestamp=ts)))[
        "error"
    ] == "invalid_name"
    assert (await refusal(web.reactions_add(channel=HERE, name="ship", timestamp="x")))[
        "error"
    ] == "bad_timestamp"
