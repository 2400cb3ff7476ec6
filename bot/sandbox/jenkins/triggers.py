"""Starting builds over HTTP, with everything that Jenkins drops, folds or answers by a bare 500."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

from aiohttp import web

from bot.sandbox.jenkins.jobs import Parameter

_DELAY = re.compile(r"(\d+)\s*(sec|secs|min|mins)?\Z")


class BareError(Exception):
    """Jenkins fails on this without saying why."""


class NothingSubmitted(Exception):  # noqa: N818 - Jenkins' own words
    """The request has no form; carries Jenkins' sentence."""


def delay(request: web.BaseRequest) -> float | None:
    """Seconds of quiet period asked for; `None` for the usual."""
    asked = request.query.get("delay")
    if asked is None:
        return None
    found = _DELAY.match(asked)
    if not found:
        raise BareError(asked)
    return int(found.group(1)) * (60 if (found.group(2) or "").startswith("min") else 1)


async def with_parameters(request: web.BaseRequest, declared: Iterable[Parameter]) -> dict[str, str | bool]:
    """The values a build gets: unknown names are dropped, absent ones have their defaults. Raises `BareError`."""
    form = await request.post()
    given: dict[str, list[Any]] = {}
    pairs: list[tuple[str, Any]] = [*request.query.items(), *form.items()]
    for name, said in pairs:
        given.setdefault(name, []).append(said)
    values: dict[str, str | bool] = {}
    for parameter in declared:
        asked = given.get(parameter.name, [])
        if len(asked) > 1:
            raise BareError(parameter.name)
        value: Any = asked[0] if asked else None
        if value is not None or parameter.kind != "File":
            values[parameter.name] = typed(parameter, value)
    return values


def typed(parameter: Parameter, value: Any) -> str | bool:
    """A value as the parameter takes it; `None` is the default. Raises `BareError` outside the choices."""
    if parameter.kind == "Boolean":
        return str(parameter.default if value is None else value).lower() == "true"
    if parameter.kind == "Choice":
        chosen = parameter.choices[0] if value is None else value
        if chosen not in parameter.choices:
            raise BareError(parameter.name)
        return str(chosen)
    if parameter.kind == "File":
        return getattr(value, "filename", str(value))
    return parameter.default if value is None else str(value)


async def by_form(request: web.BaseRequest, declared: Iterable[Parameter]) -> dict[str, str | bool]:
    """What the browser's form posts to `/build`: a field `json`. Raises `NothingSubmitted`."""
    form = await request.post()
    if "json" not in form:
        expects = "delay" in request.query
        raise NothingSubmitted("This page expects a form submission" if expects else "Nothing is submitted")
    return submitted(str(form["json"]), declared)


def submitted(text: str, declared: Iterable[Parameter], *, partial: bool = False) -> dict[str, str | bool]:
    """Values from `{"parameter": [{"name": …, "value": …}]}`. Raises `BareError` for names not declared."""
    try:
        found = json.loads(text)["parameter"]
        pairs = [(one["name"], one["value"]) for one in ([found] if isinstance(found, dict) else found)]
    except (ValueError, KeyError, TypeError) as error:
        raise BareError(text) from error
    known = {parameter.name: parameter for parameter in declared}
    if any(name not in known for name, _ in pairs):
        raise BareError(text)
    values = {name: typed(known[name], value) for name, value in pairs}
    return values if partial else {name: typed(p, None) for name, p in known.items()} | values
