"""What SQLite says no with, told apart: the disk, a broken promise of uniqueness, a mistake of ours."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from bot.errors import Conflict

# https://sqlite.org/rescode.html: the file or the disk under it, not the statement, is to blame.
_DISK = frozenset(
    {
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_INTERRUPT,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_PROTOCOL,
        sqlite3.SQLITE_NOTADB,
    }
)
_TAKEN = frozenset(
    {
        sqlite3.SQLITE_CONSTRAINT_UNIQUE,
        sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY,
        sqlite3.SQLITE_CONSTRAINT_ROWID,
    }
)

DISK_FAILED = "{path} can't be used now: {problem}"
CLOSED = "{path} is closed: this process is stopping"


class DiskFailed(sqlite3.OperationalError):
    """The database can't be written or read now (full, read-only, broken): nothing was changed, try again later."""


def named(path: Path, problem: BaseException) -> Exception:
    """The same problem by its name here: `DiskFailed`, `Conflict` for a broken uniqueness, or as it is.

    What a future can't carry (`StopIteration`, and what isn't an `Exception`) becomes a `RuntimeError`.
    """
    code = getattr(problem, "sqlite_errorcode", sqlite3.SQLITE_OK)
    answer: Exception
    if code & 0xFF in _DISK:
        answer = DiskFailed(DISK_FAILED.format(path=path, problem=problem))
    elif code in _TAKEN:
        answer = Conflict(str(problem))
    elif isinstance(problem, Exception) and not isinstance(problem, StopIteration):
        return problem
    else:
        answer = RuntimeError(f"{type(problem).__name__}: {problem}")
    answer.__cause__ = problem
    return answer
