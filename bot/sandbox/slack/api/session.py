"""`auth.test`, `api.test`, `apps.connections.open`, `blocks.validate`."""

from __future__ import annotations

import json
from typing import Any

from bot.sandbox.slack.arguments import Arguments
from bot.sandbox.slack.blocks import LIMITS, Problem, validate_blocks, validate_message, validate_view
from bot.sandbox.slack.messages import Json
from bot.sandbox.slack.refusals import Refusal, problems
from bot.sandbox.slack.workspace import Workspace


def auth_test(workspace: Workspace, _arguments: Arguments) -> Json:
    team, app = workspace.world.team, workspace.world.app
    return {
        "url": f"https://{team.domain}.slack.com/",
        "team": team.name,
        "user": workspace.world.person(app.bot_user).name,
        "team_id": team.id,
        "user_id": app.bot_user,
        "bot_id": app.bot_id,
        "is_enterprise_install": False,
    }


def api_test(_workspace: Workspace, arguments: Arguments) -> Json:
    if arguments.get("error"):
        raise Refusal(str(arguments["error"]), "asked for", args=arguments)
    return {"args": arguments}


def open_connection(workspace: Workspace, _arguments: Arguments) -> Json:
    """A WebSocket address that works once, soon."""
    ticket = f"{len(workspace.socket_tickets) + 1:032x}"
    workspace.socket_tickets[ticket] = workspace.clock()
    address = workspace.url.replace("http://", "ws://", 1)
    return {"url": f"{address}/link/?ticket={ticket}&app_id={workspace.world.app.id}"}


def validate(_workspace: Workspace, arguments: Arguments) -> Json:
    """Exactly one of `blocks`, `message`, `view`."""
    given = [name for name in ("blocks", "message", "view") if name in arguments]
    if len(given) != 1:
        raise problems("invalid_arguments", ["provide exactly one of blocks, message, view"])
    name = given[0]
    value = arguments[name]
    if len(json.dumps(value, ensure_ascii=False)) > LIMITS["blocks.validate.arg"]:
        raise problems(
            "invalid_arguments", [f"must be less than {LIMITS['blocks.validate.arg'] + 1} characters"]
        )
    if found := _judge(name, value):
        raise problems(f"invalid_{name}", found)
    return {}


def _judge(name: str, value: Any) -> list[Problem]:
    if name == "blocks":
        return validate_blocks(value)
    if not isinstance(value, dict):
        return [Problem(f"/{name}", "must provide an object")]
    return validate_message(value) if name == "message" else validate_view(value)
