"""What may be configured to be looked at after a run, and what is a fault, with its place and its words."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.drivers import settings_by_driver
from bot.redaction import secrets_of
from config.differences import differences
from config.faults import ConfigurationFaults
from config.loader import load

ENVIRON = {"TOKEN": "secret-token", "B": "b", "S": "s", "J": "j"}
URL = {"address": "https://checkout.example.com/healthz?v={{ version }}"}


def read(tmp_path: Path, verify, policy=None):
    document = {
        "slack": {"bot_token": "${B}", "signing_secret": "${S}"},
        "policies": {"production": policy or {}},
        "drivers": {
            "jenkins": {"servers": {"ci": {"url": "https://ci.example.com", "user": "bot", "token": "${J}"}}}
        },
        "services": {
            "checkout": {"environments": {"production": {"job": "deploy", "verify": verify}}},
        },
    }
    file = tmp_path / "pilothouse.yaml"
    file.write_text(json.dumps(document, indent=1))
    return load(file, environ=ENVIRON, drivers=settings_by_driver())


def faults(tmp_path: Path, verify, policy=None) -> list[str]:
    with pytest.raises(ConfigurationFaults) as raised:
        read(tmp_path, verify, policy)
    return [f"{fault.path.partition('verify')[2]}: {fault.problem}" for fault in raised.value.faults]


def test_every_kind_of_check_can_be_configured_and_its_secrets_are_known_as_such(tmp_path):
    settings = read(
        tmp_path,
        [
            {"url": {**URL, "secret_headers": {"Authorization": "${TOKEN}"}}},
            {"job": {"job": "smoke", "parameters": {"VERSION": "{{ version }}"}}, "name": "smoke"},
            {"command": {"run": ["/bin/true", "{{ version }}"], "env": {"TOKEN": "${TOKEN}"}}},
            {"bake": "10m"},
        ],
    )
    place = settings.services["checkout"].environments["production"]
    assert [one.bake for one in place.verify] == [None, None, None, 600.0]
    assert "secret-token" in set(secrets_of(settings))
    assert "secret-token" not in str(place.verify)


@pytest.mark.parametrize(
    ("verify", "said"),
    [
        ([{"url": URL, "bake": "1m"}], "[0]: must have exactly one of url, job, command and bake"),
        ([{}], "[0]: must have exactly one of url, job, command and bake"),
        ([{"bake": "1m"}], "[0].bake: needs a url beside it"),
        ([{"url": URL}, {"bake": "1m"}, {"bake": "2m"}], "[2].bake: stands there twice"),
        ([{"url": {"address": "ftp://x/"}}], "[0].url.address: must be an address that begins"),
        ([{"url": {"address": "https://{{ version }}.x.com/"}}], "[0].url.address: may hold a template behind"),
        ([{"url": {"address": "https://x.com{# / #}{{ version }}"}}], "[0].url.address: may hold a template"),
        ([{"url": {"address": "https://x.com:{{ version }}/"}}], "[0].url.address: may hold a template behind"),
        ([{"url": {"address": "https://me:pw@x.com/"}}], "[0].url.address: holds credentials"),
        ([{"url": {"address": "https://x.com/#top"}}], "[0].url.address: has a part behind #"),
        ([{"url": {"address": "https://x.com:http/"}}], "[0].url.address: has no host"),
        ([{"url": {"address": "https://x.com/{{ verson }}"}}], '[0].url.address: names "verson"'),
        ([{"url": {"address": "http://127.0.0.1/"}}], "[0].url.address: is a private address"),
        ([{"url": {"address": "http://localhost:1/"}}], "[0].url.address: is a private address"),
        ([{"url": {"address": "http://[::1]/"}}], "[0].url.address: is a private address"),
        ([{"url": {"address": "http://169.254.169.254/", "private": True}}], "[0].url.address: is an address that is never"),
        ([{"url": {"address": "http://[::ffff:127.0.0.1]/"}}], "[0].url.address: is a private address"),
        ([{"url": {**URL, "every": "10m"}}], "[0].url.every: is longer than within (5m)"),
        ([{"url": {**URL, "text": "(?=x)"}}], "[0].url.text: is not a regular expression of RE2"),
        ([{"url": {**URL, "headers": {"X Y": "1"}}}], '[0].url.headers.X Y: "X Y" is no name of a header'),
        ([{"url": {**URL, "headers": {"X": "a\nb"}}}], "[0].url.headers.X: holds a character"),
        ([{"url": {**URL, "headers": {"Api-Key": "1"}}}], "[0].url.headers.Api-Key: is a secret by its name"),
        (
            [{"url": {**URL, "secret_headers": {"Authorization": "plain"}}}],
            "[0].url.secret_headers.Authorization: is a secret, and secrets do not belong in this file",
        ),
        ([{"job": {"job": "smoke", "server": "cj"}}], '[0].job.server: "cj" is no server of jenkins'),
        ([{"job": {"job": "smoke", "parameters": {"V": "{{ x }}"}}}], "[0].job.parameters.V: names"),
        ([{"command": {"run": ["true"]}}], "[0].command.run[0]: must be the absolute path"),
        ([{"command": {"run": ["/bin/{{ version }}"]}}], "[0].command.run[0]: must be the absolute path"),
        ([{"command": {"run": []}}], "[0].command.run: must not be empty"),
        ([{"command": {"run": ["/bin/true"], "env": {"A-B": "${B}"}}}], '[0].command.env.A-B: "A-B" is no name'),
    ],
)  # fmt: skip
def test_a_check_that_can_not_be_is_a_fault_at_its_place(tmp_path, verify, said):
    [fault] = faults(tmp_path, verify)
    assert fault.startswith(said)


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1/", "http://localhost/", "http://10.1.2.3/", "http://shop.internal/"]
)
def test_a_private_address_is_taken_when_that_is_said(tmp_path, address):
    assert read(tmp_path, [{"url": {"address": address, "private": True}}])


def test_a_reminder_after_the_soak_is_a_fault(tmp_path):
    [fault] = faults(tmp_path, [], {"soak": "5m", "soak_remind": "5m"})
    assert fault == ": would come after the soak is over (5m)"


def test_other_checks_for_a_protected_place_may_be_looser_and_are_told_in_a_sentence(tmp_path):
    policy = {"approve": ["1 of U0AAA"]}
    old = read(tmp_path, [{"url": URL}, {"bake": "10m"}], policy)
    new = read(tmp_path, [{"url": URL}], policy)
    [one] = differences(old, new)
    url = URL["address"]
    assert one.loosens
    assert one.sentence == f"production of checkout: verify url {url} and bake 10m → url {url}"


@pytest.mark.parametrize(
    ("change", "loosens"),
    [
        ({"soak": "1h"}, False),
        ({"soak": "1m", "soak_remind": None}, True),
        ({"watch": {"hung": "1h"}}, False),
    ],
)
def test_a_longer_soak_and_other_watchdogs_loosen_nothing(tmp_path, change, loosens):
    policy = {"approve": ["1 of U0AAA"], "soak": "30m"}
    found = differences(read(tmp_path, [], policy), read(tmp_path, [], policy | change))
    assert [one.loosens for one in found][:1] == [loosens]


def test_watchdogs_are_told_in_few_words(tmp_path):
    found = differences(
        read(tmp_path, [], {"watch": {"hung": None}}),
        read(tmp_path, [], {"watch": {"slow": False, "not_started": None, "hung": None}}),
    )
    assert [one.sentence for one in found] == [
        "production of checkout: watch not started after 10m, slow → nothing"
    ]
