"""`pilothouse check-config`, `schema`, `manifest`, `version`: what is needed before the first start."""

from __future__ import annotations

import platform
import sqlite3
from pathlib import Path
from typing import Any

import click
import yaml

from bot.cli import printing
from bot.cli.opening import Trouble, config_option, json_option, settings
from bot.doctor import open_production
from bot.drivers import settings_by_driver
from bot.version import version
from config.manifest import NoManifest, manifest
from config.models import Settings
from config.schema import schema

GOOD = "The configuration is good: {services} services in {places} places, {policies} policies."
WARNING = "warning: {sentence}"


@click.command(
    "check-config",
    epilog="Example: pilothouse check-config pilothouse.yaml",
    short_help="Say everything that is wrong with the configuration.",
)
@click.argument("file", required=False, type=click.Path(path_type=Path))
@json_option
@config_option
def check_config(file: Path | None, as_json: bool, config: Path | None) -> None:
    """Read the configuration and say everything that is wrong with it, each with its line.

    References to the environment and to files have to lead somewhere, as they have to for the server. Nothing
    outside is asked: `pilothouse doctor` does that.
    """
    read = settings(file or config)
    places = [
        {"service": name, "environment": where, "policy": read.policy_for(name, where)[0], "job": target.job}
        for name, service in read.services.items()
        for where, target in service.environments.items()
    ]
    warnings = [check.sentence for check in open_production(read)]
    if as_json:
        printing.as_json({"ok": True, "places": places, "warnings": warnings})
        return
    _print(read, places)
    for sentence in warnings:
        click.echo(WARNING.format(sentence=sentence), err=True)


@click.command(
    "schema",
    epilog="Example: pilothouse schema > pilothouse.schema.json",
    short_help="Print the configuration's JSON Schema.",
)
def schema_command() -> None:
    """Print the JSON Schema of the configuration, for editors that check while one types."""
    printing.as_json(schema(settings_by_driver()))


@click.command(
    "manifest", epilog="Example: pilothouse manifest --yaml", short_help="Print the Slack app manifest."
)
@click.option("--yaml", "as_yaml", is_flag=True, help="YAML instead of JSON; Slack takes both.")
@config_option
def manifest_command(as_yaml: bool, config: Path | None) -> None:
    """Print the Slack app manifest that fits the configuration.

    Paste it at https://api.slack.com/apps > Create New App > From a manifest.
    """
    try:
        made = manifest(settings(config))
    except NoManifest as problem:
        raise Trouble(f"There is no manifest for this configuration: {problem}.") from problem
    if as_yaml:
        click.echo(yaml.safe_dump(made, sort_keys=False, allow_unicode=True), nl=False)
    else:
        printing.as_json(made)


@click.command("version", epilog="Example: pilothouse version --json")
@json_option
def version_command(as_json: bool) -> None:
    """Say which Pilothouse this is, and on what it runs."""
    said = {"pilothouse": version(), "python": platform.python_version(), "sqlite": sqlite3.sqlite_version}
    if as_json:
        printing.as_json(said)
    else:
        click.echo("pilothouse {pilothouse} (Python {python}, SQLite {sqlite})".format(**said))


def _print(read: Settings, places: list[dict[str, Any]]) -> None:
    good = GOOD.format(services=len(read.services), places=len(places), policies=len(read.policies))
    click.echo(good)
    if places:
        printing.table(
            ("service", "environment", "policy", "job"), [list(place.values()) for place in places]
        )
