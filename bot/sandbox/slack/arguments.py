"""Reads what an app sent, in any of the four encodings Slack takes, into one shape.

https://docs.slack.dev/apis/web-api (JSON post, form post, query string, multipart)
"""

from __future__ import annotations

import json
from typing import Any

from aiohttp import BodyPartReader, web

from bot.sandbox.slack.methods import Method
from bot.sandbox.slack.refusals import Refusal, problems

Arguments = dict[str, Any]

_JSON = {"attachments", "blocks", "message", "metadata", "unfurled_attachments", "view"}
_FLAGS = {
    "as_user",
    "exclude_archived",
    "include_all_metadata",
    "include_count",
    "include_disabled",
    "include_locale",
    "include_num_members",
    "include_users",
    "inclusive",
    "link_names",
    "mrkdwn",
    "prevent_creation",
    "reply_broadcast",
    "return_im",
    "unfurl_links",
    "unfurl_media",
}
_NUMBERS = {"limit"}
_TRUE, _FALSE = {"1", "true", "True", "TRUE"}, {"0", "false", "False", "FALSE", ""}


async def read_arguments(request: web.Request) -> tuple[Arguments, str]:
    """Arguments as sent (not yet checked), and the token, which is never among them.

    The token comes in the `Authorization` header or, except in a JSON body, as an argument.

    Raises:
        Refusal: the body is not what its content type says.
    """
    arguments: Arguments = dict(request.query)
    token = arguments.pop("token", "")
    if request.method == "POST":
        from_body = await _body(request)
        if request.content_type != "application/json":
            token = from_body.pop("token", token)
        arguments |= from_body
    scheme, _, credentials = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer" and credentials:
        token = credentials.strip()
    return arguments, str(token)


async def _body(request: web.Request) -> Arguments:
    kind = request.content_type
    if kind == "application/json":
        return _json_body(await request.read())
    if kind == "application/x-www-form-urlencoded":
        try:
            return {name: str(value) for name, value in (await request.post()).items()}
        except UnicodeDecodeError as broken:
            raise Refusal("invalid_form_data", "the form is not UTF-8") from broken
    if kind == "multipart/form-data":
        return await _multipart(request)
    if not await request.read():
        return {}
    raise Refusal("invalid_post_type", f"content type {kind} is not one that Slack reads")


def _json_body(raw: bytes) -> Arguments:
    if not raw:
        return {}
    try:
        body = json.loads(raw)
    except ValueError as broken:
        raise Refusal("invalid_json", "the body is not JSON") from broken
    if not isinstance(body, dict):
        raise Refusal("json_not_object", "the body is JSON, but not an object")
    return body


async def _multipart(request: web.Request) -> Arguments:
    arguments: Arguments = {}
    try:
        async for part in await request.multipart():
            if not isinstance(part, BodyPartReader) or part.name is None:
                raise Refusal("invalid_multipart", "a part has no name")
            arguments[part.name] = await part.text()
    except ValueError as broken:
        raise Refusal("invalid_multipart", str(broken)) from broken
    return arguments


def checked(method: Method, arguments: Arguments) -> Arguments:
    """The arguments with their types, once it is sure that the method has them all and no others.

    Raises:
        Refusal: `invalid_arguments` with every fault named, `invalid_blocks_format` for blocks that are not JSON.
    """
    faults = [
        f"missing required field: {name}"
        for name in sorted(method.required)
        if arguments.get(name) in (None, "")
    ]
    if not method.open_arguments:
        faults += [f"unknown argument: {name}" for name in sorted(set(arguments) - method.arguments)]
    if faults:
        raise problems("invalid_arguments", faults)
    if method.open_arguments:
        return arguments
    return {name: _value(name, value) for name, value in arguments.items() if value is not None}


def _value(name: str, value: Any) -> Any:
    if name in _JSON:
        return _decoded(name, value)
    if name in _FLAGS:
        return _flag(name, value)
    if name in _NUMBERS:
        return _number(name, value)
    if isinstance(value, str):
        return value
    if name == "users" and isinstance(value, list):
        return ",".join(map(str, value))
    raise problems("invalid_arguments", [f"must provide a string [json-pointer:/{name}]"])


def _decoded(name: str, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError as broken:
        code = "invalid_blocks_format" if name == "blocks" else "invalid_arguments"
        raise problems(code, [f"must be JSON [json-pointer:/{name}]"]) from broken


def _flag(name: str, value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if str(value) in _TRUE:
        return True
    if str(value) in _FALSE:
        return False
    raise problems("invalid_arguments", [f"must provide a boolean [json-pointer:/{name}]"])


def _number(name: str, value: Any) -> int:
    try:
        return int(str(value))
    except ValueError as broken:
        raise problems("invalid_arguments", [f"must provide an integer [json-pointer:/{name}]"]) from broken
