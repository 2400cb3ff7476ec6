"""Modals and App Homes: the stack each person has open, and the hash that guards an update.

https://docs.slack.dev/surfaces/modals and https://docs.slack.dev/surfaces/app-home
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from typing import Any

from bot.sandbox.slack.blocks import LIMITS
from bot.sandbox.slack.messages import Json, with_ids
from bot.sandbox.slack.refusals import Refusal
from bot.sandbox.slack.state import initial_state
from bot.sandbox.slack.stream import Stream
from bot.sandbox.slack.world import App, Team


@dataclass(kw_only=True)
class View:
    """One modal or one App Home. `values` is what the person has put in so far, by block and action."""

    id: str
    user: str
    given: Json
    hash: str
    root: str
    previous: str = ""
    values: dict[str, dict[str, Json]] = field(default_factory=dict)

    @property
    def blocks(self) -> list[Json]:
        return list(self.given["blocks"])

    @property
    def external_id(self) -> str:
        return str(self.given.get("external_id", ""))


@dataclass
class Surfaces:
    team: Team
    app: App
    stream: Stream
    stacks: dict[str, list[View]] = field(default_factory=dict)
    homes: dict[str, View] = field(default_factory=dict)
    _counter: int = 0

    def open(self, user: str, given: Json) -> View:
        """Shows a modal in place of whatever the person has open."""
        self._external_id_is_free(given)
        view = self._make(user, given)
        self.stacks[user] = [view]
        self.stream.tell("view", view_id=view.id, viewer=user)
        return view

    def push(self, user: str, given: Json) -> View:
        """Puts a modal on top of the stack.

        Raises:
            Refusal: `push_limit_reached` above three, `not_found` without an open modal.
        """
        self._external_id_is_free(given)
        stack = self.stacks.get(user, [])
        if not stack:
            raise Refusal("not_found", "the person has no modal open to push onto")
        if len(stack) >= LIMITS["view.stack"]:
            raise Refusal("push_limit_reached", f"at most {LIMITS['view.stack']} modals are stacked")
        view = self._make(user, given, root=stack[0].id, previous=stack[-1].id)
        stack.append(view)
        self.stream.tell("view", view_id=view.id, viewer=user)
        return view

    def publish(self, user: str, given: Json, expected_hash: str = "") -> View:
        """Sets a person's App Home.

        Raises:
            Refusal: `hash_conflict` when another publish came first.
        """
        before = self.homes.get(user)
        if before is None:
            self.homes[user] = view = self._make(user, given)
        else:
            view = self.replace(before, given, expected_hash)
        self.stream.tell("home", viewer=user)
        return view

    def replace(self, view: View, given: Json, expected_hash: str = "") -> View:
        """New content for an open view; what the person typed in blocks that stay is kept.

        Raises:
            Refusal: `hash_conflict` when somebody else updated it first, `invalid_arguments` for another type.
        """
        if expected_hash and expected_hash != view.hash:
            raise Refusal("hash_conflict", f"the view has hash {view.hash}, not {expected_hash}")
        if given["type"] != view.given["type"]:
            raise Refusal("invalid_arguments", f"a {view.given['type']} can't become a {given['type']}")
        self._external_id_is_free(given, besides=view)
        fresh = self._make(view.user, given)
        view.given, view.hash = fresh.given, fresh.hash
        kept = {block["block_id"] for block in view.blocks}
        view.values = {block_id: actions for block_id, actions in view.values.items() if block_id in kept}
        self.stream.tell("view", view_id=view.id, viewer=view.user)
        return view

    def close(self, user: str, *, everything: bool = False) -> list[View]:
        """Takes the top modal (or all of them) away; answers what was closed, top first."""
        stack = self.stacks.get(user, [])
        keep = 0 if everything else max(0, len(stack) - 1)
        closed = stack[keep:][::-1]
        del stack[keep:]
        for view in closed:
            self.stream.tell("view_closed", view_id=view.id, viewer=user)
        return closed

    def find(self, *, view_id: str = "", external_id: str = "") -> View | None:
        """A modal that is still open, or an App Home."""
        everything = [view for stack in self.stacks.values() for view in stack] + list(self.homes.values())
        for view in everything:
            if (view_id and view.id == view_id) or (external_id and view.external_id == external_id):
                return view
        return None

    def as_slack(self, view: View) -> Json:
        """The view object of API answers and interactive payloads."""
        given = copy.deepcopy(view.given)
        modal = {"submit": None, "close": None} if given["type"] == "modal" else {}
        return {
            "id": view.id,
            "team_id": self.team.id,
            "app_id": self.app.id,
            "app_installed_team_id": self.team.id,
            "bot_id": self.app.bot_id,
            "callback_id": "",
            "private_metadata": "",
            "external_id": "",
            "clear_on_close": False,
            "notify_on_close": False,
            "title": None,
            **modal,
            **given,
            "state": {"values": self.state(view)},
            "hash": view.hash,
            "root_view_id": view.root,
            "previous_view_id": view.previous or None,
        }

    def state(self, view: View) -> dict[str, dict[str, Json]]:
        """What stands in the view's inputs: initial values, overlaid by what the person put in."""
        state = initial_state(view.blocks)
        for block_id, actions in view.values.items():
            state.setdefault(block_id, {}).update(copy.deepcopy(actions))
        return state

    def _make(self, user: str, given: Json, *, root: str = "", previous: str = "") -> View:
        self._counter += 1
        view_id = f"V0{self._counter:08d}"
        kept: dict[str, Any] = {**given, "blocks": with_ids(given["blocks"], self._next_number)}
        digest = f"{1_700_000_000 + self._counter}.{self._counter:08x}"
        return View(id=view_id, user=user, given=kept, hash=digest, root=root or view_id, previous=previous)

    def _next_number(self) -> int:
        self._counter += 1
        return self._counter

    def _external_id_is_free(self, given: Json, *, besides: View | None = None) -> None:
        wanted = str(given.get("external_id", ""))
        if wanted and (taken := self.find(external_id=wanted)) is not None and taken is not besides:
            raise Refusal("duplicate_external_id", f"{wanted!r} belongs to {taken.id}")
