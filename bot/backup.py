"""A copy of the database while the server runs: whole, checked, and there under its name only when it is both."""

from __future__ import annotations

import os
import sqlite3
from dataclasses import dataclass
from pathlib import Path

from bot import audit

NO_DATABASE = "there is no database at {path}"
EXISTS = "{path} is there already"
SAME = "{path} is the database itself"
NOT_A_DATABASE = "{path} is not a database of Pilothouse: {problem}"
DAMAGED = "the copy of {path} is damaged: {problem}"
UNWRITABLE = "{path} can't be written: {problem}"


class BackupFailed(Exception):  # noqa: N818 - says what is the case
    """No copy was made; what stood there before stands there still."""


@dataclass(frozen=True, kw_only=True)
class Copied:
    """What was copied. `faults` are those of the audit log, which the copy has as the original has them."""

    path: Path
    size: int
    messages: int
    deployments: int
    audit_rows: int
    faults: tuple[audit.Fault, ...]


def backup(database: Path, target: Path, *, force: bool = False) -> Copied:
    """Copy through SQLite's backup API (https://sqlite.org/backup.html) from a read-only connection.

    The copy is one moment of the database, in one file. Raises `BackupFailed`.
    """
    if not database.exists():
        raise BackupFailed(NO_DATABASE.format(path=database))
    if target.exists() and target.samefile(database):
        raise BackupFailed(SAME.format(path=target))
    if target.exists() and not force:
        raise BackupFailed(EXISTS.format(path=target))
    partial = target.with_name(f".{target.name}.{os.getpid()}.partial")
    try:
        # Made here, so that nobody else may read it from its first byte on.
        os.close(os.open(partial, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        copied = _copy(database, partial, target)
        _put_in_place(partial, target, force=force)
    except OSError as problem:
        raise BackupFailed(UNWRITABLE.format(path=target, problem=problem.strerror or problem)) from problem
    finally:
        partial.unlink(missing_ok=True)
    return copied


def _copy(database: Path, partial: Path, target: Path) -> Copied:
    try:
        source = sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True)
        copy = sqlite3.connect(partial, isolation_level=None)
    except sqlite3.Error as problem:
        raise BackupFailed(NOT_A_DATABASE.format(path=database, problem=problem)) from problem
    try:
        # All pages in one step: one read transaction, so a busy writer can't make it begin again and again.
        source.backup(copy, pages=-1)
        copy.execute("PRAGMA journal_mode=DELETE")
        found = copy.execute("PRAGMA quick_check").fetchone()[0]
        if found != "ok":
            raise BackupFailed(DAMAGED.format(path=database, problem=found))
        return Copied(
            path=target,
            size=partial.stat().st_size,
            messages=_count(copy, "messages"),
            deployments=_count(copy, "deployments"),
            audit_rows=_count(copy, "audit"),
            faults=tuple(audit.verify(copy)),
        )
    except sqlite3.Error as problem:
        raise BackupFailed(NOT_A_DATABASE.format(path=database, problem=problem)) from problem
    finally:
        copy.close()
        source.close()


def _count(connection: sqlite3.Connection, table: str) -> int:
    return int(connection.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0])  # noqa: S608 - our own names


def _put_in_place(partial: Path, target: Path, *, force: bool) -> None:
    """To the disk, then under its name in one step. Raises `BackupFailed` when somebody else was there first."""
    _to_disk(partial)
    if force:
        partial.replace(target)
    else:
        try:
            os.link(partial, target)
        except FileExistsError as taken:
            raise BackupFailed(EXISTS.format(path=target)) from taken
    _to_disk(target.absolute().parent)


def _to_disk(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
