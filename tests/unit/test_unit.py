from __future__ import annotations

import sqlite3

import pytest
from sqlite_utils import Database

from bot.events import FollowRun, RunLost
from bot.messages import done, insert, message
from bot.schema import migrations
from bot.unit import ID_MOST, Unit, child_id
from tests.engine import look


@pytest.fixture
def connection():
    opened = sqlite3.connect(":memory:", isolation_level=None)
    migrations.apply(Database(opened))
    yield opened
    opened.close()


def states(connection: sqlite3.Connection) -> list[tuple[str, str]]:
    return connection.execute("SELECT id, state FROM messages ORDER BY seq").fetchall()


def test_a_unit_may_be_applied_again_after_its_group_was_rolled_back(connection):
    handled = message(look(1), id="a", at=1.0)
    insert(connection, handled)
    unit = Unit(handled, 5.0)
    unit.publish(look(2))
    unit.publish(RunLost(deployment="d1", sentence="x"), subject="lane/x/y", after=10.0)
    unit.audit("started", actor="pilothouse", about="d1", key="k")
    for _ in range(2):
        connection.execute("BEGIN")
        unit.apply(connection, lambda row: done(row, handled, 5.0))
        connection.execute("ROLLBACK")
    assert states(connection) == [("a", "ready")]

    unit.apply(connection, lambda row: done(row, handled, 5.0))

    assert states(connection) == [("a", "done"), ("a/1", "ready"), ("a/2", "delayed")]
    assert [(one.seq, one.due, one.cause, one.chain) for one in unit.messages] == [
        (2, 0.0, "a", "a"),
        (3, 15.0, "a", "a"),
    ]
    assert connection.execute("SELECT COUNT(*) FROM audit").fetchone() == (1,)


def test_what_is_there_already_is_not_announced_again(connection):
    handled = message(look(1), id="a", at=1.0)
    for one in (handled, message(look(2), id="taken", at=1.0)):
        insert(connection, one)
    unit = Unit(handled, 5.0)
    unit.publish(look(2), id="taken")
    unit.publish(look(3))
    unit.apply(connection, lambda row: done(row, handled, 5.0))

    assert [(one.id, one.seq) for one in unit.messages] == [("taken", 0), ("a/2", 3)]


def test_only_actions_of_the_closed_list_are_audited():
    unit = Unit(message(FollowRun(deployment="d1"), id="a", at=1.0), 5.0)

    with pytest.raises(ValueError, match="danced is not an action of the audit log"):
        unit.audit("danced", actor="U1")


def test_an_event_that_nobody_gave_a_subject_is_refused_where_it_is_published():
    unit = Unit(message(FollowRun(deployment="d1"), id="a", at=1.0), 5.0)

    with pytest.raises(ValueError, match="RunLost needs a subject"):
        unit.publish(RunLost(deployment="d1", sentence="x"))


def test_ids_of_children_are_always_the_same_short_and_different():
    ids = {"root"}
    parent = "root"
    for _ in range(500):
        children = [child_id(parent, str(n)) for n in (1, 2)]
        assert children == [child_id(parent, str(n)) for n in (1, 2)]
        assert all(len(child) <= ID_MOST for child in children)
        assert not ids & set(children)
        ids |= set(children)
        parent = children[0]
