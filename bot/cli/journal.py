"""`pilothouse journal`: what waits, what is parked and why, and putting it back."""

from __future__ import annotations

import asyncio
import contextlib
import getpass
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from bot.cli import printing
from bot.cli.opening import (
    Records,
    Trouble,
    database_options,
    database_path,
    json_option,
    reading,
    records,
    redactor,
)
from bot.clock import SystemClock
from bot.control import ControlFailed, actor, ask_to_retry, door
from bot.journal import Journal
from bot.reader import Reader
from bot.redaction import Redactor
from bot.trace import one_line
from bot.writer import DatabaseInUse, Writer

NOTHING = "Nothing waits and nothing is parked."
NO_MESSAGE = (
    "No message has the id or number {id}. `pilothouse journal list --state all` shows which there are."
)
NOT_PARKED = "{id} is not parked. `pilothouse journal list --state parked` shows what is."
PUT_BACK = "{id} is put back; it is handled after what waits already."
PUT_BACK_LATER = "{id} is put back; it is handled when the server runs."
SERVER_SILENT = (
    "The database is in use, but no running server can be asked: {problem}. Is it just starting or stopping? "
    "Try again; if it stays so, restart the server."
)
WAITING = ("ready", "delayed", "parked")
STATES = ("waiting", *WAITING, "done", "all")
LOOK_EVERY = 0.5
PAGE = 500


@click.group(epilog="Example: pilothouse journal list --state parked")
def journal() -> None:
    """The durable queue: what waits, what is parked, and why."""


@journal.command("list", epilog="Example: pilothouse journal list --state parked --limit 20")
@click.option(
    "--state",
    type=click.Choice(STATES),
    default="waiting",
    show_default=True,
    help="waiting is ready, delayed and parked together.",
)
@click.option(
    "--limit", type=click.IntRange(1, 100_000), default=50, show_default=True, help="The newest so many."
)
@json_option
@database_options
def list_(state: str, limit: int, as_json: bool, database: Path | None, config: Path | None) -> None:
    """List messages, oldest first."""

    async def ask(opened: Records) -> list[dict[str, Any]]:
        wanted = WAITING if state == "waiting" else ("",) if state == "all" else (state,)
        found = [row for one in wanted for row in await opened.journal.listed(one, limit)]
        return sorted(found, key=lambda row: row["seq"])[-limit:]

    rows = reading(database_path(database, config), ask)
    if as_json:
        printing.as_json([_as_json(row, redactor(config)) for row in rows])
    elif rows:
        _print(rows, redactor(config))
    else:
        click.echo(NOTHING if state == "waiting" else f"No message is {state}.")


@journal.command(epilog="Example: pilothouse journal show 1234")
@click.argument("id")
@json_option
@database_options
def show(id: str, as_json: bool, database: Path | None, config: Path | None) -> None:  # noqa: A002 - the column's name
    """Show one message whole. ID is its id or its number."""
    row = reading(database_path(database, config), lambda opened: opened.journal.show(id))
    if row is None:
        raise Trouble(NO_MESSAGE.format(id=id))
    said = _as_json(row, redactor(config))
    if as_json:
        printing.as_json(said)
        return
    body = said.pop("body")
    for name, value in said.items():
        text = printing.when(value) if name in {"at", "due", "done_at"} else value
        if text not in ("", None):
            click.echo(f"{name + ':':<10} {one_line(str(text))}")
    click.echo("body:")
    click.echo(json.dumps(body, ensure_ascii=False, indent=2))


@journal.command(epilog="Example: pilothouse journal tail --lines 100")
@click.option(
    "--lines", type=click.IntRange(0, PAGE), default=10, show_default=True, help="So many old ones first."
)
@click.option("--once", is_flag=True, help="Stop after what is there now.")
@json_option
@database_options
def tail(lines: int, once: bool, as_json: bool, database: Path | None, config: Path | None) -> None:
    """Show messages as they come, until Ctrl-C."""
    path = database_path(database, config)
    hiding = redactor(config)

    async def follow() -> None:
        async with records(path) as opened:
            rows = await opened.journal.listed("", max(lines, 1))
            seen = rows[-1]["seq"] if rows else 0
            _tell(rows if lines else [], as_json, hiding)
            while not once:
                await asyncio.sleep(LOOK_EVERY)
                while rows := await opened.journal.listed("", PAGE, seen or -1):
                    seen = rows[-1]["seq"]
                    _tell(rows, as_json, hiding)

    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(follow())


@journal.command(epilog="Example: pilothouse journal retry 1234")
@click.argument("ids", metavar="[ID]...", nargs=-1)
@click.option("--all", "every", is_flag=True, help="Every parked message.")
@database_options
def retry(ids: tuple[str, ...], every: bool, database: Path | None, config: Path | None) -> None:
    """Put parked messages back at the end of their subject.

    A running server does it; without one, they wait in the database for the next start. Each is audited.
    """
    path = database_path(database, config)
    if every == bool(ids):
        raise Trouble("Name the messages to put back, or all of them with --all.")
    if every:
        rows = reading(path, lambda opened: opened.journal.listed("parked", 100_000))
        ids = tuple(row["id"] for row in rows)
    refused = [id_ for id_ in ids if not _put_back(path, id_)]
    if refused:
        raise Trouble("\n".join(NOT_PARKED.format(id=id_) for id_ in refused))


def _put_back(path: Path, id_: str) -> bool:
    """By the running server; only when nobody runs, by a writer of our own."""
    by = actor(getpass.getuser())
    try:
        through = door(path)
        if through is not None:
            done = asyncio.run(ask_to_retry(through, id_, by))
            if done:
                click.echo(PUT_BACK.format(id=id_))
            return done
    except ConnectionRefusedError:
        pass  # its server was killed before it could take its file away
    except ControlFailed as problem:
        raise Trouble(SERVER_SILENT.format(problem=problem)) from problem
    try:
        done = asyncio.run(_put_back_alone(path, id_, by))
    except DatabaseInUse as busy:
        raise Trouble(SERVER_SILENT.format(problem=busy)) from busy
    if done:
        click.echo(PUT_BACK_LATER.format(id=id_))
    return done


async def _put_back_alone(path: Path, id_: str, by: str) -> bool:
    async with Writer(path) as writer, Reader(path) as reader:
        return await Journal(writer, reader).retry(id_, SystemClock().now(), by)


def _tell(rows: list[dict[str, Any]], as_json: bool, hiding: Redactor) -> None:
    if as_json:
        for row in rows:
            printing.as_line(_as_json(row, hiding))
    elif rows:
        for row in rows:
            cells = (
                f"{printing.when(row['at'])}  {row['seq']:>8}  {row['state']:<7} {row['type']:<20}",
                row["subject"],
            )
            why = one_line(hiding.text(row["sentence"])) if row["sentence"] else ""
            click.echo("  ".join((*cells, why)).rstrip())


def _print(rows: list[dict[str, Any]], hiding: Redactor) -> None:
    printing.table(
        ("number", "at", "state", "tries", "type", "subject", "why"),
        [
            (
                row["seq"],
                printing.when(row["at"]),
                row["state"],
                row["attempts"],
                row["type"],
                row["subject"],
                f"{row['reason']}: {hiding.text(row['sentence'])}" if row["reason"] else "",
            )
            for row in rows
        ],
    )


def _as_json(row: Mapping[str, Any], hiding: Redactor) -> dict[str, Any]:
    """The row with its body read; what can be used by whoever holds it (tokens, response addresses) is hidden."""
    said: dict[str, Any] = hiding.value({**row, "body": json.loads(row["body"])})
    return said
