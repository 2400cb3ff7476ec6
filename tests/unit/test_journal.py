from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import pytest

from bot.disk import DiskFailed
from bot.events import FollowRun, RunLost, ShowStatus
from bot.journal import NotWaiting, done, message, park, put_off
from bot.people import Place
from bot.reader import Reader
from tests.engine import ANNA, engine


def look(number: int) -> FollowRun:
    return FollowRun(deployment="d1", look=number)


def rows(path: Path, sql: str) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(path)
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.close()


async def test_journal_before_ack_the_row_is_on_disk_when_publish_returns(path):
    async with engine(path, started=False) as running:
        assert await running.publish(look(1), id="a")

        stored = rows(path, "SELECT id, type, version, subject, about, chain, body, state FROM messages")
    assert stored == [
        ("a", "FollowRun", 1, "run/d1", "d1", "a", '{"deployment":"d1","missed":0,"look":1}', "ready"),
    ]


async def test_delivery_ids_are_unique_a_redelivery_is_one_row(path):
    async with engine(path, started=False) as running:
        new = [message(look(n), id="same", at=1.0) for n in range(3)]
        assert await running.journal.publish(*new) == [True, False, False]
        assert await running.publish(look(9), id="same") is False

        stored = rows(path, "SELECT body FROM messages")
    assert stored == [('{"deployment":"d1","missed":0,"look":0}',)]


async def test_a_redelivery_is_handed_to_nobody(path):
    heard: list[str] = []
    async with engine(path, started=False) as running:
        running.journal.on_ready = lambda ready: heard.extend(one.id for one in ready)
        one = message(look(1), id="a", at=1.0)
        await running.journal.publish(one)
        await running.journal.publish(one)
        await running.journal.publish(one, message(look(2), id="b", at=1.0))

    assert heard == ["a", "b"]


async def test_messages_are_announced_in_the_order_of_their_numbers(path):
    heard: list[int] = []
    async with engine(path, started=False) as running:
        running.journal.on_ready = lambda ready: heard.extend(one.seq for one in ready)
        await asyncio.gather(*(running.publish(look(n), id=f"m{n}") for n in range(300)))

    assert heard == list(range(1, 301))


async def test_a_publish_that_fails_leaves_nothing_and_can_be_repeated(path):
    async with engine(path, started=False) as running:
        await running.writer.submit(
            lambda connection: connection.execute(
                "CREATE TRIGGER no BEFORE INSERT ON messages WHEN NEW.id = 'b' BEGIN SELECT RAISE(ABORT, 'no'); END"
            )
        )
        new = [message(look(n), id=name, at=1.0) for n, name in enumerate("ab")]
        with pytest.raises(sqlite3.IntegrityError, match="no"):
            await running.journal.publish(*new)
        assert rows(path, "SELECT COUNT(*) FROM messages") == [(0,)]

        await running.writer.submit(lambda connection: connection.execute("DROP TRIGGER no"))
        assert await running.journal.publish(*new) == [True, True]


async def test_an_event_without_a_subject_is_refused_before_anything_is_written():
    with pytest.raises(ValueError, match="RunLost needs a subject"):
        message(RunLost(deployment="d1", sentence="gone"), id="a", at=1.0)


async def test_text_that_utf8_can_not_hold_is_written_with_question_marks(path):
    half = "hi \ud83d there"
    async with engine(path, started=False) as running:
        asked = ShowStatus(by=ANNA, place=Place(channel="C\ud800"), text=half)
        new = message(asked, id="key-\udfff", at=1.0, subject="person/\ud800")
        await running.journal.publish(new)
        (stored,) = await running.journal.waiting(0, 10)

    assert (stored.id, stored.subject) == ("key-?", "person/?")
    assert stored.event == new.event
    assert isinstance(stored.event, ShowStatus)
    assert stored.event.text == "hi ? there"


async def test_done_put_off_and_park_need_a_message_that_still_waits(path):
    async with engine(path, started=False) as running:
        one = message(look(1), id="a", at=1.0)
        await running.journal.publish(one)
        await running.writer.submit(lambda connection: done(connection, one, 5.0))

        for change in (
            lambda connection: done(connection, one, 6.0),
            lambda connection: put_off(connection, one, 6.0, "peer_down", "away"),
            lambda connection: park(connection, one, "peer_down", "away"),
        ):
            with pytest.raises(NotWaiting, match="message 1 is not waiting any more"):
                await running.writer.submit(change)

        assert (await running.row("a"))["state"] == "done"
        assert (await running.row("a"))["done_at"] == 5.0


async def test_delayed_messages_become_ready_in_the_order_of_their_time_with_new_numbers(path):
    heard: list[tuple[str, int, bool]] = []
    async with engine(path, started=False) as running:
        for name, due in (("late", 300.0), ("early", 100.0), ("middle", 200.0)):
            await running.publish(look(1), id=name, due=due)
        await running.publish(look(1), id="now")
        running.journal.on_ready = lambda ready: heard.extend((one.id, one.seq, one.loaded) for one in ready)

        assert await running.journal.next_due() == 100.0
        assert await running.journal.promote(99.0) == 0
        assert await running.journal.promote(250.0) == 2
        assert await running.journal.next_due() == 300.0
        early = await running.row("early")

    assert heard == [("early", 5, False), ("middle", 6, False)]
    assert (early["state"], early["at"], early["due"]) == ("ready", 250.0, 0.0)


