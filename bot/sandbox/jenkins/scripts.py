"""What a build does: it logs, goes through its stages, asks, and ends."""

from __future__ import annotations

import asyncio
import base64
import hashlib
from string import Template
from typing import TYPE_CHECKING

from bot.sandbox.jenkins.jobs import Ask, Stage
from bot.sandbox.jenkins.records import Build, StageRun

if TYPE_CHECKING:
    from bot.sandbox.jenkins.engine import Engine

STOPPING_SECONDS = 0.3
"""A stopped build shows no result for a moment."""

FIRST_NODE = 6
NODES_PER_STAGE = 5


def console_note(text: str) -> str:
    """An annotation as Jenkins hides it in logs: an escape, opaque base64, an escape."""
    payload = base64.b64encode(hashlib.sha512(text.encode()).digest() * 2).decode()
    return f"\x1b[8mha:////4{payload}\x1b[0m"


class Script:
    """One build on its way. Cancelling its task is how it is stopped."""

    def __init__(self, engine: Engine, build: Build) -> None:
        self._engine = engine
        self._build = build

    async def run(self) -> None:
        build = self._build
        for user in build.item.causes:
            self.say(f"Started by user {console_note(user)}{user}")
        try:
            result = await (self._stages() if build.job.pipeline else self._freestyle())
        except asyncio.CancelledError:
            if not build.interrupted_by:
                raise
            result = await self._interrupted()
        self._end(result)

    def say(self, line: str) -> None:
        text = Template(line).safe_substitute({k: str(v) for k, v in self._build.values.items()})
        self._build.log += f"{text}\n".encode()

    async def _freestyle(self) -> str:
        job = self._build.job
        self.say("Running as SYSTEM")
        self.say(f"Building in workspace /srv/jenkins/home/workspace/{job.short_name}")
        for line in job.lines:
            self.say(line)
            await self._engine.sleep(job.seconds / len(job.lines))
        result = job.result(self._build.values) if callable(job.result) else job.result
        if result == "FAILURE":
            self.say("Build step 'Execute shell' marked build as failure")
        return result

    async def _stages(self) -> str:
        self._step("Start of Pipeline")
        result = "SUCCESS"
        for number, stage in enumerate(self._build.job.stages):
            run = self._begin(number, stage)
            self._step("stage")
            self._step(f"{{ ({stage.name})")
            if result in {"FAILURE", "ABORTED"}:
                self.say(f'Stage "{stage.name}" skipped due to earlier failure(s)')
                self._close(run, "ABORTED" if result == "ABORTED" else "FAILED", self._build.interrupted_by)
                continue
            result = await self._stage(run, stage, result)
        self._step("End of Pipeline")
        return result

    async def _stage(self, run: StageRun, stage: Stage, result: str) -> str:
        for line in stage.lines:
            self.say(line)
            await self._engine.sleep(stage.seconds / len(stage.lines))
        if not stage.lines:
            await self._engine.sleep(stage.seconds)
        if stage.ask and not await self._asked(run, stage.ask):
            self._close(run, "ABORTED", self._build.interrupted_by)
            return "ABORTED"
        if stage.error:
            self._close(run, "FAILED", stage.error)
            return "FAILURE"
        self._close(run, "UNSTABLE" if stage.unstable else "SUCCESS", "")
        return "UNSTABLE" if stage.unstable else result

    async def _asked(self, run: StageRun, ask: Ask) -> bool:
        build, began = self._build, self._engine.clock.now()
        self._step("input")
        message = Template(ask.message).safe_substitute({k: str(v) for k, v in build.values.items()})
        self.say(message)
        self.say(f"{ask.proceed} or Abort")
        run.status = "PAUSED_PENDING_INPUT"
        build.pending, build.was_asked = ask, True
        build.answer = asyncio.get_running_loop().create_future()
        try:
            who = await build.answer
        finally:
            build.pending, build.answer = None, None
            run.paused = self._engine.clock.now() - began
            run.status = "IN_PROGRESS"
        if not who:
            return False
        build.approver = who
        self.say(f"Approved by {who}")
        return True

    def _begin(self, number: int, stage: Stage) -> StageRun:
        node = str(FIRST_NODE + number * NODES_PER_STAGE)
        run = StageRun(id=node, name=stage.name, started=self._engine.clock.now())
        self._build.stages.append(run)
        return run

    def _close(self, run: StageRun, status: str, error: str) -> None:
        run.status, run.error, run.ended = status, error, self._engine.clock.now()

    def _step(self, what: str) -> None:
        self.say(f"{console_note(what)}[Pipeline] {what}")

    async def _interrupted(self) -> str:
        """Jenkins shows no result until the steps have let go; stages not yet begun show as aborted."""
        build = self._build
        await self._engine.sleep(STOPPING_SECONDS)
        for run in build.stages:
            if run.ended is None:
                self._close(run, "ABORTED", build.interrupted_by)
        for number in range(len(build.stages), len(build.job.stages)):
            self._close(self._begin(number, build.job.stages[number]), "ABORTED", build.interrupted_by)
        self.say("Build was aborted")
        self.say(build.interrupted_by)
        return "ABORTED"

    def _end(self, result: str) -> None:
        failed = [run.error for run in self._build.stages if run.status == "FAILED" and run.error]
        if failed:
            self.say(f"ERROR: {failed[0]}")
        self.say(f"Finished: {result}")
        self._build.result = result
        self._build.ended = self._engine.clock.now()
