"""The file as a whole: settings, or every fault at once with its line."""

from __future__ import annotations

from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import settings as within
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from config import loader
from config.loader import ConfigurationFaults, load

ENVIRON = {"BOT": "xoxb-from-environment", "SIGNING": "shh", "TOKEN": "t0ken"}
SLACK = "slack: {bot_token: '${BOT}', signing_secret: '${SIGNING}'}\n"


class CiServer(BaseModel):
    model_config = ConfigDict(extra="forbid")
    url: str
    token: SecretStr
    parallel: int = 4
    mirrors: list[CiServer] = Field(default_factory=list)


class CiSettings(BaseModel):
    model_config = ConfigDict(extra="forbid")
    servers: dict[str, CiServer]


class OtherSettings(BaseModel):
    api: str = "x"


DRIVERS = {"ci": CiSettings, "other": OtherSettings}
CI = "drivers: {ci: {servers: {main: {url: 'http://ci', token: '${TOKEN}'}}}}\n"


@pytest.fixture
def loaded(tmp_path):
    def load_text(text, environ=ENVIRON, drivers=DRIVERS):
        file = tmp_path / "pilothouse.yaml"
        file.write_text(dedent(text), encoding="utf-8") if isinstance(text, str) else file.write_bytes(text)
        return load(file, environ=environ, drivers=drivers)

    return load_text


@pytest.fixture
def faults(loaded):
    def faults_of(text, **kwargs):
        with pytest.raises(ConfigurationFaults) as caught:
            loaded(text, **kwargs)
        return [f"{fault.line}: {str(fault).split(': ', 1)[1]}" for fault in caught.value.faults]

    return faults_of


def test_a_small_file_gives_settings_with_the_obvious_filled_in(loaded):
    settings = loaded(
        SLACK
        + CI
        + "services: {checkout: {environments: {staging: {job: deploy, parameters: {V: '{{ version }}'}}}}}\n"
    )
    target = settings.services["checkout"].environments["staging"]
    assert (target.driver, target.server, target.job) == ("ci", "main", "deploy")
    assert settings.slack.bot_token.get_secret_value() == "xoxb-from-environment"
    assert isinstance(settings.drivers["ci"], CiSettings)
    assert settings.policy_for("checkout", "staging")[0] == "open"


def test_every_fault_is_reported_at_once_with_file_line_path_and_what_is_allowed(faults):
    assert faults(
        """\
        server:
          prot: 80
        slack:
          transport: sockets
          bot_token: xoxb-literal
          app_token: ${NOPE}
          signing_secret: ${SIGNING}
        groups:
          sre: [U111]
        policies:
          production:
            approve: [2 of sre, 1 of owners]
            expires: 30
        drivers:
          jenkinz: {}
          ci: {servers: {main: {url: http://ci, token: '${TOKEN}', paralel: 2}}}
        services:
          checkout:
            aliases: [status]
            environments:
              staging: {driver: ci, job: x, policy: open, parameters: {A: "{{ vresion }}", B: true}}
              production: {driver: ci}
        """
    ) == [
        (
            '2: server.prot: is not known here - did you mean "port"?'
            " (allowed: host, log_format, port, public_url, stop_within)"
        ),
        '4: slack.transport: is none of the allowed words - did you mean "socket"? (allowed: http, socket)',
        (
            "5: slack.bot_token: is a secret, and secrets do not belong in this file: put it in the environment or a file"
            " (allowed: ${NAME}, ${file:/path})"
        ),
        "6: slack.app_token: the environment variable NOPE is not set; where empty is meant, write ${NOPE:-}",
        "12: policies.production.approve[0]: can never be met: only 1 person to choose from",
        (
            '12: policies.production.approve[1]: "owners" is no group'
            " (allowed: everyone, sre, user ids (U…, W…) and user group ids (S…))"
        ),
        "13: policies.production.expires: write a length of time with its unit, such as 30s, 10m, 2h, 14d or 1h30m",
        "15: drivers.jenkinz: is no driver (allowed: ci, other)",
        (
            '16: drivers.ci.servers.main.paralel: is not known here - did you mean "parallel"?'
            " (allowed: mirrors, parallel, token, url)"
        ),
        '19: services.checkout.aliases[0]: "status" is a word of the command' + ALLOWED_NAMES,
        (
            '21: services.checkout.environments.staging.parameters.A: names "vresion" - did you mean "version"?'
            " (allowed: service, environment, version, deployment, number, requester, requester_id, digest)"
        ),
        "21: services.checkout.environments.staging.parameters.B: must be text; put it in quotes",
        "22: services.checkout.environments.production.job: is missing",
    ]


