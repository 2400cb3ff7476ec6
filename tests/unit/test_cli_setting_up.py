"""What is typed before the first start, and what every command has in common."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import click
import jsonschema
import pytest
import yaml
from click.testing import CliRunner, Result

from bot.cli.main import pilothouse as cli
from bot.sandbox.run import CONFIGURATION

GOOD = """\
server: {public_url: https://pilothouse.example.com}
slack: {bot_token: "${TEST_BOT_TOKEN}", signing_secret: "${TEST_SIGNING_SECRET}"}
policies: {careful: {approve: [1 of U0AAAAAA, 1 of U0BBBBBB]}}
drivers: {jenkins: {servers: {main: {url: http://127.0.0.1:1, user: ci, token: "${TEST_JENKINS_TOKEN}"}}}}
services:
  checkout:
    environments:
      staging: {job: deploy, policy: open}
      production: {job: deploy, aliases: [prod], policy: open}
  payments:
    environments:
      live: {job: deploy, policy: careful}
"""


@pytest.fixture(autouse=True)
def secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("BOT_TOKEN", "SIGNING_SECRET", "JENKINS_TOKEN"):
        monkeypatch.setenv(f"TEST_{name}", f"the-secret-{name}")


@pytest.fixture
def config(tmp_path: Path) -> Path:
    file = tmp_path / "pilothouse.yaml"
    file.write_text(GOOD)
    return file


def run(*arguments: str | Path) -> Result:
    done = CliRunner().invoke(cli, list(map(str, arguments)))
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exc_info
    assert "the-secret" not in done.output
    return done


def commands(
    group: click.Command = cli, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    for name, command in group.commands.items() if isinstance(group, click.Group) else ():
        yield (*path, name), command
        yield from commands(command, (*path, name))


@pytest.mark.parametrize("path", [path for path, _ in commands()], ids=" ".join)
def test_every_command_explains_itself_with_an_example(path: tuple[str, ...]):
    told = run(*path, "--help")

    assert told.exit_code == 0
    assert (
        f"Usage: pilothouse {' '.join(path)}" in told.output or f"Usage: cli {' '.join(path)}" in told.output
    )
    assert f"Example: pilothouse {path[0]}" in told.output


@pytest.mark.parametrize("path", [path for path, _ in commands()], ids=" ".join)
def test_every_command_and_option_is_documented(path: tuple[str, ...]):
    documented = (Path(__file__).parents[2] / "docs" / "cli.md").read_text()
    command = dict(commands())[path]

    assert f"`pilothouse {' '.join(path)}" in documented
    for parameter in command.params:
        for option in parameter.opts if isinstance(parameter, click.Option) else ():
            assert f"`{option}" in documented, option


def test_a_good_configuration_is_told_with_what_it_holds(config: Path):
    told = run("check-config", config)

    assert told.exit_code == 0
    assert "The configuration is good: 2 services in 3 places, 1 policies." in told.stdout
    assert ["payments", "live", "careful", "deploy"] in [line.split() for line in told.stdout.splitlines()]


def test_production_that_asks_nobody_is_warned_of(config: Path):
    told = run("check-config", config)
    warned = "Nobody is asked before checkout goes to production: the policy open names no approvers."

    assert told.stderr == f"warning: {warned}\n"
    assert json.loads(run("check-config", config, "--json").output)["warnings"] == [warned]


def test_every_fault_is_told_at_once_with_its_line(tmp_path: Path):
    file = tmp_path / "bad.yaml"
    file.write_text("server:\n  port: many\nslack:\n  bot_token: xoxb-in-the-file\n  wrong: 1\n")
    refused = run("check-config", file)

    assert refused.exit_code == 2
    for line in (2, 4, 5):
        assert f"{file}:{line}:" in refused.stderr
    assert "xoxb-in-the-file" not in refused.stderr


def test_the_configuration_is_found_by_the_environment(config: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PILOTHOUSE_CONFIG", str(config))

    assert run("check-config").exit_code == 0


def test_the_schema_is_one_that_the_sandbox_s_own_configuration_fits():
    schema = json.loads(run("schema").output)
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(yaml.safe_load(CONFIGURATION.read_text()), schema)


def test_the_manifest_is_printed_as_json_and_as_yaml(config: Path):
    as_json = json.loads(run("manifest", "--config", config).output)
    as_yaml = yaml.safe_load(run("manifest", "--yaml", "--config", config).output)

    assert as_json == as_yaml
    assert as_json["features"]["slash_commands"][0]["command"] == "/deploy"


def test_a_configuration_that_has_no_manifest_is_said_why(config: Path):
    config.write_text(GOOD.replace("server: {public_url: https://pilothouse.example.com}\n", ""))
    refused = run("manifest", "--config", config)

    assert refused.exit_code == 2
    assert "server.public_url is not set" in refused.output


def test_the_version_is_told_with_what_it_runs_on():
    told = json.loads(run("version", "--json").output)

    assert set(told) == {"pilothouse", "python", "sqlite"}
    assert run("version").output == "pilothouse {pilothouse} (Python {python}, SQLite {sqlite})\n".format(
        **told
    )


def test_a_word_that_is_no_command_is_refused_by_the_usual_code():
    assert run("deplyo").exit_code == 2
