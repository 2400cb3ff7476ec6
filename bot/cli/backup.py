"""`pilothouse backup`: a checked copy while the server runs."""

from __future__ import annotations

from pathlib import Path

import click

from bot.backup import BackupFailed, backup
from bot.cli import printing
from bot.cli.opening import Trouble, database_options, database_path, json_option

DONE = "{path}: {size} bytes, {messages} messages, {deployments} deployments, {audit_rows} rows of audit log; checked."
FAILED = "No backup: {problem}.{way_out}"
FORCE = " To replace it, add --force."
FAULTS = "The audit log in it is not as it was written, as the original's: see `pilothouse audit verify`."


@click.command("backup", epilog="Example: pilothouse backup /backups/pilothouse-$(date +%F).db")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help="Replace the file when it is there already.")
@json_option
@database_options
@click.pass_context
def backup_command(
    context: click.Context,
    *,
    file: Path,
    force: bool,
    as_json: bool,
    database: Path | None,
    config: Path | None,
) -> None:
    """Copy the database to FILE while the server runs.

    The copy is one moment of the database in one file, and it is there only when it has been checked. Ends with 1
    when the audit log in it, as in the original, is not as it was written.
    """
    try:
        copied = backup(database_path(database, config), file, force=force)
    except BackupFailed as problem:
        way_out = FORCE if file.exists() and not force else ""
        raise Trouble(FAILED.format(problem=problem, way_out=way_out)) from problem
    said = {
        "path": str(copied.path),
        "size": copied.size,
        "messages": copied.messages,
        "deployments": copied.deployments,
        "audit_rows": copied.audit_rows,
    }
    if as_json:
        printing.as_json(said | {"audit_faults": [fault.problem for fault in copied.faults]})
    else:
        click.echo(DONE.format(**said))
    if copied.faults:
        click.echo(FAULTS, err=True)
        context.exit(1)