def _allowed_names():
    from config.faults import listed
    from config.words import RESERVED

    return f" (allowed: any but {listed(RESERVED)})"


ALLOWED_NAMES = _allowed_names()


def test_the_text_of_the_faults_begins_with_the_file(loaded, tmp_path):
    with pytest.raises(ConfigurationFaults) as caught:
        loaded(SLACK + "serverr: {}\nstorage: {}\n")
    lines = str(caught.value).splitlines()
    assert lines[0].startswith(
        f'{tmp_path}/pilothouse.yaml:2: serverr: is not known here - did you mean "server"?'
    )
    assert len(lines) == len(caught.value.faults) == 2


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "1: the file must be a mapping of sections (server:, slack:, services:, …)"),
        ("- a\n- b\n", "1: the file must be a mapping of sections (server:, slack:, services:, …)"),
        ("server:\n\tport: 80\n", "2: a tab cannot indent YAML; use spaces"),
        ("server: {port: 80\nstore: }\n", "2: is not YAML: expected ',' or '}', but got ':'"),
        ("server: &a {host: *b}\n", "1: is not YAML: found undefined alias 'b'"),
        ("server: {}\n---\nstore: {}\n", "2: is not YAML: but found another document"),
        ("server: \x07\n", "1: has a character that YAML does not allow: U+0007"),
        (b"server: \xff\n", "1: is not UTF-8 text"),
        ("a: " + "[" * 60 + "]" * 60, "1: is nested more than 40 deep"),
        ("groups: &a\n  x: *a\n", "1: an alias refers to what it stands in"),
        ("groups: &a\n  <<: *a\n", "1: an alias refers to what it stands in"),
        ("x" * 1_000_001, "1: the file is larger than 1000000 characters"),
    ],
)
def test_a_text_that_cannot_be_read_is_one_fault(faults, text, fault):
    assert faults(text) == [fault]


@pytest.mark.parametrize(
    "joint",
    ["[{0},{0},{0},{0},{0},{0},{0},{0},{0},{0}]", "{{<<: [{0},{0},{0},{0},{0},{0},{0},{0}], k{1}: 1}}"],
)
def test_aliases_that_multiply_are_bounded(faults, joint):
    lines = ["a0: &a0 {x: 1}"]
    lines += [f"a{n}: &a{n} " + joint.format(f"*a{n - 1}", n) for n in range(1, 9)]
    (fault,) = faults("\n".join(lines) + "\n")
    assert "the file grows beyond 50000 values when its aliases are followed" in fault


def test_a_key_written_twice_says_where_the_first_is(faults):
    assert faults(SLACK + "groups:\n  sre: [U111]\n  sre: [U222]\n") == [
        "4: groups.sre: is written twice; the first is in line 3"
    ]


@pytest.mark.parametrize("key", ["1", "yes", "null", "2024-01-01", "[a]"])
def test_a_key_that_is_not_text_is_a_fault(faults, key):
    (fault,) = faults(SLACK + f"groups:\n  ? {key}\n  : [U111]\n")
    assert fault.startswith("3: groups: has a key")
    assert fault.endswith("that is not text; put it in quotes")