async def test_journal_retry_puts_a_parked_message_back_at_the_end_by_id_or_number(path):
    async with engine(path, started=False) as running:
        parked = [message(look(n), id=f"m{n}", at=1.0) for n in (1, 2)]
        await running.journal.publish(*parked, message(look(3), id="m3", at=1.0))
        for one in parked:
            await running.writer.submit(
                lambda connection, one=one: park(connection, one, "credentials_wrong", "the token is wrong")
            )
        assert [row["id"] for row in await running.journal.listed("parked", 10)] == ["m1", "m2"]
        assert (await running.row("m1"))["sentence"] == "the token is wrong"

        assert await running.journal.retry("m2", 50.0)
        assert await running.journal.retry("1", 51.0)
        assert not await running.journal.retry("m1", 52.0)
        assert not await running.journal.retry("m3", 53.0)
        assert not await running.journal.retry("nonsense", 54.0)
        waiting = await running.journal.waiting(0, 10)

    assert [(one.id, one.attempts, one.loaded) for one in waiting] == [
        ("m3", 0, True),
        ("m2", 0, True),
        ("m1", 0, True),
    ]


async def test_a_message_is_shown_by_id_or_by_number(path):
    async with engine(path, started=False) as running:
        await running.publish(look(1), id="a")
        by_id = await running.journal.show("a")
        assert by_id is not None

        assert await running.journal.show("1") == by_id
        assert await running.journal.show("²") is None
        assert await running.journal.show("9" * 30) is None
        assert await running.journal.show("b") is None


async def test_listing_shows_the_newest_and_tailing_leaves_no_gap(path):
    async with engine(path, started=False) as running:
        for number in range(1, 11):
            await running.publish(look(number), id=f"m{number}", due=99.0 if number > 8 else 0.0)

        async def numbers(state: str, limit: int, after: int = 0) -> list[int]:
            return [row["seq"] for row in await running.journal.listed(state, limit, after)]

        assert await numbers("", 3) == [8, 9, 10]
        assert await numbers("", 3, after=2) == [3, 4, 5]
        assert await numbers("delayed", 10) == [9, 10]
        assert await numbers("ready", 2) == [7, 8]
        assert await numbers("ready", 2, after=7) == [8]
        with pytest.raises(KeyError):
            await numbers("nonsense", 1)


async def test_all_messages_of_one_deployment_are_found_in_order(path):
    async with engine(path, started=False) as running:
        await running.publish(look(1), id="a")
        await running.publish(FollowRun(deployment="d2"), id="b")
        await running.publish(RunLost(deployment="d1", sentence="gone"), id="c", subject="lane/x/y")

        assert [row["id"] for row in await running.journal.about("d1")] == ["a", "c"]


async def test_depth_counts_what_is_not_done_and_how_old_the_oldest_is(path):
    async with engine(path, started=False) as running:
        messages = [
            message(look(n), id=f"m{n}", at=10.0 * n, due=500.0 if n == 5 else 0.0) for n in range(1, 6)
        ]
        await running.journal.publish(*messages)
        await running.writer.submit(lambda connection: done(connection, messages[0], 60.0))
        await running.writer.submit(lambda connection: park(connection, messages[1], "x", "y"))

        assert await running.journal.depth() == {
            "ready": (2, 30.0),
            "delayed": (1, 50.0),
            "parked": (1, 20.0),
        }


async def test_pruning_removes_only_old_done_messages_and_no_number_is_ever_given_again(path):
    async with engine(path, started=False) as running:
        messages = [message(look(n), id=f"m{n}", at=1.0) for n in range(1, 7)]
        await running.journal.publish(*messages)
        for one, when in zip(messages[1:], (100.0, 100.0, 900.0, 100.0, 100.0), strict=True):
            await running.writer.submit(lambda connection, one=one, when=when: done(connection, one, when))

        assert await running.journal.prune(500.0, limit=3) == 2
        assert await running.journal.prune(500.0) == 1
        assert await running.journal.prune(500.0) == 0
        left = [row["seq"] for row in await running.journal.listed("", 10)]
        await running.publish(look(1), id="new")

        assert left == [1, 4, 6]
        assert (await running.row("new"))["seq"] == 7


async def test_a_corrupt_page_is_told_as_the_disks_fault(path):
    async with engine(path, started=False) as running:
        for number in range(200):
            await running.publish(look(number), id=f"m{number}")
    data = bytearray(path.read_bytes())
    for offset in range(4096, len(data)):
        data[offset] = 0x5A
    path.write_bytes(data)

    async with Reader(path) as reader:
        with pytest.raises(DiskFailed, match="malformed"):
            await reader.rows("SELECT * FROM messages")
