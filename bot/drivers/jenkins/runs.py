"""Jenkins as `bot.ports.Runs`: finds the server, the rest is a module per verb."""

from __future__ import annotations

from bot.drivers.jenkins import builds, checks, inputs, listing, logs, pings, starts, stops
from bot.drivers.jenkins.client import JenkinsClient, Observe
from bot.drivers.jenkins.settings import JenkinsSettings
from bot.errors import Rejected
from bot.reasons import Reason
from bot.runs import BuildSeen, LogChunk, RunInput, RunRef, RunStatus, RunTarget

NO_SERVER = "There is no Jenkins “{name}” in the configuration. Known: {known}."


class JenkinsRuns:
    """Keeps the promises of `bot.ports.Runs`. `observe` is told of every exchange, for the metrics."""

    def __init__(self, settings: JenkinsSettings, *, observe: Observe | None = None) -> None:
        self._clients = {
            name: JenkinsClient(name, server, observe) for name, server in settings.servers.items()
        }

    def _client(self, name: str) -> JenkinsClient:
        if name not in self._clients:
            known = ", ".join(sorted(self._clients))
            raise Rejected(Reason.PEER_BROKEN, NO_SERVER.format(name=name, known=known))
        return self._clients[name]

    async def check(self, target: RunTarget) -> None:
        await checks.check(self._client(target.server), target)

    async def start(self, target: RunTarget, key: str, *, fresh: bool, since: float = 0.0) -> RunRef:
        return await starts.start(self._client(target.server), target, key, fresh=fresh, since=since)

    async def find(self, target: RunTarget, key: str, *, since: float = 0.0) -> RunRef | None:
        return await starts.find(self._client(target.server), target, key, since=since)

    async def status(self, target: RunTarget, ref: RunRef, *, since: float = 0.0) -> RunStatus:
        return await builds.status(self._client(target.server), target, ref, since=since)

    async def log(self, target: RunTarget, ref: RunRef, offset: int) -> LogChunk:
        return await logs.read(self._client(target.server), target, ref, offset)

    async def cancel(self, target: RunTarget, ref: RunRef) -> bool:
        return await stops.cancel(self._client(target.server), target, ref)

    async def answer(self, target: RunTarget, ref: RunRef, question: RunInput, *, proceed: bool) -> bool:
        return await inputs.answer(self._client(target.server), target, ref, question, proceed=proceed)

    async def builds(self, server: str, job: str, limit: int) -> list[BuildSeen]:
        return await listing.builds(self._client(server), job, limit)

    async def ping(self, server: str) -> None:
        await pings.ping(self._client(server))

    async def examine(self, target: RunTarget) -> list[str]:
        """What `pilothouse doctor` prints of a target: its declared parameters, a line each. Raises as `check`."""
        return await pings.examine(self._client(target.server), target)

    async def close(self) -> None:
        for client in self._clients.values():
            await client.close()
