"""What is checked across settings: names, people, channels, commands, targets."""

from __future__ import annotations

from typing import get_args

import pytest
from pydantic import BaseModel

from config.checks.slack import BUILT_IN
from config.commands import Command
from config.loader import ConfigurationFaults, load
from config.words import RESERVED


class CiSettings(BaseModel):
    servers: dict[str, str] = {"main": "http://ci"}


class PlainSettings(BaseModel):
    pass


DRIVERS = {"ci": CiSettings, "plain": PlainSettings}
ENVIRON = {"BOT": "xoxb-1", "APP": "xapp-1", "SIGNING": "shh", "BLANK": " "}
KEYS = "bot_token: '${BOT}', signing_secret: '${SIGNING}'"


@pytest.fixture
def faults(tmp_path):
    def faults_of(*lines, slack=KEYS, drivers="drivers: {ci: {}}"):
        file = tmp_path / "pilothouse.yaml"
        file.write_text("\n".join([f"slack: {{{slack}}}", drivers, *lines]), encoding="utf-8")
        try:
            load(file, environ=ENVIRON, drivers=DRIVERS)
        except ConfigurationFaults as error:
            return [f"{fault.line}: {fault.path}: {fault.problem}" for fault in error.faults]
        return []

    return faults_of


def service(body="environments: {staging: {job: x}}", name="checkout"):
    return f"services: {{{name}: {{{body}}}}}"


# --- the slack section ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("slack", "fault"),
    [
        ("bot_token: '${BOT}'", "slack.signing_secret: is missing: transport http needs it"),
        (f"transport: socket, {KEYS}", "slack.app_token: is missing: transport socket needs it"),
        ("bot_token: '${BLANK}', signing_secret: '${SIGNING}'", "slack.bot_token: is empty"),
        (f"{KEYS}, workspaces: [U111]", 'slack.workspaces[0]: "U111" is no such id'),
        (f"{KEYS}, allow_guests: [T111]", 'slack.allow_guests[0]: "T111" is no such id'),
        (f"{KEYS}, allow_guests: [U111, U111]", 'slack.allow_guests[1]: "U111" is listed twice'),
        (f"{KEYS}, allow_strangers: [T111, U111, bob]", 'slack.allow_strangers[2]: "bob" is no such id'),
        (f"{KEYS}, announce_channel: ops", "slack.announce_channel: is no channel"),
        (f"{KEYS}, command_prefix: 'Ph '", "slack.command_prefix: cannot begin a slash command"),
        (f"{KEYS}, commands: {{deploy: 'de ploy'}}", "slack.commands.deploy: makes the command /de ploy, which Slack does not take"),
        (f"{KEYS}, commands: {{deploy: /Deploy}}", "slack.commands.deploy: makes the command /Deploy, which Slack does not take"),
        (f"{KEYS}, commands: {{deploy: /{'d' * 32}}}", f"slack.commands.deploy: makes the command /{'d' * 32}, which Slack does not take"),
        (f"{KEYS}, commands: {{deploy: /deploy, roll: /roll}}", 'slack.commands.roll: is none of the allowed words - did you mean "rollback"?'),
        (f"{KEYS}, commands: [deploy, lokc]", 'slack.commands[1]: is none of the allowed words - did you mean "lock"?'),
        (f"{KEYS}, commands: [deploy, deploy]", "slack.commands[1]: makes the command /deploy, as deploy does"),
        (f"{KEYS}, commands: {{deploy: /d, lock: d}}", "slack.commands.lock: makes the command /d, as deploy does"),
        (f"{KEYS}, commands: [lock]", "slack.commands: lacks deploy: whatever has no command of its own follows it"),
        (f"{KEYS}, commands: {{}}", "slack.commands: lacks deploy: whatever has no command of its own follows it"),
        (f"{KEYS}, commands: deploy", "slack.commands: must be a mapping (key: value)"),
    ],
)  # fmt: skip
def test_the_slack_section_is_checked(faults, slack, fault):
    assert faults(slack=slack) == [f"1: {fault}"]


@pytest.mark.parametrize("name", sorted(BUILT_IN))
def test_a_command_that_is_slacks_own_is_refused_and_a_prefix_helps(faults, name):
    (fault,) = faults(slack=f"{KEYS}, commands: {{deploy: '/{name}'}}")
    assert fault.startswith(f"1: slack.commands.deploy: makes the command /{name}, which is Slack's own")
    assert faults(slack=f"{KEYS}, command_prefix: ph-, commands: {{deploy: '/{name}'}}") == []


