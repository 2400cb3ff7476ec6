from __future__ import annotations

import asyncio
import os
import resource
import sqlite3
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bot.disk import DiskFailed
from bot.errors import Conflict
from bot.reader import Reader
from bot.writer import GROUP_CAP, DatabaseInUse, DatabaseUnusable, Writer


def keep(number: int):
    def change(connection: sqlite3.Connection) -> int:
        connection.execute("CREATE TABLE IF NOT EXISTS kept(number INTEGER PRIMARY KEY)")
        connection.execute("INSERT INTO kept VALUES (?)", (number,))
        return number

    return change


def kept(path: Path) -> list[int]:
    connection = sqlite3.connect(path)
    try:
        return [number for (number,) in connection.execute("SELECT number FROM kept ORDER BY 1")]
    finally:
        connection.close()


async def test_submit_returns_only_after_the_commit(path):
    async with Writer(path) as writer:
        assert await writer.submit(keep(1)) == 1

        assert kept(path) == [1]


async def test_every_commit_is_synced_to_the_disk(path):
    async with Writer(path) as writer:
        pragmas = await writer.submit(
            lambda connection: [
                connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("synchronous", "journal_mode")
            ]
        )

    assert pragmas == [2, "wal"]  # 2 = FULL


async def test_changes_that_wait_are_committed_as_one_group(path):
    async with Writer(path) as writer:
        await asyncio.gather(*(writer.submit(keep(number)) for number in range(GROUP_CAP)))

        assert writer.commits < GROUP_CAP / 4
        assert kept(path) == list(range(GROUP_CAP))


async def test_a_conflict_hits_only_its_own_change_and_the_group_is_still_one_commit(path):
    async with Writer(path) as writer:
        await writer.submit(keep(5))
        before = writer.commits
        block = writer.submit(lambda _: sum(range(10_000_000)))  # everything behind it becomes one group
        waiting = [writer.submit(keep(number)) for number in range(10)]
        answers = await asyncio.gather(*waiting, return_exceptions=True)
        await block

        assert [type(answer) for answer in answers] == [Conflict if n == 5 else int for n in range(10)]
        assert kept(path) == list(range(10))
        assert writer.commits <= before + 2


async def test_a_change_that_fails_half_way_leaves_nothing(path):
    def half(connection: sqlite3.Connection) -> None:
        connection.execute("INSERT INTO kept VALUES (77)")
        raise KeyError("half way")

    async with Writer(path) as writer:
        await writer.submit(keep(1))
        answers = await asyncio.gather(writer.submit(half), writer.submit(keep(2)), return_exceptions=True)

        assert isinstance(answers[0], KeyError)
        assert answers[1] == 2
        assert kept(path) == [1, 2]


@pytest.mark.parametrize(
    "problem", [StopIteration("x"), SystemExit(3), KeyboardInterrupt(), MemoryError(), ZeroDivisionError()]
)
async def test_the_writer_outlives_whatever_a_change_raises(path, problem):
    def change(_: sqlite3.Connection) -> None:
        raise problem

    async with Writer(path) as writer:
        answers = await asyncio.gather(
            writer.submit(change), writer.submit(change), writer.submit(keep(1)), return_exceptions=True
        )
        assert all(isinstance(answer, Exception) for answer in answers[:2])

        assert await writer.submit(keep(2)) == 2


async def test_only_broken_uniqueness_is_a_conflict_other_constraints_are_faults(path):
    def nothing(connection: sqlite3.Connection) -> None:
        connection.execute("INSERT INTO messages(id) VALUES (NULL)")

    async with Writer(path) as writer:
        with pytest.raises(sqlite3.IntegrityError, match="NOT NULL"):
            await writer.submit(nothing)


