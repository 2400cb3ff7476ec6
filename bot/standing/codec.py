"""Standing things as rows and back: the kind is the name of the type."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from types import ModuleType

import msgspec

from bot.standing.base import Standing

MODULES: tuple[ModuleType, ...] = tuple(
    import_module(f"bot.standing.{file.stem}")
    for file in sorted(Path(__file__).parent.glob("*.py"))
    if file.stem not in {"__init__", "base", "codec"}
)
"""Where kinds are written down: every file beside this one. A capability with kinds of its own has one here."""

KINDS: dict[str, type[Standing]] = {
    name: kind
    for module in MODULES
    for name, kind in vars(module).items()
    if isinstance(kind, type) and issubclass(kind, Standing) and kind is not Standing
}
_decoders = {name: msgspec.json.Decoder(kind) for name, kind in KINDS.items()}


def to_body(one: Standing) -> str:
    return msgspec.json.encode(one).decode()


def from_body(kind: str, body: str, revision: int) -> Standing:
    return msgspec.structs.replace(_decoders[kind].decode(body), revision=revision)
