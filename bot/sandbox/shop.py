"""A tiny service to be verified after its deployment: it answers, is sick, or hangs, as it is told.

`GET /healthz` is looked at; `GET` and `POST /sandbox/health` tell it how to be (`{"mode": "sick"}`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from aiohttp import web

from bot.sandbox.jenkins.control import HEADER, loopback

MODES = ("well", "sick", "wrong", "hangs")
HANGS_FOR = 120.0
ORIGINS = {
    "Access-Control-Allow-Headers": f"Content-Type, {HEADER}",
    "Access-Control-Allow-Methods": "GET, POST, OPTIONS",
}


class Shop:
    """`mode` is how it is: `sick` answers 500, `wrong` answers 200 with another text, `hangs` does not answer.

    `asked` are the paths that were looked at, with their query; `headers` those of the last look.
    """

    def __init__(self) -> None:
        self.mode = "well"
        self.asked: list[str] = []
        self.headers: dict[str, str] = {}
        self.url = ""
        self._runner: web.ServerRunner | None = None

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        self._runner = web.ServerRunner(web.Server(self._handle), handle_signals=False, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, host, port).start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}"

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        routes: dict[tuple[str, str], Callable[[web.BaseRequest], Awaitable[web.Response]]] = {
            ("GET", "/healthz"): self._health,
            ("GET", "/sandbox/health"): self._told,
            ("POST", "/sandbox/health"): self._tell,
            ("OPTIONS", "/sandbox/health"): self._told,
        }
        answer = routes.get((request.method, request.path))
        return await answer(request) if answer else web.json_response({"error": "no such route"}, status=404)

    async def _health(self, request: web.BaseRequest) -> web.Response:
        self.asked.append(request.raw_path)
        self.headers = dict(request.headers)
        if self.mode == "hangs":
            await asyncio.sleep(HANGS_FOR)
        if self.mode == "sick":
            return web.json_response({"status": "sick"}, status=500)
        return web.json_response({"status": "wrong" if self.mode == "wrong" else "ok"})

    async def _told(self, request: web.BaseRequest) -> web.Response:
        return self._shared(request, web.json_response({"mode": self.mode, "modes": list(MODES)}))

    async def _tell(self, request: web.BaseRequest) -> web.Response:
        if request.headers.get(HEADER) != "1" or not loopback(request.host):
            return web.json_response({"error": f"the header {HEADER}: 1 is missing"}, status=403)
        try:
            mode = (await request.json())["mode"]
        except (ValueError, KeyError, TypeError):
            mode = None
        if mode not in MODES:
            return web.json_response({"error": f"mode is one of {', '.join(MODES)}"}, status=400)
        self.mode = mode
        return await self._told(request)

    def _shared(self, request: web.BaseRequest, response: web.Response) -> web.Response:
        """The page of the workspace, which is another origin on this machine, may read it."""
        origin = request.headers.get("Origin", "")
        if origin and loopback(origin.partition("//")[2]):
            response.headers.update({**ORIGINS, "Access-Control-Allow-Origin": origin, "Vary": "Origin"})
        return response
