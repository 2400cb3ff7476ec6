"""The Slack app manifest, judged by the rules of https://github.com/slackapi/manifest-schema, written down again here."""

from __future__ import annotations

import json
from typing import get_args

import jsonschema
import pytest
from pydantic import SecretStr

from bot.sandbox.slack.harbour import DEFAULT_COMMANDS
from config.commands import Command
from config.manifest import EVENTS, SCOPES, NoManifest, manifest, slash_commands
from config.models import Server, Settings, Slack

URL = {"type": "string", "pattern": "^https?://", "maxLength": 3000}


def closed(required=(), **properties):
    return {
        "type": "object",
        "required": list(required),
        "properties": properties,
        "additionalProperties": False,
    }


def text(longest, shortest=1):
    return {"type": "string", "minLength": shortest, "maxLength": longest}


def words(longest_list):
    return {"type": "array", "maxItems": longest_list, "uniqueItems": True, "items": text(50)}


BOOLEAN, INTEGER = {"type": "boolean"}, {"type": "integer"}
RULES = closed(
    ["display_information"],
    _metadata=closed(major_version=INTEGER, minor_version=INTEGER),
    display_information=closed(
        ["name"],
        name=text(35),
        description=text(140),
        background_color={"type": "string", "pattern": "^#[0-9a-fA-F]{3}([0-9a-fA-F]{3})?$"},
        long_description=text(4000, 175),
    ),
    features=closed(
        app_home=closed(
            home_tab_enabled=BOOLEAN, messages_tab_enabled=BOOLEAN, messages_tab_read_only_enabled=BOOLEAN
        ),
        bot_user=closed(["display_name"], display_name=text(80), always_online=BOOLEAN),
        slash_commands={
            "type": "array",
            "minItems": 1,
            "maxItems": 50,
            "items": closed(
                ["command", "description"],
                command={"type": "string", "pattern": "^/", "minLength": 2, "maxLength": 32},
                url=URL,
                description=text(2000),
                usage_hint=text(1000),
                should_escape=BOOLEAN,
            ),
        },
    ),
    oauth_config=closed(scopes=closed(bot=words(255), user=words(255))),
    settings=closed(
        event_subscriptions=closed(request_url=URL, bot_events=words(100)),
        interactivity=closed(["is_enabled"], is_enabled=BOOLEAN, request_url=URL),
        org_deploy_enabled=BOOLEAN,
        socket_mode_enabled=BOOLEAN,
        token_rotation_enabled=BOOLEAN,
    ),
)


def settings(url="https://bot.example.com/base/", **slack):
    return Settings(server=Server(public_url=url), slack=Slack(bot_token=SecretStr("xoxb-1"), **slack))


@pytest.mark.parametrize("transport", ["http", "socket"])
def test_the_manifest_keeps_slacks_rules(transport):
    made = manifest(settings(transport=transport, command_prefix="ph-", app_name="p" * 35))
    jsonschema.validate(json.loads(json.dumps(made)), RULES)


def test_over_http_everything_is_sent_to_one_address():
    made = manifest(settings())
    address = "https://bot.example.com/base/slack/events"
    assert made["settings"]["event_subscriptions"]["request_url"] == address
    assert made["settings"]["interactivity"]["request_url"] == address
    assert {command["url"] for command in made["features"]["slash_commands"]} == {address}
    assert made["settings"]["socket_mode_enabled"] is False


def test_socket_mode_names_no_address():
    made = manifest(settings(transport="socket"))
    assert made["settings"]["socket_mode_enabled"] is True
    assert "https" not in json.dumps(made)


def test_every_slash_command_that_exists_is_in_the_manifest_and_no_other():
    everything = [command["command"] for command in manifest(settings())["features"]["slash_commands"]]
    assert everything == [f"/{name}" for name in get_args(Command)]
    few = manifest(settings(commands=["deploy", "lock"], command_prefix="ph-"))
    assert [command["command"] for command in few["features"]["slash_commands"]] == ["/ph-deploy", "/ph-lock"]
    named = manifest(settings(commands={"deploy": "/ship", "rollback": "back"}))
    assert [command["command"] for command in named["features"]["slash_commands"]] == ["/ship", "/back"]


def test_the_stand_in_begins_with_the_commands_of_the_usual_manifest():
    usual = [
        (command["command"], command["description"], command["usage_hint"])
        for command in slash_commands(settings())
    ]
    assert list(DEFAULT_COMMANDS) == usual


def test_the_manifest_has_the_names_of_the_configuration():
    made = manifest(settings(app_name="shipper", command_prefix="ph-", commands={"deploy": "/ship"}))
    assert made["features"]["slash_commands"][0]["command"] == "/ph-ship"
    assert made["features"]["bot_user"]["display_name"] == "shipper"
    assert made["display_information"]["name"] == "shipper"


def test_every_event_has_the_scope_that_slack_wants_for_it():
    needed = {"app_mention": "app_mentions:read", "message.im": "im:history", "app_home_opened": None}
    made = manifest(settings())
    assert set(made["settings"]["event_subscriptions"]["bot_events"]) == set(EVENTS) == needed.keys()
    assert set(made["oauth_config"]["scopes"]["bot"]) == SCOPES.keys()
    assert SCOPES.keys() >= {scope for scope in needed.values() if scope} | {
        "commands",
        "chat:write",
        "im:write",
    }


@pytest.mark.parametrize(
    ("url", "sentence"), [(None, "is not set"), ("http://bot.example.com", "must begin with https")]
)
def test_without_an_address_that_slack_can_use_there_is_no_manifest(url, sentence):
    with pytest.raises(NoManifest, match=sentence):
        manifest(settings(url))


def test_no_secret_gets_into_the_manifest():
    made = manifest(settings(signing_secret=SecretStr("hunter2")))
    assert "hunter2" not in json.dumps(made)
    assert "xoxb" not in json.dumps(made)
