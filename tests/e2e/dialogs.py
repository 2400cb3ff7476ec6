"""Dialogs as people fill them in: by the names of their fields."""

from __future__ import annotations

from typing import Any

from tests.e2e.house import House

Json = dict[str, Any]


async def filled_in(house: House, user: str, **answers: str) -> Json:
    """Fill in the dialog on top, once there is one with these fields, and send it off."""
    view = await house.until(lambda: _on_top(house, user, set(answers)))
    values = {}
    for block in view["blocks"]:
        name = block.get("element", {}).get("action_id", "")
        if name in answers:
            values[block["block_id"]] = {name: {"type": "plain_text_input", "value": answers[name]}}
    said: Json = await house.slack.submit_view(user, view["id"], values)
    return said


def _on_top(house: House, user: str, fields: set[str]) -> Json | None:
    views = house.slack.views(user)
    if not views:
        return None
    names = {block["element"]["action_id"] for block in views[-1]["blocks"] if block["type"] == "input"}
    found: Json = views[-1]
    return found if fields <= names else None
