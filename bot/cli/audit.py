"""`pilothouse audit`: who did what, when, why; for people, for other programs, and for whoever doubts it."""

from __future__ import annotations

import csv
import json
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any, TextIO

import click

from bot.cli import printing
from bot.cli.deployments import found
from bot.cli.opening import Records, database_options, database_path, json_option, reading, redactor
from bot.redaction import Redactor

INTACT = "The audit log is whole: {count} rows, each as it was written."
BROKEN = "The audit log is not as it was written:"
WAY_OUT = "Compare with a backup (pilothouse backup) made before: it holds the rows as they were."
NOTHING = "The audit log is empty."
PAGE = 1000
COLUMNS = ("seq", "at", "actor", "action", "about", "reason", "detail", "previous", "hash")

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for the beginning of a formula (https://owasp.org/www-community/attacks/CSV_Injection)."""

about_option = click.option(
    "--about", metavar="DEPLOYMENT", help="Only rows about one deployment, by its id or #number."
)


@click.group(epilog="Example: pilothouse audit verify", short_help="Who did what, when and why.")
def audit() -> None:
    """The audit log: append-only, each row chained to the one before."""


@audit.command("list", epilog="Example: pilothouse audit list --about '#12'")
@about_option
@click.option(
    "--limit", type=click.IntRange(1, 100_000), default=50, show_default=True, help="The newest so many."
)
@json_option
@database_options
def list_(about: str | None, limit: int, as_json: bool, database: Path | None, config: Path | None) -> None:
    """List what was done, oldest first."""

    async def ask(opened: Records) -> list[dict[str, Any]]:
        id_ = (await found(opened, about))[0] if about else ""
        return await opened.store.audited(about=id_, limit=limit)

    rows = reading(database_path(database, config), ask)
    if as_json:
        printing.as_json(redactor(config).value([_as_json(row) for row in rows]))
    elif rows:
        _print(rows, redactor(config))
    else:
        click.echo(NOTHING)


@audit.command(epilog="Example: pilothouse audit export --format csv --output audit.csv")
@click.option(
    "--format",
    "form",
    type=click.Choice(["jsonl", "csv"]),
    default="jsonl",
    show_default=True,
    help="One row a line.",
)
@click.option(
    "--output",
    type=click.File("w", encoding="utf-8", lazy=True),
    default="-",
    help="A file; - is standard output.",
)
@about_option
@database_options
def export(
    *, form: str, output: TextIO, about: str | None, database: Path | None, config: Path | None
) -> None:
    """Write the log for other programs, oldest first, with the hashes that chain it.

    In CSV, what a spreadsheet would take for a formula gets a ' in front; JSON lines hold every row as it is.
    """

    async def write(opened: Records) -> None:
        id_ = (await found(opened, about))[0] if about else ""
        table = csv.writer(output) if form == "csv" else None
        if table is not None:
            table.writerow(COLUMNS)
        async for row in _all(opened, id_):
            if table is not None:
                table.writerow([_cell(row[name]) for name in COLUMNS])
            else:
                output.write(json.dumps(_as_json(row), ensure_ascii=False) + "\n")

    reading(database_path(database, config), write)


@audit.command(epilog="Example: pilothouse audit verify")
@json_option
@database_options
@click.pass_context
def verify(context: click.Context, as_json: bool, database: Path | None, config: Path | None) -> None:
    """Check the whole chain. Ends with 1 and names the rows when one was changed, added or taken away."""

    async def ask(opened: Records) -> tuple[list[dict[str, Any]], int]:
        faults = await opened.store.audit_faults()
        newest = await opened.store.audited(limit=1)
        return [{"row": fault.seq, "problem": fault.problem} for fault in faults], newest[-1][
            "seq"
        ] if newest else 0

    faults, count = reading(database_path(database, config), ask)
    if as_json:
        printing.as_json({"ok": not faults, "rows": count, "faults": faults})
    elif faults:
        click.echo(BROKEN, err=True)
        for fault in faults:
            click.echo(f"  {fault['problem']}", err=True)
        click.echo(WAY_OUT, err=True)
    else:
        click.echo(INTACT.format(count=count))
    if faults:
        context.exit(1)


async def _all(opened: Records, about: str) -> AsyncIterator[dict[str, Any]]:
    """Page by page: the log is kept for ever."""
    after = 0
    while rows := await opened.store.audited(about=about, after=after, limit=PAGE, newest=False):
        for row in rows:
            yield row
        after = rows[-1]["seq"]


def _print(rows: list[dict[str, Any]], hiding: Redactor) -> None:
    printing.table(
        ("row", "at", "who", "what", "about", "reason", "detail"),
        [
            (
                row["seq"],
                printing.when(row["at"]),
                row["actor"],
                row["action"],
                row["about"],
                row["reason"],
                hiding.text(_detail(row)),
            )
            for row in rows
        ],
    )


def _detail(row: Mapping[str, Any]) -> str:
    return "  ".join(
        f"{name}={value}" for name, value in json.loads(row["detail"]).items() if value not in ("", None)
    )


def _as_json(row: Mapping[str, Any]) -> dict[str, Any]:
    return {**row, "detail": json.loads(row["detail"])}


def _cell(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