@pytest.mark.parametrize("name", get_args(Command))
def test_each_of_our_commands_is_nobody_elses_and_checked_by_its_own_name(faults, name):
    assert f"/{name}" not in BUILT_IN
    others = "" if name == "deploy" else "deploy: /deploy, "
    (fault,) = faults(slack=f"{KEYS}, commands: {{{others}{name}: /status}}")
    assert fault.startswith(f"1: slack.commands.{name}: makes the command /status, which is Slack's own")


def test_a_prefix_can_make_a_command_slacks_own(faults):
    (fault,) = faults(slack=f"{KEYS}, command_prefix: re, commands: {{deploy: mind}}")
    assert "makes the command /remind" in fault


def test_socket_mode_needs_no_signing_secret(faults):
    assert faults(slack="transport: socket, bot_token: '${BOT}', app_token: '${APP}'") == []


# --- people ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lines", "fault"),
    [
        ("groups: {everyone: [U111]}", "groups.everyone: cannot name a group"),
        ("groups: {SRE: [U111]}", "groups.SRE: cannot name a group"),
        ("groups: {sre: []}", "groups.sre: has nobody in it"),
        ("groups: {sre: [everyone]}", 'groups.sre[0]: "everyone" is nobody\'s id'),
        ("groups: {sre: [U111, U111]}", 'groups.sre[1]: "U111" is listed twice'),
        ("policies: {p: {deploy: [sree]}}", 'policies.p.deploy[0]: "sree" is no group'),
        ("administrators: [sree]", 'administrators[0]: "sree" is no group'),
        ("policies: {p: {deploy: []}}", "policies.p.deploy: names nobody, so that nobody could ever deploy"),
        ("policies: {p: {cancel: [bob]}}", 'policies.p.cancel[0]: "bob" is no group'),
        ("policies: {p: {approve: ['1 of [U111, U111]']}}", 'policies.p.approve[0]: "U111" is listed twice'),
        ("policies: {p: {approve: ['3 of [U111, U222]']}}", "policies.p.approve[0]: can never be met: only 2 people to choose from"),
        ("policies: {p: {approve: ['1 of S111'], expires: 10m, remind: 10m}}", "policies.p.remind: would come after the approval expired (10m)"),
    ],
)  # fmt: skip
def test_groups_and_policies_are_checked(faults, lines, fault):
    assert faults(lines) == [f"3: {fault}"]


def test_who_may_break_the_glass_is_checked(faults):
    announced = f"{KEYS}, announce_channel: C111"
    assert faults("policies: {p: {break_glass: [U111, U111]}}", slack=announced) == [
        '3: policies.p.break_glass[1]: "U111" is listed twice'
    ]


def test_breaking_the_glass_needs_a_channel_where_it_is_announced(faults):
    assert faults("policies: {p: {break_glass: [U111]}}") == [
        (
            "3: policies.p.break_glass: needs slack.announce_channel: whoever breaks the glass is announced there, "
            "for all to see"
        )
    ]


def test_a_group_that_was_probably_meant_is_named(faults):
    (fault,) = faults("groups: {sre-team: [U111]}", "policies: {p: {deploy: [sre-taem]}}")
    assert fault.endswith('"sre-taem" is no group - did you mean "sre-team"?')


def test_a_group_of_one_that_deploys_and_approves_cannot_meet_four_eyes(faults):
    solo = "groups: {solo: [U111]}"
    (fault,) = faults(solo, "policies: {p: {deploy: [solo], approve: [1 of solo]}}")
    assert fault.startswith("4: policies.p.approve[0]: can never be met with four_eyes")
    assert faults(solo, "policies: {p: {deploy: [solo], approve: [1 of solo], four_eyes: false}}") == []
    assert faults(solo, "policies: {p: {approve: [1 of solo]}}") == []
    assert faults(solo, "policies: {p: {deploy: [U222], approve: [1 of solo]}}") == []


def test_how_many_are_in_a_slack_group_is_not_guessed(faults):
    assert faults("policies: {p: {approve: [9 of S111, 9 of everyone, '9 of [S111, U111]']}}") == []


