"""The URLs below one build: what it is, its log, its stages and questions, stopping and deleting it."""

from __future__ import annotations

from aiohttp import web

from bot.sandbox.jenkins import logs, pages, replies, stageview
from bot.sandbox.jenkins.calls import Call, bare_error, job_path
from bot.sandbox.jenkins.engine import Engine
from bot.sandbox.jenkins.inputs import Inputs
from bot.sandbox.jenkins.models import Models
from bot.sandbox.jenkins.records import Build, JobState
from bot.sandbox.jenkins.users import CANCEL, DELETE


class BuildRoutes:
    """Answers `None` to what it does not know."""

    def __init__(self, engine: Engine, models: Models, *, stage_view: bool) -> None:
        self._engine = engine
        self._models = models
        self._stage_view = stage_view
        self._inputs = Inputs(engine)

    async def answer(self, call: Call, state: JobState, build: Build, rest: list[str]) -> web.Response | None:
        match rest:
            case ["api", "json"]:
                return replies.told(
                    self._models.tell(self._models.build(build), call.request.query.get("tree"))
                )
            case [""] | ["console"] | ["input", ""]:
                return replies.page(pages.build(build))
            case ["consoleText"]:
                return logs.console_text(build)
            case ["logText", "progressiveText"]:
                return await self._log(call, build)
            case ["stop"]:
                return self._stop(call, state, build)
            case ["doDelete"]:
                return self._delete(call, state, build)
            case ["wfapi", *more]:
                return await self._view(call, state, build, more)
            case ["input", name, verb]:
                return await self._inputs.answer(call.request, call.caller, build, name, verb)
            case ["input", "api", "json"]:
                return replies.not_found()
            case _:
                return None

    async def _log(self, call: Call, build: Build) -> web.Response:
        start = call.request.query.get("start") or (await call.request.post()).get("start") or "0"
        try:
            return logs.progressive(build, int(str(start)))
        except ValueError:
            return bare_error(call)

    def _stop(self, call: Call, state: JobState, build: Build) -> web.Response:
        if not call.post:
            return replies.not_allowed(allow=False)
        if not call.caller.may(CANCEL):
            return replies.lacks(call.caller.name, CANCEL)
        self._engine.stop(build, call.caller.name)
        return replies.moved(f"{call.prefix}{job_path(state)}/{build.number}/")

    def _delete(self, call: Call, state: JobState, build: Build) -> web.Response:
        if not call.caller.may(DELETE):
            return replies.lacks(call.caller.name, DELETE)
        del state.builds[build.number]
        return replies.moved(f"{call.prefix}{job_path(state)}/")

    async def _view(self, call: Call, state: JobState, build: Build, rest: list[str]) -> web.Response | None:
        if not self._stage_view or not build.job.pipeline:
            return replies.plugin_not_found()
        path = f"{call.prefix}{job_path(state)}/{build.number}"
        match rest:
            case ["describe"]:
                return replies.stage_view(stageview.describe(build, path, self._engine.clock.now()))
            case ["pendingInputActions"]:
                return replies.stage_view(stageview.pending(build, path))
            case ["inputSubmit"]:
                return await self._inputs.submit(call.request, call.caller, build)
            case _:
                return None