def test_merge_keys_bring_in_defaults_that_the_mapping_itself_overrules(loaded):
    settings = loaded(
        SLACK
        + """
policies:
  usual: &usual {expires: 5m, four_eyes: false}
  strict: {<<: *usual, four_eyes: true}
  both: {<<: [{expires: 7m}, *usual], remind: null}
"""
    )
    assert (settings.policies["strict"].expires, settings.policies["strict"].four_eyes) == (300, True)
    assert (settings.policies["both"].expires, settings.policies["both"].four_eyes) == (420, False)


def test_a_merge_of_something_else_is_a_fault(faults):
    assert faults(SLACK + "server: {<<: [1]}\n") == ["2: server: << takes a mapping, or a list of mappings"]


def test_a_fault_in_a_merged_value_stands_where_it_is_written(faults):
    found = faults(SLACK + "policies:\n  usual: &usual\n    expires: soon\n  strict: {<<: *usual}\n")
    assert [fault.split(": ")[:2] for fault in found] == [
        ["4", "policies.strict.expires"],
        ["4", "policies.usual.expires"],
    ]


def test_tags_and_impossible_dates_are_faults(faults):
    found = faults(SLACK + "server:\n  host: !!python/object:os.system x\n  public_url: 2024-13-45\n")
    assert found[0].startswith("3: server.host: has a tag that is not allowed here")
    assert found[1].startswith("4: server.public_url: ")
    assert len(found) == 2


@pytest.mark.parametrize(
    ("section", "fault"),
    [
        ("server: {port: many}", "2: server.port: must be a whole number"),
        ("server: {port: 70000}", "2: server.port: should be less than or equal to 65535"),
        ("server: 5", "2: server: must be a mapping (key: value)"),
        ("server: {host: 5}", "2: server.host: must be text; put it in quotes"),
        ("server: {host: ''}", "2: server.host: must not be empty"),
        ("server: {public_url: example.com}", "2: server.public_url: must be an address that begins with http:// or https://"),
        ("groups: {sre: U111}", "2: groups.sre: must be a list"),
        ("groups: [a]", "2: groups: must be a mapping (key: value)"),
        ("policies: {p: {four_eyes: maybe}}", "2: policies.p.four_eyes: must be true or false"),
        ("policies: {p: {approve: [two of us]}}", '2: policies.p.approve[0]: write a clause as "2 of sre", "1 of U012AB3CD" or "1 of [sre, owners]"'),
        ("policies: {p: {approve: [{count: 0, of: [U111]}]}}", "2: policies.p.approve[0].count: should be greater than or equal to 1"),
        ("policies: {p: {approve: [{count: 1}]}}", "2: policies.p.approve[0].of: is missing"),
        ("policies: {p: {expires: 0s}}", "2: policies.p.expires: should be greater than 0"),
        ("following: {at_least: 10s, at_most: 1s}", "2: following.at_most: is shorter than at_least (10s)"),
        ("drivers: {other: {api: [1]}}", "2: drivers.other.api: must be text; put it in quotes"),
        ("drivers: {other: 7}", "2: drivers.other: must be a mapping (key: value)"),
        ("drivers: 7", "2: drivers: must be a mapping (key: value)"),
        ("server: {host: '${A B}'}", "2: server.host: ${A B} is no reference; write ${NAME}, ${NAME:-default}, ${file:/path}, or $${ for a plain ${"),
    ],
)  # fmt: skip
def test_a_wrong_value_is_told_in_plain_words(faults, section, fault):
    assert faults(SLACK + section + "\n") == [fault]


def test_a_file_without_slack_says_so_and_still_checks_the_rest(faults):
    assert faults("groups: {sre: [bob]}\n") == [
        "1: slack: is missing",
        '1: groups.sre[0]: "bob" is nobody\'s id (allowed: user ids (U…, W…) and user group ids (S…))',
    ]


