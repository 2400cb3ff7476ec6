"""Plain data against the models: every complaint in plain words, and a draft of what is left without the bad parts.

The draft lets the cross checks speak in the same run as the complaints about single values.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import deepcopy
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from config.durations import WRITTEN
from config.faults import Path, Problem, listed, suggestion
from config.models import Settings
from config.shape import keys_at

SENTENCES = {
    "missing": "is missing",
    "string_type": "must be text; put it in quotes",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "dict_type": "must be a mapping (key: value)",
    "model_type": "must be a mapping (key: value)",
    "model_attributes_type": "must be a mapping (key: value)",
    "list_type": "must be a list",
    "tuple_type": "must be a list",
    "set_type": "must be a list",
    "string_too_short": "must not be empty",
    "too_short": "must not be empty",
}
UNKNOWN_KEY = "is not known here"
NOT_ONE_OF = "is none of the allowed words"
UNKNOWN_DRIVER = "is no driver"

MOST_ROUNDS = 20
_GONE: Any = object()


def validate(
    data: dict[str, Any], drivers: Mapping[str, type[BaseModel]]
) -> tuple[Settings | None, list[Problem]]:
    """The settings, or a draft of them, and what is wrong. A driver's section is judged by the driver's own model.

    Without problems the settings are whole; with problems they only serve further checks, `None` when too little
    is left.
    """
    data = dict(data)
    problems: list[Problem] = []
    sections = data.get("drivers")
    if isinstance(sections, Mapping):
        data["drivers"] = {
            name: _driver(name, section, drivers, problems) for name, section in sections.items()
        }
    try:
        return Settings.model_validate(data, context=WRITTEN), problems
    except ValidationError as error:
        complaints = error.errors(include_url=False)
        problems += [_problem(complaint, data, Settings) for complaint in complaints]
        return _draft(data, complaints), problems


def _driver(name: str, section: Any, drivers: Mapping[str, type[BaseModel]], problems: list[Problem]) -> Any:
    """The driver's settings, or its raw section when that is faulty."""
    path = ("drivers", name)
    if name not in drivers:
        problem = UNKNOWN_DRIVER + suggestion(name, list(drivers))
        problems.append(Problem(path=path, problem=problem, allowed=listed(drivers), key=True))
        return section
    try:
        return drivers[name].model_validate(section, context=WRITTEN)
    except ValidationError as error:
        complaints = error.errors(include_url=False)
        problems += [_problem(complaint, section, drivers[name], path) for complaint in complaints]
        return section


def _problem(complaint: ErrorDetails, data: Any, model: type[BaseModel], prefix: Path = ()) -> Problem:
    kind, path = complaint["type"], _path(complaint, data)
    word, parent = str(path[-1]) if path else "", keys_at(model, path[:-1])
    full = (*prefix, *path)
    if kind == "extra_forbidden":
        return Problem(
            path=full, problem=UNKNOWN_KEY + suggestion(word, parent), allowed=listed(parent), key=True
        )
    if kind in {"literal_error", "enum"}:
        allowed = complaint["ctx"]["expected"].replace("'", "").replace(" or ", ", ")
        given = complaint["input"] if isinstance(complaint["input"], str) else ""
        problem = NOT_ONE_OF + suggestion(given, allowed.split(", "))
        return Problem(path=full, problem=problem, allowed=allowed, key="[key]" in complaint["loc"])
    return Problem(path=full, problem=_sentence(complaint))


def _sentence(complaint: ErrorDetails) -> str:
    raised = complaint.get("ctx", {}).get("error")
    return SENTENCES.get(complaint["type"]) or str(
        raised or complaint["msg"].removeprefix("Input ").rstrip(".")
    )


def _path(complaint: ErrorDetails, data: Any) -> Path:
    """The place in the file: pydantic also names union members and `[key]`, which the file does not have."""
    path: list[str | int] = []
    for part in complaint["loc"]:
        if _holds(data, part):
            data = data[part]
        elif not (complaint["type"] == "missing" and part == complaint["loc"][-1]):
            continue
        path.append(part)
    return tuple(path)


def _holds(data: Any, part: str | int) -> bool:
    if isinstance(data, list):
        return isinstance(part, int) and part < len(data)
    return isinstance(data, Mapping) and part in data


def _draft(data: dict[str, Any], complaints: Iterable[ErrorDetails]) -> Settings | None:
    """Without the complained-of values, and with stand-ins for the missing ones."""
    data = {key: value if key == "drivers" else deepcopy(value) for key, value in data.items()}
    for _ in range(MOST_ROUNDS):
        for complaint in complaints:
            path = _path(complaint, data)
            _put(data, path, _stand_in(path) if complaint["type"] == "missing" else _GONE)
        data = _without_gone(data)
        try:
            return Settings.model_validate(data)
        except ValidationError as error:
            complaints = error.errors(include_url=False)
    return None


def _stand_in(path: Path) -> Any:
    return {} if path == ("slack",) else "-"


def _put(data: Any, path: Path, value: Any) -> None:
    for part in path[:-1]:
        if data is _GONE:
            return
        data = data[part]
    if path and isinstance(data, dict | list):
        data[path[-1]] = value  # type: ignore[index]  # a path leads through keys of mappings and indexes of lists


def _without_gone(data: Any) -> Any:
    if isinstance(data, dict):
        return {key: _without_gone(value) for key, value in data.items() if value is not _GONE}
    if isinstance(data, list):
        return [_without_gone(value) for value in data if value is not _GONE]
    return data
