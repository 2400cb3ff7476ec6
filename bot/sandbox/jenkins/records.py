"""What the stand-in remembers: queue items and builds. Times are epoch seconds."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from bot.sandbox.jenkins.jobs import Ask, Job, Parameter, Values


@dataclass(kw_only=True)
class StageRun:
    """A stage of a run. `status` is in the stage view's words."""

    id: str
    name: str
    status: str = "IN_PROGRESS"
    started: float
    ended: float | None = None
    paused: float = 0.0
    error: str = ""


@dataclass(kw_only=True, eq=False)
class Build:
    job: Job
    number: int
    item: Item
    started: float
    expected: int
    ended: float | None = None
    result: str | None = None
    log: bytearray = field(default_factory=bytearray)
    stages: list[StageRun] = field(default_factory=list)
    pending: Ask | None = None
    answer: asyncio.Future[str] | None = None
    was_asked: bool = False
    approver: str = ""
    interrupted_by: str = ""
    name: str = ""
    commit: str = ""
    task: asyncio.Task[None] | None = None

    @property
    def building(self) -> bool:
        return self.ended is None

    @property
    def values(self) -> Values:
        return self.item.values


@dataclass(kw_only=True, eq=False)
class Item:
    """A place in the queue. It has left when it has a build or was cancelled; it is forgotten some time later."""

    id: int
    job: Job
    values: Values
    causes: list[str]
    since: float
    ready_at: float
    build: Build | None = None
    cancelled: bool = False
    left_at: float | None = None

    @property
    def waiting(self) -> bool:
        return self.left_at is None


@dataclass(frozen=True, kw_only=True)
class Start:
    """An accepted request to start. `folded` ones joined an item that was waiting with equal parameters."""

    job: str
    values: Values
    queue: int
    user: str
    at: float
    folded: bool


@dataclass(kw_only=True, eq=False)
class JobState:
    """A job as it is now: builds by number, whether it was disabled, whether its parameters are known yet."""

    job: Job
    builds: dict[int, Build] = field(default_factory=dict)
    next_number: int = 1
    disabled: bool = False

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        unknown = self.job.declared_by_first_run and self.next_number == 1
        return () if unknown else self.job.parameters

    @property
    def newest_first(self) -> list[Build]:
        return [self.builds[number] for number in sorted(self.builds, reverse=True)]

    @property
    def running(self) -> Build | None:
        return next((build for build in self.newest_first if build.building), None)
