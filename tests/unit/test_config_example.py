"""The example, the schema and the page on configuration: each names every setting, and they agree."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import jsonschema
import pytest
import yaml
from pydantic import BaseModel

from bot.drivers.jenkins.settings import JenkinsSettings
from config.durations import PATTERN, written
from config.loader import load
from config.models import Clause, Settings
from config.schema import schema

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "config" / "example.yaml"
DRIVERS = {"jenkins": JenkinsSettings}
SCHEMA = schema(DRIVERS)
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def settings_of(model=Settings, path=""):
    """Every setting: its path, its field and its model."""
    for attribute, field in model.model_fields.items():
        name = field.alias or attribute
        here = f"{path}.{name}" if path else name
        yield here, field
        for inner in [field.annotation, *get_args(field.annotation)]:
            if isinstance(inner, type) and issubclass(inner, BaseModel) and inner is not Clause:
                one = inner is field.annotation or type(None) in get_args(field.annotation)
                yield from settings_of(inner, here if one else f"{here}.<name>")


EVERY_SETTING = dict(settings_of())


@pytest.fixture(scope="module")
def example():
    environ = {name: f"value-of-{name}" for name in re.findall(r"\$\{([A-Z_]+)\}", EXAMPLE.read_text())}
    environ["FREEZE_CALENDAR"] = "https://calendar.example.com/key/freezes.ics"
    environ["STEP_UP_KEY"] = "k" * 44
    return load(EXAMPLE, environ=environ, drivers=DRIVERS)


def test_the_example_loads_without_faults_given_its_variables(example):
    assert example.services["checkout"].environments["production"].server == "main"
    assert example.server.port == 8080


@pytest.mark.parametrize("path", sorted(EVERY_SETTING))
def test_the_example_holds_every_setting(path):
    key = path.rpartition(".")[2]
    assert re.search(rf"^\s*(# )?{key}:", EXAMPLE.read_text(), re.MULTILINE), path


def test_the_example_shows_the_defaults_where_there_are_any(example):
    for section in ("store", "following", "server"):
        shown, default = getattr(example, section), type(getattr(example, section))()
        assert (
            shown.model_copy(update={"public_url": None}) == default
            if section == "server"
            else shown == default
        )


def test_the_first_line_of_the_example_names_the_schema_for_editors():
    assert EXAMPLE.read_text().startswith("# yaml-language-server: $schema=")


def test_the_schema_is_a_schema_and_the_example_fits_it():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert [error.message for error in VALIDATOR.iter_errors(yaml.safe_load(EXAMPLE.read_text()))] == []


@pytest.mark.parametrize(
    ("at", "value"),
    [
        (("server", "prot"), 80),
        (("server", "port"), "many"),
        (("server", "stop_within"), "20"),
        (("slack", "bot_token"), "xoxb-literal"),
        (("slack", "transport"), "sockets"),
        (("policies", "production", "approve"), ["two of sre"]),
        (("drivers", "jenkins", "servers", "main", "token"), "literal"),
        (("drivers", "jenkinz"), {}),
        (("services", "checkout", "environments", "staging", "parameters"), {"A": 5}),
    ],
)
def test_the_schema_finds_what_the_loader_finds(at, value):
    document = yaml.safe_load(EXAMPLE.read_text())
    inner = document
    for part in at[:-1]:
        inner = inner[part]
    inner[at[-1]] = value
    assert list(VALIDATOR.iter_errors(document))


@pytest.mark.parametrize(
    ("at", "value"),
    [
        (("server", "port"), "${PORT:-80}"),
        (("policies", "production", "four_eyes"), "${FOUR_EYES}"),
        (("policies", "production", "expires"), "${EXPIRES}"),
        (("policies", "production", "remind"), None),
        (("slack", "transport"), "${TRANSPORT}"),
        (("policies", "production", "approve"), ["2 of [sre, U111]", {"count": 1, "of": ["sre"]}]),
    ],
)
def test_the_schema_takes_what_the_loader_takes(at, value):
    document = yaml.safe_load(EXAMPLE.read_text())
    inner = document
    for part in at[:-1]:
        inner = inner[part]
    inner[at[-1]] = value
    assert [error.message for error in VALIDATOR.iter_errors(document)] == []


def test_the_schema_shows_defaults_as_they_are_written():
    assert SCHEMA["$defs"]["Policy"]["properties"]["expires"]["default"] == "30m"
    assert SCHEMA["$defs"]["Policy"]["properties"]["remind"]["default"] == "10m"
    assert PATTERN in str(SCHEMA["$defs"]["Policy"]["properties"]["remind"])


@pytest.mark.parametrize(("path", "field"), EVERY_SETTING.items())
def test_every_setting_has_a_description_and_a_row_on_the_page(path, field):
    assert field.description, path
    row = f"| `{path}` | {default_of(field)} | {field.description} |"
    assert row in (ROOT / "docs" / "configuration.md").read_text().splitlines(), f"the page lacks: {row}"


def default_of(field):
    if field.is_required():
        return "required"
    default = field.get_default(call_default_factory=True)
    if isinstance(default, BaseModel) or default in ({}, [], "", None):
        return "-"
    if isinstance(default, float):
        return f"`{written(default)}`"
    if isinstance(default, str):
        return f"`{default}`"
    return f"`{yaml.safe_dump(default, default_flow_style=True, width=1000).splitlines()[0]}`"
