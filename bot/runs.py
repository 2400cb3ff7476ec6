"""The words in which drivers speak of runs: plain frozen values, the same for every kind of CI system."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class RunTarget(msgspec.Struct, frozen=True, kw_only=True):
    """What to run: the driver, the configured server of that driver, its job, and the rendered parameters."""

    driver: str
    server: str
    job: str
    parameters: dict[str, str] = {}


class RunRef(msgspec.Struct, frozen=True, kw_only=True):
    """A started run, as far as it is known. `key` is ours and unique; the rest is the driver's and may come later.

    `queue` and `number` are the driver's ids as text; `url` is for people only, credentials are never sent there.
    """

    key: str
    queue: str = ""
    number: str = ""
    url: str = ""


class RunPhase(StrEnum):
    """Where a run is. `MISSING`: the peer lost it before it began, which is proven."""

    QUEUED = "queued"
    RUNNING = "running"
    PAUSED = "paused"
    FINISHED = "finished"
    MISSING = "missing"


class RunResult(StrEnum):
    SUCCESS = "success"
    UNSTABLE = "unstable"
    FAILURE = "failure"
    ABORTED = "aborted"
    LOST = "lost"


class StageState(StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    PAUSED = "paused"
    SUCCESS = "success"
    UNSTABLE = "unstable"
    FAILED = "failed"
    ABORTED = "aborted"
    SKIPPED = "skipped"


class Stage(msgspec.Struct, frozen=True, kw_only=True):
    """One stage of a pipeline run; `seconds` is how long it has taken so far."""

    name: str
    state: StageState
    seconds: float = 0.0
    error: str = ""


class RunInput(msgspec.Struct, frozen=True, kw_only=True):
    """A question that the run waits on. `parameters` are the names it asks values for."""

    id: str
    message: str
    proceed: str = "Proceed"
    parameters: tuple[str, ...] = ()


class RunStatus(msgspec.Struct, frozen=True, kw_only=True):
    """One look at a run. `waiting_for` is why it is still queued, in the peer's words made plain.

    `started_at` is epoch seconds; `expected_seconds` is the peer's own estimate, 0 when it has none.
    `result` is set only when `phase` is FINISHED.
    """

    ref: RunRef
    phase: RunPhase
    waiting_for: str = ""
    started_at: float = 0.0
    expected_seconds: float = 0.0
    duration: float = 0.0
    stages: tuple[Stage, ...] = ()
    input: RunInput | None = None
    result: RunResult | None = None


class BuildSeen(msgspec.Struct, frozen=True, kw_only=True):
    """A build of a job, whoever started it. `result` is None while it goes on; `at` is when it began, epoch seconds.

    `name` is how the peer shows it (`#12`, or what the job calls it), `commit` the one that it was made from, empty when
    the peer does not say, or names several.
    """

    number: str
    name: str = ""
    result: RunResult | None = None
    parameters: dict[str, str] = {}
    at: float = 0.0
    url: str = ""
    commit: str = ""


class LogChunk(msgspec.Struct, frozen=True, kw_only=True):
    """A piece of a run's log: `text` is clean UTF-8 with LF line ends and no console notes or ANSI sequences.

    `offset` is where to go on (the driver's own measure), `more` is false once the log is complete.
    """

    text: str
    offset: int
    more: bool
