"""One call from bytes to answer: faults, token, scope, rate, arguments, the method itself, and the record of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aiohttp import web

from bot.sandbox.slack.api import chat, conversations, people, session, views
from bot.sandbox.slack.arguments import Arguments, checked, read_arguments
from bot.sandbox.slack.breakage import after, before
from bot.sandbox.slack.messages import Json
from bot.sandbox.slack.methods import METHODS, Method
from bot.sandbox.slack.rates import retry_after
from bot.sandbox.slack.refusals import Refusal
from bot.sandbox.slack.workspace import Workspace

Answering = Callable[[Workspace, Arguments], Json]

ANSWERS: dict[str, Answering] = {
    "api.test": session.api_test,
    "apps.connections.open": session.open_connection,
    "auth.test": session.auth_test,
    "blocks.validate": session.validate,
    "bots.info": people.bot_info,
    "chat.delete": chat.delete,
    "chat.getPermalink": chat.permalink,
    "chat.postEphemeral": chat.post_ephemeral,
    "chat.postMessage": chat.post_message,
    "chat.update": chat.update,
    "conversations.history": conversations.history,
    "conversations.info": conversations.info,
    "conversations.join": conversations.join,
    "conversations.list": conversations.list_,
    "conversations.members": conversations.members,
    "conversations.open": conversations.open_,
    "conversations.replies": conversations.replies,
    "reactions.add": chat.add_reaction,
    "team.info": people.team_info,
    "usergroups.list": people.groups,
    "usergroups.users.list": people.group_members,
    "users.info": people.info,
    "users.list": people.list_,
    "users.lookupByEmail": people.lookup_by_email,
    "views.open": views.open_view,
    "views.publish": views.publish,
    "views.push": views.push,
    "views.update": views.update,
}


async def serve(workspace: Workspace, request: web.Request) -> web.StreamResponse:
    """Answers `/api/<method>`: 200 with `ok`, 429 when limited, or whatever the fault in force makes of it."""
    name = request.match_info["method"]
    fault = workspace.faults.strike(name)
    sent: Arguments = {}
    try:
        sent, token = await read_arguments(request)
        if (broken := await before(workspace, request, name, fault, sent)) is not None:
            return broken
        answer = {"ok": True, **_answer(workspace, name, sent, token)}
    except Refusal as no:
        workspace.records.call(
            name, sent, at=workspace.clock(), status=no.status, error=no.code, detail=no.detail
        )
        return web.json_response(
            no.body(), status=no.status, headers={**_scopes(workspace, name), **no.headers}
        )
    lost = fault is not None and fault.mode == "drop_after"
    workspace.records.call(name, sent, at=workspace.clock(), detail="the answer was lost" if lost else None)
    return after(request) if lost else web.json_response(answer, headers=_scopes(workspace, name))


def _answer(workspace: Workspace, name: str, sent: Arguments, token: str) -> dict[str, Any]:
    method = METHODS.get(name)
    if method is None:
        raise Refusal("unknown_method", f"{name} is not known here", req_method=name)
    _authorise(workspace, method, token)
    arguments = checked(method, sent)
    _limit(workspace, name, method, arguments)
    return ANSWERS[name](workspace, arguments)


def _authorise(workspace: Workspace, method: Method, token: str) -> None:
    app = workspace.world.app
    if not method.bearer:
        return
    if not token:
        raise Refusal("not_authed", "no token")
    if token not in {app.bot_token, app.app_token}:
        raise Refusal("invalid_auth", "nobody was given this token")
    right, granted = (
        (app.bot_token, app.scopes) if method.bearer == "bot" else (app.app_token, app.app_token_scopes)
    )
    if token != right:
        raise Refusal("not_allowed_token_type", f"takes the {method.bearer} token")
    if method.scopes and not set(method.scopes) & set(granted):
        needed = ",".join(method.scopes)
        raise Refusal("missing_scope", f"needs {needed}", needed=needed, provided=",".join(granted))


def _limit(workspace: Workspace, name: str, method: Method, arguments: Arguments) -> None:
    wait = workspace.limiter.method(name, method.tier)
    if not wait and name == "chat.postMessage":
        wait = workspace.limiter.post(_same_channel(workspace, arguments["channel"]))
    if wait:
        seconds = retry_after(wait)
        raise Refusal("ratelimited", f"again in {seconds} s", status=429, headers={"Retry-After": seconds})


def _same_channel(workspace: Workspace, channel: str) -> str:
    """A channel is limited under one name, whether it was addressed by id, by `#name` or by person."""
    for known in workspace.world.channels:
        if channel in {known.id, known.user} or channel.removeprefix("#") == known.name != "":
            return known.id
    return channel


def _scopes(workspace: Workspace, name: str) -> dict[str, str]:
    method = METHODS.get(name)
    return {
        "X-OAuth-Scopes": ",".join(workspace.world.app.scopes),
        "X-Accepted-OAuth-Scopes": ",".join(method.scopes) if method else "",
    }
