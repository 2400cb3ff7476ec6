"""The stand-in as a server: listens, lets in or refuses, answers, breaks when told to, restarts."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from aiohttp import web

from bot.sandbox.jenkins import replies
from bot.sandbox.jenkins.access import Gate
from bot.sandbox.jenkins.calls import Call, segments
from bot.sandbox.jenkins.catalogue import FOLDERS, JOBS
from bot.sandbox.jenkins.control import control
from bot.sandbox.jenkins.engine import Clock, Engine, WallClock
from bot.sandbox.jenkins.faults import Faults
from bot.sandbox.jenkins.jobs import Folder, Job
from bot.sandbox.jenkins.models import Models
from bot.sandbox.jenkins.records import Build, Start
from bot.sandbox.jenkins.routes import Routes
from bot.sandbox.jenkins.users import USERS, User

RESTART_SECONDS = 6.0


class JenkinsStandIn:
    """A Jenkins as the recordings show it, on a real port.

    `speed` divides the quiet period and all durations; `root_url` is the configured root URL that JSON shows
    (default: where it listens); `stage_view=False` leaves the plugin `pipeline-rest-api` out.
    """

    def __init__(
        self,
        jobs: Iterable[Job] = JOBS,
        folders: Iterable[Folder] = FOLDERS,
        *,
        clock: Clock | None = None,
        context_path: str = "",
        quiet_period: float = 5.0,
        executors: int = 2,
        users: Iterable[User] = USERS,
        speed: float = 1.0,
        root_url: str = "",
        stage_view: bool = True,
        left_item_seconds: float = 300.0,
    ) -> None:
        self.engine = Engine(
            jobs,
            folders,
            clock=clock or WallClock(),
            quiet_period=quiet_period,
            executors=executors,
            speed=speed,
            left_item_seconds=left_item_seconds,
        )
        self.users = tuple(users)
        self.faults = Faults()
        self.calls = 0
        self.url = ""
        self._prefix = f"/{context_path.strip('/')}".rstrip("/")
        self._models = Models(self.engine, root_url)
        self.routes = Routes(self.engine, self._models, stage_view=stage_view)
        self.gate = Gate(self.users)
        self._starting = False
        self._runner: web.ServerRunner | None = None
        self._site: web.TCPSite | None = None
        self._address = ("127.0.0.1", 0)

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        self._address = (host, port)
        self._runner = web.ServerRunner(web.Server(self._handle), handle_signals=False, shutdown_timeout=0.1)
        await self._runner.setup()
        await self.listen()
        host, port = self._runner.addresses[0][:2]
        self._address = (host, port)
        self.url = f"http://{host}:{port}{self._prefix}"
        self._models.root_url = self._models.root_url or self.url

    async def listen(self) -> None:
        """Listen (again) where it listened first."""
        if self._runner is not None and self._site is None:
            self._site = web.TCPSite(self._runner, *self._address, reuse_address=True)
            await self._site.start()

    async def refuse(self) -> None:
        """Nobody listens any more, and who is connected is cut off."""
        if self._runner is not None and self._site is not None:
            await self._site.stop()
            self._site = None
            for connection in list(self._runner.server.connections if self._runner.server else ()):
                if connection.transport is not None:
                    connection.transport.abort()

    async def stop(self) -> None:
        await self.engine.close()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    # -- for tests in the same process ----------------------------------------------------------------------------

    def user(self, name: str = "ci-bot") -> User:
        return next(user for user in self.users if user.name == name)

    def builds(self, job: str) -> list[Build]:
        """Oldest first."""
        return [*reversed(self.engine.jobs[job].newest_first)]

    def starts_with_key(self, key: str) -> list[Start]:
        """Every start that led to a run of its own and carries this value in any parameter: one, if all is well."""
        return [start for start in self.engine.starts if key in start.values.values() and not start.folded]

    def set_faults(self, faults: Faults) -> None:
        """As `POST /sandbox/faults`: `restarting`, and `down` for so many seconds, also close the port."""
        self.faults = faults
        if faults.mode == "restarting":
            half = (faults.seconds or RESTART_SECONDS) / 2
            self.faults = Faults()
            self.engine.spawn(self.restart(refused=half, starting=half), "restart")
        elif faults.mode == "down" and faults.seconds:
            self.engine.spawn(self._down(faults), "down")

    async def _down(self, faults: Faults) -> None:
        await self.refuse()
        await asyncio.sleep(faults.seconds)
        faults.mode = "none"
        await self.listen()

    async def restart(self, *, refused: float = 0.2, starting: float = 0.2, lose_queue: bool = False) -> None:
        """Refuse connections, then say 503, then go on, each for so many real seconds.

        Freestyle builds end ABORTED, pipelines and the queue survive, unless Jenkins was killed before it saved
        the queue (`lose_queue`).
        """
        self.engine.frozen = True
        await self.refuse()
        self.engine.abort_freestyle()
        if lose_queue:
            for item in self.engine.waiting():
                del self.engine.items[item.id]
        await asyncio.sleep(refused)
        self._starting = True
        await self.listen()
        await asyncio.sleep(starting)
        self._starting = False
        self.engine.frozen = False
        self.engine.schedule()

    # -- requests -------------------------------------------------------------------------------------------------

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        if request.path.startswith("/sandbox/"):
            return await control(self, request)
        self.calls += 1
        mode = self.faults.hit(request.path)
        seconds = self.faults.seconds
        if mode == "down":
            return _broken(request)
        if mode == "503" or self._starting:
            return replies.starting()
        if mode == "unauthorized":
            return replies.unauthorized(request.path)
        response = await self._answer(request)
        if mode == "slow":
            await asyncio.sleep(seconds or 30.0)
        return _broken(request) if mode == "drop_after" else response

    async def _answer(self, request: web.BaseRequest) -> web.Response:
        raw = request.raw_path
        if self._prefix and not raw.startswith(f"{self._prefix}/"):
            return replies.jetty(404, "Not Found", str(request.url), servlet=False)
        path = segments(raw[len(self._prefix) :])
        caller = self.gate.caller(request)
        if caller is None:
            return replies.unauthorized(request.path)
        if _page(request, path) and caller.user is None:
            # A person's browser has a session at a real Jenkins; here it is let in to look, and only to look.
            caller = self.gate.reader()
        refusal = await self.gate.refusal(request, caller, path)
        if refusal is not None:
            return refusal
        return await self.routes.answer(Call(request, caller, self._prefix, path))


def _page(request: web.BaseRequest, path: list[str]) -> bool:
    return request.method == "GET" and path[0] in {"", "job"} and path[-1] in {"", "console"}


def _broken(request: web.BaseRequest) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)
