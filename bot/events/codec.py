"""Events as JSON beside their type and version, and back."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

import msgspec

from bot.events.base import Event
from bot.plain import plain_json

_HERE = Path(__file__).parent
MODULES = tuple(
    import_module(f"bot.events.{file.stem}")
    for file in sorted(_HERE.glob("*.py"))
    if file.stem not in {"__init__", "codec"}
)
"""Where events are written down: every file beside this one. A capability with events of its own has one here."""


def _concrete(module: ModuleType) -> dict[str, type[Event]]:
    """The events that a module defines, without what several of them have in common."""
    return {
        name: kind
        for name, kind in vars(module).items()
        if isinstance(kind, type) and issubclass(kind, Event) and not kind.__subclasses__()
    }


EVENTS: dict[str, type[Event]] = {
    name: kind for module in MODULES for name, kind in _concrete(module).items()
}
E = TypeVar("E", bound=Event)
_encoder = msgspec.json.Encoder()
_decoders = {name: msgspec.json.Decoder(kind) for name, kind in EVENTS.items()}


def encode(event: Event) -> bytes:
    """An event as JSON. Raises `UnicodeEncodeError` for text that isn't UTF-8 (see `writable`)."""
    return _encoder.encode(event)


def writable(event: E) -> E:
    """The same event with `?` for what UTF-8 can't hold, for when `encode` raised `UnicodeEncodeError`."""
    return msgspec.json.decode(plain_json(msgspec.to_builtins(event)), type=type(event))


def decode(name: str, version: int, body: bytes | str) -> Event:
    """The event of a stored row. Raises `ValueError` when no such event is known or its body does not fit."""
    decoder = _decoders.get(name)
    if decoder is None:
        raise ValueError(f"no event is called {name}")
    if version > EVENTS[name].version:
        raise ValueError(
            f"{name} version {version} is newer than this program knows ({EVENTS[name].version})"
        )
    try:
        if version < EVENTS[name].version:
            body = msgspec.json.encode(upgrade(name, version, msgspec.json.decode(body, type=dict[str, Any])))
        return decoder.decode(body)
    except msgspec.DecodeError as problem:
        raise ValueError(f"{name}: {problem}") from problem


def upgrade(name: str, version: int, body: dict[str, Any]) -> dict[str, Any]:
    """An older body made to fit today's event. No event has changed its meaning yet."""
    raise ValueError(f"{name} version {version} is no longer read: {sorted(body)}")
