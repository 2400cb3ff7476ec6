"""`pilothouse doctor`: whether everything is there that a deployment will need."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path

import click

from bot.cli import printing
from bot.cli.opening import Trouble, config_option, json_option, settings
from bot.doctor import Check, Level, examine
from bot.redaction import Redactor, secrets_of
from bot.trace import one_line

MARKS = {Level.OK: "ok     ", Level.WARNING: "warning", Level.FAULT: "FAULT  "}
COLOURS = {Level.OK: "green", Level.WARNING: "yellow", Level.FAULT: "red"}
BAD_SAMPLE = "{given} does not name a service and a version. Write --version checkout=1.4.2"
SUMMARY = "{ok} ok, {warning} warnings, {fault} faults."


@click.command(
    epilog="Example: pilothouse doctor --version checkout=1.4.2",
    short_help="Check everything that is needed outside.",
)
@click.option(
    "--version",
    "versions",
    metavar="SERVICE=VERSION",
    multiple=True,
    help="A version to check the job's parameters with.",
)
@json_option
@config_option
@click.pass_context
def doctor(context: click.Context, versions: tuple[str, ...], as_json: bool, config: Path | None) -> None:
    """Check tokens, scopes, channels, user groups, people, drivers and jobs, and say what to do about each fault.

    Changes nothing anywhere. Ends with 1 when there are faults; warnings are for you to judge.
    """
    samples = {}
    for given in versions:
        service, equals, version = given.partition("=")
        if not (service and equals and version):
            raise Trouble(BAD_SAMPLE.format(given=given))
        samples[service] = version
    read = settings(config)
    redactor = Redactor(secrets_of(read))

    async def all_of_it() -> list[Check]:
        found = []
        async for check in examine(read, samples):
            found.append(check)
            if not as_json:
                _print(check, redactor)
        return found

    found = asyncio.run(all_of_it())
    counted = Counter(check.level for check in found)
    if as_json:
        checks = [{name: redactor.text(text) for name, text in vars(check).items()} for check in found]
        printing.as_json({"ok": not counted[Level.FAULT], "checks": checks})
    else:
        click.echo(SUMMARY.format(**{level.value: counted[level] for level in Level}))
    if counted[Level.FAULT]:
        context.exit(1)


def _print(check: Check, redactor: Redactor) -> None:
    mark = click.style(MARKS[check.level], fg=COLOURS[check.level])
    click.echo(f"{mark}  {check.what}: {one_line(redactor.text(check.sentence))}")
    if check.way_out:
        click.echo(f"           {one_line(redactor.text(check.way_out))}")