@pytest.mark.parametrize(
    ("approve", "fault"),
    [
        (
            "[2 of a, 1 of a]",
            "4: policies.production.approve[1]: can never be met together with the clauses above",
        ),
        ("[1 of a, 1 of b, '1 of [a, b]']", None),
        (
            "['2 of [a, b]', 1 of U111, 1 of U222]",
            "4: policies.production.approve[2]: can never be met together",
        ),
        ("['1 of [a, b]', 1 of U333]", None),
        ("[2 of a, '1 of [a, S111]']", None),
    ],
)
def test_clauses_are_held_against_the_people_together(faults, approve, fault):
    found = faults(
        "groups: {a: [U111, U222], b: [U333]}",
        f"policies: {{production: {{approve: {approve}}}}}",
        service("environments: {production: {job: x}}"),
    )
    assert [one[: len(fault or "")] for one in found] == ([fault] if fault else [])


def test_four_eyes_are_held_against_all_clauses_together(faults):
    groups = "groups: {a: [U111, U222], b: [U333]}"
    policy = "policies: {production: {deploy: [b], approve: [1 of a, '2 of [a, b]']}}"
    (fault,) = faults(groups, policy)
    assert fault.startswith("4: policies.production.approve[1]: can never be met with four_eyes")


@pytest.mark.parametrize("policy", ["", "policies: {}"])
def test_without_any_policy_every_environment_is_open(faults, policy):
    assert faults(policy, service()) == []


def test_a_policy_that_no_environment_uses_is_a_slip_of_the_pen(faults):
    assert faults("policies: {prodution: {}}", service("environments: {production: {job: x}}")) == [
        '3: policies.prodution: is used by no environment - did you mean "production"?',
        (
            "4: services.checkout.environments.production.policy: has no policy: name one, or say "
            '"policy: open" if everyone may deploy there and nobody is asked'
        ),
    ]


@pytest.mark.parametrize("place", ["{job: x, policy: open}", "{job: x, policy: strict}"])
def test_where_there_are_policies_an_environment_says_which_it_takes(faults, place):
    other = service(f"environments: {{production: {{job: x, policy: strict}}, staging: {place}}}")
    assert faults("policies: {strict: {}}", other) == []
    assert faults("policies: {strict: {}, default: {}}", other) == []


def test_a_policy_called_like_an_alias_is_not_the_environments(faults):
    place = service("environments: {production: {job: x, aliases: [prod]}}")
    (fault,) = faults("policies: {prod: {}, default: {}}", place)
    assert fault == (
        '3: policies.prod: "prod" is an alias of the environment production of checkout, which takes the policy default'
    )


def test_open_is_no_name_for_a_policy(faults):
    (fault,) = faults("policies: {open: {}}", service("environments: {staging: {job: x, policy: open}}"))
    assert fault.startswith('3: policies.open: "open" is the word for no policy at all')


# --- the store ------------------------------------------------------------------------------------------------


def test_what_is_delivered_again_has_to_be_known_still(faults):
    (fault,) = faults("store: {keep_messages: 1h59m}")
    assert fault.startswith("3: store.keep_messages: is shorter than 2h")
    assert faults("store: {keep_messages: 2h}") == []


# --- services -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("word", sorted(RESERVED))
def test_a_word_of_the_command_names_no_service_no_environment_and_no_alias(faults, word):
    text = f"environments: {{'{word}': {{job: x}}, staging: {{job: x, aliases: ['{word}']}}}}"
    assert len(faults(service(text, name=f"'{word}'"))) == 3


@pytest.mark.parametrize(
    "name", ["Checkout", "12", "check out", "-a", "a-", "a.", "#a", "ü", "a" * 64, "<a>"]
)
def test_a_name_that_cannot_be_typed_is_a_fault(faults, name):
    assert faults(service(name=f'"{name}"')) == [f'3: services.{name}: "{name}" cannot be typed as a name']


