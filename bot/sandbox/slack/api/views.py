"""`views.*`.

https://docs.slack.dev/reference/methods#views
"""

from __future__ import annotations

import json
from typing import Any

from bot.sandbox.slack.api.places import known_person
from bot.sandbox.slack.arguments import Arguments
from bot.sandbox.slack.blocks import LIMITS, Problem, validate_view
from bot.sandbox.slack.messages import Json
from bot.sandbox.slack.refusals import Refusal, problems
from bot.sandbox.slack.surfaces import View
from bot.sandbox.slack.tickets import Trigger
from bot.sandbox.slack.workspace import Workspace


def open_view(workspace: Workspace, arguments: Arguments) -> Json:
    view = checked_view(arguments["view"], "modal")
    return _shown(workspace, workspace.surfaces.open(_trigger(workspace, arguments).user, view))


def push(workspace: Workspace, arguments: Arguments) -> Json:
    view = checked_view(arguments["view"], "modal")
    return _shown(workspace, workspace.surfaces.push(_trigger(workspace, arguments).user, view))


def update(workspace: Workspace, arguments: Arguments) -> Json:
    view_id, external_id = arguments.get("view_id", ""), arguments.get("external_id", "")
    if not view_id and not external_id:
        raise problems("invalid_arguments", ["missing required field: view_id or external_id"])
    view = workspace.surfaces.find(view_id=view_id, external_id=external_id)
    if view is None:
        raise Refusal("not_found", f"no open view {view_id or external_id}")
    given = checked_view(arguments["view"], view.given["type"])
    return _shown(workspace, workspace.surfaces.replace(view, given, arguments.get("hash", "")))


def publish(workspace: Workspace, arguments: Arguments) -> Json:
    reader = known_person(workspace, arguments["user_id"])
    given = checked_view(arguments["view"], "home")
    return _shown(workspace, workspace.surfaces.publish(reader.id, given, arguments.get("hash", "")))


def checked_view(given: Any, kind: str) -> Json:
    """The view, once nothing is wrong with it.

    Raises:
        Refusal: `invalid_arguments` naming each place, `view_too_large`.
    """
    if not isinstance(given, dict):
        raise problems("invalid_arguments", [Problem("/view", "must provide an object")])
    if len(json.dumps(given, ensure_ascii=False).encode(errors="surrogatepass")) > LIMITS["view.size"]:
        raise Refusal("view_too_large", f"at most {LIMITS['view.size']} bytes")
    found = validate_view(given)
    if not found and given["type"] != kind:
        found = [Problem("/view/type", f"must be one of: {kind}")]
    if found:
        raise problems("invalid_arguments", found)
    return given


def _trigger(workspace: Workspace, arguments: Arguments) -> Trigger:
    trigger_id = arguments.get("trigger_id") or arguments.get("interactivity_pointer")
    if not trigger_id:
        raise problems("invalid_arguments", ["missing required field: trigger_id"])
    return workspace.tickets.exchange(trigger_id)


def _shown(workspace: Workspace, view: View) -> Json:
    return {"view": workspace.surfaces.as_slack(view)}