def test_a_faulty_group_or_policy_is_no_second_fault_where_it_is_named(faults):
    found = faults(
        SLACK
        + CI
        + """
groups: {sre: 5}
policies: {production: {deploy: [sre], approve: [1 of sre], expires: x}}
services: {checkout: {environments: {production: {job: x, policy: production}}}}
"""
    )
    assert [line.split(": ")[1] for line in found] == ["groups.sre", "policies.production.expires"]


def test_a_faulty_server_is_no_second_fault_where_it_is_named(faults):
    text = "drivers: {ci: {servers: {main: {url: 5, token: '${TOKEN}'}}}}\n"
    text += "services: {checkout: {environments: {production: {job: x, driver: ci, server: main}}}}\n"
    assert faults(SLACK + text) == ["2: drivers.ci.servers.main.url: must be text; put it in quotes"]


@pytest.mark.parametrize(
    "section",
    [
        "drivers: {ci: {servers: {main: {url: 'http://ci', token: hunter2}}}}",
        "drivers: {ci: {servers: {main: {url: 'http://ci', token: '${NOPE:-hunter2}'}}}}",
        "drivers: {ci: {servers: {main: {url: 'http://ci', token: 'x${TOKEN}hunter2'}}}}",
        "drivers: {ci: {servers: {main: {url: 'http://ci', token: '${TOKEN}', mirrors: [{url: x, token: hunter2}]}}}}",
    ],
)
def test_a_secret_written_into_the_file_is_a_fault_that_does_not_repeat_it(faults, section):
    (fault,) = faults(SLACK + section + "\n")
    assert "is a secret, and secrets do not belong in this file" in fault
    assert "hunter2" not in fault


def test_no_fault_prints_a_value_from_the_environment(loaded):
    environ = dict.fromkeys(("BOT", "SIGNING", "TOKEN", "PORT", "WORD"), "hunter2")
    with pytest.raises(ConfigurationFaults) as caught:
        loaded(
            SLACK
            + CI
            + "server: {port: '${PORT}', log_format: '${WORD}', stop_within: '${WORD}', public_url: '${WORD}'}\n",
            environ=environ,
        )
    assert len(caught.value.faults) == 4
    assert "hunter2" not in str(caught.value)


def test_a_missing_file_is_a_fault(tmp_path):
    with pytest.raises(ConfigurationFaults, match=r"nowhere\.yaml:1: cannot be read: No such file"):
        load(tmp_path / "nowhere.yaml", environ={}, drivers={})


def test_the_environment_names_the_file_when_nobody_else_does(monkeypatch, tmp_path):
    file = tmp_path / "mine.yaml"
    file.write_text(SLACK)
    monkeypatch.setenv("PILOTHOUSE_CONFIG", str(file))
    monkeypatch.setenv("BOT", "xoxb-1")
    monkeypatch.setenv("SIGNING", "shh")
    assert loader.from_environment(None, {}).slack.app_name == "pilothouse"
    with pytest.raises(ConfigurationFaults, match=r"given\.yaml"):
        loader.from_environment(tmp_path / "given.yaml", {})


YAMLISH = st.text("abc:{}[]-,&*!<|>'\"#%@$ \n\t${}~?1.", max_size=80)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=8)
    | st.sampled_from(["everyone", "2 of sre", "30s"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["deploy", "approve", "environments", "job", "a", "main", "servers"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=10,
)
SECTIONS = ["server", "store", "slack", "groups", "policies", "services", "drivers", "following"]


@within(deadline=None)
@given(YAMLISH | st.dictionaries(st.sampled_from(SECTIONS), VALUES).map(repr))
def test_any_text_gives_settings_or_faults_with_lines(tmp_path_factory, text):
    file = tmp_path_factory.mktemp("any") / "x.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationFaults) as caught:  # slack is always missing or empty
        load(file, environ={}, drivers=DRIVERS)
    assert caught.value.faults
    assert all(fault.line >= 1 and fault.problem for fault in caught.value.faults)
