"""`pilothouse deployments` and `pilothouse trace`: what went where, and how each came about."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import msgspec

from bot import trace as drawing
from bot.cli import printing
from bot.cli.opening import (
    Records,
    Trouble,
    database_options,
    database_path,
    json_option,
    reading,
    redactor,
)
from bot.deployments import Deployment

NOTHING = "There are no deployments."
UNKNOWN = "There is no deployment {named}. `pilothouse deployments` lists them."
DEEPEST = 50


@click.command(epilog="Example: pilothouse deployments --live --service checkout")
@click.option(
    "--limit", type=click.IntRange(1, 100_000), default=20, show_default=True, help="The newest so many."
)
@click.option("--live", is_flag=True, help="Only those that have not ended.")
@click.option("--service", help="Only of this service.")
@json_option
@database_options
def deployments(
    *, limit: int, live: bool, service: str | None, as_json: bool, database: Path | None, config: Path | None
) -> None:
    """List deployments with their state, newest first."""

    async def ask(opened: Records) -> list[Deployment]:
        if live:
            return (await opened.store.live())[::-1]
        return await opened.store.recent(limit if service is None else 100_000)

    rows = reading(database_path(database, config), ask)
    rows = [one for one in rows if service in (None, one.service)][:limit]
    if as_json:
        printing.as_json(redactor(config).value([msgspec.to_builtins(one) for one in rows]))
    elif not rows:
        click.echo(NOTHING)
    else:
        hiding = redactor(config)
        printing.table(
            ("number", "service", "environment", "version", "state", "by", "asked at", "ended at", "why"),
            [[hiding.text(str(cell)) for cell in _cells(one)] for one in rows],
        )


@click.command(epilog="Example: pilothouse trace '#12'", short_help="Show how one deployment came about.")
@click.argument("deployment")
@json_option
@database_options
def trace(deployment: str, as_json: bool, database: Path | None, config: Path | None) -> None:
    """Show how one deployment came about: every message under what caused it, then the audit log.

    DEPLOYMENT is its number, as it stands on the card (12 or '#12'), or its id.
    """

    async def ask(opened: Records) -> tuple[Deployment | None, list[dict[str, Any]], list[dict[str, Any]]]:
        id_, known = await found(opened, deployment)
        return known, await _messages(opened, id_), await opened.store.audited(about=id_, limit=100_000)

    known, messages, audited = reading(database_path(database, config), ask)
    hiding = redactor(config)
    if as_json:
        said = {"deployment": known and msgspec.to_builtins(known), "messages": messages, "audit": audited}
        printing.as_json(hiding.value(said))
    else:
        click.echo("\n".join(map(hiding.text, drawing.lines(known, messages, audited))))


async def found(opened: Records, named: str) -> tuple[str, Deployment | None]:
    """The id of a deployment named by `#12`, `12` or its id. Raises `Trouble` when nothing is known of it."""
    number = named.removeprefix("#")
    known = None
    if number.isascii() and number.isdigit() and len(number) < 19:
        known = await opened.store.numbered(int(number))
    known = known or await opened.store.deployment(named)
    if known is not None:
        return known.id, known
    if await opened.store.audited(about=named, limit=1):
        return named, None
    raise Trouble(UNKNOWN.format(named=named))


async def _messages(opened: Records, id_: str) -> list[dict[str, Any]]:
    """Everything about it, and what caused that: the command was given before there was a deployment."""
    rows = await opened.journal.about(id_)
    for _ in range(DEEPEST):
        causes = [await opened.journal.show(cause) for cause in drawing.missing_causes(rows)]
        before = [row for row in causes if row is not None]
        if not before:
            break
        rows = sorted([*before, *rows], key=lambda row: row["seq"])
    return rows


def _cells(one: Deployment) -> tuple[object, ...]:
    return (
        f"#{one.number}",
        one.service,
        one.environment,
        one.version,
        one.state.value,
        one.requester.name,
        printing.when(one.requested_at),
        printing.when(one.ended_at),
        one.sentence if one.state.ended else one.waits_for,
    )
