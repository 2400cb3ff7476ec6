from __future__ import annotations

import re
import sqlite3
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlite_utils import Database

from bot import audit
from bot.schema import migrations


def entry(number: int, **other) -> audit.Entry:
    return audit.Entry(
        **{"at": 1000.5 + number, "actor": "U0ANNA", "action": "asked", "about": f"d{number}"} | other
    )


def log_of(rows: int, path: str | Path = ":memory:") -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    migrations.apply(Database(connection))
    for number in range(1, rows + 1):
        audit.append(connection, entry(number, detail={"n": number}, reason="approval_needed"))
    return connection


@pytest.fixture
def connection():
    opened = log_of(8)
    yield opened
    opened.close()


def unlocked(connection: sqlite3.Connection) -> sqlite3.Connection:
    """As somebody would who has the file and knows SQL."""
    connection.execute("DROP TRIGGER audit_no_update")
    connection.execute("DROP TRIGGER audit_no_delete")
    return connection


def faults(connection: sqlite3.Connection) -> list[str]:
    return [fault.problem for fault in audit.verify(connection)]


def rehash(connection: sqlite3.Connection, seq: int) -> None:
    row = connection.execute(
        "SELECT previous, seq, at, actor, action, about, reason, detail FROM audit WHERE seq = ?", (seq,)
    ).fetchone()
    own = audit.chained(row[0], row[1], row[2], row[3:])
    connection.execute("UPDATE audit SET hash = ? WHERE seq = ?", (own, seq))


def test_a_log_as_it_was_written_has_no_faults(connection):
    assert faults(connection) == []
    assert not connection.in_transaction


def test_an_empty_log_has_no_faults():
    connection = log_of(0)
    assert faults(connection) == []
    connection.close()


@pytest.mark.parametrize("verb", ["UPDATE audit SET actor = 'U0BEN'", "DELETE FROM audit"])
def test_the_log_is_append_only_to_everybody_who_comes_through_sql(connection, verb):
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        connection.execute(verb)


@pytest.mark.parametrize("seq", [1, 4, 8])
@pytest.mark.parametrize(
    "change",
    [
        "at = at + 0.001",
        "actor = 'U0BEN'",
        "action = 'refused'",
        "about = ''",
        "reason = ''",
        "detail = '{}'",
        "hash = upper(hash)",
    ],
)
def test_a_changed_row_is_found_and_named(connection, seq, change):
    unlocked(connection).execute(f"UPDATE audit SET {change} WHERE seq = ?", (seq,))

    assert f"row {seq} was changed" in faults(connection)


@pytest.mark.parametrize(
    ("gone", "named"),
    [
        ("seq = 1", "row 1 is missing"),
        ("seq = 5", "row 5 is missing"),
        ("seq IN (3, 4, 5)", "rows 3 to 5 are missing"),
        ("seq = 8", "row 8 is missing at the end"),
        ("seq > 5", "rows 6 to 8 are missing at the end"),
        ("seq > 0", "rows 1 to 8 are missing at the end"),
    ],
)
def test_a_missing_row_or_a_cut_tail_is_found_and_named(connection, gone, named):
    unlocked(connection).execute(f"DELETE FROM audit WHERE {gone}")

    assert faults(connection) == [named]


def test_swapped_rows_are_found_and_named(connection):
    unlocked(connection)
    for old, new in ((3, 99), (4, 3), (99, 4)):
        connection.execute("UPDATE audit SET seq = ? WHERE seq = ?", (new, old))

    assert {"row 3 was changed", "row 4 was changed"} <= set(faults(connection))


def test_a_row_that_was_changed_and_hashed_anew_is_found_by_the_row_after_it(connection):
    unlocked(connection).execute("UPDATE audit SET actor = 'U0BEN' WHERE seq = 4")
    rehash(connection, 4)

    assert faults(connection) == ["row 5 does not follow the row before it"]


def test_a_last_row_that_was_changed_and_hashed_anew_is_found_by_the_head(connection):
    unlocked(connection).execute("UPDATE audit SET actor = 'U0BEN' WHERE seq = 8")
    rehash(connection, 8)

    assert faults(connection) == ["row 8 is not the last that was written"]


