"""`pilothouse config`: what is different between two configurations, before either is in force."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import click

from bot.cli import printing
from bot.cli.opening import json_option, settings
from bot.redaction import Redactor, secrets_of
from config.differences import Difference, Guard, differences

NOTHING = "Nothing is different."
LOOSER = "looser"
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
    guards = list(dict.fromkeys(guard for one in found for guard in one.guards))
    if as_json:
        printing.as_json({"differences": [_as_json(one, hiding) for one in found]})
    elif not found:
        click.echo(NOTHING)
    else:
        for one in found:
            mark = click.style(f"{LOOSER}: ", fg="yellow") if one.loosens else ""
            click.echo(mark + hiding.text(one.sentence))
        if guards:
            click.echo(NEEDS.format(who=_who(guards)))
    if strict and guards:
        context.exit(1)


def _as_json(one: Difference, hiding: Redactor) -> dict[str, object]:
    return {
        "path": one.path,
        "sentence": hiding.text(one.sentence),
        "loosens": one.loosens,
        "guards": [
            {
                "service": guard.service,
                "environment": guard.environment,
                "policy": guard.policy,
                "approve": [str(clause) for clause in guard.clauses],
                "four_eyes": guard.four_eyes,
            }
            for guard in one.guards
        ],
    }


def _who(guards: Iterable[Guard]) -> str:
    return "; ".join(dict.fromkeys(" and ".join(str(clause) for clause in guard.clauses) for guard in guards))
