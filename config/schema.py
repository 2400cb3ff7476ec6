"""The JSON Schema of the configuration file, for editors: what may stand where, what it means, what holds by default.

It says what the loader says of single values; what the loader checks across values, only the loader can.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from config.durations import PATTERN, written
from config.models import CLAUSE_PATTERN, Settings

DIALECT = "https://json-schema.org/draft/2020-12/schema"
TITLE = "Pilothouse configuration"
REFERENCE = {"type": "string", "pattern": r"\$\{"}
"""A value that the environment or a file gives: any scalar may be one."""

SECRET = {
    "type": "string",
    "pattern": r"^\$\{[^{}]+\}$",
    "description": "A reference: ${NAME} or ${file:/path}.",
}


def schema(drivers: Mapping[str, type[BaseModel]]) -> dict[str, Any]:
    """The whole file's schema; each driver's section has its own model's."""
    whole = _of(Settings, "")
    sections = {name: _of(model, f"{name}.") for name, model in drivers.items()}
    for section in sections.values():
        whole["$defs"] |= section.pop("$defs", {})
    whole["properties"]["drivers"] |= {"properties": sections, "additionalProperties": False}
    return {"$schema": DIALECT, **_for_editors(whole), "title": TITLE}


def _of(model: type[BaseModel], prefix: str) -> dict[str, Any]:
    plain = model.model_json_schema(ref_template=f"#/$defs/{prefix}{{model}}")
    plain["$defs"] = {f"{prefix}{name}": part for name, part in plain.get("$defs", {}).items()}
    return plain


def _for_editors(node: Any) -> Any:
    if isinstance(node, list):
        return [_for_editors(item) for item in node]
    if not isinstance(node, dict):
        return node
    if node.get("format") == "password":
        return {**SECRET, **{key: node[key] for key in ("description",) if key in node}}
    changed = {
        key: value if key in {"default", "const", "enum"} else _for_editors(value)
        for key, value in node.items()
    }
    if _is_duration(node) and isinstance(node.get("default"), float):
        changed["default"] = written(node["default"])
    return _or_reference(_or_clause(changed))


def _is_duration(node: Mapping[str, Any]) -> bool:
    return any(option.get("pattern") == PATTERN for option in (node, *node.get("anyOf", ())))


def _or_reference(node: dict[str, Any]) -> dict[str, Any]:
    """A scalar that a plain reference would not fit may also be one."""
    strict = node.get("type") in {"integer", "number", "boolean"} or (
        node.get("type") == "string" and not node.keys().isdisjoint({"pattern", "enum", "const"})
    )
    if not strict or node == REFERENCE:
        return node
    kept = {key: node.pop(key) for key in ("title", "description", "default") if key in node}
    return kept | {"anyOf": [node, REFERENCE]}


def _or_clause(node: dict[str, Any]) -> dict[str, Any]:
    """A clause is written as text; its mapping form stays allowed."""
    if node.get("title") != "Clause":
        return node
    return {"title": "Clause", "anyOf": [{"type": "string", "pattern": CLAUSE_PATTERN}, node]}
