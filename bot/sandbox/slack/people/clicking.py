"""A person clicks a button, picks from a menu, or types into a menu that asks the app for options."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from bot.sandbox.slack.blockkit.objects import OPTION_GROUPS, OPTIONS
from bot.sandbox.slack.blockkit.shapes import Found
from bot.sandbox.slack.delivery import payloads
from bot.sandbox.slack.delivery.courier import Courier
from bot.sandbox.slack.delivery.parcel import Parcel
from bot.sandbox.slack.messages import Json, Message
from bot.sandbox.slack.people.faces import NotPossible, actor, outcome, room
from bot.sandbox.slack.people.filling import fill_in
from bot.sandbox.slack.state import choose, find_element, initial_state
from bot.sandbox.slack.surfaces import View
from bot.sandbox.slack.workspace import Workspace
from bot.sandbox.slack.world import Person

APP_FAILED = "{app} did not answer in time or failed: “{error}”"


@dataclass
class Place:
    """Where an element stands: in a message or in a view."""

    message: Message | None = None
    view: View | None = None

    @property
    def blocks(self) -> list[Json]:
        if self.view is not None:
            return self.view.blocks
        return self.message.blocks if self.message is not None else []


def find_place(workspace: Workspace, person: Person, *, channel: str, message_ts: str, view_id: str) -> Place:
    """The message or open view the person sees.

    Raises:
        NotPossible: it is gone, or somebody else's.
    """
    if view_id:
        view = workspace.surfaces.find(view_id=view_id)
        if view is None or view.user != person.id:
            raise NotPossible("view_not_found", f"{person.name} has no view {view_id} open")
        return Place(view=view)
    message = workspace.conversations.find(room(workspace, channel, person).id, message_ts)
    if message is None or not workspace.sees(person.id, message):
        raise NotPossible("message_not_found", f"{person.name} sees no message {message_ts}")
    return Place(message=message)


async def click(
    workspace: Workspace,
    courier: Courier,
    *,
    user: str,
    action_id: str,
    block_id: str = "",
    channel: str = "",
    message_ts: str = "",
    view_id: str = "",
    values: dict[str, dict[str, Json]] | None = None,
    **chosen: Any,
) -> Json:
    """`{ok, ack_ms, status, error?}`; an input that does not dispatch only remembers what was put in.

    `chosen` is what Slack calls it for the element: `selected_option` (a value or the whole option),
    `selected_options`, `selected_user`, `selected_date`, `value`, …; `values` is what stands in a view's other inputs.

    Raises:
        NotPossible: no such element there, or it does not offer that.
    """
    person = actor(workspace, user)
    place = find_place(workspace, person, channel=channel, message_ts=message_ts, view_id=view_id)
    if place.view is not None:
        fill_in(place.view, values or {})
    block, element = _element(place, block_id, action_id)
    try:
        value = choose(element, chosen)
    except ValueError as wrong:
        raise NotPossible("invalid_choice", str(wrong)) from wrong
    if value and element["type"] != "overflow":
        _remember(workspace, person, place, block_id=block["block_id"], element=element, value=value)
    if block["type"] == "input" and not block.get("dispatch_action"):
        return {"ok": True, "ack_ms": 0.0, "status": 0}
    payload = _payload(workspace, person, place, _action(workspace, block, element, value))
    started = time.perf_counter()
    ack = await courier.hand_over(Parcel(way="interactive", kind="block_actions", payload=payload))
    answer = outcome(ack, (time.perf_counter() - started) * 1000)
    if not answer["ok"] and place.message is not None:
        _apologise(workspace, person, place.message, answer["error"])
    return answer


async def options(
    workspace: Workspace,
    courier: Courier,
    *,
    user: str,
    action_id: str,
    block_id: str,
    value: str = "",
    channel: str = "",
    message_ts: str = "",
    view_id: str = "",
) -> Json:
    """`{ok, options | option_groups, error?}` for what was typed into an external menu."""
    person = actor(workspace, user)
    place = find_place(workspace, person, channel=channel, message_ts=message_ts, view_id=view_id)
    _, element = _element(place, block_id, action_id)
    if not element["type"].endswith("external_select"):
        raise NotPossible("invalid_choice", f"{action_id} does not ask the app for options")
    payload = {
        **payloads.interaction(workspace, "block_suggestion", person),
        **_where(workspace, place),
        "action_id": action_id,
        "block_id": block_id,
        "value": value,
    }
    started = time.perf_counter()
    ack = await courier.hand_over(Parcel(way="interactive", kind="block_suggestion", payload=payload))
    answer = outcome(ack, (time.perf_counter() - started) * 1000)
    return answer | _offered(workspace, ack.body) if answer["ok"] else answer


def _apologise(workspace: Workspace, person: Person, message: Message, error: str) -> None:
    words = APP_FAILED.format(app=workspace.world.app.name, error=error)
    channel = workspace.world.channel(message.channel)
    workspace.whisper(channel, person.id, words, thread_ts=message.thread_ts)


def _offered(workspace: Workspace, body: Any) -> Json:
    """The options the app answered with, once they are what Slack takes."""
    found: Found = []
    given = body if isinstance(body, dict) else {}
    if "option_groups" in given:
        OPTION_GROUPS(given["option_groups"], "/option_groups", found)
        taken = {"option_groups": given["option_groups"]}
    else:
        if given.get("options") != []:
            OPTIONS(given.get("options"), "/options", found)
        taken = {"options": given.get("options")}
    if not found:
        return taken
    detail = "; ".join(map(str, found))
    workspace.records.wrong(
        "block_suggestion ack", "invalid_options", detail, at=workspace.clock(), args=given
    )
    return {"ok": False, "error": "invalid_options", "options": []}


def _element(place: Place, block_id: str, action_id: str) -> tuple[Json, Json]:
    """The block and the element; without `block_id` the first with that `action_id`."""
    for block in place.blocks:
        if not block_id or block["block_id"] == block_id:
            element = find_element([block], block["block_id"], action_id)
            if element is not None:
                return block, element
    where = f" in block {block_id!r}" if block_id else ""
    raise NotPossible("no_such_element", f"there is no element {action_id!r}{where}")


def _remember(
    workspace: Workspace, person: Person, place: Place, *, block_id: str, element: Json, value: Json
) -> None:
    values = (
        place.view.values
        if place.view is not None
        else workspace.choices.setdefault((person.id, place.message.ts if place.message else ""), {})
    )
    values.setdefault(block_id, {})[element["action_id"]] = {"type": element["type"], **value}


def _action(workspace: Workspace, block: Json, element: Json, value: Json) -> Json:
    """One entry of `actions`."""
    action: Json = {
        "type": element["type"],
        "action_id": element["action_id"],
        "block_id": block["block_id"],
        "action_ts": workspace.conversations.next_ts(),
        **value,
    }
    for name in ("text", "value", "style", "url", "placeholder"):
        if name in element and name not in action:
            action[name] = element[name]
    return action


def _where(workspace: Workspace, place: Place) -> Json:
    if place.view is not None:
        return payloads.in_view(workspace, place.view)
    return payloads.in_message(workspace, place.message) if place.message is not None else {}


def _payload(workspace: Workspace, person: Person, place: Place, action: Json) -> Json:
    payload = {
        **payloads.interaction(workspace, "block_actions", person),
        **_where(workspace, place),
        "trigger_id": workspace.tickets.trigger(person.id, view_id=place.view.id if place.view else ""),
        "actions": [action],
    }
    if place.message is None:
        return payload
    message = place.message
    response = workspace.tickets.response(
        person.id,
        message.channel,
        message_ts=message.ts,
        ephemeral=bool(message.only_for),
        thread_ts=message.thread_ts,
    )
    state = initial_state(message.blocks)
    for block_id, actions in workspace.choices.get((person.id, message.ts), {}).items():
        if block_id in state:
            state[block_id] |= actions
    return payload | {"response_url": payloads.response_url(workspace, response), "state": {"values": state}}
