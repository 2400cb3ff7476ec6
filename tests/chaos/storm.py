"""Kill the server again and again while people go on asking, let it settle, and judge what is left."""

from __future__ import annotations

import asyncio
import random
import socket
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bot.sandbox.jenkins.faults import Faults as JenkinsFaults
from bot.sandbox.slack.faults import Fault as SlackFault
from tests.chaos.crowd import Crowd
from tests.chaos.evidence import Evidence, Violation, backlog, tail
from tests.chaos.judge import violations
from tests.chaos.moments import at_a_message, when_due
from tests.chaos.server import ServerProcess
from tests.chaos.town import JENKINS_TIMEOUT, SLACK_TIMEOUT, Town
from tests.chaos.traps import INBOUND, INBOUND_WHENS, JENKINS_MOMENTS, MODEL_MOMENTS, SLACK_MOMENTS, WHENS
from tests.chaos.words import BAIT

SETTLE_WITHIN = 120.0
QUIET_FOR = 0.5
TRAPPED_WITHIN = 2.5
PORTS = range(20_000, 30_000)
"""Below what the kernel gives to outgoing connections, so that nobody takes the port while the server is dead."""


@dataclass(kw_only=True)
class Report:
    seed: int
    kills: int
    seconds: float
    deployments: int
    runs: int
    ends: Counter[str]
    did: Counter[str]
    moments: Counter[str]
    violations: list[Violation] = field(default_factory=list)
    stories: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        head = (
            f"seed {self.seed}: {self.kills} kills, {self.deployments} deployments, {self.runs} runs, "
            f"{self.seconds:.0f} s, {len(self.violations)} violations"
        )
        told = [head]
        for name, counts in (("people", self.did), ("ends", self.ends), ("moments", self.moments)):
            told.append(
                f"  {name}: " + ", ".join(f"{what} {count}" for what, count in sorted(counts.items()))
            )
        told += [f"  VIOLATION {one.about} {one.sentence}" for one in self.violations]
        return "\n".join([*told, *self.stories])


async def storm(path: Path, *, kills: int, seed: int) -> Report:
    """The whole story under one seed. The seed fixes what is tried; when exactly it happens is up to the machine."""
    began = time.monotonic()
    rng = random.Random(seed)
    town = Town(path, rng, _free_port(rng))
    async with _open(town) as server:
        crowd = Crowd(town, random.Random(rng.random()), lambda: backlog(town))
        people = asyncio.create_task(crowd.live(), name="people")
        try:
            await _kill_and_kill(town, server, crowd, kills, rng)
            crowd.asking = False
            await _settle(town, crowd, people)
        finally:
            people.cancel()
            await asyncio.gather(people, return_exceptions=True)
        return _report(town, server, crowd, seed, time.monotonic() - began)


@asynccontextmanager
async def _open(town: Town) -> AsyncIterator[ServerProcess]:
    await town.jenkins.start()
    await town.slack.start()
    await town.shop.start()
    town.write()
    try:
        async with ServerProcess(town.config, town.environ, town.path / "server.log", town.url) as server:
            await server.start()
            await server.ready()
            await town.slack.connect_app(f"{town.url}/slack/events")
            town.trap.kill = server.kill
            yield server
    finally:
        town.trap.kill = None
        await town.shop.stop()
        await town.slack.stop()
        await town.jenkins.stop()


async def _kill_and_kill(
    town: Town, server: ServerProcess, crowd: Crowd, kills: int, rng: random.Random
) -> None:
    """Bursts of early deaths, deaths in traps, and calmer stretches in which work comes to its end."""
    while server.kills < kills:
        if not server.alive:
            await server.start()
        chance = rng.random()
        if chance < 0.24:
            await asyncio.sleep(rng.uniform(0.0, 0.8))
        elif chance < 0.62:
            await _trapped(town, crowd, rng)
        elif chance < 0.76:
            town.trap.moments[await at_a_message(town.database, rng, within=TRAPPED_WITHIN)] += 1
        elif chance < 0.84:
            town.trap.moments[await when_due(town.database, rng, within=TRAPPED_WITHIN)] += 1
        elif chance < 0.90:
            await asyncio.sleep(rng.uniform(2.2, 3.6))
        else:
            await _bad_weather(town, rng)
        town.trap.lift()
        await server.kill()
    await server.start()


