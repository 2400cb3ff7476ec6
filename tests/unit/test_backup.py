"""A backup is whole, checked, and there only when it is both."""

from __future__ import annotations

import asyncio
import sqlite3
import stat
from pathlib import Path

import pytest

from bot import audit
from bot.backup import BackupFailed, backup
from bot.events import ShowCard
from bot.journal import Journal, message
from bot.reader import Reader
from bot.writer import Writer


async def filled(path: Path, rows: int = 3) -> None:
    async with Writer(path) as writer, Reader(path) as reader:
        for number in range(rows):
            await Journal(writer, reader).publish(
                message(ShowCard(deployment="a", revision=number), id=str(number), at=1.0)
            )
            entry = audit.Entry(at=float(number), actor="U1", action="asked")
            await writer.submit(lambda connection, entry=entry: audit.append(connection, entry))


def named(folder: Path, part: str) -> list[str]:
    return [one.name for one in folder.iterdir() if part in one.name]


async def test_a_copy_made_while_the_database_is_written_is_one_moment_of_it(tmp_path: Path):
    path, target = tmp_path / "p.db", tmp_path / "copy.db"
    async with Writer(path) as writer:
        stop = asyncio.Event()

        async def write() -> None:
            number = 0
            while not stop.is_set():
                number += 1

                def change(connection: sqlite3.Connection, number: int = number) -> None:
                    # Both or neither: a copy of half a transaction would tell.
                    audit.append(connection, audit.Entry(at=float(number), actor="U1", action="asked"))
                    connection.execute(
                        "INSERT INTO schedules(id, next_at, trigger) VALUES (?, 0, '')", (str(number),)
                    )

                await writer.submit(change)

        writing = asyncio.create_task(write())
        copies = [await asyncio.to_thread(backup, path, target, force=bool(number)) for number in range(5)]
        stop.set()
        await writing

    assert [one.faults for one in copies] == [()] * 5
    assert copies[-1].audit_rows > copies[0].audit_rows
    copy = sqlite3.connect(target)
    assert copy.execute("SELECT COUNT(*) FROM schedules").fetchone() == (copies[-1].audit_rows,)
    copy.close()


async def test_a_copy_is_one_file_that_only_its_owner_reads(tmp_path: Path):
    await filled(tmp_path / "p.db")
    copied = backup(tmp_path / "p.db", tmp_path / "backups.db")

    assert (copied.messages, copied.deployments, copied.audit_rows) == (3, 0, 3)
    assert copied.size == copied.path.stat().st_size
    assert stat.S_IMODE(copied.path.stat().st_mode) == 0o600
    assert named(tmp_path, "backups") == ["backups.db"]


async def test_a_copy_can_be_used_in_place_of_the_database(tmp_path: Path):
    await filled(tmp_path / "p.db")
    copied = backup(tmp_path / "p.db", tmp_path / "copy.db")
    await filled(copied.path, rows=4)

    async with Reader(copied.path) as reader:
        assert await reader.rows("SELECT COUNT(*) FROM messages") == [(4,)]


async def test_what_is_there_already_is_left_alone_unless_it_is_forced(tmp_path: Path):
    await filled(tmp_path / "p.db")
    target = tmp_path / "copy.db"
    target.write_text("precious")
    with pytest.raises(BackupFailed, match="is there already"):
        backup(tmp_path / "p.db", target)
    assert target.read_text() == "precious"

    assert backup(tmp_path / "p.db", target, force=True).audit_rows == 3


async def test_the_database_is_never_its_own_backup(tmp_path: Path):
    await filled(tmp_path / "p.db")
    with pytest.raises(BackupFailed, match="is the database itself"):
        backup(tmp_path / "p.db", tmp_path / "p.db", force=True)


async def test_nothing_is_left_behind_when_no_copy_can_be_made(tmp_path: Path):
    with pytest.raises(BackupFailed, match="there is no database at"):
        backup(tmp_path / "p.db", tmp_path / "copy.db")
    await filled(tmp_path / "p.db")
    with pytest.raises(BackupFailed, match="can't be written"):
        backup(tmp_path / "p.db", tmp_path / "nowhere" / "copy.db")
    (tmp_path / "text.db").write_text("no database " * 1000)
    with pytest.raises(BackupFailed, match="is not a database of Pilothouse"):
        backup(tmp_path / "text.db", tmp_path / "copy.db")

    assert named(tmp_path, "copy") == []


async def test_a_damaged_database_gives_no_backup_at_all(tmp_path: Path):
    path = tmp_path / "p.db"
    await filled(path, rows=60)
    whole = bytearray(path.read_bytes())
    page = 4096
    for start in range(2 * page, len(whole) - page, page):
        whole[start + 8 : start + 400] = b"\xff" * 392
    path.write_bytes(whole)
    with pytest.raises(BackupFailed):
        backup(path, tmp_path / "copy.db")

    assert not (tmp_path / "copy.db").exists()


async def test_a_changed_audit_log_is_copied_as_it_is_and_told(tmp_path: Path):
    path = tmp_path / "p.db"
    await filled(path)
    connection = sqlite3.connect(path)
    connection.execute("DROP TRIGGER audit_no_update")
    connection.execute("UPDATE audit SET actor = 'U2' WHERE seq = 2")
    connection.commit()
    connection.close()
    copied = backup(path, tmp_path / "copy.db")

    assert [fault.problem for fault in copied.faults] == ["row 2 was changed"]
    assert copied.path.exists()
