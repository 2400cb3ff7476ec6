"""What the process tells Prometheus. One registry for each `Metrics`, so that two servers fit into one process.

What happened here is counted as it happens; what is so in the database (queues, deployments) is read when somebody
scrapes, in a reader's thread, so those numbers survive a restart and never hold up the event loop.
"""

from __future__ import annotations

import asyncio
import logging
import platform
import sqlite3
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from prometheus_client import CollectorRegistry, Counter, GCCollector, Histogram, Info, ProcessCollector
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from bot.journal import Journal
from bot.lifecycle import State
from bot.ports import Clock
from bot.reader import Reader
from bot.version import version

log = logging.getLogger(__name__)

HANDLING_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
CALL_BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
WAITING_STATES = ("ready", "delayed", "parked")
UNREAD = "The database can't be read for /metrics; what is counted in memory is still told"

_ENDED = (
    "SELECT service, environment, state, COUNT(*) FROM deployments WHERE ended_at IS NOT NULL "
    "GROUP BY service, environment, state"
)
_LIVE = (
    "SELECT service, environment, state, COUNT(*) FROM deployments WHERE ended_at IS NULL "
    "GROUP BY service, environment, state"
)


class Metrics:
    """Counts while the bus, Slack and the drivers work (`handled`, `slack_call`, `driver_calls`), reads on `render`.

    Implements `bot.bus.Meter`. `watch` and `gauge` say what else there is to read.
    """

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._handling = Histogram(
            "pilothouse_handling_seconds",
            "Time to handle one message once, by what came of it: done, or a reason code.",
            ["type", "outcome"],
            buckets=HANDLING_BUCKETS,
            registry=self.registry,
        )
        self._slack = self._calls("pilothouse_slack_call", "calls to Slack", "method")
        self._driver = self._calls(
            "pilothouse_driver_call", "exchanges with a driver's server", "driver", "server"
        )
        build = Info("pilothouse_build", "Which program this is.", registry=self.registry)
        build.info(
            {"version": version(), "python": platform.python_version(), "sqlite": sqlite3.sqlite_version}
        )
        ProcessCollector(registry=self.registry)
        GCCollector(registry=self.registry)
        self._database: _Database | None = None
        self._now = _Now()
        self.registry.register(self._now)

    def _calls(self, name: str, what: str, *labels: str) -> tuple[Counter, Histogram]:
        """Outcomes are counted; times are told for each peer, whatever came of it."""
        return (
            Counter(
                f"{name}s", f"Number of {what}, by outcome.", [*labels, "outcome"], registry=self.registry
            ),
            Histogram(
                f"{name}_seconds", f"Time of {what}.", labels, buckets=CALL_BUCKETS, registry=self.registry
            ),
        )

    def handled(self, kind: str, outcome: str, seconds: float) -> None:
        self._handling.labels(kind, outcome).observe(seconds)

    def slack_call(self, method: str, outcome: str, seconds: float | None = None) -> None:
        """`outcome` is `ok` or a reason code; `seconds` when they are known."""
        calls, times = self._slack
        calls.labels(method, outcome).inc()
        if seconds is not None:
            times.labels(method).observe(seconds)

    def driver_calls(self, driver: str) -> Callable[[str, str, float], None]:
        """What a driver tells its exchanges to: server, outcome, seconds."""
        calls, times = self._driver

        def observe(server: str, outcome: str, seconds: float) -> None:
            calls.labels(driver, server, outcome).inc()
            times.labels(driver, server).observe(seconds)

        return observe

    def watch(self, journal: Journal, reader: Reader, clock: Clock) -> None:
        """Read queues and deployments from these."""
        self._database = _Database(journal, reader, clock)

    def gauge(
        self, name: str, says: str, read: Callable[[], float | Mapping[str, float]], label: str = ""
    ) -> None:
        """Ask `read` at every scrape: one number, or with a `label` one for each of its values."""
        self._now.gauges[name] = (says, label, read)

    def count(self, name: str, says: str, read: Callable[[], int]) -> None:
        """Ask `read` at every scrape for a number that only grows; `name` without its `_total`."""
        self._now.counts[name] = (says, read)

    async def render(self, accept: str = "") -> tuple[bytes, str]:
        """The text and its content type, Prometheus' own or OpenMetrics as the scraper accepts."""
        if self._database is not None:
            try:
                self._now.stored = await self._database.read()
            except sqlite3.Error:
                log.exception(UNREAD)
                self._now.stored = []
        encode, kind = choose_encoder(accept)
        return await asyncio.to_thread(encode, self.registry), kind


class _Now(Collector):
    """What is read rather than counted."""

    def __init__(self) -> None:
        self.stored: list[Metric] = []
        self.gauges: dict[str, tuple[str, str, Callable[[], float | Mapping[str, float]]]] = {}
        self.counts: dict[str, tuple[str, Callable[[], int]]] = {}

    def describe(self) -> Iterable[Metric]:
        """Nothing beforehand: the registry would read everything to find out."""
        return ()

    def collect(self) -> Iterable[Metric]:
        yield from self.stored
        for name, (says, label, read) in self.gauges.items():
            found = read()
            family = GaugeMetricFamily(name, says, labels=[label] if label else [])
            for value, number in found.items() if isinstance(found, Mapping) else [("", found)]:
                family.add_metric([value] if label else [], number)
            yield family
        for name, (says, count) in self.counts.items():
            yield CounterMetricFamily(name, says, value=count())


class _Database:
    def __init__(self, journal: Journal, reader: Reader, clock: Clock) -> None:
        self._journal = journal
        self._reader = reader
        self._clock = clock

    async def read(self) -> list[Metric]:
        depth = await self._journal.depth()
        ended = await self._reader.rows(_ENDED)
        live = await self._reader.rows(_LIVE)
        return [*self._queue(depth), *_deployments(ended, live)]

    def _queue(self, depth: Mapping[str, tuple[int, float]]) -> Iterable[Metric]:
        now = self._clock.now()
        messages = GaugeMetricFamily(
            "pilothouse_messages", "Messages in the journal that are not done.", labels=["state"]
        )
        ages = GaugeMetricFamily(
            "pilothouse_oldest_message_age_seconds",
            "Age of the oldest message in that state; 0 when there is none.",
            labels=["state"],
        )
        for state in WAITING_STATES:
            count, oldest = depth.get(state, (0, now))
            messages.add_metric([state], count)
            ages.add_metric([state], max(0.0, now - oldest))
        return messages, ages


def _deployments(ended: list[tuple[Any, ...]], live: list[tuple[Any, ...]]) -> Iterable[Metric]:
    labels = ["service", "environment", "state"]
    totals = CounterMetricFamily("pilothouse_deployments", "Deployments that ended, by how.", labels=labels)
    for service, environment, state, count in ended:
        totals.add_metric([service, environment, state], count)
    going = GaugeMetricFamily(
        "pilothouse_deployments_live", "Deployments that have not ended.", labels=labels
    )
    for service, environment, state, count in live:
        going.add_metric([service, environment, state], count)
    approvals = sum(count for _, _, state, count in live if state == State.AWAITING_APPROVAL)
    return (
        totals,
        going,
        GaugeMetricFamily("pilothouse_approvals_open", "Deployments that wait for people.", value=approvals),
    )
