"""The stand-in filled with the jobs that the recorded Jenkins had, with a clock that stands still."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from bot.sandbox.jenkins import Ask, Folder, JenkinsStandIn, Job, Parameter, Stage
from tests.clock import ShiftableClock
from tests.waiting import until

VERSION = Parameter(name="VERSION", default="1.0.0", description="Version to deploy")
ENVIRONMENT = Parameter(name="ENVIRONMENT", kind="Choice", choices=("staging", "production"))
DEPLOY = (VERSION, ENVIRONMENT, Parameter(name="DRY_RUN", kind="Boolean", default="true"))
NAME = (Parameter(name="NAME", default="world", description=""),)
STEPS = (
    "Deploying $VERSION to $ENVIRONMENT",
    *(f"step {n} of 6" for n in range(1, 7)),
    "done <ok> & finished — żółć",
)
APPROVE = Ask(id="Approve-deploy", message="Deploy $VERSION to $ENVIRONMENT?", proceed="Deploy it")
CHOOSE = Ask(
    id="Choose",
    message="Which target?",
    proceed="Go",
    submitter="ci-bot,ci-admin",
    parameters=(
        Parameter(name="TARGET", default="alpha", description="where"),
        Parameter(name="MODE", kind="Choice", choices=("fast", "slow")),
        Parameter(name="FORCE", kind="Boolean"),
    ),
)
JOBS = (
    Job(name="deploy", description="Deploys a version", parameters=DEPLOY, seconds=6, lines=STEPS),
    Job(name="quick"),
    Job(name="quick-params", parameters=NAME),
    Job(name="slow", seconds=600),
    Job(name="slow-params", parameters=(Parameter(name="SECONDS_TO_RUN", default="600"),), seconds=600),
    Job(name="fails", result="FAILURE"),
    Job(name="fails-params", parameters=(Parameter(name="WHY"),), result="FAILURE"),
    Job(name="tests", result="UNSTABLE"),
    Job(name="switched-off", parameters=NAME, disabled=True),
    Job(name="no-such-node", parameters=NAME, label="no-such-label"),
    Job(
        name="secret-param",
        parameters=(
            Parameter(name="SECRET", kind="Password", description=""),
            Parameter(name="NOTES", kind="Text", default="line1\nline2"),
            Parameter(name="upload.txt", kind="File"),
        ),
    ),
    Job(
        name="pipe",
        parameters=(VERSION, ENVIRONMENT),
        stages=(
            Stage(name="Build", seconds=2, lines=("building $VERSION",)),
            Stage(name="Test", seconds=0.5, lines=("Recording test results",)),
            Stage(name="Approve", seconds=0, ask=APPROVE),
            Stage(name="Deploy", seconds=1, lines=("deploying",)),
        ),
    ),
    Job(
        name="pipe-input-params",
        stages=(
            Stage(name="Prepare", seconds=0),
            Stage(name="Ask", seconds=0, ask=CHOOSE),
            Stage(name="Act"),
        ),
    ),
    Job(
        name="pipe-fails",
        stages=(Stage(name="One", seconds=0), Stage(name="Two", error="script returned exit code 7")),
    ),
    Job(name="pipe-unstable", stages=(Stage(name="Warn", unstable=True),)),
    Job(name="pipe-slow", stages=(Stage(name="Wait", seconds=600),)),
    Job(
        name="pipe-decl-params",
        declared_by_first_run=True,
        parameters=(
            Parameter(name="WHO", default="me"),
            Parameter(name="C", kind="Choice", choices=("a", "b")),
        ),
        stages=(Stage(name="S"),),
    ),
    Job(name="team-a/deploy", parameters=DEPLOY),
    Job(name="team-a/sub team/release job", parameters=DEPLOY),
    Job(name="multi/main", stages=(Stage(name="Build"),)),
    Job(name="multi/feature%2Fnew-thing", stages=(Stage(name="Build"),)),
)


class World:
    def __init__(self, server: JenkinsStandIn, clock: ShiftableClock) -> None:
        self.server = server
        self.clock = clock

    async def later(self, seconds: float) -> None:
        """Let time pass in small steps, so that what begins on the way is woken too."""
        step = 0.25
        for _ in range(int(seconds / step)):
            self.clock.advance(step)
            await self.settled()

    async def settled(self) -> None:
        """Until everything that runs sleeps by the clock again, waits for an answer, or is over."""
        for _ in range(25):
            await asyncio.sleep(0)  # who was woken takes its next steps
        tasks = self.server.engine.tasks
        builds = [build for state in self.server.engine.jobs.values() for build in state.builds.values()]
        asking = sum(1 for build in builds if build.answer)
        await until(lambda: self.clock.sleepers + asking >= len(tasks), what="everything sleeps")


@asynccontextmanager
async def world(**settings: Any) -> AsyncIterator[World]:
    clock = ShiftableClock(1795403499.0, frozen=True)
    server = JenkinsStandIn(JOBS, (Folder(name="multi", multibranch=True),), clock=clock, **settings)
    await server.start()
    try:
        yield World(server, clock)
    finally:
        await server.stop()
