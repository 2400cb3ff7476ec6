"""Answers of the app to a command or a click: in the ack's body, or later by `response_url`.

https://docs.slack.dev/interactivity/handling-user-interaction#message_responses
"""

from __future__ import annotations

import json
from typing import Any

from aiohttp import web

from bot.sandbox.slack.api.content import content, metadata
from bot.sandbox.slack.api.places import valid_thread
from bot.sandbox.slack.breakage import after, before
from bot.sandbox.slack.messages import Json, Message, with_ids
from bot.sandbox.slack.refusals import Refusal
from bot.sandbox.slack.tickets import Response
from bot.sandbox.slack.workspace import Workspace

FIELDS = {
    "attachments",
    "blocks",
    "delete_original",
    "link_names",
    "metadata",
    "mrkdwn",
    "parse",
    "replace_original",
    "response_type",
    "text",
    "thread_ts",
    "unfurl_links",
    "unfurl_media",
}
_KINDS = {"ephemeral", "in_channel"}


async def serve(workspace: Workspace, request: web.Request) -> web.StreamResponse:
    """`POST /response/<team>/<id>`: five uses within thirty minutes."""
    fault = workspace.faults.strike("response_url")
    body: Any = {}
    try:
        body = await _body(request)
        if (broken := await before(workspace, request, "response_url", fault, body)) is not None:
            return broken
        response = workspace.tickets.use_response(
            f"{request.match_info['number']}/{request.match_info['secret']}"
        )
        respond(workspace, response, body)
    except Refusal as no:
        args = body if isinstance(body, dict) else {"body": body}
        workspace.records.call(
            "response_url", args, at=workspace.clock(), status=no.status, error=no.code, detail=no.detail
        )
        return web.json_response(no.body(), status=no.status, headers=no.headers)
    lost = fault is not None and fault.mode == "drop_after"
    workspace.records.call("response_url", body, at=workspace.clock())
    return after(request) if lost else web.json_response({"ok": True})


def respond(workspace: Workspace, response: Response, body: Json) -> None:
    """Shows the answer: ephemeral unless `response_type` says `in_channel`.

    Raises:
        Refusal: an unknown field, or content that Slack would not take.
    """
    if not isinstance(body, dict):
        raise Refusal("invalid_payload", "the body must be a JSON object", status=400)
    if unknown := set(body) - FIELDS:
        raise Refusal("invalid_payload", f"unknown fields: {', '.join(sorted(unknown))}", status=400)
    kind = body.get("response_type", "ephemeral")
    if kind not in _KINDS:
        raise Refusal(
            "invalid_payload", f"response_type {kind!r} is neither ephemeral nor in_channel", status=400
        )
    original = (
        workspace.conversations.find(response.channel, response.message_ts) if response.message_ts else None
    )
    if body.get("delete_original"):
        if original is not None:
            workspace.delete(original)
        return
    if body.get("replace_original") and original is not None:
        _replace(workspace, original, content(body, truncated=True))
    else:
        _add(workspace, response, body, ephemeral=kind == "ephemeral")


def _replace(workspace: Workspace, original: Message, said: Json) -> None:
    original.text, original.attachments = said["text"], said["attachments"]
    original.blocks = with_ids(said["blocks"], workspace.conversations.next_number)
    original.edited_ts = "" if original.only_for else workspace.conversations.next_ts()
    workspace.changed(original)


def _add(workspace: Workspace, response: Response, body: Json, *, ephemeral: bool) -> None:
    channel = workspace.world.channel(response.channel)
    workspace.write(
        channel,
        workspace.world.app.bot_user,
        by_app=True,
        thread_ts=valid_thread(workspace, channel, str(body.get("thread_ts") or "")),
        only_for=response.user if ephemeral else "",
        metadata=metadata(body.get("metadata")),
        **content(body, truncated=True),
    )


def respond_with_ack(workspace: Workspace, response: Response, body: Any) -> None:
    """What the ack of a command says, if it says anything; a body Slack would not show is kept as refused."""
    if body is None:
        return
    spoken = {"text": body} if isinstance(body, str) else body
    try:
        respond(workspace, response, spoken)
    except Refusal as no:
        args = spoken if isinstance(spoken, dict) else {"body": spoken}
        workspace.records.wrong("command ack", no.code, no.detail, at=workspace.clock(), args=args)


async def _body(request: web.Request) -> Any:
    try:
        return json.loads(await request.read())
    except ValueError as broken:
        raise Refusal("invalid_payload", "the body is not JSON", status=400) from broken