def test_a_word_stands_for_one_thing_only(faults):
    found = faults(
        """
services:
  checkout:
    aliases: [co, co]
    environments:
      staging: {job: x, aliases: [production]}
      production: {job: x, aliases: [co]}
  payments:
    aliases: [checkout]
    environments: {staging: {job: x}}
"""
    )
    assert found == [
        '6: services.checkout.aliases[0]: "co" is also an environment of checkout, so that the command could mean either',
        '6: services.checkout.aliases[1]: "co" already stands for the service checkout',
        '8: services.checkout.environments.staging.aliases[0]: "production" already stands for the environment production',
        '11: services.payments.aliases[0]: "checkout" already stands for the service checkout',
    ]


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ("description: x", "services.checkout.environments: has no environment, so that it cannot be deployed"),
        ("default_version: a..b, environments: {staging: {job: x}}", "services.checkout.default_version: does not match version_pattern"),
        ("version_pattern: '(?!x)[a-z]+', environments: {staging: {job: x}}", "services.checkout.version_pattern: is not a regular expression of RE2 (which has no look-around and no back-references): invalid perl operator: (?!"),
        ("version_pattern: '(', environments: {staging: {job: x}}", "services.checkout.version_pattern: is not a regular expression of RE2 (which has no look-around and no back-references): missing ): ("),
        ("channel: deploys, environments: {staging: {job: x}}", 'services.checkout.channel: "deploys" is no channel'),
        ("channels: ['#A'], environments: {staging: {job: x}}", 'services.checkout.channels[0]: "#A" is no channel'),
        ("environments: {staging: {job: x, policy: strict}}", 'services.checkout.environments.staging.policy: "strict" is no policy'),
        ("environments: {staging: {job: x, driver: cj}}", 'services.checkout.environments.staging.driver: "cj" is no configured driver'),
        ("environments: {staging: {job: x, server: mian}}", 'services.checkout.environments.staging.server: "mian" is no server of ci - did you mean "main"?'),
        ("environments: {staging: {job: ''}}", "services.checkout.environments.staging.job: must not be empty"),
    ],
)  # fmt: skip
def test_services_are_checked(faults, body, fault):
    assert faults(service(body)) == [f"3: {fault}"]


def test_driver_and_server_must_be_named_where_there_is_a_choice(faults):
    choice = "drivers: {ci: {servers: {a: x, b: x}}, plain: {}}"
    path = "services.checkout.environments.staging"
    assert faults(service(), drivers=choice) == [f"3: {path}.driver: is missing: there is more than one"]
    named = service("environments: {staging: {job: x, driver: ci}}")
    assert faults(named, drivers=choice) == [f"3: {path}.server: is missing: there is more than one"]
    plain = service("environments: {staging: {job: x, driver: plain}}")
    assert faults(plain, drivers=choice) == []
    plain = service("environments: {staging: {job: x, driver: plain, server: a}}")
    assert faults(plain, drivers=choice) == [f'3: {path}.server: "a" is no server of plain']
    assert faults(service(), drivers="") == [f"3: {path}.driver: is missing: no driver is configured"]


def test_a_channel_belongs_to_one_service_but_cards_may_share_one(faults):
    shared = "channel: '#deploys', channels: [C111], environments: {staging: {job: x}}"
    assert faults(f"services: {{a1: {{{shared}}}, b1: {{{shared}}}}}") == [
        '3: services.b1.channels[0]: already belongs to the service "a1"'
    ]


@pytest.mark.parametrize(
    ("template", "problem"),
    [
        ("{{ vresion }}", 'names "vresion" - did you mean "version"?'),
        ("{{ version", "is no template"),
        ("{% for a in version %}{% endfor %}", "uses for, which a parameter may not"),
        ("{% include 'x' %}", "uses include, which a parameter may not"),
        ("{% macro a() %}{% endmacro %}", "uses macro, which a parameter may not"),
        ("{% set a = version %}", "uses assign, which a parameter may not"),
        ("{{ version.upper() }}", "uses call, which a parameter may not"),
        ("{{ version.format }}", "uses getattr, which a parameter may not"),
        ("{{ version['format'] }}", "uses [] with something other than a position"),
        ("{{ version[service] }}", "uses [] with something other than a position"),
        ("{{ 'x' * 1000000000 }}", "uses mul, which a parameter may not"),
        ("{{ 9 ** 9 ** 9 }}", "uses pow, which a parameter may not"),
        ("{{ version | uper }}", 'uses the filter "uper" - did you mean "upper"?'),
        ("{{ version | center(1000000000) }}", 'uses the filter "center"'),
        ("x" * 2_001, "is a template of more than 2000 characters"),
        ("{{ " + "(" * 400 + "version" + ")" * 400 + " }}", "is a template that is nested too deep"),
        ("{{ version " + "| lower" * 60 + " }}", "is a template that is nested too deep"),
    ],
)
def test_a_template_is_compiled_when_the_file_is_read(faults, template, problem):
    body = f'environments: {{staging: {{job: x, parameters: {{A: "{template}"}}}}}}'
    (fault,) = faults(service(body))
    assert f"services.checkout.environments.staging.parameters.A: {problem}" in fault