async def _trapped(town: Town, crowd: Crowd, rng: random.Random) -> None:
    """Wait until the server has run into a trap, or for long enough."""
    peers = (INBOUND, "start", "start", *JENKINS_MOMENTS, "chat.postMessage", *SLACK_MOMENTS)
    where = rng.choice(MODEL_MOMENTS if rng.random() < 0.5 else peers)
    crowd.bait = BAIT.get(where)
    inbound = where == INBOUND or where.startswith("said ")
    town.trap.set(where, rng.choice(INBOUND_WHENS if inbound else WHENS))
    try:
        async with asyncio.timeout(TRAPPED_WITHIN):
            await town.trap.sprung.wait()
    except TimeoutError:
        pass


async def _bad_weather(town: Town, rng: random.Random) -> None:
    """The peers have a bad day as well, for long enough that the server comes to terms with it, or not quite."""
    kind = rng.choice(
        ("late start", "late post", "lost answer of a start", "lost answer of a post", "restart")
    )
    town.trap.moments[kind] += 1
    match kind:
        case "late start":
            town.trap.late = (JENKINS_TIMEOUT, 2 * JENKINS_TIMEOUT)
            town.trap.set("start", "late")
        case "late post":
            town.trap.late = (SLACK_TIMEOUT, SLACK_TIMEOUT + 1.5)
            town.trap.set("chat.postMessage", "late")
        case "lost answer of a start":
            town.jenkins.set_faults(JenkinsFaults(mode="drop_after", times=1, path="buildWithParameters"))
        case "lost answer of a post":
            town.slack.set_faults(SlackFault(mode="drop_after", times=1, methods=("chat.postMessage",)))
        case "restart":
            await town.jenkins.restart(refused=0.3, starting=0.3, lose_queue=rng.random() < 0.5)
    await asyncio.sleep(rng.uniform(2.0, 6.0))
    town.jenkins.set_faults(JenkinsFaults())
    town.slack.set_faults()


async def _settle(town: Town, crowd: Crowd, people: asyncio.Task[None]) -> None:
    """Until nothing has been left to do for a while; or too long, and then the judge says what is left."""
    deadline = time.monotonic() + SETTLE_WITHIN
    quiet = 0.0
    while time.monotonic() < deadline and quiet < QUIET_FOR:
        await asyncio.sleep(0.25)
        if people.done():
            people.result()
        evidence = Evidence.taken(town)
        holding = evidence.holding()
        await crowd.lift(holding)
        going_on = holding or any(not one.state.ended for one in evidence.deployments)
        quiet = 0.0 if going_on or evidence.waiting() else quiet + 0.25
    await town.slack.idle()


def _report(town: Town, server: ServerProcess, crowd: Crowd, seed: int, seconds: float) -> Report:
    evidence = Evidence.taken(town)
    found = violations(evidence)
    log = server.log.read_text(errors="replace")
    if "Traceback" in log:
        found.append(Violation(f"the server's log holds a traceback: {server.log}"))
    found += [Violation(f"the server ended by itself ({status})") for status in server.ended_by_itself]
    report = Report(
        seed=seed,
        kills=server.kills,
        seconds=seconds,
        deployments=len(evidence.deployments),
        runs=sum(len(builds) for builds in evidence.builds.values()),
        ends=Counter(one.state.value for one in evidence.deployments),
        did=crowd.did,
        moments=town.trap.moments,
        violations=found,
    )
    for culprit in dict.fromkeys(one.about for one in found if one.about):
        report.stories += ["", f"=== {culprit} ===", *evidence.story(culprit)]
    if found:
        report.stories += ["", f"=== {server.log} ===", *tail(server.log)]
    return report


def _free_port(rng: random.Random) -> int:
    while True:
        port = random.SystemRandom().choice(PORTS)
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)):
                return port
