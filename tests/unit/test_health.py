"""Health tells what is so, says once that something is gone and once that it is back."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from pathlib import Path

import pytest

from bot.errors import Rejected, Unreachable
from bot.health import Health, Part
from bot.reasons import Reason
from bot.writer import Writer
from tests.clock import ShiftableClock
from tests.waiting import until

DOWN = Unreachable(Reason.PEER_DOWN, "Jenkins main can't be reached.")


class Peer:
    """Something to ping; `problem` is what it answers with."""

    def __init__(self) -> None:
        self.problem: Exception | None = None
        self.pings = 0

    async def ping(self) -> None:
        self.pings += 1
        if self.problem is not None:
            raise self.problem


class Heard:
    def __init__(self) -> None:
        self.sentences: list[str] = []

    async def __call__(self, part: Part, sentence: str) -> None:
        self.sentences.append(sentence)


async def test_nothing_is_ready_before_everything_was_looked_at():
    health = Health(ShiftableClock())
    health.add("slack", Peer().ping)
    ok, details = await health.ready()

    assert not ok
    assert details["parts"]["slack"] == {"ok": None, "reason": "", "since": None}


async def test_that_a_part_is_gone_is_said_once_and_once_that_it_is_back(caplog):
    caplog.set_level(logging.INFO)
    clock, peer, heard = ShiftableClock(1_000.0, frozen=True), Peer(), Heard()
    health = Health(clock, every=0.001, told=heard)
    health.add("jenkins/main", peer.ping)
    async with health:
        await until(lambda: health.parts["jenkins/main"].ok)
        peer.problem = DOWN
        await until(lambda: health.parts["jenkins/main"].ok is False)
        seen = peer.pings
        await until(lambda: peer.pings > seen + 5)
        assert not (await health.ready())[0]
        clock.advance(42.0)
        peer.problem = None
        await until(lambda: health.parts["jenkins/main"].ok)
        seen = peer.pings
        await until(lambda: peer.pings > seen + 5)
        assert (await health.ready())[0]

    said = [
        "jenkins/main is not available: Jenkins main can't be reached.",
        "jenkins/main is available again, after 42 s",
    ]
    assert heard.sentences == said
    assert [record.message for record in caplog.records if record.name == "bot.health"] == said


async def test_a_part_that_was_never_there_is_said_to_be_gone():
    peer, heard = Peer(), Heard()
    peer.problem = Rejected(Reason.CREDENTIALS_WRONG, "Slack does not accept the token.")
    health = Health(ShiftableClock(), told=heard)
    health.add("slack", peer.ping)
    async with health:
        await until(lambda: heard.sentences)
        ok, details = await health.ready()

    assert not ok
    assert details["parts"]["slack"]["reason"] == "credentials_wrong"
    assert heard.sentences == ["slack is not available: Slack does not accept the token."]


async def test_what_does_not_answer_in_time_is_not_available():
    health = Health(ShiftableClock(), within=0.01)
    health.add("slack", lambda: asyncio.sleep(60))
    part = await health.look("slack")

    assert (part.ok, part.sentence) == (False, "no answer within 0.01 s")


async def test_an_address_that_cannot_be_used_is_not_available():
    peer = Peer()
    peer.problem = ConnectionResetError("the peer hung up")
    health = Health(ShiftableClock())
    health.add("slack", peer.ping)

    assert (await health.look("slack")).sentence == "ConnectionResetError: the peer hung up"
    assert health.up() == {"slack": 0.0}


async def test_a_task_that_is_relied_on_and_ends_is_told():
    async def breaks() -> None:
        raise ZeroDivisionError

    async with Health(ShiftableClock()) as health:
        task = asyncio.create_task(breaks(), name="schedules ticking")
        health.rely_on(task)
        assert health.alive()[0]
        await until(task.done)
        assert health.alive() == (False, {**health.alive()[1], "ended": ["schedules ticking"]})
        assert isinstance(task.exception(), ZeroDivisionError)


async def test_only_the_named_parts_decide_when_parts_are_named():
    clock, peer = ShiftableClock(), Peer()
    peer.problem = DOWN
    health = Health(clock)
    health.add("journal", Peer().ping)
    health.add("jenkins/main", peer.ping)
    await health.look("journal")
    await health.look("jenkins/main")

    assert not (await health.ready())[0]
    assert (await health.ready(["journal"]))[0]


async def test_the_journal_is_ready_when_a_commit_reaches_the_disk(tmp_path: Path):
    health = Health(ShiftableClock())
    async with Writer(tmp_path / "p.db") as writer:
        health.add_journal(writer)
        before = writer.commits
        assert (await health.ready())[0]
        assert writer.commits == before + 1


async def test_the_journal_is_looked_at_again_when_asked_and_not_for_everybody_who_asks(tmp_path: Path):
    clock = ShiftableClock(1_000.0, frozen=True)
    health = Health(clock)
    async with Writer(tmp_path / "p.db") as writer:
        health.add_journal(writer)
        await asyncio.gather(*(health.ready() for _ in range(20)))
        assert writer.commits == 1
        clock.advance(2.0)
        await health.ready()
        assert writer.commits == 2


async def test_a_journal_that_cannot_be_written_is_not_ready(tmp_path: Path):
    path = tmp_path / "p.db"
    health = Health(ShiftableClock(), within=20.0)
    async with Writer(path) as writer:
        health.add_journal(writer)
        await writer.submit(lambda connection: connection.execute("PRAGMA busy_timeout = 50"))
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        ok, details = await health.ready()
        other.execute("ROLLBACK")
        other.close()

    assert not ok
    assert details["parts"]["journal"]["reason"] == "peer_broken"
    assert health.parts["journal"].sentence.endswith("database is locked")


async def test_the_process_is_alive_while_its_loop_turns():
    async with Health(ShiftableClock()) as health:
        ok, details = health.alive()

    assert ok
    assert details["ok"] is True


async def test_a_loop_that_was_held_up_is_told(monkeypatch: pytest.MonkeyPatch):
    async with Health(ShiftableClock()) as health:
        health._beat_at -= 100.0
        ok, details = health.alive()

    assert not ok
    assert details["loop_behind_seconds"] > 90


async def test_a_check_that_breaks_its_word_is_not_passed_over_in_silence():
    peer = Peer()
    peer.problem = ZeroDivisionError("a bug")
    health = Health(ShiftableClock())
    health.add("slack", peer.ping)
    async with health:
        await until(lambda: not health.alive()[0])
        assert health.alive()[1]["ended"] == ["health of slack"]


async def test_a_stopping_server_is_not_ready():
    health = Health(ShiftableClock())
    health.stopping = True

    assert await health.ready() == (False, {"ok": False, "parts": {}, "stopping": "the server is stopping"})
