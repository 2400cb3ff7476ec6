"""The models by themselves: what they answer, and that nothing about them can change."""

from __future__ import annotations

import pytest
from pydantic import BaseModel, SecretStr, ValidationError

from config.models import Clause, Policy, Service, ServiceEnvironment, Settings, Slack, Who, servers_of

SLACK = Slack(bot_token=SecretStr("xoxb-1"))
JOB = ServiceEnvironment(job="deploy")


def settings(**sections):
    return Settings(slack=SLACK, **sections)


def test_a_policy_is_the_named_one_else_the_environments_else_default_else_open():
    strict, staging, default = Policy(deploy=["U111"]), Policy(deploy=["U222"]), Policy(deploy=["U333"])
    environments = {"staging": JOB, "qa": JOB, "live": ServiceEnvironment(job="x", policy="strict")}
    services = {"checkout": Service(environments=environments)}
    full = settings(policies={"strict": strict, "staging": staging, "default": default}, services=services)
    assert full.policy_for("checkout", "live") == ("strict", strict)
    assert full.policy_for("checkout", "staging") == ("staging", staging)
    assert full.policy_for("checkout", "qa") == ("default", default)
    assert settings(services=services).policy_for("checkout", "qa") == ("open", Policy())
    with pytest.raises(KeyError):
        full.policy_for("checkout", "moon")


def test_the_open_policy_lets_everyone_deploy_and_asks_nobody():
    assert (Policy().deploy, Policy().approve, Policy().break_glass) == (["everyone"], [], [])


def test_a_channel_is_known_by_its_id_or_its_name():
    services = {"checkout": Service(channels=["C111", "#checkout"]), "payments": Service(channels=["#pay"])}
    known = settings(services=services)
    assert known.service_of_channel("C111") == "checkout"
    assert known.service_of_channel("C999", "checkout") == "checkout"
    assert known.service_of_channel("C999", "#pay") == "payments"
    assert known.service_of_channel("C999", "") is None
    assert known.service_of_channel("", "") is None


def test_who_is_meant_is_resolved_through_the_groups():
    known = settings(groups={"sre": ["U111", "W222", "S333"]})
    assert known.who(["sre", "U444", "U111"]) == Who(
        users=frozenset({"U111", "W222", "U444"}), chat_groups=frozenset({"S333"})
    )
    assert known.who(["everyone"]) == Who(everyone=True)
    assert known.who(["nobody-known"]) == Who()


@pytest.mark.parametrize(
    ("commands", "prefix", "command"),
    [
        ({"deploy": "/deploy"}, "", "/deploy"),
        ({"deploy": "ship"}, "ph-", "/ph-ship"),
        ({}, "ph-", "/ph-deploy"),
    ],
)
def test_the_command_has_its_prefix_and_one_slash(commands, prefix, command):
    assert Slack(bot_token=SecretStr("x"), commands=commands, command_prefix=prefix).command() == command


@pytest.mark.parametrize("text", ["2 of sre", "1 of U111", "1 of [sre, owners]"])
def test_a_clause_is_told_as_it_is_written(text):
    assert str(Clause.model_validate(text)) == text


@pytest.mark.parametrize(
    "text",
    ["", "sre", "of sre", "two of sre", "2 of", "2 of sre, owners", "1 of [a, ]", "0 of sre", "-1 of sre"],
)
def test_anything_else_is_no_clause(text):
    with pytest.raises(ValidationError):
        Clause.model_validate(text)


def test_driver_and_server_are_filled_in_where_there_is_no_choice():
    class Ci(BaseModel):
        servers: dict[str, str]

    services = {"checkout": Service(environments={"qa": JOB})}

    def target(drivers):
        environment = settings(drivers=drivers, services=services).services["checkout"].environments["qa"]
        return environment.driver, environment.server

    assert target({"ci": Ci(servers={"main": "x"})}) == ("ci", "main")
    assert target({"ci": Ci(servers={"a": "x", "b": "x"})}) == ("ci", "")
    assert target({"ci": Ci(servers={"a": "x"}), "other": None}) == ("", "")
    assert target({}) == ("", "")


def test_a_driver_without_servers_has_none_to_choose_from():
    assert servers_of(object()) is None
    assert servers_of({"servers": {"main": {}}}) == ["main"]


def test_settings_cannot_be_changed_and_take_no_unknown_keys():
    known = settings()
    with pytest.raises(ValidationError, match="frozen"):
        known.slack = SLACK
    with pytest.raises(ValidationError, match="Extra inputs"):
        Settings(slack=SLACK, more={})


def test_secrets_are_never_printed():
    printed = repr(settings()) + str(settings().model_dump_json())
    assert "xoxb-1" not in printed