async def test_then_is_called_in_the_order_of_the_commits_before_the_futures_are_done(path):
    heard: list[str] = []
    async with Writer(path) as writer:
        futures = [
            writer.submit(keep(number), lambda number: heard.append(f"then {number}")) for number in range(50)
        ]
        for number, future in enumerate(futures):
            future.add_done_callback(lambda _, number=number: heard.append(f"done {number}"))
        await asyncio.gather(*futures)

    assert [word for word in heard if word.startswith("then")] == [f"then {n}" for n in range(50)]
    assert all(heard.index(f"then {n}") < heard.index(f"done {n}") for n in range(50))


async def test_a_waiter_that_gave_up_does_not_lose_what_follows_its_commit(path):
    heard: list[int] = []
    async with Writer(path) as writer:
        future = writer.submit(keep(1), heard.append)
        future.cancel()
        await writer.submit(keep(2), heard.append)

        assert heard == [1, 2]
        assert kept(path) == [1, 2]


async def test_a_then_that_fails_takes_nothing_from_the_others(path, caplog):
    def fail(_: int) -> None:
        raise ValueError("nobody home")

    async with Writer(path) as writer:
        answers = await asyncio.gather(writer.submit(keep(1), fail), writer.submit(keep(2)))

    assert answers == [1, 2]
    assert "nobody home" in caplog.text


async def test_then_is_not_called_for_what_was_not_committed(path):
    heard: list[int] = []
    async with Writer(path) as writer:
        await writer.submit(keep(1))
        with pytest.raises(Conflict):
            await writer.submit(keep(1), heard.append)

    assert heard == []


async def test_leaving_commits_what_was_submitted_before_and_refuses_what_comes_after(path):
    writer = Writer(path)
    async with writer:
        futures = [writer.submit(keep(number)) for number in range(100)]
    assert await asyncio.gather(*futures) == list(range(100))
    assert kept(path) == list(range(100))

    with pytest.raises(DiskFailed, match="is closed: this process is stopping"):
        await writer.submit(keep(101))


async def test_a_second_writer_is_refused_by_the_lock_file_and_comes_in_once_the_first_has_left(path):
    async with Writer(path):
        with pytest.raises(DatabaseInUse, match="stop it first, or name another database"):
            async with Writer(path):
                pass

    async with Writer(path) as writer:
        assert await writer.submit(keep(1)) == 1


async def test_a_second_process_is_refused_by_the_lock_file(path):
    program = (
        "import asyncio, sys\nfrom bot.writer import Writer\nasyncio.run(Writer(sys.argv[1]).__aenter__())"
    )
    async with Writer(path):
        second = await asyncio.to_thread(
            subprocess.run, [sys.executable, "-c", program, path], capture_output=True, text=True, check=False
        )

    assert second.returncode != 0
    assert "DatabaseInUse" in second.stderr
    assert str(path) in second.stderr


async def test_nobody_else_on_the_machine_reads_the_database_or_what_lies_beside_it(path):
    before = os.umask(0o022)
    try:
        async with Writer(path) as writer:
            await writer.submit(keep(1))
            modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    finally:
        os.umask(before)

    assert len(modes) == 4, "the database, -wal, -shm and .lock"
    assert set(modes.values()) == {0o600}, modes


async def test_a_database_of_before_that_others_could_read_is_closed_to_them(path):
    async with Writer(path) as writer:
        await writer.submit(keep(1))
    path.chmod(0o644)
    async with Writer(path):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


async def test_a_file_that_is_no_database_is_refused_in_words_and_left_as_it_was(path):
    path.write_text("dear diary, " * 200)

    with pytest.raises(DatabaseUnusable, match="file is not a database"):
        async with Writer(path):
            pass

    assert path.read_text() == "dear diary, " * 200


async def test_a_folder_that_can_not_be_made_is_refused_in_words(tmp_path):
    (tmp_path / "file").write_text("")

    with pytest.raises(DatabaseUnusable, match="can't be opened for writing"):
        async with Writer(tmp_path / "file" / "pilothouse.db"):
            pass


