"""The queue and the executors: what waits, why, and when it starts. No HTTP here."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from typing import Protocol

from bot.sandbox.jenkins.jobs import Folder, Job, Past, Values
from bot.sandbox.jenkins.records import Build, Item, JobState, Start
from bot.sandbox.jenkins.scripts import Script

QUIET = "In the quiet period. Expires in {0:.1f} sec"
SAME_JOB = "Build #{0} is already in progress (ETA: N/A)"
EXECUTORS = "Waiting for next available executor"
NO_LABEL = "‘Jenkins’ doesn’t have label ‘{0}’"
SHUTDOWN = "Jenkins is about to shut down"


class Clock(Protocol):
    """Time: `now` is epoch seconds, `sleep` ends after so many of the same."""

    def now(self) -> float: ...

    async def sleep(self, seconds: float) -> None: ...


class WallClock:
    def now(self) -> float:
        return time.time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class Engine:
    """Everything that happens on the stand-in between two requests.

    `speed` divides quiet period and durations; `left_item_seconds` is how long a left item is remembered.
    """

    def __init__(
        self,
        jobs: Iterable[Job],
        folders: Iterable[Folder],
        *,
        clock: Clock,
        quiet_period: float,
        executors: int,
        speed: float,
        left_item_seconds: float = 300.0,
    ) -> None:
        self.jobs = {job.name: JobState(job=job, disabled=job.disabled) for job in jobs}
        self.folders = {folder.name: folder for folder in folders}
        for name in list(self.jobs):
            while name := name.rpartition("/")[0]:
                self.folders.setdefault(name, Folder(name=name))
        self.clock = clock
        self.quiet_period = quiet_period
        self.executors = executors
        self.speed = speed
        self.left_item_seconds = left_item_seconds
        self.items: dict[int, Item] = {}
        self.starts: list[Start] = []
        self.quieting = False
        self.frozen = False
        self._next_item = 1
        self.tasks: set[asyncio.Task[None]] = set()
        for state in self.jobs.values():
            for past in state.job.past:
                self._remember(state, past)

    async def sleep(self, seconds: float) -> None:
        await self.clock.sleep(seconds / self.speed)

    def submit(self, state: JobState, values: Values, user: str, quiet: float | None) -> tuple[Item, bool]:
        """Into the queue, or into an item that waits there with equal parameters (then the second is true)."""
        now = self.clock.now()
        same = next((i for i in self.waiting() if i.job is state.job and i.values == values), None)
        item = same or self._enqueue(state, values, now, self.quiet_period if quiet is None else quiet)
        item.causes.append(user)
        folded = same is not None
        start = Start(job=state.job.name, values=values, queue=item.id, user=user, at=now, folded=folded)
        self.starts.append(start)
        if not folded:
            self.spawn(self._due(item), f"queue-item-{item.id}")
        return item, folded

    def _enqueue(self, state: JobState, values: Values, now: float, quiet: float) -> Item:
        ready = now + quiet / self.speed
        item = Item(id=self._next_item, job=state.job, values=values, causes=[], since=now, ready_at=ready)
        self.items[item.id] = item
        self._next_item += 1
        return item

    async def _due(self, item: Item) -> None:
        await self.clock.sleep(max(0.0, item.ready_at - self.clock.now()))
        self.schedule()

    def waiting(self) -> list[Item]:
        return [item for item in self.items.values() if item.waiting]

    def item(self, number: int) -> Item | None:
        """An item while it is remembered."""
        item = self.items.get(number)
        forgotten = item and item.left_at is not None and self._age(item.left_at) > self.left_item_seconds
        return None if forgotten else item

    def _age(self, moment: float) -> float:
        return self.clock.now() - moment

    def why(self, item: Item) -> tuple[str, str]:
        """The item's class and Jenkins' sentence; both say `Left` and nothing once it may start."""
        state = self.jobs[item.job.name]
        if not item.waiting:
            return "LeftItem", ""
        left = item.ready_at - self.clock.now()
        if left > 0:
            return "WaitingItem", QUIET.format(left)
        if not item.job.pipeline and state.running:
            return "BlockedItem", SAME_JOB.format(state.running.number)
        if self.quieting:
            return "BuildableItem", SHUTDOWN
        if item.job.label:
            return "BuildableItem", NO_LABEL.format(item.job.label)
        if not item.job.pipeline and self.busy() >= self.executors:
            return "BuildableItem", EXECUTORS
        return "LeftItem", ""

    def busy(self) -> int:
        """Pipelines hold no executor here: the outermost part of one is a flyweight task on a real Jenkins too."""
        return sum(1 for state in self.jobs.values() if not state.job.pipeline and state.running)

    def schedule(self) -> None:
        """Start what may start, oldest first."""
        if self.frozen:
            return
        for item in self.waiting():
            if self.why(item)[0] == "LeftItem":
                self._start(item)

    def _start(self, item: Item) -> None:
        state = self.jobs[item.job.name]
        now = self.clock.now()
        build = Build(
            job=item.job, number=state.next_number, item=item, started=now, expected=estimate(state)
        )
        state.builds[build.number] = build
        state.next_number += 1
        item.build, item.left_at = build, now
        build.task = self.spawn(self._run(build), f"build-{item.job.name}-{build.number}")

    def _remember(self, state: JobState, past: Past) -> None:
        """A build from before this stand-in began; its queue item is forgotten."""
        ended = self.clock.now() - past.ago
        began = ended - past.seconds
        item = Item(
            id=self._next_item,
            job=state.job,
            values=past.values,
            causes=["timer"],
            since=began,
            ready_at=began,
            left_at=began,
        )
        self._next_item += 1
        state.builds[state.next_number] = item.build = Build(
            job=state.job,
            number=state.next_number,
            item=item,
            started=began,
            expected=-1,
            ended=ended,
            result=past.result,
            name=past.name,
            commit=past.commit,
        )
        state.next_number += 1

    async def _run(self, build: Build) -> None:
        await Script(self, build).run()
        self.schedule()

    def cancel(self, item: Item) -> bool:
        """Whether it was still there to be cancelled."""
        if not item.waiting:
            return False
        item.cancelled, item.left_at = True, self.clock.now()
        return True

    def stop(self, build: Build, user: str) -> None:
        """The build ends a little later, as on Jenkins."""
        if build.building and build.task and not build.interrupted_by:
            build.interrupted_by = f"Aborted by {user}"
            # Later, because a task that is cancelled before its first step never enters its script.
            asyncio.get_running_loop().call_soon(build.task.cancel)

    def abort_freestyle(self) -> None:
        """What a restart does to them; pipelines go on afterwards."""
        for state in self.jobs.values():
            if state.running and not state.job.pipeline:
                self.stop(state.running, "SYSTEM")

    def spawn(self, work: asyncio._CoroutineLike[None], name: str) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work, name=name)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        return task

    async def close(self) -> None:
        self.frozen = True
        while self.tasks:
            tasks = list(self.tasks)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self.tasks.difference_update(tasks)


def estimate(state: JobState) -> int:
    """Milliseconds, from up to three builds that ended well, else from any that ended; -1 without history."""
    ended = [build for build in state.newest_first if build.ended is not None][:6]
    good = [build for build in ended if build.result in {"SUCCESS", "UNSTABLE"}][:3] or ended[:3]
    if not good:
        return -1
    return int(sum((build.ended or 0) - build.started for build in good) / len(good) * 1000)
