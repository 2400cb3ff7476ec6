"""Jenkins' URLs: one place to see what the stand-in answers. What it does not know is 404, and remembered."""

from __future__ import annotations

from aiohttp import web

from bot.sandbox.jenkins import pages, replies, triggers
from bot.sandbox.jenkins.access import COOKIE, CRUMB_FIELD, crumb
from bot.sandbox.jenkins.buildroutes import BuildRoutes
from bot.sandbox.jenkins.calls import Call, bare_error, job_path
from bot.sandbox.jenkins.engine import Engine
from bot.sandbox.jenkins.models import Models
from bot.sandbox.jenkins.parts import Model, permalink
from bot.sandbox.jenkins.records import Build, Item, JobState
from bot.sandbox.jenkins.tree import TreeError
from bot.sandbox.jenkins.users import ADMINISTER, BUILD, CANCEL, READ

API = ["api", "json"]
PERMALINKS: dict[str, tuple[set[str] | None, bool]] = {
    "lastBuild": (None, False),
    "lastCompletedBuild": (None, True),
    "lastSuccessfulBuild": ({"SUCCESS", "UNSTABLE"}, True),
    "lastStableBuild": ({"SUCCESS"}, True),
    "lastFailedBuild": ({"FAILURE"}, True),
}


class Routes:
    """Answers for one Jenkins; `stage_view` is whether it has the plugin `pipeline-rest-api`."""

    def __init__(self, engine: Engine, models: Models, *, stage_view: bool) -> None:
        self._engine = engine
        self._models = models
        self._stage_view = stage_view
        self._builds = BuildRoutes(engine, models, stage_view=stage_view)
        self.unknown: list[str] = []

    async def answer(self, call: Call) -> web.Response:
        try:
            return await self._dispatch(call)
        except (TreeError, triggers.BareError):
            return bare_error(call)

    async def _dispatch(self, call: Call) -> web.Response:
        match call.path:
            case ["api", "json"]:
                return self._tell(call, self._models.root(visible=call.caller.may(READ)))
            case ["whoAmI", "api", "json"]:
                return self._who(call)
            case ["crumbIssuer", "api", "json"]:
                return self._crumb(call)
            case [""]:
                return replies.page(pages.root(sorted(self._engine.jobs)))
            case ["queue", *rest]:
                return self._queue(call, rest)
            case ["quietDown" | "cancelQuietDown" as what]:
                return self._quiet(call, on=what == "quietDown")
            case ["job", *_]:
                return await self._job_or_folder(call)
            case _:
                return self._unknown(call)

    def _tell(self, call: Call, model: Model) -> web.Response:
        return replies.told(self._models.tell(model, call.request.query.get("tree")))

    def _unknown(self, call: Call) -> web.Response:
        self.unknown.append(f"{call.request.method} {call.request.raw_path}")
        return replies.not_found()

    def _who(self, call: Call) -> web.Response:
        known = call.caller.user is not None
        return self._tell(
            call,
            {
                "_class": "hudson.security.WhoAmI",
                "anonymous": not known,
                "authenticated": True,
                "authorities": ["authenticated" if known else "anonymous"],
                "name": call.caller.name,
            },
        )

    def _crumb(self, call: Call) -> web.Response:
        session = (
            call.request.cookies.get(COOKIE) or f"node0{len(self._engine.starts)}-{call.caller.name}.node0"
        )
        issuer = "hudson.security.csrf.DefaultCrumbIssuer"
        model = {"_class": issuer, "crumb": crumb(call.caller, session), "crumbRequestField": CRUMB_FIELD}
        response = self._tell(call, model)
        response.headers["Set-Cookie"] = f"{COOKIE}={session}; Path=/; HttpOnly; SameSite=Lax"
        return response

    def _quiet(self, call: Call, *, on: bool) -> web.Response:
        if not call.post:
            return replies.not_allowed(allow=False)
        if not call.caller.may(ADMINISTER):
            return replies.lacks(call.caller.name, ADMINISTER)
        self._engine.quieting = on
        self._engine.schedule()
        return replies.moved(f"{call.prefix}/")

    # -- the queue ------------------------------------------------------------------------------------------------

    def _queue(self, call: Call, rest: list[str]) -> web.Response:
        match rest:
            case ["api", "json"]:
                model = self._models.queue()
                if not call.caller.may(READ):
                    model["items"] = []
                wanted = call.request.query.get("tree")
                return replies.told(self._models.tell(model, wanted or ""))
            case ["item", number, "api", "json"] if number.isdecimal():
                item = self._engine.item(int(number))
                seen = item and call.caller.may(READ)
                return self._tell(call, self._models.item(item)) if item and seen else replies.not_found()
            case ["cancelItem"]:
                number = call.request.query.get("id", "")
                return self._cancel(call, self._engine.item(int(number)) if number.isdecimal() else None)
            case ["item", number, "cancelQueue"] if number.isdecimal():
                return self._cancel(call, self._engine.item(int(number)))
            case _:
                return self._unknown(call)

    def _cancel(self, call: Call, item: Item | None) -> web.Response:
        if not call.post:
            return replies.not_allowed(allow=False)
        if item is None or not call.caller.may(READ):
            return replies.oops(404, "no such item")
        if not call.caller.may(CANCEL):
            return replies.oops(422, "Item could not be cancelled")
        return web.Response(status=204) if self._engine.cancel(item) else bare_error(call)

    # -- jobs -----------------------------------------------------------------------------------------------------

    async def _job_or_folder(self, call: Call) -> web.Response:
        name, rest = self._find(call.path)
        if name is None:
            return replies.not_found()
        if not call.caller.may(READ):
            return replies.not_found()
        if name in self._engine.folders and name not in self._engine.jobs:
            return self._folder(call, name, rest)
        return await self._job(call, self._engine.jobs[name], rest)

    def _find(self, path: list[str]) -> tuple[str | None, list[str]]:
        """The full name, found without regard to case, and what follows it."""
        names: list[str] = []
        known = {name.casefold(): name for name in (*self._engine.folders, *self._engine.jobs)}
        while path[:1] == ["job"] and len(path) > 1:
            names.append(path[1].replace("/", "%2F"))
            path = path[2:]
        return known.get("/".join(names).casefold()), path

    def _folder(self, call: Call, name: str, rest: list[str]) -> web.Response:
        folder = self._engine.folders[name]
        if rest == API:
            return self._tell(call, self._models.folder(folder))
        if rest == ["build"] and folder.multibranch and call.post:
            return replies.moved(f"{call.prefix}/{'/'.join(call.path[:-1])}/")
        return replies.not_found()

    async def _job(self, call: Call, state: JobState, rest: list[str]) -> web.Response:
        match rest:
            case ["api", "json"]:
                return self._tell(call, self._models.job(state))
            case [""]:
                return replies.page(pages.job(state))
            case []:
                return replies.moved(f"{call.request.path}/")
            case ["build" | "buildWithParameters" as verb]:
                return await self._trigger(call, state, parameterized=verb == "buildWithParameters")
            case ["disable" | "enable" as verb]:
                return self._switch(call, state, disabled=verb == "disable")
            case ["wfapi", "describe"] if self._stage_view and state.job.pipeline:
                return self._job_view(call, state)
            case [number, *more]:
                build = self._numbered(state, number)
                if build is None:
                    return replies.not_found()
                return await self._builds.answer(call, state, build, more) or self._unknown(call)
            case _:
                return self._unknown(call)

    def _numbered(self, state: JobState, number: str) -> Build | None:
        if number.isdecimal():
            return state.builds.get(int(number))
        results, ended = PERMALINKS.get(number, (None, True))
        return permalink(state, results, ended=ended) if number in PERMALINKS else None

    def _job_view(self, call: Call, state: JobState) -> web.Response:
        path = f"{call.prefix}{job_path(state)}"
        links = {"self": {"href": f"{path}/wfapi/describe"}, "runs": {"href": f"{path}/wfapi/runs"}}
        return replies.stage_view(
            {"_links": links, "name": state.job.short_name, "runCount": len(state.builds)}
        )

    def _switch(self, call: Call, state: JobState, *, disabled: bool) -> web.Response:
        if not call.caller.may(ADMINISTER):
            return replies.lacks(call.caller.name, "hudson.model.Item.Configure")
        state.disabled = disabled
        return replies.moved(f"{call.prefix}{job_path(state)}/")

    async def _trigger(self, call: Call, state: JobState, *, parameterized: bool) -> web.Response:
        if not call.post:
            return replies.not_allowed(allow=True)
        if not call.caller.may(BUILD):
            return replies.lacks(call.caller.name, BUILD)
        if state.disabled:
            return replies.oops(409, "This job is disabled")
        declared = state.parameters
        if parameterized and not declared:
            return bare_error(call)
        if parameterized:
            values = await triggers.with_parameters(call.request, declared)
        elif declared:
            try:
                values = await triggers.by_form(call.request, declared)
            except triggers.NothingSubmitted as error:
                return replies.jetty(400, str(error), call.request.path)
        else:
            values = {}
        item, folded = self._engine.submit(state, values, call.caller.name, triggers.delay(call.request))
        at = f"{call.origin()}{call.prefix}/queue/item/{item.id}/"
        if declared and not parameterized:
            at = f"{call.origin()}{call.prefix}{job_path(state)}/"
        return web.Response(status=303 if folded and parameterized else 201, headers={"Location": at})