@pytest.mark.parametrize("seq", [-3, 0, 9, 12])
def test_an_added_row_is_found_and_named(connection, seq):
    connection.execute(
        "INSERT INTO audit SELECT ?, at, actor, action, about, reason, detail, hash, hash FROM audit WHERE seq = 8",
        (seq,),
    )
    unlocked(connection)
    rehash(connection, seq)

    assert faults(connection) == [f"row {seq} was added"]


def test_a_head_that_was_removed_is_told(connection):
    connection.execute("DELETE FROM audit_head")

    assert faults(connection) == ["the number and hash of the last row are missing"]


def test_rows_written_while_the_chain_is_walked_are_no_faults(path):
    connection = log_of(3, path)
    connection.execute("PRAGMA journal_mode=WAL")
    reader = sqlite3.connect(path, isolation_level=None)
    walking = audit.verify(reader)
    unlocked(connection).execute("UPDATE audit SET actor = 'U0BEN' WHERE seq = 1")

    found = [next(walking)]
    audit.append(connection, entry(4))
    found += list(walking)

    assert [fault.problem for fault in found] == ["row 1 was changed"]
    assert faults(connection) == ["row 1 was changed"]
    connection.close()
    reader.close()


def test_whole_numbers_odd_texts_and_nested_details_come_back_as_they_were_chained(connection):
    detail = {"b": [1, 2.5, None, {"ü": "ß🚀"}], "a": "half \ud83d", "held_up": ("x", "y")}
    audit.append(connection, entry(9, at=5, actor="\udfff", about="", detail=detail))

    assert faults(connection) == []
    assert connection.execute("SELECT at, actor, detail FROM audit WHERE seq = 9").fetchone() == (
        5.0,
        "?",
        '{"a":"half ?","b":[1,2.5,null,{"ü":"ß🚀"}],"held_up":["x","y"]}',
    )


def test_an_entry_that_can_not_be_written_raises_and_leaves_the_chain_whole(connection):
    with pytest.raises(TypeError):
        audit.append(connection, entry(9, detail={"what": object()}))

    assert faults(connection) == []


@settings(deadline=None, max_examples=60)
@given(
    st.integers(1, 12),
    st.lists(st.tuples(st.sampled_from(("change", "delete", "swap", "add")), st.integers(1, 12)), max_size=3),
)
def test_whatever_is_done_to_the_rows_verify_finds_a_fault_exactly_when_they_differ(rows, deeds):
    connection = unlocked(log_of(rows))
    written = connection.execute("SELECT * FROM audit ORDER BY seq").fetchall()
    for deed, seq in deeds:
        if deed == "change":
            connection.execute("UPDATE audit SET actor = actor || '!' WHERE seq = ?", (seq,))
        elif deed == "delete":
            connection.execute("DELETE FROM audit WHERE seq = ?", (seq,))
        elif deed == "swap":
            connection.execute("UPDATE audit SET seq = -100 WHERE seq = ?", (seq,))
            connection.execute("UPDATE audit SET seq = ? WHERE seq = ?", (seq, seq + 1))
            connection.execute("UPDATE audit SET seq = ? WHERE seq = -100", (seq + 1,))
        else:
            connection.execute(
                "INSERT OR IGNORE INTO audit VALUES (?, 1.0, 'U', 'asked', '', '', '{}', '', '')", (seq,)
            )
    now = connection.execute("SELECT * FROM audit ORDER BY seq").fetchall()

    assert (faults(connection) == []) == (now == written)
    connection.close()


def test_the_actions_are_words_and_every_one_that_the_code_writes_is_on_the_list():
    root = Path(__file__).parents[2]
    written = set()
    for source in [*(root / "bot").rglob("*.py"), *(root / "handlers").rglob("*.py")]:
        text = source.read_text()
        written |= set(re.findall(r"\.audit\(\s*\"(\w+)\"", text))
        written |= set(re.findall(r"audit\.Entry\([^)]*action=\"(\w+)\"", text))

    assert written <= audit.ACTIONS
    assert all(re.fullmatch(r"[a-z_]+", action) for action in audit.ACTIONS)
