"""The stand-in's Web API: encodings, tokens, scopes, arguments, people, conversations, pages of results."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.slack import SlackStandIn, harbour
from bot.sandbox.slack.api.dispatch import ANSWERS
from bot.sandbox.slack.methods import METHODS
from config.manifest import EVENTS, SCOPES

SHARED = Path(os.environ.get("PILOTHOUSE_SHARED", "../shared"))
SPECIAL = {None: "t3"}
EVERY_SCOPE = tuple(sorted({scope for method in METHODS.values() for scope in method.scopes}))


@pytest.fixture
async def slack() -> AsyncIterator[SlackStandIn]:
    async with SlackStandIn() as stand_in:
        stand_in.world.app.scopes = EVERY_SCOPE
        yield stand_in


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
async def web(slack: SlackStandIn, http: aiohttp.ClientSession) -> AsyncWebClient:
    return AsyncWebClient(slack.world.app.bot_token, base_url=slack.api_url, session=http)


def bearer(slack: SlackStandIn) -> dict[str, str]:
    return {"Authorization": f"Bearer {slack.world.app.bot_token}"}


async def error_of(call: Any) -> str:
    with pytest.raises(SlackApiError) as refused:
        await call
    return str(refused.value.response["error"])


# What is known


def test_methods_have_the_arguments_scopes_and_tiers_of_slacks_reference():
    source = SHARED / "slack" / "api_methods.json"
    if not source.exists():
        pytest.skip(f"{source} is not here")
    reference = json.loads(source.read_text())
    for name, method in METHODS.items():
        theirs = reference[name]
        required = set(theirs["required"] or ()) - {"token"}
        assert method.required == required, name
        assert method.arguments == set(theirs["args"]) - {"token"}, name
        if name != "apps.connections.open":
            assert set(method.scopes) == set(theirs["scope_bot"] or ()), name
        assert method.tier == SPECIAL.get(theirs["tier"], theirs["tier"]), name


def test_every_method_that_is_declared_is_answered():
    assert set(ANSWERS) == set(METHODS)


def test_the_app_is_granted_what_its_manifest_asks_for_and_no_more():
    assert sorted(harbour().app.scopes) == sorted(SCOPES)
    assert sorted(harbour().app.events) == sorted(EVENTS)


# Encodings


@pytest.mark.parametrize("encoding", ["json", "form", "query", "multipart"])
async def test_arguments_may_come_as(encoding: str, slack: SlackStandIn, http: aiohttp.ClientSession):
    blocks = [{"type": "divider"}]
    arguments = {"channel": "C0DEPLOYS1", "text": "hé", "blocks": json.dumps(blocks)}
    if encoding == "multipart":
        body = aiohttp.MultipartWriter("form-data")
        for name, value in arguments.items():
            body.append(value).set_content_disposition("form-data", name=name)
        more: dict[str, Any] = {"data": body}
    elif encoding == "json":
        more = {"json": {**arguments, "blocks": blocks}}
    else:
        more = {"data": arguments} if encoding == "form" else {"params": arguments}

    async with http.post(f"{slack.api_url}chat.postMessage", headers=bearer(slack), **more) as response:
        answer = await response.json()

    assert answer["ok"], answer
    [message] = slack.messages("deployments")
    assert message["text"] == "hé"
    assert message["blocks"][0]["type"] == "divider"
    assert slack.calls()[0]["args"]["channel"] == "C0DEPLOYS1"


async def test_a_get_with_arguments_in_the_query_is_answered(
    slack: SlackStandIn, http: aiohttp.ClientSession
):
    params = {"user": "U0SAM00002", "token": slack.world.app.bot_token}
    async with http.get(f"{slack.api_url}users.info", params=params) as response:
        answer = await response.json()

    assert answer["user"]["name"] == "sam"
    assert "token" not in slack.calls()[0]["args"]


@pytest.mark.parametrize(
    ("body", "content_type", "error"),
    [
        (b"{", "application/json", "invalid_json"),
        (b"[1]", "application/json", "json_not_object"),
        (b"<a/>", "application/xml", "invalid_post_type"),
    ],
)
async def test_a_body_that_is_not_what_it_claims_is_refused(
    slack: SlackStandIn, http: aiohttp.ClientSession, body: bytes, content_type: str, error: str
):
    headers = {**bearer(slack), "Content-Type": content_type}
    async with http.post(f"{slack.api_url}auth.test", headers=headers, data=body) as response:
        assert (await response.json())["error"] == error


async def test_a_token_inside_a_json_body_does_not_count(slack: SlackStandIn, http: aiohttp.ClientSession):
    body = {"token": slack.world.app.bot_token}
    async with http.post(f"{slack.api_url}auth.test", json=body) as response:
        assert (await response.json())["error"] == "not_authed"


# Tokens and scopes


async def test_the_right_token_is_told_who_it_is(web: AsyncWebClient):
    answer = await web.auth_test()
    assert (answer["user_id"], answer["bot_id"], answer["team_id"]) == (
        "U0PILOT007",
        "B0PILOT001",
        "T0HARBOUR1",
    )
    assert "chat:write" in answer.headers["X-OAuth-Scopes"].split(",")


async def test_no_token_a_wrong_token_and_the_other_token_are_told_apart(
    slack: SlackStandIn, web: AsyncWebClient
):
    web.token = ""
    assert await error_of(web.auth_test()) == "not_authed"
    web.token = "xoxb-wrong"
    assert await error_of(web.auth_test()) == "invalid_auth"
    web.token = slack.world.app.app_token
    assert await error_of(web.auth_test()) == "not_allowed_token_type"
    assert (
        await error_of(web.apps_connections_open(app_token=slack.world.app.bot_token))
        == "not_allowed_token_type"
    )


async def test_a_missing_scope_is_named(slack: SlackStandIn, web: AsyncWebClient):
    slack.world.app.scopes = ("chat:write", "users:read")
    with pytest.raises(SlackApiError) as refused:
        await web.usergroups_list()
    assert refused.value.response["error"] == "missing_scope"
    assert refused.value.response["needed"] == "usergroups:read"
    assert refused.value.response["provided"] == "chat:write,users:read"


async def test_conversations_of_each_kind_have_a_scope_of_their_own(slack: SlackStandIn, web: AsyncWebClient):
    slack.world.app.scopes = ("channels:read",)
    assert (await web.conversations_info(channel="C0DEPLOYS1"))["channel"]["name"] == "deployments"
    assert await error_of(web.conversations_info(channel="D0DANA0001")) == "missing_scope"


async def test_socket_mode_needs_connections_write(slack: SlackStandIn, web: AsyncWebClient):
    slack.world.app.app_token_scopes = ()
    assert await error_of(web.apps_connections_open(app_token=slack.world.app.app_token)) == "missing_scope"


# Arguments


async def test_an_unknown_method_is_refused(web: AsyncWebClient, slack: SlackStandIn):
    assert await error_of(web.api_call("chat.shout")) == "unknown_method"
    assert [call["method"] for call in slack.refused] == ["chat.shout"]


async def test_an_unknown_argument_is_refused_by_name(web: AsyncWebClient, slack: SlackStandIn):
    assert (
        await error_of(web.chat_postMessage(channel="C0DEPLOYS1", text="a", colour="red"))
        == "invalid_arguments"
    )
    assert slack.refused[0]["detail"] == "unknown argument: colour"


async def test_missing_arguments_are_all_named(slack: SlackStandIn, http: aiohttp.ClientSession):
    async with http.post(
        f"{slack.api_url}chat.update", headers=bearer(slack), json={"text": "a"}
    ) as response:
        answer = await response.json()
    assert answer["error"] == "invalid_arguments"
    assert answer["response_metadata"]["messages"] == [
        "[ERROR] missing required field: channel",
        "[ERROR] missing required field: ts",
    ]


@pytest.mark.parametrize(
    ("name", "value"), [("limit", "many"), ("include_all_metadata", "maybe"), ("oldest", 17.5)]
)
async def test_an_argument_of_the_wrong_type_is_refused(
    slack: SlackStandIn, http: aiohttp.ClientSession, name: str, value: Any
):
    body = {"channel": "C0DEPLOYS1", name: value}
    async with http.post(
        f"{slack.api_url}conversations.history", headers=bearer(slack), json=body
    ) as response:
        assert (await response.json())["error"] == "invalid_arguments"


async def test_api_test_gives_back_what_it_got_and_the_error_it_was_asked_for(web: AsyncWebClient):
    assert (await web.api_call("api.test", params={"a": "b"}))["args"] == {"a": "b"}
    assert await error_of(web.api_test(error="my_error")) == "my_error"


async def test_blocks_validate_judges_without_posting(web: AsyncWebClient, slack: SlackStandIn):
    assert (await web.blocks_validate(blocks=[{"type": "divider"}]))["ok"]
    assert await error_of(web.blocks_validate(blocks=[{"type": "banner"}])) == "invalid_blocks"
    assert await error_of(web.blocks_validate(view={"type": "modal"})) == "invalid_view"
    assert await error_of(web.blocks_validate(message={"text": ""})) == "invalid_message"
    assert await error_of(web.blocks_validate()) == "invalid_arguments"
    assert slack.messages("deployments") == []


# People


async def test_people_have_names_time_zones_and_standing(web: AsyncWebClient):
    sam = (await web.users_info(user="U0SAM00002"))["user"]
    gus = (await web.users_info(user="U0GUS00005"))["user"]
    stella = (await web.users_info(user="U0STELLA06"))["user"]

    assert (sam["real_name"], sam["tz"], sam["tz_offset"]) == ("Sam Sato", "Asia/Tokyo", 32_400)
    assert (sam["is_restricted"], gus["is_restricted"], gus["is_ultra_restricted"]) == (False, True, False)
    assert (stella["is_stranger"], stella["team_id"]) == (True, "T0SEASIDE2")
    assert sam["profile"]["email"] == "sam@harbour.example"


async def test_addresses_are_told_only_with_their_scope(slack: SlackStandIn, web: AsyncWebClient):
    slack.world.app.scopes = ("users:read",)
    assert "email" not in (await web.users_info(user="U0SAM00002"))["user"]["profile"]
    assert await error_of(web.users_lookupByEmail(email="sam@harbour.example")) == "missing_scope"


async def test_people_are_found_by_address(web: AsyncWebClient):
    assert (await web.users_lookupByEmail(email="Sam@Harbour.example"))["user"]["id"] == "U0SAM00002"
    assert await error_of(web.users_lookupByEmail(email="no@harbour.example")) == "users_not_found"
    assert await error_of(web.users_info(user="U0NOBODY")) == "user_not_found"


async def test_the_list_of_people_leaves_strangers_out_and_tells_who_left(
    slack: SlackStandIn, web: AsyncWebClient
):
    slack.world.person("olu").deleted = True
    members = {user["name"]: user for user in (await web.users_list())["members"]}
    assert "stella" not in members
    assert members["olu"]["deleted"] is True
    assert members["pilothouse"]["is_bot"] is True


async def test_a_long_list_comes_in_pages(web: AsyncWebClient):
    seen: list[str] = []
    async for page in await web.users_list(limit=2):
        assert len(page["members"]) <= 2
        seen += [user["id"] for user in page["members"]]
    assert len(seen) == len(set(seen)) == 7
    assert await error_of(web.users_list(cursor="made-up")) == "invalid_cursor"
    assert await error_of(web.users_list(limit=0)) == "invalid_limit"


async def test_user_groups_and_their_members(slack: SlackStandIn, web: AsyncWebClient):
    groups = (await web.usergroups_list(include_users=True, include_count=True))["usergroups"]
    assert [(group["handle"], group["user_count"]) for group in groups] == [("sre", 2), ("owners", 1)]
    assert (await web.usergroups_users_list(usergroup="S0SRE00001"))["users"] == ["U0SAM00002", "U0SOFIA003"]
    assert await error_of(web.usergroups_users_list(usergroup="S0NONE")) == "no_such_subteam"
    slack.world.group("sre").disabled = True
    assert [group["handle"] for group in (await web.usergroups_list())["usergroups"]] == ["owners"]


async def test_team_and_bot_are_known(web: AsyncWebClient):
    assert (await web.team_info())["team"]["domain"] == "harbour"
    assert await error_of(web.team_info(team="T0OTHER")) == "team_not_found"
    assert (await web.bots_info(bot="B0PILOT001"))["bot"]["user_id"] == "U0PILOT007"
    assert await error_of(web.bots_info(bot="B0OTHER")) == "bot_not_found"


# Conversations


async def test_conversations_are_listed_by_kind(slack: SlackStandIn, web: AsyncWebClient):
    public = {c["name"]: c for c in (await web.conversations_list())["channels"]}
    assert set(public) == {"deployments", "checkout", "payments", "random"}
    assert (public["random"]["is_member"], public["deployments"]["is_member"]) == (False, True)
    assert public["checkout"]["is_ext_shared"] is True
    direct = (await web.conversations_list(types="im"))["channels"]
    assert {c["user"] for c in direct} >= {"U0DANA0001", "U0SAM00002"}
    assert await error_of(web.conversations_list(types="public")) == "invalid_types"


async def test_a_private_channel_without_the_app_does_not_exist_for_it(
    slack: SlackStandIn, web: AsyncWebClient
):
    random = slack.world.channel("random")
    random.kind = "private"
    assert await error_of(web.conversations_info(channel=random.id)) == "channel_not_found"
    assert await error_of(web.chat_postMessage(channel=random.id, text="a")) == "channel_not_found"


async def test_the_app_joins_a_public_channel(web: AsyncWebClient):
    assert await error_of(web.chat_postMessage(channel="C0RANDOM04", text="a")) == "not_in_channel"
    assert (await web.conversations_join(channel="C0RANDOM04"))["channel"]["is_member"] is True
    assert (await web.conversations_join(channel="C0RANDOM04"))["warning"] == "already_in_channel"
    assert (await web.chat_postMessage(channel="C0RANDOM04", text="a"))["ok"]
    assert (
        await error_of(web.conversations_join(channel="D0DANA0001"))
        == "method_not_supported_for_channel_type"
    )


async def test_an_archived_channel_takes_nothing(slack: SlackStandIn, web: AsyncWebClient):
    slack.world.channel("payments").archived = True
    assert await error_of(web.chat_postMessage(channel="C0PAYMENTS", text="a")) == "is_archived"
    assert await error_of(web.conversations_join(channel="C0PAYMENTS")) == "is_archived"


async def test_a_direct_message_is_opened_by_person(slack: SlackStandIn, web: AsyncWebClient):
    assert (await web.conversations_open(users="U0DANA0001"))["channel"]["id"] == "D0DANA0001"
    assert (await web.conversations_open(users=["U0SAM00002"], return_im=True))["channel"][
        "user"
    ] == "U0SAM00002"
    assert await error_of(web.conversations_open(users="U0NOBODY")) == "user_not_found"
    assert await error_of(web.conversations_open(users=["U0SAM00002", "U0OLU00004"])) == "too_many_users"
    slack.world.person("gus").deleted = True
    assert await error_of(web.conversations_open(users="U0GUS00005")) == "user_disabled"


async def test_members_of_a_channel(web: AsyncWebClient):
    assert "U0STELLA06" in (await web.conversations_members(channel="C0CHECKOUT"))["members"]
    first = await web.conversations_members(channel="C0CHECKOUT", limit=2)
    assert len(first["members"]) == 2
    assert first["response_metadata"]["next_cursor"]


async def test_history_is_newest_first_and_leaves_replies_and_ephemeral_messages_out(web: AsyncWebClient):
    one = (await web.chat_postMessage(channel="C0DEPLOYS1", text="one"))["ts"]
    two = (await web.chat_postMessage(channel="C0DEPLOYS1", text="two"))["ts"]
    await web.chat_postMessage(channel="C0DEPLOYS1", text="reply", thread_ts=one)
    await web.chat_postMessage(channel="C0DEPLOYS1", text="loud", thread_ts=one, reply_broadcast=True)
    await web.chat_postEphemeral(channel="C0DEPLOYS1", user="U0DANA0001", text="psst")

    history = await web.conversations_history(channel="C0DEPLOYS1")
    assert [message["text"] for message in history["messages"]] == ["loud", "two", "one"]
    assert history["messages"][2]["reply_count"] == 2

    after_one = await web.conversations_history(channel="C0DEPLOYS1", oldest=one, latest=two)
    assert after_one["messages"] == []
    both = await web.conversations_history(channel="C0DEPLOYS1", oldest=one, latest=two, inclusive=True)
    assert [message["text"] for message in both["messages"]] == ["two", "one"]

    replies = await web.conversations_replies(channel="C0DEPLOYS1", ts=one)
    assert [message["text"] for message in replies["messages"]] == ["one", "reply", "loud"]
    assert (
        await error_of(web.conversations_replies(channel="C0DEPLOYS1", ts="1.000001")) == "thread_not_found"
    )


async def test_history_comes_in_pages_that_new_messages_do_not_shift(web: AsyncWebClient):
    for number in range(4):
        await web.chat_postMessage(channel="C0DEPLOYS1", text=str(number))
    first = await web.conversations_history(channel="C0DEPLOYS1", limit=2)
    await web.chat_postMessage(channel="C0DEPLOYS1", text="new")
    cursor = first["response_metadata"]["next_cursor"]
    second = await web.conversations_history(channel="C0DEPLOYS1", limit=2, cursor=cursor)
    assert [m["text"] for m in [*first["messages"], *second["messages"]]] == ["3", "2", "1", "0"]
    assert (first["has_more"], second["has_more"]) == (True, False)


async def test_history_of_a_channel_without_the_app_is_closed(web: AsyncWebClient):
    assert await error_of(web.conversations_history(channel="C0RANDOM04")) == "not_in_channel"
    assert (
        await error_of(web.conversations_history(channel="C0DEPLOYS1", oldest="soon")) == "invalid_ts_oldest"
    )