async def test_a_database_that_may_not_be_written_is_refused_in_words(path):
    async with Writer(path) as writer:
        await writer.submit(keep(1))
    if os.geteuid() == 0:
        pytest.skip("root may write everything")
    path.chmod(0o400)

    with pytest.raises(DatabaseUnusable, match="readonly"):
        async with Writer(path):
            pass


async def test_a_full_disk_fails_in_words_and_the_writer_recovers_when_there_is_room(path):
    def much(connection: sqlite3.Connection) -> None:
        connection.execute("CREATE TABLE IF NOT EXISTS much(body TEXT)")
        connection.execute("INSERT INTO much VALUES (?)", ("x" * 3_000_000,))

    async with Writer(path) as writer:
        await writer.submit(keep(1))
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, hard))
        try:
            answers = await asyncio.gather(*(writer.submit(much) for _ in range(3)), return_exceptions=True)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert {type(answer) for answer in answers} == {DiskFailed}
        assert str(path) in str(answers[0])

        assert await writer.submit(keep(2)) == 2
        assert kept(path) == [1, 2]


async def test_a_reader_sees_everything_committed_before_and_can_not_write(path):
    async with Writer(path) as writer, Reader(path) as reader:
        for number in range(20):
            await writer.submit(keep(number))
            assert await reader.rows("SELECT MAX(number) FROM kept") == [(number,)]

        with pytest.raises(DiskFailed, match="readonly"):
            await reader.rows("INSERT INTO kept VALUES (99)")


async def test_a_reader_opens_a_path_with_every_character_a_path_may_hold(tmp_path):
    path = tmp_path / "a ?b#c%20&d=ä" / "p?.db"
    async with Writer(path) as writer, Reader(path) as reader:
        await writer.submit(keep(1))

        assert await reader.rows("SELECT number FROM kept") == [(1,)]


async def test_a_reader_of_a_missing_file_says_which(tmp_path):
    async with Reader(tmp_path / "nowhere.db") as reader:
        with pytest.raises(DiskFailed, match=r"nowhere\.db"):
            await reader.rows("SELECT 1 FROM messages")


async def test_a_statement_that_is_wrong_is_not_blamed_on_the_disk(path):
    async with Writer(path), Reader(path) as reader:
        with pytest.raises(sqlite3.OperationalError, match="no such table") as raised:
            await reader.rows("SELECT 1 FROM nowhere")

    assert not isinstance(raised.value, DiskFailed)


async def test_a_change_that_rolls_everything_back_takes_its_group_with_it_and_nothing_is_half_done(path):
    def rash(connection: sqlite3.Connection) -> None:
        connection.execute("INSERT OR ROLLBACK INTO kept VALUES (1)")

    changes = (keep(2), rash, keep(3))
    group: list[asyncio.Future[object]] = []
    async with Writer(path) as writer:
        await writer.submit(keep(1))
        await writer.submit(lambda _: time.sleep(0.05), lambda _: group.extend(map(writer.submit, changes)))
        answers = await asyncio.gather(*group, return_exceptions=True)

        assert {type(answer) for answer in answers} == {Conflict}
        assert kept(path) == [1]
        assert await writer.submit(keep(4)) == 4


async def test_a_change_that_ends_the_transaction_itself_is_told_and_the_writer_goes_on(path):
    async with Writer(path) as writer:
        with pytest.raises(sqlite3.OperationalError, match="no transaction is active"):
            await writer.submit(lambda connection: connection.execute("ROLLBACK"))

        assert await writer.submit(keep(1)) == 1


def test_a_commit_whose_event_loop_has_gone_is_logged_and_kept(path, caplog):
    async def leave_at_once() -> Writer:
        writer = await Writer(path).__aenter__()
        writer.submit(keep(1))
        writer.submit(lambda _: time.sleep(0.2))
        writer.submit(keep(2))
        return writer

    writer = asyncio.run(leave_at_once())
    asyncio.run(writer.__aexit__())

    assert kept(path) == [1, 2]
    assert "had nobody left to tell: the event loop was closed" in caplog.text
