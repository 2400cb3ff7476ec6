"""Answering the `input` step over HTTP, with its uneven statuses: 404, 400 with `X-Error`, bare 500."""

from __future__ import annotations

from aiohttp import web

from bot.sandbox.jenkins import replies, triggers
from bot.sandbox.jenkins.access import Caller
from bot.sandbox.jenkins.engine import Engine
from bot.sandbox.jenkins.jobs import Ask
from bot.sandbox.jenkins.records import Build
from bot.sandbox.jenkins.users import BUILD, CANCEL

NO_BUILD = "You need to have Job/Build permissions to submit this."
NO_CANCEL = "You need to have Job/Cancel permissions to cancel this."
NOT_SUBMITTER = "You need to be '{0}' (or have Job/Cancel permissions) to cancel this."
LOGGING_ID = "00000000-0000-4000-8000-000000000000"


class Inputs:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def answer(
        self, request: web.BaseRequest, caller: Caller, build: Build, name: str, verb: str
    ) -> web.Response:
        """`proceedEmpty` gives no values even where some are wanted."""
        if verb not in {"proceedEmpty", "proceed", "abort", "submit"}:
            return replies.not_found()
        ask = build.pending
        if ask is None or ask.id != name:
            return replies.not_found()
        if request.method != "POST":
            return replies.not_allowed(allow=False)
        if refusal := self._refusal(caller, ask, verb):
            return replies.oops(400, refusal, **{"X-Error": refusal})
        if verb in {"proceed", "submit"}:
            form = await request.post()
            triggers.submitted(str(form.get("json", "")), ask.parameters, partial=True)
        self.settle(build, caller.name, proceed=verb != "abort")
        if verb == "submit":
            return replies.moved(request.path.replace(f"input/{name}/submit", "console"))
        return web.Response(status=200)

    def _refusal(self, caller: Caller, ask: Ask, verb: str) -> str:
        right = CANCEL if verb == "abort" else BUILD
        if caller.may(right):
            return ""
        if verb != "abort":
            return NO_BUILD
        return NOT_SUBMITTER.format(ask.submitter) if ask.submitter else NO_CANCEL

    async def submit(self, request: web.BaseRequest, caller: Caller, build: Build) -> web.Response:
        """`wfapi/inputSubmit`, of the stage view plugin."""
        form = await request.post()
        if "json" not in form:
            return replies.jetty(400, "This page expects a form submission", request.path)
        ask = build.pending
        if ask is None or ask.id != request.query.get("inputId") or not caller.may(BUILD):
            return replies.oops(500, logging_id=LOGGING_ID)
        triggers.submitted(str(form["json"]), ask.parameters, partial=True)
        self.settle(build, caller.name, proceed=True)
        return web.Response(status=200)

    def settle(self, build: Build, user: str, *, proceed: bool) -> None:
        if build.answer is None or build.answer.done():
            return
        if not proceed:
            build.interrupted_by = f"Rejected by {user}"
        build.answer.set_result(user if proceed else "")
        build.pending = None
