"""What Prometheus reads is what happened and what is stored."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as open_families
from prometheus_client.parser import text_string_to_metric_families as families

from bot import journal as rows
from bot.events import Prune, ShowCard
from bot.journal import Journal, message
from bot.metrics import Metrics
from bot.reader import Reader
from bot.writer import Writer
from tests.clock import ShiftableClock

OPENMETRICS = "application/openmetrics-text; version=1.0.0"
DEPLOYMENT = (
    "INSERT INTO deployments(id, number, lane, service, environment, state, version, revision, requested_at, "
    "ended_at, body) VALUES (?, ?, 'lane/checkout/' || ?, 'checkout', ?, ?, '1', 1, 0, ?, '{}')"
)


class Numbers:
    """`numbers["name", "label value", …]`; the order of a sample's labels says nothing."""

    def __init__(self, text: bytes) -> None:
        self._found = {
            (sample.name, frozenset(sample.labels.values())): sample.value
            for family in families(text.decode())
            for sample in family.samples
        }

    def __getitem__(self, key: tuple[str, ...]) -> float:
        return self._found[key[0], frozenset(key[1:])]

    def __contains__(self, key: tuple[str, ...]) -> bool:
        return (key[0], frozenset(key[1:])) in self._found


async def scraped(metrics: Metrics) -> Numbers:
    text, _ = await metrics.render()
    return Numbers(text)


async def test_handling_times_are_told_by_type_and_outcome():
    metrics = Metrics()
    metrics.handled("Deploy", "done", 0.002)
    metrics.handled("Deploy", "done", 0.003)
    metrics.handled("StartRun", "peer_down", 1.0)
    found = await scraped(metrics)

    assert found["pilothouse_handling_seconds_count", "Deploy", "done"] == 2
    assert found["pilothouse_handling_seconds_sum", "Deploy", "done"] == pytest.approx(0.005)
    assert found["pilothouse_handling_seconds_count", "StartRun", "peer_down"] == 1


async def test_calls_to_peers_are_counted_by_outcome_and_timed():
    metrics = Metrics()
    metrics.slack_call("chat.postMessage", "ok")
    metrics.slack_call("chat.postMessage", "rate_limited", 0.5)
    metrics.driver_calls("jenkins")("main", "200", 0.1)
    metrics.driver_calls("jenkins")("main", "peer_down", 5.0)
    found = await scraped(metrics)

    assert found["pilothouse_slack_calls_total", "chat.postMessage", "ok"] == 1
    assert found["pilothouse_slack_calls_total", "chat.postMessage", "rate_limited"] == 1
    assert found["pilothouse_slack_call_seconds_count", "chat.postMessage"] == 1
    assert found["pilothouse_driver_calls_total", "jenkins", "main", "peer_down"] == 1
    assert found["pilothouse_driver_call_seconds_sum", "jenkins", "main"] == pytest.approx(5.1)


async def test_queues_and_deployments_are_read_from_the_database(tmp_path: Path):
    clock = ShiftableClock(1_000.0, frozen=True)
    path = tmp_path / "p.db"
    async with Writer(path) as writer, Reader(path) as reader:
        journal = Journal(writer, reader)
        ready = message(ShowCard(deployment="a", revision=1), id="1", at=900.0)
        parked = message(Prune(scheduled=1.0), id="2", at=940.0)
        await journal.publish(ready, parked, message(Prune(scheduled=2.0), id="3", at=990.0, due=2_000.0))

        def change(connection: sqlite3.Connection) -> None:
            rows.park(connection, parked, "handler_failed", "it failed")
            for number, (environment, state, ended) in enumerate(
                [
                    ("staging", "succeeded", 1.0),
                    ("staging", "succeeded", 2.0),
                    ("production", "failed", 3.0),
                    ("production", "awaiting_approval", None),
                    ("staging", "running", None),
                ]
            ):
                connection.execute(DEPLOYMENT, (str(number), number, environment, environment, state, ended))

        await writer.submit(change)
        metrics = Metrics()
        metrics.watch(journal, reader, clock)
        metrics.count("pilothouse_commits", "Commits.", lambda: writer.commits)
        metrics.gauge("pilothouse_messages_held", "In memory.", lambda: 7)
        metrics.gauge("pilothouse_part_up", "Parts.", lambda: {"slack": 1, "jenkins/main": 0}, label="part")
        found = await scraped(metrics)

    assert {state: found["pilothouse_messages", state] for state in ("ready", "delayed", "parked")} == {
        "ready": 1,
        "delayed": 1,
        "parked": 1,
    }
    assert found["pilothouse_oldest_message_age_seconds", "ready"] == 100.0
    assert found["pilothouse_oldest_message_age_seconds", "parked"] == 60.0
    assert found["pilothouse_deployments_total", "checkout", "staging", "succeeded"] == 2
    assert found["pilothouse_deployments_total", "checkout", "production", "failed"] == 1
    assert found["pilothouse_deployments_live", "checkout", "staging", "running"] == 1
    assert found["pilothouse_approvals_open",] == 1
    assert found["pilothouse_commits_total",] == 2
    assert found["pilothouse_messages_held",] == 7
    assert found["pilothouse_part_up", "jenkins/main"] == 0


async def test_an_empty_queue_is_told_as_nothing_rather_than_left_out(tmp_path: Path):
    path = tmp_path / "p.db"
    async with Writer(path) as writer, Reader(path) as reader:
        metrics = Metrics()
        metrics.watch(Journal(writer, reader), reader, ShiftableClock())
        found = await scraped(metrics)

    assert found["pilothouse_messages", "ready"] == 0
    assert found["pilothouse_oldest_message_age_seconds", "ready"] == 0


async def test_a_database_that_cannot_be_read_leaves_the_rest_of_the_numbers(tmp_path: Path, caplog):
    path = tmp_path / "missing.db"
    async with Reader(path) as reader:
        metrics = Metrics()
        metrics.watch(Journal(Writer(path), reader), reader, ShiftableClock())
        metrics.handled("Deploy", "done", 0.1)
        found = await scraped(metrics)

    assert found["pilothouse_handling_seconds_count", "Deploy", "done"] == 1
    assert ("pilothouse_messages", "ready") not in found
    assert "can't be read for /metrics" in caplog.text


async def test_a_scraper_that_accepts_openmetrics_gets_it():
    metrics = Metrics()
    metrics.handled("Deploy", "done", 0.1)
    plain, plain_kind = await metrics.render("text/plain")
    text, kind = await metrics.render(OPENMETRICS)

    assert plain_kind.startswith("text/plain; version=0.0.4")
    assert kind.startswith("application/openmetrics-text; version=1.0.0")
    assert text.endswith(b"# EOF\n")
    assert "pilothouse_build" in {family.name for family in open_families(text.decode())}
    assert b"# EOF" not in plain


async def test_two_servers_in_one_process_count_for_themselves():
    one, other = Metrics(), Metrics()
    one.handled("Deploy", "done", 0.1)

    assert ("pilothouse_handling_seconds_count", "Deploy", "done") in await scraped(one)
    assert ("pilothouse_handling_seconds_count", "Deploy", "done") not in await scraped(other)
