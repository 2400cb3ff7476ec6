"""`pilothouse config`: what is different between two configurations, before either is in force."""

from __future__ import annotations

import asyncio
import getpass
from collections.abc import Iterable
from pathlib import Path

import click

from bot.accepting import accept as accept_it
from bot.cli import printing
from bot.cli.opening import Trouble, config_option, database_path, json_option, settings
from bot.control import actor
from bot.redaction import Redactor, secrets_of
from bot.writer import DatabaseInUse
from config.differences import Difference, Guard, differences

NOTHING = "Nothing is different."
LOOSER = "looser"
ACCEPTED = "Accepted: the next start brings it into force whole. It is audited, and announced then."
RUNNING = "{problem}. While a server runs, the people whom the change concerns approve it in Slack."
WITH_CODE = ", each with a code"
NEEDS = "Looser policies need approval, by the old one: {who}."


@click.group(epilog="Example: pilothouse config diff pilothouse.yaml new.yaml")
def config() -> None:
    """The configuration as a whole."""


@config.command(
    epilog="Example: pilothouse config diff pilothouse.yaml new.yaml --strict",
    short_help="Say what is different between two configurations.",
)
@click.argument("old", type=click.Path(path_type=Path))
@click.argument("new", type=click.Path(path_type=Path))
@click.option("--strict", is_flag=True, help="End with 1 when a protected environment's policy gets looser.")
@json_option
@click.pass_context
def diff(context: click.Context, *, old: Path, new: Path, strict: bool, as_json: bool) -> None:
    """Say what is different between OLD and NEW, a sentence each; what loosens a policy comes first.

    Both are read and checked whole, with the references to the environment and to files. Secrets are never printed.
    """
    before, after = settings(old), settings(new)
    hiding = Redactor([*secrets_of(before), *secrets_of(after)])
    found = differences(before, after)
    guards = [guard for one in found for guard in one.guards]
    if as_json:
        printing.as_json({"differences": [_as_json(one, hiding) for one in found]})
    elif not found:
        click.echo(NOTHING)
    else:
        for one in found:
            mark = click.style(f"{LOOSER}: ", fg="yellow") if one.looser else ""
            click.echo(mark + hiding.text(one.sentence))
        if guards:
            click.echo(NEEDS.format(who=_who(guards)))
    if strict and guards:
        context.exit(1)


@config.command(
    epilog="Example: pilothouse config accept --because 'all of sre have left'",
    short_help="Accept the configuration without anybody's approval, while no server runs.",
)
@click.option("--because", "why", required=True, help="Why, for the audit log and the announcement.")
@config_option
def accept(why: str, config: Path | None) -> None:
    """Accept the configuration as it is, also where it loosens a protected environment's policy.

    For when nobody is left who could approve it. It is audited with your name, and announced at the next start. Only
    while no server runs: then whoever may write its database answers for it.
    """
    read, path = settings(config), database_path(None, config)
    hiding = Redactor(secrets_of(read))
    try:
        found = asyncio.run(accept_it(path, read, actor(getpass.getuser()), why))
    except DatabaseInUse as busy:
        raise Trouble(RUNNING.format(problem=busy)) from busy
    for one in found:
        click.echo(hiding.text(one.sentence))
    click.echo(ACCEPTED)


def _as_json(one: Difference, hiding: Redactor) -> dict[str, object]:
    return {
        "path": one.path,
        "sentence": hiding.text(one.sentence),
        "looser": one.looser,
        "loosens": one.loosens,
        "guards": [
            {
                "service": guard.service,
                "environment": guard.environment,
                "policy": guard.policy,
                "approve": [str(clause) for clause in guard.clauses],
                "four_eyes": guard.four_eyes,
                "step_up": guard.step_up,
            }
            for guard in one.guards
        ],
    }


def _who(guards: Iterable[Guard]) -> str:
    return "; ".join(
        dict.fromkeys(
            " and ".join(str(clause) for clause in guard.clauses) + (WITH_CODE if guard.step_up else "")
            for guard in guards
        )
    )
