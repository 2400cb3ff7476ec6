"""The `tree` query: which fields of a thing are told (`jobs[name,url]{0,2},quietingDown`)."""

from __future__ import annotations

from typing import Any, NamedTuple


class TreeError(ValueError):
    """Brackets do not match; Jenkins answers with a bare 500."""


class Wanted(NamedTuple):
    fields: Fields
    first: int
    end: int | None


Fields = dict[str, Wanted]


def parse(text: str) -> Fields:
    fields, rest = _fields(text)
    if rest:
        raise TreeError(text)
    return fields


def _fields(text: str) -> tuple[Fields, str]:
    fields: Fields = {}
    while text and text[0] != "]":
        length = next((i for i, char in enumerate(text) if char in ",[]{}"), len(text))
        name, text = text[:length], text[length:]
        inner: Fields = {}
        if text.startswith("["):
            inner, text = _fields(text[1:])
            if not text.startswith("]"):
                raise TreeError(text)
            text = text[1:]
        first, end, text = _range(text)
        fields[name] = Wanted(inner, first, end)
        if text.startswith(","):
            text = text[1:]
        elif text and text[0] != "]":
            raise TreeError(text)
    return fields, text


def _range(text: str) -> tuple[int, int | None, str]:
    if not text.startswith("{"):
        return 0, None, text
    inside, closed, rest = text[1:].partition("}")
    first, comma, end = inside.partition(",")
    if not closed or not comma:
        raise TreeError(text)
    return int(first or 0), int(end) if end else None, rest


def prune(thing: Any, fields: Fields) -> Any:
    """Only what is wanted, and `_class`, which Jenkins always adds. A wanted thing without inner fields is told whole."""
    if isinstance(thing, list):
        return [prune(one, fields) for one in thing]
    if not isinstance(thing, dict):
        return thing
    told = {"_class": thing["_class"]} if "_class" in thing else {}
    for name, wanted in fields.items():
        if name in thing:
            value = thing[name]() if callable(thing[name]) else thing[name]
            if isinstance(value, list):
                value = value[wanted.first : wanted.end]
            told[name] = prune(value, wanted.fields) if wanted.fields else _whole(value)
    return told


def _whole(value: Any) -> Any:
    if isinstance(value, list):
        return [_whole(one) for one in value]
    if isinstance(value, dict):
        return {k: _whole(v) for k, v in value.items() if not callable(v)}
    return value
