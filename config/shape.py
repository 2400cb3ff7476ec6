"""What a model expects at a path: which keys, and where its secrets are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import UnionType
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel, SecretBytes, SecretStr

from config.faults import Path


def keys_at(model: type[BaseModel], path: Path) -> list[str]:
    """The keys that may stand in the mapping at `path`; empty when any may."""
    annotations: list[Any] = [model]
    for part in path:
        annotations = [inner for outer in annotations for inner in _inside(outer, part)]
    return [
        str(key)
        for annotation in annotations
        for option in _options(annotation)
        if _is_model(option)
        for key in _fields(option)
    ]


def secrets_in(annotation: Any, data: Any, path: Path = ()) -> Iterator[Path]:
    """The paths of those values in `data` for which the model keeps a secret."""
    if any(option in {SecretStr, SecretBytes} for option in _options(annotation)):
        yield path
    elif isinstance(data, Mapping):
        for key, value in data.items():
            for inner in _inside(annotation, key):
                yield from secrets_in(inner, value, (*path, key))
    elif isinstance(data, list):
        for index, value in enumerate(data):
            for inner in _inside(annotation, index):
                yield from secrets_in(inner, value, (*path, index))


def _inside(annotation: Any, part: str | int) -> Iterator[Any]:
    """What stands at the key or index `part` of a value of this type."""
    for option in _options(annotation):
        if _is_model(option):
            if part in (fields := _fields(option)):
                yield fields[part]
        elif isinstance(part, str) and len(get_args(option)) == 2:
            yield get_args(option)[1]
        elif isinstance(part, int) and get_args(option):
            yield get_args(option)[0]


def _options(annotation: Any) -> Iterator[Any]:
    """The members of a union, behind `Annotated` too; anything else is its own only option."""
    if hasattr(annotation, "__metadata__"):
        yield from _options(annotation.__origin__)
    elif _is_union(annotation):
        for option in get_args(annotation):
            yield from _options(option)
    else:
        yield annotation


def _is_union(annotation: Any) -> bool:
    return isinstance(annotation, UnionType) or get_origin(annotation) is Union


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _fields(model: type[BaseModel]) -> dict[str | int, Any]:
    return {field.alias or name: field.annotation for name, field in model.model_fields.items()}
