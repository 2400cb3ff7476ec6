"""A person fills in a modal, closes it, or looks at the App Home.

https://docs.slack.dev/surfaces/modals#handling_submissions
"""

from __future__ import annotations

import time
from typing import Any

from bot.sandbox.slack.api.views import checked_view
from bot.sandbox.slack.delivery import payloads
from bot.sandbox.slack.delivery.courier import Courier
from bot.sandbox.slack.delivery.parcel import Parcel
from bot.sandbox.slack.messages import Json
from bot.sandbox.slack.people.faces import NotPossible, actor, outcome
from bot.sandbox.slack.people.filling import fill_in, missing
from bot.sandbox.slack.refusals import Refusal
from bot.sandbox.slack.surfaces import View
from bot.sandbox.slack.workspace import Workspace
from bot.sandbox.slack.world import Person

TROUBLE = "We had some trouble connecting. Try again?"


async def submit(
    workspace: Workspace,
    courier: Courier,
    *,
    user: str,
    view_id: str,
    values: dict[str, dict[str, Json]] | None = None,
) -> Json:
    """`{ok, errors?: {block_id: text}, closed, ack_ms?, status?, error?}`.

    What Slack's own form checks (required, length, numbers, addresses) is checked before anything is sent.

    Raises:
        NotPossible: the view is not open, or `values` name inputs it does not have.
    """
    person = actor(workspace, user)
    view = _top(workspace, person, view_id)
    fill_in(view, values or {})
    if errors := missing(view.blocks, workspace.surfaces.state(view)):
        return {"ok": False, "closed": False, "errors": errors}
    payload = {
        **payloads.interaction(workspace, "view_submission", person),
        "trigger_id": workspace.tickets.trigger(person.id, view_id=view.id),
        "view": workspace.surfaces.as_slack(view),
        "response_urls": [],
    }
    started = time.perf_counter()
    ack = await courier.hand_over(Parcel(way="interactive", kind="view_submission", payload=payload))
    answer = outcome(ack, (time.perf_counter() - started) * 1000, closed=False)
    if not answer["ok"]:
        return answer | {"text": TROUBLE}
    return answer | _judged(workspace, person, view, ack.body)


async def close(workspace: Workspace, courier: Courier, *, user: str, view_id: str) -> Json:
    """`{ok}`. `view_closed` goes to the app when the view asked for it."""
    person = actor(workspace, user)
    view = _top(workspace, person, view_id)
    cleared = bool(view.given.get("clear_on_close"))
    for closed in workspace.surfaces.close(person.id, everything=cleared):
        if closed.given.get("notify_on_close"):
            payload = {
                **payloads.interaction(workspace, "view_closed", person),
                "view": workspace.surfaces.as_slack(closed),
                "is_cleared": cleared,
            }
            await courier.hand_over(Parcel(way="interactive", kind="view_closed", payload=payload))
    return {"ok": True}


async def home(workspace: Workspace, courier: Courier, *, user: str, peek: bool = False) -> Json:
    """`{view | null}` as it stands once the app acknowledged `app_home_opened`; `peek` looks without telling it."""
    person = actor(workspace, user)
    if not peek and "app_home_opened" in workspace.world.app.events:
        inner: Json = {
            "type": "app_home_opened",
            "user": person.id,
            "channel": workspace.world.direct_message(person.id).id,
            "tab": "home",
            "event_ts": workspace.conversations.next_ts(),
        }
        if (before := workspace.surfaces.homes.get(person.id)) is not None:
            inner["view"] = workspace.surfaces.as_slack(before)
        await courier.event(
            Parcel(way="events_api", kind="app_home_opened", payload=payloads.event(workspace, inner))
        )
    view = workspace.surfaces.homes.get(person.id)
    return {"view": None if view is None else workspace.surfaces.as_slack(view)}


def _top(workspace: Workspace, person: Person, view_id: str) -> View:
    stack = workspace.surfaces.stacks.get(person.id, [])
    if not stack or stack[-1].id != view_id:
        raise NotPossible("view_not_found", f"{view_id} is not the modal {person.name} sees")
    return stack[-1]


def _judged(workspace: Workspace, person: Person, view: View, body: Any) -> Json:
    """What became of the ack; one that Slack would not take is kept as refused, and the modal stays."""
    try:
        return _act(workspace, person, view, body)
    except Refusal as no:
        args = body if isinstance(body, dict) else {"body": body}
        workspace.records.wrong("view_submission ack", no.code, no.detail, at=workspace.clock(), args=args)
        return {"ok": False, "error": no.code, "text": TROUBLE}


def _act(workspace: Workspace, person: Person, view: View, body: Any) -> Json:
    """Does what the ack asks for: nothing said closes the modal.

    Raises:
        Refusal: an action or a view that Slack would not take.
    """
    if body is None:
        workspace.surfaces.close(person.id)
        return {"closed": True}
    if not isinstance(body, dict):
        raise Refusal("invalid_response_action", "the ack must be empty or a JSON object")
    action = body.get("response_action")
    if action == "errors":
        return {"ok": False, "errors": _errors(view, body.get("errors"))}
    if action == "clear":
        workspace.surfaces.close(person.id, everything=True)
        return {"closed": True}
    if action == "update":
        workspace.surfaces.replace(view, checked_view(body.get("view"), "modal"))
        return {}
    if action == "push":
        workspace.surfaces.push(person.id, checked_view(body.get("view"), "modal"))
        return {}
    raise Refusal("invalid_response_action", f"{action!r} is none of errors, update, push, clear")


def _errors(view: View, errors: Any) -> dict[str, str]:
    """Field errors, each by the id of an input block of this view."""
    inputs = {block["block_id"] for block in view.blocks if block["type"] == "input"}
    if not isinstance(errors, dict) or not errors:
        raise Refusal("invalid_errors", "errors must name at least one block_id")
    for block_id, text in errors.items():
        if block_id not in inputs:
            raise Refusal("invalid_errors", f"the view has no input block {block_id!r}")
        if not isinstance(text, str) or not text:
            raise Refusal("invalid_errors", f"the error of {block_id!r} must be text")
    return dict(errors)
